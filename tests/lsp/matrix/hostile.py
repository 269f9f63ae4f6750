"""Plays a hostile answer through the editor, and sees that it starts, hides and links nothing."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from lsp.matrix.cases import Program, program
from lsp.matrix.stage import Stage, staged
from lsp.matrix.ways import blocks
from support.upstream_wire import Asked

Case = dict[str, Any]
CASES: list[Case] = tomllib.loads(
    (Path(__file__).parents[2] / "security" / "hostile_answers.toml").read_text(encoding="utf-8")
)["case"]
PIECE = 16 * 1024
KEPT = "import legacy_http\n"
MORE = "".join(f"\n\ndef more_{number}():\n    return {number}\n" for number in range(20))
FROM_THE_SERVER = frozenset({
    "$/progress", "client/registerCapability", "textDocument/publishDiagnostics",
    "turnout/document", "window/logMessage", "window/showMessage",
    "window/workDoneProgress/create", "workspace/configuration",
})  # fmt: skip
"""Everything that the editor may be sent here; none of it starts or changes anything."""
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e01ef]"
)
LINK = re.compile(
    r"\]\(\s*<?[\w.+-]+:|(?:command|javascript|vbscript):\S|https?://|www\.", re.IGNORECASE
)


async def play(case: Case, folder: Path) -> None:
    """Play one answer; raises `AssertionError` where anything comes of it."""
    there = there_is(case)
    task = case.get("task", "refactor")
    root = folder / "ws"
    root.mkdir()
    (folder / "outside").mkdir()
    (root / "linked").symlink_to(folder / "outside")
    git = task == "commit_message" or ".git" in case.get("path", "")
    client = {"tools": "call" in case, "documents": case.get("documents", False)}
    async with staged(there, folder, git=git, **client) as stage:
        before, beside = stage.everything(), outside(folder)
        stage.models[0].script(**answers(case, there))
        _, future = stage.begin(there.scenarios[task])
        result = await future
        assert 1 <= len(stage.models[0].calls) <= 2
        assert stage.models[1].connections == 0
        assert stage.everything() == before
        assert outside(folder) == beside
        assert not stage.editor.notifications("workspace/applyEdit")
        assert shown(result) == (case.get("becomes") == "words")
        harmless(stage, case.get("never", []))
        await menu_is_ours(stage)


def there_is(case: Case) -> Program:
    """The program that is asked about."""
    there = program("python")
    file, grown = there.file, ""
    if note := case.get("note"):
        grown = f"    # {note}\n"
        first = "    wanted = []\n"
        file = replace(file, text=file.text.replace(first, grown + first))
    if case.get("long"):
        file = replace(file, text=file.text + MORE)
    file = replace(file, path=case.get("in_file", file.path))
    return replace(there, file=file, end=there.end + len(grown))


def answers(case: Case, there: Program) -> dict[str, Any]:
    """How the fake upstream answers, every time."""
    path = there.file.path
    if "fault" in case:
        return {"fault": case["fault"]}
    if "call" in case:
        return {"text": "", "tools": (Asked(case["call"], json.loads(case["arguments"])),)}
    if "times" in case:
        return {"tokens": tuple(pieces(case))}
    if "finding" in case:
        value = {"severity": "error", "category": "bug", **json.loads(case["finding"])}
        return {"text": json.dumps(value) + '\n{"done": true}\n'}
    if "path" in case:
        old = "" if case.get("new") else KEPT
        text = blocks(case["path"], [(old, "import os\n")])
        if case.get("beside"):
            text = blocks(path, there.scenarios["refactor"].edits) + text
        return {"text": text}
    if "replace" in case:
        (old, _), *_ = there.scenarios["docs"].edits
        target = there.suite.path if case.get("task") == "tests" else path
        return {"text": blocks(target, [(old, case["replace"] + old)])}
    if case.get("deletes"):
        return {"text": blocks(path, [(MORE, "")])}
    return {"text": case["answer"].replace("FILE", path), "reason": case.get("reason", "stop")}


def pieces(case: Case) -> Iterator[str]:
    """A long text in pieces as large as a provider might send."""
    yield case.get("head", "") + case["body"]
    at_once = max(1, PIECE // len(case["body"]))
    whole, rest = divmod(case["times"] - 1, at_once)
    yield from [case["body"] * at_once] * whole
    yield case["body"] * rest + case.get("tail", "")


def outside(folder: Path) -> dict[str, bytes]:
    """Every file around the workspace, and git's own."""
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    inside = folder / "ws"
    return {
        str(path): path.read_bytes()
        for path in paths
        if not path.is_relative_to(inside) or ".git" in path.parts
    }


def shown(result: Any) -> bool:
    """Whether something of the answer is left to look at."""
    return bool(result.get("findings") or result.get("text") or result.get("command"))


def harmless(stage: Stage, never: list[str]) -> None:
    """Nothing that the editor was sent starts, hides or links anything."""
    for message in stage.editor.received:
        method = message.get("method")
        assert method is None or method in FROM_THE_SERVER, message
        for text in strings(message):
            assert not HIDDEN.search(text), ascii(text)
            assert not LINK.search(text), ascii(text)
            assert not any(part in text for part in never), ascii(text)
        assert "codeDescription" not in json.dumps(message)


def strings(value: Any) -> Iterator[str]:
    """Every text in a message; names of files are addresses, and ours."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            if key not in ("uri", "capabilities"):
                yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


async def menu_is_ours(stage: Stage) -> None:
    """What is offered on whatever the answer left behind runs our own commands only."""
    uri = stage.uri(stage.program.file)
    published = stage.editor.notifications("textDocument/publishDiagnostics")
    diagnostics = published[-1]["diagnostics"] if published else []
    for diagnostic in diagnostics:
        params = {
            "textDocument": {"uri": uri},
            "range": diagnostic["range"],
            "context": {"diagnostics": [diagnostic], "triggerKind": 1},
        }
        for action in await stage.editor.request("textDocument/codeAction", params) or []:
            assert "edit" not in action or not HIDDEN.search(json.dumps(action["edit"]))
            command = action.get("command", {})
            assert command.get("command", "turnout.").startswith("turnout.")
