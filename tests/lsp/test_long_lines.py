"""Lines as programs write them, and as somebody could plant them: no feature chokes on one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from support.editor import Editor
from support.upstream import Upstream
from turnout.app import App

if TYPE_CHECKING:
    from pathlib import Path

URI = "file:///ws/x.py"
LENGTH = 100_000  # characters
PARTS = ["a", "9", " ", "\t", ")", "`", '"', "'", '")\\', "/* ", "a.", "a(", "# ", "{", "=", "$"]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("language", "behind"), [("python", ""), ("rust", "!")])
async def test_a_long_line_costs_little(
    home: Path, upstream: Upstream, part: str, language: str, behind: str
) -> None:
    """A pattern that tries again from every character takes minutes where this takes 0.1 s."""
    config = home / "turnout.toml"
    config.write_text(
        f'[providers.fake]\ndialect = "openai-completions"\nbase_url = "{upstream.url}/v1"\n'
        'key = "none"\n[models."fake/small"]\nprovider = "fake"\nid = "small"\nfim = "qwen"\n'
        "[inline]\ndebounce_ms = 0\n"
    )
    upstream.script(text="pass")
    line = part * (LENGTH // len(part)) + behind
    async with Editor.in_process(App(config, {})) as editor:
        await editor.open(URI, f"def one():\n    return 1\n\n{line}\n", language)
        began = time.process_time()
        for character in (0, len(line) // 2, len(line)):
            await asked(editor, 3, character)
        await editor.request("textDocument/codeLens", {"textDocument": {"uri": URI}})
        assert time.process_time() - began < 15


async def asked(editor: Editor, line: int, character: int) -> None:
    """Ask for all that an editor asks for of itself while somebody types there."""
    place = {"line": line, "character": character}
    there: dict[str, Any] = {"textDocument": {"uri": URI}}
    await editor.inline(URI, line, character)
    await editor.request(
        "textDocument/completion", {**there, "position": place, "context": {"triggerKind": 1}}
    )
    await editor.request(
        "textDocument/codeAction",
        {**there, "range": {"start": place, "end": place}, "context": {"diagnostics": []}},
    )
