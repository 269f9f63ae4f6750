"""Edits as an editor sees them: shown first, applied as one step, placed anew or not at all."""

from __future__ import annotations

import asyncio
import copy
from pathlib import Path
from typing import Any

import pytest

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
    until,
    where,
)  # fmt: skip
from support.editor import CAPABILITIES, Editor, ResponseError
from support.upstream import Upstream

OLD, NEW = "    return a / b\n", "    return a / b if b else 0\n"
AFTER = TEXT.replace(OLD, NEW)
TESTS = "from util import ratio\n\n\ndef test_it():\n    assert ratio(4, 2) == 2\n"


def declaring(**workspace_edit: Any) -> dict[str, Any]:
    """The usual capabilities with another `workspaceEdit`."""
    capabilities = copy.deepcopy(CAPABILITIES)
    capabilities["workspace"]["workspaceEdit"] |= workspace_edit
    return capabilities


ANNOTATED = declaring(changeAnnotationSupport={}, resourceOperations=["create"])
DOCUMENTS = {**CAPABILITIES, "experimental": {"turnout": {"document": True}}}


def answering(upstream: Upstream, search: str = OLD, replace: str = NEW, **more: Any) -> None:
    upstream.script(text="Handles zero.\n\n" + block("util.py", search, replace), **more)


async def refactor(editor: Editor, **more: Any) -> Any:
    more = {"instruction": "handle zero", "range": where(TEXT, "def ratio(a, b):\n" + OLD)} | more
    return await execute(editor, "turnout.refactor", **more)


def choosing(editor: Editor, title: str | None) -> None:
    """Have the user choose this button whenever there is a question."""
    result = None if title is None else {"title": title}
    editor.answers["window/showMessageRequest"] = {"result": result}


async def test_where_the_client_confirms_nothing_changes_before_it_has(
    home: Path, upstream: Upstream
) -> None:
    answering(upstream)
    async with Editor.in_process(app(home, upstream.url), capabilities=ANNOTATED) as editor:
        await editor.open(URI, TEXT)
        editor.confirms = False
        result = await refactor(editor)
        assert (result["outcome"], result["state"]) == ("answered", "proposed")
        assert editor.text(URI) == TEXT
        (asked,) = editor.notifications("workspace/applyEdit")
        (annotation,) = asked["edit"]["changeAnnotations"].values()
        assert annotation["needsConfirmation"] is True
        (change,) = asked["edit"]["documentChanges"]
        assert change["textDocument"] == {"uri": URI, "version": 1}
        assert {edit["annotationId"] for edit in change["edits"]} == {"turnout"}
        editor.confirms = True
        result = await refactor(editor)
        assert result["state"] == "applied"
        assert editor.text(URI) == AFTER
        assert len(editor.applied) == 1
        assert not editor.notifications("window/showMessageRequest")
        assert not editor.notifications("window/showMessage")


async def test_where_the_client_shows_documents_the_diff_is_one(
    home: Path, upstream: Upstream
) -> None:
    answering(upstream)
    async with Editor.in_process(app(home, upstream.url), capabilities=DOCUMENTS) as editor:
        await editor.open(URI, TEXT)
        result = await refactor(editor)
        assert (result["state"], result["files"]) == ("proposed", ["util.py"])
        document = editor.notifications("turnout/document")[-1]
        assert document["text"] == result["diff"]
        assert "-    return a / b\n+    return a / b if b else 0\n" in document["text"]
        assert (document["done"], document["proposal"]) == (True, result["id"])
        assert editor.text(URI) == TEXT
        assert not editor.notifications("workspace/applyEdit")
        assert await execute(editor, "turnout.apply", id=result["id"]) == {
            "applied": True,
            "why": "",
        }
        assert editor.text(URI) == AFTER
        again = await execute(editor, "turnout.apply", id=result["id"], uri=None)
        assert again["applied"] is False
        second = await refactor(editor, instruction="again", range=None)
        assert second["state"] in ("proposed", "refused", "nothing")


@pytest.mark.parametrize(
    ("chosen", "state", "after"),
    [("Apply", "applied", AFTER), ("Discard", "discarded", TEXT), (None, "proposed", TEXT)],
)
async def test_any_other_client_is_asked_by_a_message(
    home: Path, upstream: Upstream, chosen: str | None, state: str, after: str
) -> None:
    answering(upstream)
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        choosing(editor, chosen)
        result = await refactor(editor)
        assert result["state"] == state
        assert editor.text(URI) == after
        (asked,) = editor.notifications("window/showMessageRequest")
        assert asked["message"] == "Turnout: p0/big: Handles zero. (1 edit: util.py)"
        assert [one["title"] for one in asked["actions"]] == ["Apply", "Discard"]
        later = await execute(editor, "turnout.apply", id=result["id"], uri=None)
        assert later["applied"] is (chosen is None)
        assert editor.text(URI) == (TEXT if chosen == "Discard" else AFTER)


async def test_a_proposal_is_placed_anew_in_a_text_that_has_moved_on(
    home: Path, upstream: Upstream
) -> None:
    answering(upstream)
    async with Editor.in_process(app(home, upstream.url), capabilities=DOCUMENTS) as editor:
        await editor.open(URI, TEXT)
        moved, gone = await refactor(editor), await refactor(editor)
        await editor.change(URI, (0, 0, 0, 0), "# one\n# two\n")
        assert (await execute(editor, "turnout.apply", id=moved["id"]))["applied"] is True
        assert editor.text(URI) == "# one\n# two\n" + AFTER
        # The code that the other speaks of is another by now.
        result = await execute(editor, "turnout.apply", id=gone["id"])
        assert result["applied"] is False
        assert "the quoted lines do not stand in it" in result["why"]
        assert editor.text(URI) == "# one\n# two\n" + AFTER
        assert "not applied" in editor.notifications("window/showMessage")[-1]["message"]
        assert await execute(editor, "turnout.discard", id=gone["id"]) == {"discarded": True}
        assert await execute(editor, "turnout.discard", id=gone["id"]) == {"discarded": False}


async def test_an_edit_that_crosses_a_change_is_tried_once_more(
    home: Path, upstream: Upstream
) -> None:
    answering(upstream)
    async with Editor.in_process(app(home, upstream.url), capabilities=DOCUMENTS) as editor:
        await editor.open(URI, TEXT)
        result = await refactor(editor)
        editor.answers["workspace/applyEdit"] = None
        _, future = editor.begin(
            "workspace/executeCommand",
            {"command": "turnout.apply", "arguments": [{"id": result["id"]}]},
        )
        await editor.wait_for("workspace/applyEdit")
        del editor.answers["workspace/applyEdit"]
        (request,) = [m for m in editor.received if m.get("method") == "workspace/applyEdit"]
        await editor.change(URI, (0, 0, 0, 0), "# typed\n")
        editor.send({"id": request["id"], "result": {"applied": False}})
        assert (await future)["applied"] is True
        assert editor.text(URI) == "# typed\n" + AFTER


async def test_a_new_file_is_made_and_never_written_over(home: Path, upstream: Upstream) -> None:
    folder = home / "ws"
    folder.mkdir()
    (folder / "util.py").write_text(TEXT)
    uri = (folder / "util.py").as_uri()
    upstream.script(text=block("test_util.py", "", TESTS))
    start: dict[str, Any] = {"folders": [folder], "capabilities": ANNOTATED}
    async with Editor.in_process(app(home, upstream.url), **start) as editor:
        await editor.open(uri, TEXT)
        editor.confirms = False
        result = await execute(
            editor, "turnout.tests", uri=uri, range=where(TEXT, "def ratio(a, b):\n" + OLD)
        )
        assert result["state"] == "proposed", result
        (path,) = result["files"]
        created, inserted = editor.notifications("workspace/applyEdit")[0]["edit"][
            "documentChanges"
        ]
        assert created["kind"] == "create"
        assert created["options"] == {"overwrite": False, "ignoreIfExists": False}
        assert inserted["textDocument"] == {"uri": created["uri"], "version": None}
        editor.confirms = True
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text("mine\n")
        late = await execute(editor, "turnout.apply", id=result["id"], uri=None)
        assert late == {"applied": False, "why": f"{path}: exists already."}
        (folder / path).unlink()
        assert (await execute(editor, "turnout.apply", id=result["id"], uri=None))["applied"]
        assert "def test_it" in editor.files[created["uri"]]
        assert not (folder / path).exists()  # the server itself writes nothing


@pytest.mark.parametrize("capabilities", [CAPABILITIES, DOCUMENTS])
async def test_a_client_that_makes_no_files_is_told_so(
    home: Path, upstream: Upstream, capabilities: Any
) -> None:
    folder = home / "ws"
    folder.mkdir()
    uri = (folder / "util.py").as_uri()
    upstream.script(text=block("test_util.py", "", TESTS))
    start: Any = {"folders": [folder], "capabilities": capabilities}
    async with Editor.in_process(app(home, upstream.url), **start) as editor:
        await editor.open(uri, TEXT)
        choosing(editor, "Apply")
        result = await execute(editor, "turnout.tests", uri=uri)
        assert result["state"] == "proposed", result
        if capabilities is DOCUMENTS:
            late = await execute(editor, "turnout.apply", id=result["id"])
            assert late["applied"] is False
        assert "+def test_it" in result["diff"]
        (path,) = (folder / name for name in result["files"])
        assert editor.notifications("window/showMessage")[0]["message"] == (
            f"Turnout: not applied. Your editor makes no files for a server. Make {path}, empty, "
            'then choose "Apply" among the actions of the file that was asked about.'
        )
        path.parent.mkdir(exist_ok=True)
        path.touch()
        menu = await actions(editor, 0, uri=uri)
        assert menu[0]["title"].startswith("Apply: ")
        _, applied = run(editor, menu[0])
        assert (await applied)["applied"] is True
        assert editor.files[path.as_uri()] == TESTS


@pytest.mark.parametrize("document_changes", [True, False])
async def test_the_edit_has_the_form_that_the_client_declares(
    home: Path, upstream: Upstream, document_changes: bool
) -> None:
    answering(upstream)
    capabilities = declaring(documentChanges=document_changes)
    async with Editor.in_process(app(home, upstream.url), capabilities=capabilities) as editor:
        await editor.open(URI, TEXT)
        choosing(editor, "Apply")
        assert (await refactor(editor))["state"] == "applied"
        (edit,) = editor.applied
        assert list(edit) == ["documentChanges" if document_changes else "changes"]
        assert editor.text(URI) == AFTER


async def test_what_does_not_pass_its_check_is_shown_and_can_not_be_applied(
    home: Path, upstream: Upstream
) -> None:
    answering(upstream, replace="    return a /\n")
    async with Editor.in_process(app(home, upstream.url), capabilities=DOCUMENTS) as editor:
        await editor.open(URI, TEXT)
        result = await refactor(editor)
        assert len(upstream.calls) == 2  # one more call, and no more than one
        assert (result["state"], "id" in result) == ("refused", False)
        assert any("syntax errors" in failure for failure in result["failures"])
        document = editor.notifications("turnout/document")[-1]
        assert "syntax errors" in document["text"]
        assert "proposal" not in document
        assert not editor.notifications("workspace/applyEdit")
        (message,) = editor.notifications("window/showMessage")
        assert "not applied" in message["message"]


async def test_an_answer_that_changes_nothing_says_so(home: Path, upstream: Upstream) -> None:
    upstream.script(text="The report is wrong: it is defined.\n")
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        report = {"range": where(TEXT, "a / b"), "message": "odd", "severity": 2}
        result = await execute(editor, "turnout.fix", diagnostics=[report])
        assert result.get("state") in ("nothing", "refused", None), result
        assert editor.text(URI) == TEXT
        assert not editor.applied


async def test_a_refactoring_nobody_named_is_chosen_from_a_list(
    home: Path, upstream: Upstream
) -> None:
    answering(upstream)
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        choosing(editor, "Simplify")
        action = (await actions(editor, only=["refactor.rewrite"]))[0]
        _, future = run(editor, action)
        assert (await future)["outcome"] == "answered"
        first = editor.notifications("window/showMessageRequest")[0]
        assert "`ratio`" in first["message"]
        assert "Simplify" in [one["title"] for one in first["actions"]]
        assert "shorter and easier to read" in str(upstream.calls[0].body["messages"])
        choosing(editor, None)
        _, future = run(editor, action)
        assert await future == {"outcome": "stopped"}
        result = await refactor(editor, preset="types", instruction="and no Any")
        sent = str(upstream.calls[-1].body["messages"])
        assert "Add the types" in sent
        assert "and no Any" in sent
        with pytest.raises(ResponseError, match="the presets are extract"):
            await refactor(editor, preset="rm -rf")
        assert result["outcome"] == "answered"


async def test_the_fix_of_a_finding_is_applied_at_once(home: Path, upstream: Upstream) -> None:
    first = finding("a / b", "By zero.", replacement="a / (b or 1)")
    second = finding("items[0]", "Empty.", replacement="items[:1]")
    upstream.script(text=first + second + finding("import os", "Unused.") + DONE)
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.review")
        await editor.change(URI, (0, 0, 0, 0), "# moved\n")
        await until(lambda: shown(editor)[0]["range"]["start"]["line"] == 5)
        menu = await actions(editor, 5, diagnostics=[shown(editor)[0]])
        _, future = run(editor, menu[0])
        assert (await future)["applied"] is True
        assert editor.text(URI) == "# moved\n" + TEXT.replace("a / b", "a / (b or 1)")
        await until(lambda: [one["message"] for one in shown(editor)] == ["Empty.", "Unused."])
        await execute(editor, "turnout.apply")  # all that is left and has a fix
        assert "items[:1]" in editor.text(URI)
        await until(lambda: [one["message"] for one in shown(editor)] == ["Unused."])
        assert len(editor.applied) == 2
        assert (await execute(editor, "turnout.apply"))["applied"] is False
        assert len(upstream.calls) == 1


async def test_a_finding_goes_with_the_edit_that_was_made_for_it(
    home: Path, upstream: Upstream
) -> None:
    """What it quotes may stand there still; a finding that is not mended stays."""
    upstream.script(times=1, text=finding("items[0]", "Empty.") + finding("a / b", "Zero.") + DONE)
    mended = "        return items[0] if items else None\n"
    upstream.script(text="Guarded.\n\n" + block("util.py", "        return items[0]\n", mended))
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.review")
        (empty,) = [one for one in shown(editor) if one["message"] == "Empty."]
        choosing(editor, "Apply")
        result = await execute(editor, "turnout.fix", diagnostics=[empty])
        assert result["state"] == "applied"
        assert mended in editor.text(URI)
        await until(lambda: [one["message"] for one in shown(editor)] == ["Zero."])


async def test_all_fixes_are_one_step_to_undo(home: Path, upstream: Upstream) -> None:
    first = finding("a / b", "By zero.", replacement="a / (b or 1)")
    second = finding("items[0]", "Empty.", replacement="items[:1]")
    upstream.script(text=first + second + DONE)
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.review")
        menu = await actions(editor, diagnostics=shown(editor)[:1])
        assert menu[1]["title"] == "Fix all 2 findings of this file"
        _, future = run(editor, menu[1])
        assert (await future)["applied"] is True
        assert len(editor.applied) == 1
        wanted = TEXT.replace("a / b", "a / (b or 1)").replace("items[0]", "items[:1]")
        assert editor.text(URI) == wanted
        await until(lambda: shown(editor) == [])


async def test_what_became_of_an_edit_is_kept(home: Path, upstream: Upstream) -> None:
    folder = home / "ws"
    folder.mkdir()
    (folder / "util.py").write_text(TEXT)
    uri = (folder / "util.py").as_uri()
    answering(upstream)
    made = app(home, upstream.url)
    async with Editor.in_process(made, folders=[folder], capabilities=DOCUMENTS) as editor:
        await editor.open(uri, TEXT)
        applied, dropped = await refactor(editor, uri=uri), await refactor(editor, uri=uri)
        await execute(editor, "turnout.discard", id=dropped["id"])
        await execute(editor, "turnout.apply", id=applied["id"])
        kinds: list[str] = []
        async with asyncio.timeout(30):
            while not {"Applied", "Dismissed"} <= set(kinds):
                entries = await made.session.past(str(folder))
                kinds = [type(entry.what).__name__ for entry in entries]
                await asyncio.sleep(0.02)


async def test_an_edit_under_way_is_cancelled_with_its_socket(
    home: Path, upstream: Upstream
) -> None:
    answering(upstream, gap=5)
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        number, future = editor.begin(
            "workspace/executeCommand",
            {"command": "turnout.refactor", "arguments": [{"uri": URI, "instruction": "x"}]},
        )
        await until(lambda: upstream.calls)
        editor.cancel(number)
        with pytest.raises(ResponseError, match="-32800"):
            await future
        await upstream.until(lambda: upstream.calls[0].closed_at is not None)
        assert editor.text(URI) == TEXT
        assert not editor.notifications("window/showMessageRequest")
