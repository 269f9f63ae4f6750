"""Clients that take no edits from the server and answer no questions, such as ALE."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.acting import (
    DONE,
    TEXT,
    URI,
    actions,
    app,
    block,
    execute,
    finding,
    run,
    shown,
    titles,
    until,
)
from support.applying import apply
from support.editor import Editor
from support.profiles import ALE, KATE
from support.upstream import Upstream

OLD, NEW = "    return a / b\n", "    return a / b if b else 0\n"
FIXED = TEXT.replace(OLD, NEW)


async def test_a_fix_comes_as_the_edit_itself(home: Path, upstream: Upstream) -> None:
    upstream.script(text=finding("return a / b", replacement=NEW.strip()) + DONE)
    async with Editor.in_process(app(home, upstream.url), capabilities=ALE) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.review")
        told = {key: shown(editor)[0][key] for key in ("range", "code", "message")}
        menu = await actions(editor, diagnostics=[told])
        assert [action["title"].partition(" - ")[0] for action in menu] == [
            'Fix it: "It breaks."', "Explain this finding", "Dismiss this finding",
            "Review `ratio`", "Simplify `ratio`",
        ]  # fmt: skip
        fix = menu[0]
        assert "command" not in fix
        assert list(fix["edit"]) == ["changes"]
        assert apply(editor, fix["edit"])
        assert editor.text(URI) == FIXED
        await until(lambda: shown(editor) == [])  # the quote still stands there, but mended


async def test_a_finding_that_is_mended_by_hand_goes(home: Path, upstream: Upstream) -> None:
    upstream.script(text=finding("a / b", replacement="max(a / b, 0)") + DONE)
    async with Editor.in_process(app(home, upstream.url), capabilities=ALE) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.review")
        await editor.change(URI, (4, 11, 4, 11), "max(")
        assert shown(editor)
        await editor.change(URI, (4, 20, 4, 20), ", 0)")
        await until(lambda: shown(editor) == [])


async def test_what_waits_is_among_the_actions(home: Path, upstream: Upstream) -> None:
    upstream.script(text="Handles zero.\n\n" + block("util.py", OLD, NEW))
    async with Editor.in_process(app(home, upstream.url), capabilities=ALE) as editor:
        await editor.open(URI, TEXT)
        result = await execute(editor, "turnout.refactor", range=_whole(), preset="simplify")
        assert result["state"] == "proposed"
        assert not editor.notifications("window/showMessageRequest")
        assert not editor.notifications("workspace/applyEdit")
        (said,) = editor.notifications("window/showMessage")
        assert said["message"].endswith(
            '(1 edit: util.py) To apply it, choose "Apply" among the actions of the file.'
        )
        first = (await actions(editor, 0))[0]
        assert first["title"].startswith("Apply: ")
        assert apply(editor, first["edit"])
        assert editor.text(URI) == FIXED
        assert not (await actions(editor, 0))[0]["title"].startswith("Apply")


async def test_a_client_that_knows_no_questions(home: Path, upstream: Upstream) -> None:
    """Helix takes edits, and answers a question with an error."""
    upstream.script(text="Handles zero.\n\n" + block("util.py", OLD, NEW))
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        editor.answers["window/showMessageRequest"] = {"error": {"code": -32601, "message": "no"}}
        assert "Refactor `ratio`... - p0/big" in titles(await actions(editor))
        result = await execute(editor, "turnout.refactor", range=_whole())
        assert result["state"] == "proposed"
        (said,) = editor.notifications("window/showMessage")
        assert said["message"].endswith('choose "Apply" among the actions of the file.')
        assert len(editor.notifications("window/showMessageRequest")) == 1
        menu = await actions(editor)
        assert "Simplify `ratio` - p0/big" in titles(menu)
        _, applied = run(editor, menu[0])
        assert (await applied)["applied"] is True
        assert editor.text(URI) == FIXED
        assert await execute(editor, "turnout.review", choose=True) == {"outcome": "stopped"}
        said = editor.notifications("window/showMessage")[-1]["message"]
        assert said.startswith("Turnout: your editor cannot ask which model;")


async def test_the_line_at_the_cursor_is_no_selection(home: Path, upstream: Upstream) -> None:
    async with Editor.in_process(
        app(home, upstream.url), capabilities=KATE, clientInfo=None
    ) as editor:
        await editor.open(URI, TEXT)
        menu = titles(await actions(editor, 4, 5))
        assert menu[:2] == ["Review `ratio` - p0/big", "Simplify `ratio` - p0/big"]
        menu = titles(await actions(editor, 3, 5))
        assert menu[0] == "Review the selection - p0/big"  # two lines are marked


async def test_a_proposal_that_was_left_aside_is_found_again(
    home: Path, upstream: Upstream
) -> None:
    upstream.script(text="Handles zero.\n\n" + block("util.py", OLD, NEW))
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        editor.answers["window/showMessageRequest"] = {"error": {"code": -32800, "message": "gone"}}
        result = await execute(editor, "turnout.refactor", range=_whole(), preset="simplify")
        assert result["state"] == "proposed"
        first = (await actions(editor, 0))[0]
        assert first["command"]["command"] == "turnout.apply"
        arguments: dict[str, Any] = first["command"]["arguments"][0]
        assert arguments == {"id": result["id"]}
        assert (await execute(editor, "turnout.apply", **arguments))["applied"] is True
        assert editor.text(URI) == FIXED


def _whole() -> dict[str, Any]:
    return {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 23}}
