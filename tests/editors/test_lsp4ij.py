"""JetBrains by LSP4IJ: its item handling, its actions and its questions, over the real protocol."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from support.acting import DONE, TEXT, URI, app, block, finding, shown, until
from support.driven import READERS, RECALLED
from support.editor import Editor
from support.inlining import accepted
from support.lsp4ij import START, Ide
from support.patience import patient, patient_inline, patient_server
from support.upstream import Upstream
from turnout.app import App

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

__all__ = ["patient", "patient_inline", "patient_server"]

pytestmark = pytest.mark.usefixtures("patient", "patient_inline", "patient_server")

SETTINGS = """\
[providers.p0]
dialect = "openai-completions"
base_url = "{url}/v1"
key = "none"
[models."p0/small"]
provider = "p0"
id = "small"
fim = "qwen"
[inline]
debounce_ms = 0
{inline}
[routes]
inline = {route}
"""

# What stands in the file, with the caret as ‸; what the model says; what the file is then.
CASES = {
    "the end of a line": ("x = ‸\n", "foo(1)", "x = foo(1)‸\n"),
    "the middle of a word": ("total = 1\nprint(to‸\n", "tal)", "total = 1\nprint(total)‸\n"),
    "what was typed is said again": (
        "value = comp‸\n",
        "value = compute(1)",
        "value = compute(1)‸\n",
    ),
    "a bracket behind the caret": ("x = f(‸)\n", "a, b)", "x = f(a, b‸)\n"),
    "a quote behind the caret": ("x = f('‸')\n", "name')", "x = f('name‸')\n"),
    "several lines": ("def f(a):\n    ‸\n", "if a:\n        return 1", ""),
    "an indent that is there": ("def f(a):\n    ‸\n", "    return a", "def f(a):\n    return a‸\n"),
    "carriage returns": ("x = ‸\r\ny = 2\r\n", "foo(1)\n", "x = foo(1)‸\r\ny = 2\r\n"),
}


@asynccontextmanager
async def opened(made: App, text: str) -> AsyncIterator[Ide]:
    """The IDE with one file and the caret where the mark stands."""
    async with Editor.in_process(made, **START) as editor:
        await editor.open(URI, text.replace("‸", ""))
        yield Ide(editor, URI, text.find("‸"))


def completing(home: Path, url: str, route: str = '["p0/small"]', inline: str = "") -> App:
    config = home / "turnout.toml"
    config.write_text(SETTINGS.format(url=url, route=route, inline=inline))
    return App(config, {})


@pytest.mark.parametrize("case", CASES)
async def test_what_is_drawn_is_what_was_meant(home: Path, case: str) -> None:
    before, said, after = CASES[case]
    async with Upstream() as upstream:
        upstream.script(text=said)
        async with opened(completing(home, upstream.url), before) as ide:
            (item,) = await ide.items()
            meant = accepted(ide.editor, item, URI)
            variant = ide.variant(item)
            assert variant is not None
            assert isinstance(item["insertText"], str)  # a snippet would come out as it stands
            await ide.accept(variant)
            assert ide.text == meant
            if after:
                assert f"{ide.text[: ide.caret]}‸{ide.text[ide.caret :]}" == after


async def test_typed_through_without_a_call_and_accepted_without_a_word(home: Path) -> None:
    async with Upstream() as upstream:
        upstream.script(text="foo(first, second)")
        made = completing(home, upstream.url)
        async with opened(made, "x = ‸\n") as ide:
            (variant,) = await ide.variants()
            assert variant.grey == "foo(first, second)"
            for typed in ("f", "oo", "(fi"):
                await ide.type(typed)
                (variant,) = await ide.variants()
                assert ide.text[4:-1] + variant.grey == "foo(first, second)"
            assert len(upstream.calls) == 1
            await ide.accept(variant)
            await ide.variants()
            assert ide.text == "x = foo(first, second)\n"
            assert made.suggester.acceptance.counts["accepted"] == 1


async def test_ghost_text_by_recall_needs_nobody(home: Path) -> None:
    made = completing(home, "http://127.0.0.1:9", '["recall"]', "min_confidence = 0.2")
    async with opened(made, f"{READERS}‸") as ide:
        async with asyncio.timeout(60):
            while not (variants := await ide.variants()):
                await asyncio.sleep(0.05)
        (variant,) = variants
        await ide.accept(variant)
        assert ide.text.endswith(f"    return {RECALLED}")


async def test_a_review_and_its_quick_fix(home: Path) -> None:
    async with Upstream() as upstream:
        fix = "return a / b if b else 0"
        found = finding("return a / b", replacement=fix) + finding("(a, b)", "No types.")
        upstream.script(text=found + DONE)
        async with opened(app(home, upstream.url), TEXT.replace("ratio", "‸ratio", 1)) as ide:
            menu = {title(one): one for one in await ide.intentions()}
            assert list(menu) == [
                "Review `ratio` - p0/big", "Refactor `ratio`... - p0/big",
                "Write tests for `ratio` - p0/big", "Document `ratio` - p0/big",
                "Explain `ratio` - p0/big",
            ]  # fmt: skip
            assert (await ide.run(menu["Review `ratio` - p0/big"]))["findings"] == 2
            fixes = await ide.quick_fixes(shown(ide.editor)[0])
            assert fixes[0]["title"] == 'Fix it: "It breaks."'
            assert (await ide.run(fixes[0]))["applied"] is True
            assert ide.text == TEXT.replace("a / b", "a / b if b else 0")
            await until(lambda: len(shown(ide.editor)) == 1)
            dismiss = (await ide.quick_fixes(shown(ide.editor)[0]))[-1]
            assert dismiss["title"] == "Dismiss this finding"
            await ide.run(dismiss)
            await until(lambda: shown(ide.editor) == [])


async def test_an_explanation_is_a_note(home: Path) -> None:
    async with Upstream() as upstream:
        upstream.script(text="It divides.")
        async with opened(app(home, upstream.url), TEXT.replace("ratio", "‸ratio", 1)) as ide:
            await ide.run((await ide.intentions())[4])
            (note,) = shown(ide.editor)
            assert note["message"] == "It divides."
            fixes = await ide.quick_fixes(note)
            assert [one["title"] for one in fixes[:2]] == [
                "Keep this note as a comment", "Dismiss this note",
            ]  # fmt: skip


@pytest.mark.parametrize("closed", [False, True])
async def test_an_edit_is_asked_about_in_a_balloon(home: Path, closed: bool) -> None:
    async with Upstream() as upstream:
        new = "    return a / b if b else 0\n"
        upstream.script(text="Zero.\n\n" + block("util.py", "    return a / b\n", new))
        async with opened(app(home, upstream.url), TEXT.replace("ratio", "‸ratio", 1)) as ide:
            refactor = (await ide.intentions())[1]["command"]
            refactor["arguments"][0]["preset"] = "simplify"
            ide.click(None if closed else "Apply")
            result = await ide.editor.request("workspace/executeCommand", refactor)
            assert result["state"] == ("proposed" if closed else "applied")
            if closed:  # the balloon is gone, the edit is not
                first = (await ide.intentions())[0]
                assert first["title"].startswith("Apply: ")
                assert (await ide.run(first))["applied"] is True
            assert ide.text == TEXT.replace("    return a / b\n", new)
            assert len(ide.editor.applied) == 1


async def test_settings_of_the_configuration_tab_count(home: Path) -> None:
    async with Upstream() as upstream:
        upstream.script(text="foo(1)")
        made = completing(home, upstream.url)
        configuration = {"turnout": {"inline": {"enabled": False}}}
        async with Editor.in_process(made, configuration=configuration, **START) as editor:
            await editor.open(URI, "x = \n")
            await until(lambda: made.settings.inline.enabled is False)
            assert await Ide(editor, URI, 4).variants() == []
            assert not upstream.calls


def title(action: dict[str, object]) -> str:
    return re.sub(r", (free|about \$[\d.]+)$", "", str(action["title"]))
