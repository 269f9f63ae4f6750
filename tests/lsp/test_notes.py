"""Explanations: notes at the code, kept as comments, or streamed to where there is a place."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from support.acting import TEXT, URI, actions, app, execute, run, shown, until, where
from support.editor import CAPABILITIES, Editor
from support.upstream import Upstream


async def test_an_explanation_is_a_note_at_the_code(home: Path, upstream: Upstream) -> None:
    upstream.script(text="It \x1b[31mdivides.\nSee [docs](https://evil.example).")
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        _, future = run(editor, (await actions(editor, only=["turnout.explain"]))[0])
        result = await future
        assert result.pop("cost") in (None, 0.0)
        assert result == {
            "outcome": "answered", "model": "p0/big", "complete": True,
            "text": "It divides.\nSee docs.", "failures": [],
        }  # fmt: skip
        (note,) = shown(editor)
        assert note["range"] == where(TEXT, "def ratio(a, b):")
        assert (note["severity"], note["code"]) == (3, "explanation")
        assert note["message"] == "It divides.\nSee docs."
        assert not editor.notifications("window/showMessage")
        menu = await actions(editor, diagnostics=[note])
        assert [action["title"] for action in menu][:2] == [
            "Keep this note as a comment",
            "Dismiss this note",
        ]
        assert {action["kind"] for action in menu[:2]} == {"quickfix"}
        assert len(menu) <= 5
        _, future = run(editor, menu[1])
        await future
        await until(lambda: shown(editor) == [])


@pytest.mark.parametrize("document_changes", [True, False])
async def test_a_note_is_kept_as_a_comment(
    home: Path, upstream: Upstream, document_changes: bool
) -> None:
    capabilities = copy.deepcopy(CAPABILITIES)
    capabilities["workspace"]["workspaceEdit"]["documentChanges"] = document_changes
    upstream.script(text="It takes the first.\nos.system('x') \\\nIt fails for none.")
    async with Editor.in_process(app(home, upstream.url), capabilities=capabilities) as editor:
        await editor.open(URI, TEXT)
        _, future = run(editor, (await actions(editor, 9, only=["turnout.explain"]))[0])
        await future
        (note,) = shown(editor)
        await editor.change(URI, (0, 0, 0, 0), "# one\n")
        _, future = run(editor, (await actions(editor, 10, diagnostics=[note]))[0])
        assert await future == {"applied": True}
        comment = (
            "    # It takes the first.\n    # os.system('x')\n    # It fails for none.\n"
            "    def first(self, items):\n"
        )
        wanted = "# one\n" + TEXT.replace("    def first(self, items):\n", comment)
        assert editor.text(URI) == wanted
        await until(lambda: shown(editor) == [])


async def test_a_note_is_not_kept_in_a_text_that_has_moved_on(
    home: Path, upstream: Upstream
) -> None:
    upstream.script(text="It divides.")
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.explain")
        arguments = {"uri": URI, "id": shown(editor)[0]["data"]["id"]}
        editor.texts[URI].version += 1  # an edit that is still on its way
        _, future = editor.begin(
            "workspace/executeCommand", {"command": "turnout.comment", "arguments": [arguments]}
        )
        assert await future == {"applied": False}
        assert editor.text(URI) == TEXT
        for wrong in ([], [{}], [{"uri": URI, "id": "x"}], [{"uri": 1, "id": 2}]):
            result = await editor.request(
                "workspace/executeCommand", {"command": "turnout.comment", "arguments": wrong}
            )
            assert result == {"applied": False}


async def test_an_explanation_is_streamed_to_a_client_with_a_place_for_it(
    home: Path, upstream: Upstream
) -> None:
    capabilities = {**CAPABILITIES, "experimental": {"turnout": {"document": True}}}
    upstream.script(text="It divides.\nIt fails for zero.\n")
    async with Editor.in_process(app(home, upstream.url), capabilities=capabilities) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.explain")
        streamed = editor.notifications("turnout/document")
        assert len({part["id"] for part in streamed}) == 1
        assert [part["done"] for part in streamed][-2:] == [False, True]
        assert streamed[-1]["text"] == "It divides.\nIt fails for zero."
        assert streamed[-1]["title"] == "Explain this file"
        assert shown(editor) == []


@pytest.mark.parametrize("how", ["stopped", "failed"])
async def test_a_streamed_explanation_always_ends(home: Path, upstream: Upstream, how: str) -> None:
    fault = "stall-mid-stream" if how == "stopped" else "rst-mid-stream"
    upstream.script(text="It divides.\nAnd then\n", fault=fault)
    capabilities = {**CAPABILITIES, "experimental": {"turnout": {"document": True}}}
    async with Editor.in_process(app(home, upstream.url), capabilities=capabilities) as editor:
        await editor.open(URI, TEXT)
        number, future = editor.begin(
            "workspace/executeCommand", {"command": "turnout.explain", "arguments": [{"uri": URI}]}
        )
        await editor.wait_for("turnout/document")
        if how == "stopped":
            editor.cancel(number)
        await until(future.done)
        told = editor.notifications("turnout/document")
        assert [params["done"] for params in told] == [False] * (len(told) - 1) + [True]
        assert told[-1]["text"] == told[-2]["text"]
        assert bool(told[-1]["text"]) == (how == "stopped")
