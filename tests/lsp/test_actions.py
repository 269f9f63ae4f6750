"""Review and Explain as an editor sees them."""

from __future__ import annotations

import asyncio
import json
import re
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
    progress,
    run,
    shown,
    titles,
    until,
    where,
)
from support.editor import Editor, ResponseError, frame
from support.holding import held
from support.upstream import Upstream
from turnout.app import App
from turnout.lsp.features import configuration


def showing(message: dict[str, Any]) -> bool:
    """Whether it has the editor show findings."""
    is_publishing = message.get("method") == "textDocument/publishDiagnostics"
    return is_publishing and bool(message["params"]["diagnostics"])


async def test_a_key_in_the_environment_is_no_consent(home: Path, monkeypatch: Any) -> None:
    async with Upstream() as upstream:
        environ = {"OPENAI_API_KEY": "sk-xyz", "OPENAI_BASE_URL": f"{upstream.url}/v1"}
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        async with Editor.in_process(App(None, environ)) as editor:
            await editor.open(URI, TEXT)
            for _ in range(20):
                await actions(editor)
                await execute(editor, "turnout.review")
                await execute(editor, "turnout.explain", model="openai/gpt-5")
                await editor.inline(URI, 4, 4)
        assert upstream.connections == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_a_review_publishes_what_it_quotes(
    home: Path, upstream: Upstream, encoding: str
) -> None:
    text = "# \U0001f600\n" + TEXT.replace("a / b", "'é\U0001f600' + a / b")
    upstream.script(
        text=finding("a / b") + finding("items[0]", severity="info", category="edge-case")
        + finding("not there") + DONE,
        gap=0.01,
    )  # fmt: skip
    async with Editor.in_process(app(home, upstream.url), encoding=encoding) as editor:
        await editor.open(URI, text)
        menu = await actions(editor, 9, only=["turnout.review"])
        assert titles(menu)[1] == "Review this file - p0/big"
        number, future = run(editor, menu[1])
        result = await future
        # The first is shown as soon as it is there, before the second and before the end.
        told = [m for m in editor.received if m.get("id") == number or showing(m)]
        assert len(told[0]["params"]["diagnostics"]) == 1
        assert result.pop("cost") in (None, 0.0)
        assert result == {
            "outcome": "answered", "model": "p0/big",
            "findings": 2, "unplaced": 1, "complete": True, "note": "",
        }  # fmt: skip
        first, second = shown(editor)
        for diagnostic, quote in ((first, "a / b"), (second, "items[0]")):
            span = diagnostic["range"]
            start = editor.texts[URI].offset(span["start"]["line"], span["start"]["character"])
            end = editor.texts[URI].offset(span["end"]["line"], span["end"]["character"])
            assert text[start:end] == quote
        assert (first["severity"], first["code"], first["source"]) == (1, "bug", "turnout")
        assert (second["severity"], second["code"]) == (3, "edge-case")
        assert first["data"]["model"] == "p0/big"
        assert first["data"]["fix"] is False
        assert re.fullmatch("[0-9a-f]{32}", first["data"]["id"])
        assert editor.notifications("textDocument/publishDiagnostics")[-1]["version"] == 1
        kinds = progress(editor)
        assert (kinds[0], kinds[-1]) == ("begin", "end")
        end = editor.notifications("$/progress")[-1]["value"]["message"]
        assert end == "p0/big: 2 findings, 1 left out: their quotes were not found"
        assert not editor.notifications("window/showMessage")


async def test_only_the_symbol_is_reviewed(home: Path, upstream: Upstream) -> None:
    upstream.script(text=finding("items[0]") + finding("a / b") + DONE)
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        _, future = run(editor, (await actions(editor))[0])
        assert (await future)["findings"] == 1
        assert [d["range"] for d in shown(editor)] == [where(TEXT, "a / b")]
        begin = editor.notifications("$/progress")[0]["value"]
        assert begin["title"] == "Review `ratio`"
        assert begin["cancellable"] is True


async def test_findings_follow_the_text_and_go_with_it(home: Path, upstream: Upstream) -> None:
    upstream.script(text=finding("a / b") + finding("items[0]") + DONE)
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.review")
        await editor.change(URI, (0, 0, 0, 0), "# one\n# two\n")
        await until(lambda: shown(editor)[0]["range"] == where(editor.text(URI), "a / b"))
        version = editor.notifications("textDocument/publishDiagnostics")[-1]["version"]
        assert version == editor.texts[URI].version
        at = where(editor.text(URI), "a / b")["start"]
        await editor.change(
            URI, (at["line"], at["character"], at["line"], at["character"] + 5), "b"
        )
        await until(lambda: len(shown(editor)) == 1)
        assert shown(editor)[0]["range"] == where(editor.text(URI), "items[0]")
        await editor.close(URI)
        await until(lambda: shown(editor) == [])


async def test_an_answer_for_an_older_text_is_anchored_in_the_newer(
    home: Path, upstream: Upstream
) -> None:
    upstream.script(text=finding("a / b") + finding("items[0]") + DONE)
    may_answer = held(upstream)
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        _, future = run(editor, (await actions(editor, 4, only=["turnout.review"]))[1])
        await until(lambda: upstream.calls)
        await editor.change(URI, (0, 0, 0, 0), "# one\n# two\n")
        at = where(editor.text(URI), "items[0]")["start"]
        await editor.change(
            URI, (at["line"], at["character"], at["line"], at["character"] + 8), "x"
        )
        await editor.heard()
        may_answer.set()
        result = await future
        assert (result["findings"], result["unplaced"]) == (1, 1)
        assert [d["range"] for d in shown(editor)] == [where(editor.text(URI), "a / b")]


async def test_a_new_review_takes_the_place_of_the_old_findings(
    home: Path, upstream: Upstream
) -> None:
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        upstream.script(text=finding("a / b", "old") + finding("items[0]", "old") + DONE)
        await execute(editor, "turnout.review")
        upstream.script(text=finding("a / b", "new") + DONE)
        await execute(editor, "turnout.review", range=where(TEXT, "    return a / b\n"), anew=True)
        assert sorted(d["message"] for d in shown(editor)) == ["new", "old"]


async def test_the_client_cancels_by_request_or_progress(home: Path, upstream: Upstream) -> None:
    upstream.script(text=finding("a / b") + "and on " * 1_000, gap=0.005)
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        review = (await actions(editor))[0]
        before = asyncio.all_tasks()
        number, future = run(editor, review)
        await until(lambda: shown(editor))
        editor.cancel(number)
        with pytest.raises(ResponseError) as raised:
            await future
        assert raised.value.code == -32800
        await upstream.until(lambda: upstream.calls[0].closed_at is not None)

        _, future = run(editor, (await actions(editor))[0])
        await until(lambda: len(upstream.calls) == 2 and progress(editor).count("begin") == 2)
        token = editor.notifications("$/progress")[-1]["token"]
        editor.notify("window/workDoneProgress/cancel", {"token": token})
        assert await future == {"outcome": "stopped"}
        await upstream.until(lambda: upstream.calls[1].closed_at is not None)
        await until(lambda: progress(editor).count("end") == 2)
        await until(lambda: asyncio.all_tasks() <= before)
        assert not editor.notifications("window/showMessage")


async def test_a_new_action_supersedes_the_old_of_its_document(
    home: Path, upstream: Upstream
) -> None:
    other = "file:///ws/other.py"
    upstream.script(text="and on " * 1_000, gap=0.01, times=2)
    upstream.script(text=DONE)
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        await editor.open(other, TEXT)
        _, first = run(editor, (await actions(editor))[0])
        await until(lambda: upstream.calls)
        _, elsewhere = run(editor, (await actions(editor, uri=other))[0])
        await until(lambda: len(upstream.calls) == 2)
        _, second = run(editor, (await actions(editor))[0])
        assert await first == {"outcome": "stopped"}
        assert (await second)["outcome"] == "answered"
        assert not elsewhere.done()
        await upstream.until(lambda: upstream.calls[0].closed_at is not None)
        assert [call.closed_at is None for call in upstream.calls] == [False, True, True]
        await editor.close(other)
        assert await elsewhere == {"outcome": "stopped"}


async def test_a_failing_provider_is_named_once_and_the_next_answers(
    home: Path, upstream: Upstream
) -> None:
    async with Upstream() as bad:
        bad.script(text=finding("items[0]", "void"), fault="rst-mid-stream", gap=0.01)
        upstream.script(text=finding("a / b") + DONE)
        routes = '[routes]\nreview = ["p0/big", "p1/big"]\nexplain = ["p0/big"]\n'
        async with Editor.in_process(app(home, bad.url, upstream.url, routes=routes)) as editor:
            await editor.open(URI, TEXT)
            result = await execute(editor, "turnout.review")
            assert (result["model"], result["findings"]) == ("p1/big", 1)
            assert [d["message"] for d in shown(editor)] == ["It breaks."]
            assert not editor.notifications("window/showMessage")
            result = await execute(editor, "turnout.explain")
            assert result["outcome"] == "unanswered"
            (message,) = editor.notifications("window/showMessage")
            assert message["type"] == 1
            assert "p0" in message["message"]
            assert "\n" not in message["message"]


async def test_a_cut_review_leaves_nothing_behind(home: Path, upstream: Upstream) -> None:
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        upstream.script(text=finding("a / b", "kept") + DONE)
        await execute(editor, "turnout.review")
        upstream.script(text=finding("items[0]", "void"), fault="rst-mid-stream")
        result = await execute(editor, "turnout.review", anew=True)
        assert result["outcome"] == "unanswered"
        assert [d["message"] for d in shown(editor)] == ["kept"]


async def test_a_review_at_its_limit_says_there_may_be_more(home: Path, upstream: Upstream) -> None:
    upstream.script(text=finding("a / b"), reason="length")
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        result = await execute(editor, "turnout.review")
        assert result["complete"] is False
        (message,) = editor.notifications("window/showMessage")
        assert message["type"] == 2
        assert "reached its limit" in message["message"]


async def test_arguments_that_make_no_sense_are_refused(home: Path, upstream: Upstream) -> None:
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        start = {"line": 0, "character": 0}
        for arguments in (
            [], [None], ["x"], [{}], [{"uri": 1}], [{"uri": "file:///not/open.py"}],
            [{"uri": URI, "range": "x"}], [{"uri": URI, "range": {"start": start}}],
            [{"uri": URI, "range": {"start": start, "end": start}}],
            [{"uri": URI, "range": {"start": start, "end": {"line": -1, "character": 1.5}}}],
        ):  # fmt: skip
            with pytest.raises(ResponseError) as raised:
                await editor.request(
                    "workspace/executeCommand",
                    {"command": "turnout.review", "arguments": arguments},
                )
            assert raised.value.code == -32602, arguments
        for arguments in ([], [{}], [{"uri": URI}], [{"uri": "x", "id": "y"}]):
            await editor.request(
                "workspace/executeCommand", {"command": "turnout.dismiss", "arguments": arguments}
            )
        assert upstream.connections == 0


HOSTILE = [
    finding("a / b", "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07"),
    finding("a / b", "[fix](command:workbench.action.terminal.new) ![](https://evil/?q)"),
    finding("a / b", "\u202eevil\u2066\u200b\U000e0041"),
    finding("a / b", edit={"changes": {"file:///etc/passwd": []}}, command="turnout.review"),
    finding("items[0]", "out of range"),
    json.dumps({"changes": {URI: [{"newText": "x"}]}, "documentChanges": []}),
    "{" * 100_000,
    finding("a / b", "x" * 100_000),
]


@pytest.mark.parametrize("reply", HOSTILE, ids=range(len(HOSTILE)))
async def test_a_hostile_model_gets_plain_text_into_the_range_and_nothing_else(
    home: Path, upstream: Upstream, reply: str
) -> None:
    upstream.script(text=reply + DONE)
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        _, future = run(editor, (await actions(editor))[0])
        await future
        for diagnostic in shown(editor):
            assert diagnostic["range"] == where(TEXT, "a / b")
            assert len(diagnostic["message"]) <= 2_000
            assert not re.search("[\x00-\x08\x0b-\x1f\u200b\u202e]|://|\\]\\(|command:\\S",
                                 diagnostic["message"])  # fmt: skip
            assert "codeDescription" not in diagnostic
        assert not editor.applied
        assert editor.text(URI) == TEXT
        asked = {m["method"] for m in editor.received if "method" in m and "id" in m}
        assert asked <= {"window/workDoneProgress/create", "workspace/configuration",
                         "client/registerCapability"}  # fmt: skip


async def test_an_action_is_about_the_text_it_was_chosen_for(
    home: Path, upstream: Upstream
) -> None:
    """A change in the same write as the command moves the range; it does not get into it."""
    upstream.script(text=finding("return a / b") + DONE)
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        await actions(editor)
        arguments = [{"uri": URI, "range": where(TEXT, "    return a / b\n")}]
        command = {"command": "turnout.review", "arguments": arguments}
        change = {"range": where(TEXT, "import os"), "text": "SECRET = 1\nOTHER = 2\nimport os"}
        both = frame(
            {"jsonrpc": "2.0", "id": "r", "method": "workspace/executeCommand", "params": command}
        ) + frame(
            {
                "jsonrpc": "2.0",
                "method": "textDocument/didChange",
                "params": {
                    "textDocument": {"uri": URI, "version": 2},
                    "contentChanges": [change],
                },
            }
        )
        editor.send_bytes(both)
        await until(lambda: any(m.get("id") == "r" and "result" in m for m in editor.received))
        prompt = upstream.calls[0].body["messages"][-1]["content"]
        code = prompt.rpartition("<code ")[2]
        assert "return a / b" in code
        # What was typed since is told as a recent edit, and as nothing else.
        assert "SECRET" not in re.sub(r"(?s)<edit (\w+)>.*?</edit \1>", "", prompt)
        (diagnostic,) = shown(editor)
        assert diagnostic["range"]["start"] == {"line": 6, "character": 4}


async def test_the_client_chooses_the_token_of_progress(home: Path, upstream: Upstream) -> None:
    upstream.script(text=finding("return a / b") + DONE, gap=0.05)
    async with Editor.in_process(app(home, upstream.url), capabilities={}) as editor:
        assert editor.capabilities["executeCommandProvider"]["workDoneProgress"] is True
        await editor.open(URI, TEXT)
        command = {"command": "turnout.review", "arguments": [{"uri": URI}], "workDoneToken": 0}
        result = await editor.request("workspace/executeCommand", command)
        assert result["findings"] == 1
        told = editor.notifications("$/progress")
        assert {params["token"] for params in told} == {0}
        assert [told[0]["value"]["kind"], told[-1]["value"]["kind"]] == ["begin", "end"]
        assert editor.notifications("window/workDoneProgress/create") == []
        assert editor.notifications("window/showMessage") == []

        upstream.script(text=finding("return a / b") + DONE, gap=5)
        _, running = editor.begin("workspace/executeCommand", {**command, "workDoneToken": "two"})
        await until(lambda: editor.notifications("$/progress")[-1]["token"] == "two")
        editor.notify("window/workDoneProgress/cancel", {"token": "two"})
        assert await asyncio.wait_for(running, 30) == {"outcome": "stopped"}


async def test_a_review_that_is_stopped_says_nothing_twice(home: Path, upstream: Upstream) -> None:
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        upstream.script(text=finding("return a / b") + finding("return items[0]") + DONE)
        await execute(editor, "turnout.review")
        upstream.script(text=finding("return a / b", "Again."), fault="stall-mid-stream")
        again = {"uri": URI, "anew": True}
        number, future = editor.begin(
            "workspace/executeCommand", {"command": "turnout.review", "arguments": [again]}
        )
        await until(lambda: "Again." in [d["message"] for d in shown(editor)])
        editor.cancel(number)
        with pytest.raises(ResponseError, match="-32800"):
            await future
        await until(lambda: len(shown(editor)) == 2)
        assert {d["message"] for d in shown(editor)} == {"It breaks.", "Again."}


async def test_settings_files_that_change_count_at_once(
    home: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The remedies that messages name are made in files, while the server runs."""
    monkeypatch.setattr(configuration, "_LOOK_EVERY", 0.02)
    workspace = home / "ws"
    workspace.mkdir()
    config = home / "turnout.toml"
    async with Editor.in_process(App(config, {}), folders=[workspace]) as editor:
        await editor.open(URI, TEXT)

        async def title() -> str:
            action = (await actions(editor))[0]
            return titles([action])[0] if "disabled" not in action else "disabled"

        async def until_title(expected: str) -> None:
            async with asyncio.timeout(30):
                while await title() != expected:
                    await asyncio.sleep(0.01)

        assert await title() == "disabled"
        app(home, upstream.url)  # writes the user's file
        await until_title("Review `ratio` - p0/big")
        (workspace / "turnout.toml").write_text('forbid = ["p0"]\n')
        await until_title("disabled")
        (workspace / "turnout.toml").unlink()
        await until_title("Review `ratio` - p0/big")
        config.write_text("[providers\n")
        await until_title("disabled")
    (problem,) = (p["message"] for p in editor.notifications("window/showMessage")[1:])
    assert "not valid TOML" in problem
