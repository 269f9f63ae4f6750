"""The commands whose answer is words, and those about what git says has changed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from support.acting import (
    DONE,
    TEXT,
    URI,
    actions,
    app,
    execute,
    finding,
    run,
    shown,
    until,
    where,
)  # fmt: skip
from support.editor import CAPABILITIES, Editor, ResponseError
from support.repository import git
from support.upstream import Upstream
from turnout.lsp.features.task_actions import ACTIONS

DOCUMENTS = {**CAPABILITIES, "experimental": {"turnout": {"document": True}}}
CHANGED = TEXT.replace("return a / b", "return a // b")
IN_WORDS = {
    "turnout.ask": {"instruction": "What is it for?"},
    "turnout.design": {"instruction": "One class or two?"},
    "turnout.debug": {"materials": [{"kind": "trace", "text": "ZeroDivisionError: x"}]},
}


@pytest.fixture
def repository(home: Path) -> Path:
    """A repository with one commit, and one file that has changed since."""
    folder = home / "ws"
    folder.mkdir()
    (folder / "util.py").write_text(TEXT)
    (folder / "other.py").write_text("VALUE = 1\n")
    (folder / ".env").write_text("KEY=canary-one\n")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-f", ".")
    git(folder, "commit", "-q", "-m", "Begin")
    (folder / "util.py").write_text(CHANGED)
    (folder / ".env").write_text("KEY=canary-two\n")
    return folder


async def workspace(editor: Editor, command: str, **arguments: Any) -> Any:
    """Run a command that is about no document."""
    params = {"command": command, "arguments": [arguments] if arguments else []}
    return await editor.request("workspace/executeCommand", params)


async def test_there_is_a_command_for_every_task(home: Path, upstream: Upstream) -> None:
    async with Editor.in_process(app(home, upstream.url)) as editor:
        commands = editor.capabilities["executeCommandProvider"]["commands"]
        assert {action.command for action in ACTIONS.values()} <= set(commands)
        assert {"turnout.apply", "turnout.discard", "turnout.explainRoute"} <= set(commands)
        assert len(commands) == len(set(commands))


@pytest.mark.parametrize("command", IN_WORDS)
async def test_an_answer_in_words_is_the_result_and_a_message(
    home: Path, upstream: Upstream, command: str
) -> None:
    upstream.script(text="It divides.\n\nSee [docs](https://evil.example).")
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        result = await execute(editor, command, **IN_WORDS[command])
        assert result["text"] == "It divides.\n\nSee docs."
        assert (result["outcome"], result["complete"]) == ("answered", True)
        (message,) = editor.notifications("window/showMessage")
        assert message == {"type": 3, "message": "Turnout: It divides. See docs."}
        assert shown(editor) == []
        # Without a document it is about the workspace.
        result = await workspace(editor, command, **IN_WORDS[command])
        assert result["outcome"] == "answered"


@pytest.mark.parametrize("command", IN_WORDS)
async def test_an_answer_in_words_is_streamed_where_there_is_a_place(
    home: Path, upstream: Upstream, command: str
) -> None:
    upstream.script(text="It divides.\nIt fails for zero.\n", gap=0.01)
    async with Editor.in_process(app(home, upstream.url), capabilities=DOCUMENTS) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, command, **IN_WORDS[command])
        streamed = editor.notifications("turnout/document")
        assert [part["done"] for part in streamed] == [False] * (len(streamed) - 1) + [True]
        assert streamed[-1]["text"] == "It divides.\nIt fails for zero."
        assert not editor.notifications("window/showMessage")


async def test_a_command_is_suggested_and_not_run(home: Path, upstream: Upstream) -> None:
    upstream.script(text="rm -rf build\nRemoves the build folder.")
    async with Editor.in_process(app(home, upstream.url)) as editor:
        result = await workspace(editor, "turnout.suggest", instruction="remove the build folder")
        assert result["command"] == "rm -rf build"
        assert result["warning"]
        (message,) = editor.notifications("window/showMessage")
        assert "rm -rf build" in message["message"]
        assert "Careful" in message["message"]


@pytest.mark.parametrize("command", ["turnout.ask", "turnout.suggest", "turnout.boilerplate"])
async def test_what_needs_words_says_so(home: Path, upstream: Upstream, command: str) -> None:
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        for arguments in ({"uri": URI}, {"uri": URI, "instruction": "  "}, {"instruction": 7}):
            with pytest.raises(ResponseError, match="-32602"):
                await workspace(editor, command, **arguments)
        assert upstream.connections == 0


async def test_the_route_is_explained(home: Path, upstream: Upstream) -> None:
    for capabilities in (CAPABILITIES, DOCUMENTS):
        made = app(home, upstream.url)
        async with Editor.in_process(made, capabilities=capabilities) as editor:
            await editor.open(URI, TEXT)
            result = await execute(editor, "turnout.explainRoute", task="review")
            assert result["models"] == ["p0/big"]
            assert "p0/big" in result["text"]
            documents = editor.notifications("turnout/document")
            assert bool(documents) == (capabilities is DOCUMENTS)
            assert len(editor.notifications("window/showMessage")) == (not documents)
            assert (await workspace(editor, "turnout.explainRoute", task="suggest"))["text"]
            with pytest.raises(ResponseError, match="-32602"):
                await workspace(editor, "turnout.explainRoute", task="x")
    assert upstream.connections == 0


async def test_a_commit_message_is_returned_and_nothing_is_committed(
    repository: Path, home: Path, upstream: Upstream
) -> None:
    upstream.script(text="Divide whole numbers\n\nThe callers want no fractions.")
    async with Editor.in_process(app(home, upstream.url), folders=[repository]) as editor:
        result = await workspace(editor, "turnout.commitMessage")
        assert result["text"] == "Divide whole numbers\n\nThe callers want no fractions."
        sent = str(upstream.calls[0].body)
        assert "return a // b" in sent
        assert "canary" not in sent
        assert len(git(repository, "log", "--oneline").splitlines()) == 1
        assert not editor.applied


async def test_outside_of_a_repository_there_is_one_clear_sentence(
    home: Path, upstream: Upstream
) -> None:
    folder = home / "plain"
    folder.mkdir()
    async with Editor.in_process(app(home, upstream.url), folders=[folder]) as editor:
        for command in ("turnout.commitMessage", "turnout.pullRequest"):
            result = await workspace(editor, command)
            assert result["outcome"] == "unanswered"
            assert "git repository" in result["why"]
        result = await workspace(editor, "turnout.review", against="uncommitted")
        assert "git repository" in result["why"]
        assert len(editor.notifications("window/showMessage")) == 3
        assert upstream.connections == 0


async def test_without_a_folder_nothing_is_looked_for(home: Path, upstream: Upstream) -> None:
    """Least of all in the folder that the server happened to be started in."""
    async with Editor.in_process(app(home, upstream.url)) as editor:
        for command in ("turnout.commitMessage", "turnout.review"):
            result = await workspace(editor, command, against="branch")
            assert "No folder is open" in result["why"]
        assert upstream.connections == 0


async def test_a_review_of_changes_finds_things_in_files_that_are_not_open(
    repository: Path, home: Path, upstream: Upstream
) -> None:
    uri = (repository / "util.py").as_uri()
    upstream.script(text=finding("return a // b", "Whole numbers only.") + DONE)
    async with Editor.in_process(app(home, upstream.url), folders=[repository]) as editor:
        result = await workspace(editor, "turnout.review", against="uncommitted")
        assert (result["outcome"], result["findings"], result["files"]) == ("answered", 1, 1)
        assert any("excluded" in note for note in result["notes"])
        (found,) = shown(editor, uri)
        assert found["range"] == where(CHANGED, "return a // b")
        assert editor.notifications("textDocument/publishDiagnostics")[-1].get("version") is None
        assert "canary" not in str(upstream.calls[0].body)
        # It is found again in what is opened, which need not be what lies on the disk.
        await editor.open(uri, "# new\n" + CHANGED)
        moved = where("# new\n" + CHANGED, "return a // b")
        await until(lambda: [one["range"] for one in shown(editor, uri)] == [moved])
        await editor.change(uri, (0, 0, 0, 0), "# newer\n")
        await until(lambda: shown(editor, uri)[0]["range"]["start"]["line"] == 6)
        await editor.close(uri)
        await until(lambda: shown(editor, uri) == [])


async def test_findings_of_an_unopened_file_can_be_dismissed(
    repository: Path, home: Path, upstream: Upstream
) -> None:
    uri = (repository / "util.py").as_uri()
    upstream.script(text=finding("return a // b", "Whole numbers only.") + DONE)
    made = {"folders": [repository]}
    async with Editor.in_process(app(home, upstream.url), **made) as editor:
        await workspace(editor, "turnout.review", against="uncommitted")
        await workspace(editor, "turnout.dismiss", uri=uri, id=shown(editor, uri)[0]["data"]["id"])
        assert shown(editor, uri) == []
    # For good: neither from the cache nor from the model does it come again, after a restart.
    async with Editor.in_process(app(home, upstream.url), **made) as editor:
        for anew in (False, True):
            again = await workspace(editor, "turnout.review", against="uncommitted", anew=anew)
            assert (again["findings"], again["unplaced"]) == (0, 0)
        assert shown(editor, uri) == []
        assert len(upstream.calls) == 2


async def test_a_second_review_asks_only_about_what_changed(home: Path, upstream: Upstream) -> None:
    upstream.script(text=finding("a / b", "By zero.") + finding("items[0]", "Empty.") + DONE)
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.review")
        result = await execute(editor, "turnout.review")
        assert (result["findings"], len(upstream.calls)) == (2, 1)
        assert "Nothing changed" in result["note"]
        assert "Nothing changed" in editor.notifications("window/showMessage")[-1]["message"]
        at = where(TEXT, "items[0]")["start"]
        await editor.change(
            URI, (at["line"], at["character"], at["line"], at["character"] + 8), "items[-1]"
        )
        upstream.script(text=DONE)
        result = await execute(editor, "turnout.review")
        code = str(upstream.calls[1].body["messages"][-1]).rpartition("<code ")[2]
        assert "items[-1]" in code
        assert "a / b" not in code
        assert [one["message"] for one in shown(editor)] == ["By zero."]
        result = await execute(editor, "turnout.review", anew=True)
        assert (result["findings"], len(upstream.calls)) == (0, 3)
        assert shown(editor) == []


async def test_a_finding_is_explained_where_it_stands(home: Path, upstream: Upstream) -> None:
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        upstream.script(text=finding("a / b", "Divides by zero.") + DONE)
        await execute(editor, "turnout.review")
        upstream.script(text="It is one: nobody checks b.")
        menu = await actions(editor, diagnostics=shown(editor))
        explain = next(one for one in menu if one["title"].startswith("Explain this finding"))
        _, future = run(editor, explain)
        assert (await future)["text"] == "It is one: nobody checks b."
        assert "Divides by zero." in str(upstream.calls[-1].body)
        assert {one["code"] for one in shown(editor)} == {"bug", "explanation"}


CANCELLED = {
    "words": ("turnout.ask", {"uri": URI, "instruction": "Why?"}),
    "workspace": ("turnout.design", {"instruction": "Why?"}),
    "edits": ("turnout.docs", {"uri": URI}),
    "findings": ("turnout.review", {"uri": URI}),
    "changes": ("turnout.review", {"against": "uncommitted"}),
    "message": ("turnout.commitMessage", {}),
}


@pytest.mark.parametrize("kind", CANCELLED)
@pytest.mark.parametrize("how", ["cancelled", "superseded"])
async def test_every_kind_of_action_ends_with_its_socket(
    repository: Path, home: Path, upstream: Upstream, kind: str, how: str
) -> None:
    upstream.script(text="and on " * 1_000, gap=0.01, times=1)
    upstream.script(text=DONE)
    command, arguments = CANCELLED[kind]
    params = {"command": command, "arguments": [arguments]}
    async with Editor.in_process(app(home, upstream.url), folders=[repository]) as editor:
        await editor.open(URI, TEXT)
        await actions(editor)  # what is done once the server is initialized is under way
        before = asyncio.all_tasks()
        number, future = editor.begin("workspace/executeCommand", params)
        await until(lambda: upstream.calls)
        if how == "cancelled":
            editor.cancel(number)
            with pytest.raises(ResponseError, match="-32800"):
                await future
        else:
            _, second = editor.begin("workspace/executeCommand", params)
            assert await future == {"outcome": "stopped"}
            await second
        await upstream.until(lambda: upstream.calls[0].closed_at is not None)
        await until(lambda: asyncio.all_tasks() <= before)


async def test_an_action_of_the_workspace_leaves_those_of_documents_alone(
    home: Path, upstream: Upstream
) -> None:
    upstream.script(text="and on " * 1_000, gap=0.01, times=2)
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        params = [
            {"command": "turnout.explain", "arguments": [{"uri": URI}]},
            {"command": "turnout.design", "arguments": [{"instruction": "Why?"}]},
        ]
        running = [editor.begin("workspace/executeCommand", one)[1] for one in params]
        await until(lambda: len(upstream.calls) == 2)
        assert not any(one.done() for one in running)
        await editor.close(URI)
        assert await running[0] == {"outcome": "stopped"}
        assert not running[1].done()
