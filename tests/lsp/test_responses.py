"""Every request gets exactly one response, whatever it holds and whatever becomes of it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from typing import Any

import pytest
from lsprotocol import types

from support.editor import Editor, ResponseError, frame
from turnout.app import App
from turnout.lsp.protocol import request_document
from turnout.lsp.server import TurnoutServer

URI = "file:///a.py"
CANARY = "canary-4711"


def make_server() -> TurnoutServer:
    """The real server, with handlers of every kind instead of the features."""
    server = TurnoutServer(App())

    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    async def inline(params: types.InlineCompletionParams) -> types.InlineCompletionList:
        await asyncio.sleep(0)
        document = request_document()
        text = f"{params.context.trigger_kind.value} {document and document.version}"
        return types.InlineCompletionList(items=[types.InlineCompletionItem(insert_text=text)])

    @server.feature("test/echo")
    async def echo(params: Any) -> Any:
        return params

    @server.feature("test/sync")
    def sync(params: Any) -> Any:
        return params

    @server.feature("test/slow")
    async def slow(params: Any) -> Any:
        await asyncio.sleep(params["seconds"])
        return params

    @server.feature("test/stubborn")
    async def stubborn(params: Any) -> Any:
        try:
            await asyncio.sleep(params["seconds"])
        except asyncio.CancelledError:
            return "swallowed"
        return params

    @server.feature("test/crash")
    async def crash(params: Any) -> Any:
        await asyncio.sleep(0)
        raise ValueError(CANARY)

    @server.feature("test/crash-at-once")
    def crash_at_once(params: Any) -> Any:
        raise ValueError(CANARY)

    @server.feature("test/unsendable")
    async def unsendable(params: Any) -> Any:
        return {"what": {1, 2}, CANARY: 1}

    @server.command("test.slow")
    async def slow_command(seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "done"

    return server


def inline_params(kind: Any, uri: Any = URI, line: Any = 0) -> dict[str, Any]:
    return {
        "textDocument": {"uri": uri},
        "position": {"line": line, "character": 0},
        "context": {"triggerKind": kind},
    }


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("no/such", {}, -32601),
        ("$/no/such", {}, -32601),
        ("textDocument/inlineCompletion", None, -32602),
        ("textDocument/inlineCompletion", {}, -32602),
        ("textDocument/inlineCompletion", [], -32602),
        ("textDocument/inlineCompletion", inline_params("often"), -32602),
        ("textDocument/inlineCompletion", inline_params(7), -32602),
        ("textDocument/inlineCompletion", inline_params(1, [CANARY]), -32602),
        ("textDocument/inlineCompletion", inline_params(1, line=1.5), -32602),
        ("textDocument/inlineCompletion", inline_params(1, line=-1), -32602),
        ("textDocument/inlineCompletion", inline_params(1, line=2**40), -32602),
        ("textDocument/inlineCompletion", inline_params(1, line=CANARY), -32602),
        ("workspace/executeCommand", {"command": "no.such"}, -32602),
        ("workspace/executeCommand", {"command": "test.slow", "arguments": [1, 2]}, -32603),
        ("test/crash", {}, -32603),
        ("test/crash-at-once", {}, -32603),
        ("test/unsendable", {}, -32603),
        ("initialize", {"capabilities": {}}, -32600),
    ],
)
async def test_a_request_that_fails_is_answered_and_harms_no_other(
    method: str, params: Any, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with Editor.in_process(server=make_server()) as editor:
        _, slow = editor.begin("test/slow", {"seconds": 0.02})
        with pytest.raises(ResponseError) as caught:
            await editor.request(method, params)
        assert caught.value.code == code
        assert await editor.request("test/echo", {"a": 1}) == {"a": 1}
        assert await slow == {"seconds": 0.02}
    assert CANARY not in caught.value.message
    assert CANARY not in caplog.text


@pytest.mark.parametrize(("sent", "taken"), [(0, 1), (1, 1), (2, 2)])
async def test_trigger_kinds_of_older_clients(sent: int, taken: int) -> None:
    async with Editor.in_process(server=make_server()) as editor:
        await editor.open(URI, "x")
        items = await editor.inline(URI, 0, 0, kind=sent)
    assert items == [{"insertText": f"{taken} 1"}]


async def test_before_initialize_and_after_shutdown() -> None:
    server = make_server()
    async with Editor.in_process(server=server, initialize=False) as editor:
        editor.notify("textDocument/didOpen", {"textDocument": {}})
        with pytest.raises(ResponseError, match="-32002"):
            await editor.request("test/echo", {})
        await editor.start()
        _, slow = editor.begin("test/slow", {"seconds": 60})
        assert await editor.request("shutdown", None) is None
        with pytest.raises(ResponseError, match="-32800"):
            await slow
        with pytest.raises(ResponseError, match="-32600"):
            await editor.request("test/echo", {})
        editor.notify("exit", None)
    assert editor.exit_code == 0


async def test_a_cancelled_request_is_answered_once_and_its_task_ends() -> None:
    async with Editor.in_process(server=make_server()) as editor:
        before = asyncio.all_tasks()
        command = {"command": "test.slow", "arguments": [60]}
        for method, params in {
            "test/slow": {"seconds": 60},
            "workspace/executeCommand": command,
        }.items():
            request_id, future = editor.begin(method, params)
            for _ in range(3):
                editor.cancel(request_id)
            with pytest.raises(ResponseError, match="-32800"):
                await future
        request_id, future = editor.begin("test/stubborn", {"seconds": 60})
        await editor.request("test/echo", {})
        editor.cancel(request_id)
        assert await future == "swallowed"
        editor.cancel(request_id)
        editor.cancel(4711)
        editor.notify("$/cancelRequest", {"id": [1]})
        await editor.request("test/echo", {})
        assert asyncio.all_tasks() <= before
        assert not editor.server.protocol._request_futures


async def test_an_id_in_use_is_refused_and_may_be_used_again_later() -> None:
    async with Editor.in_process(server=make_server()) as editor:
        slow = {"jsonrpc": "2.0", "id": "x", "method": "test/slow", "params": {"seconds": 0.05}}
        editor.send_bytes(frame(slow) + frame(slow))
        await editor.request("test/slow", {"seconds": 0.1})
        editor.send_bytes(frame(slow))
        await editor.request("test/slow", {"seconds": 0.1})
    answers = [m for m in editor.received if m.get("id") == "x"]
    assert [m.get("error", {}).get("code") for m in answers] == [-32600, None, None]


async def test_ids_and_messages_out_of_the_ordinary() -> None:
    async with Editor.in_process(server=make_server()) as editor:
        for odd in (None, 1.5, True, [1], {"a": 1}):
            editor.send_bytes(frame({"jsonrpc": "2.0", "id": odd, "method": "test/echo"}))
        for other in (
            {"jsonrpc": "2.0", "id": "a", "method": ["test/echo"]},
            {"id": "b", "method": "test/echo"},
            [{"jsonrpc": "2.0", "id": "c", "method": "test/echo"}],
            {"jsonrpc": "2.0", "id": "ours?", "result": 1},
            {"jsonrpc": "2.0", "id": {"no": "id"}, "error": {}},
            {"jsonrpc": "2.0", "method": {"no": "method"}},
            {"jsonrpc": "2.0"},
        ):
            editor.send_bytes(frame(other))
        for method in ("test/echo", "test/sync"):
            assert await editor.request(method, None) is None
    answers = [m for m in editor.received if "error" in m]
    assert [m["id"] for m in answers] == [None] * 5 + ["a", "b", None]
    assert {m["error"]["code"] for m in answers} == {-32600}


@pytest.mark.parametrize("answer", ["right", "wrong", "error", "late"])
async def test_answers_to_our_own_requests(answer: str) -> None:
    server = make_server()

    @server.feature("test/ask")
    async def ask(params: Any) -> Any:
        found = await server.window_show_document_async(types.ShowDocumentParams(uri="x:y"))
        return found.success

    async with Editor.in_process(server=server) as editor:
        editor.answers["window/showDocument"] = {
            "right": {"result": {"success": True}},
            "wrong": {"result": {"failure": 1}},
            "error": {"error": {"code": -32601, "message": "not me"}},
            "late": None,
        }[answer]
        request_id, future = editor.begin("test/ask", {})
        if answer == "right":
            assert await future is True
            return
        if answer == "late":
            await editor.wait_for("window/showDocument")
            editor.cancel(request_id)
        with pytest.raises(ResponseError):
            await future
        asked = next(m for m in editor.received if m.get("method") == "window/showDocument")
        editor.send({"id": asked["id"], "result": {"success": True}})
        assert await editor.request("test/echo", 1) == 1


async def test_two_thousand_mixed_requests_with_random_cancels(seed: int) -> None:
    chance = random.Random(seed)
    kinds: list[tuple[str, Any]] = [
        ("test/echo", {"a": 1}),
        ("test/sync", None),
        ("test/slow", {"seconds": 0.01}),
        ("test/stubborn", {"seconds": 0.01}),
        ("test/crash", {}),
        ("test/unsendable", {}),
        ("textDocument/inlineCompletion", inline_params(0)),
        ("textDocument/inlineCompletion", inline_params("x")),
        ("workspace/executeCommand", {"command": "test.slow", "arguments": [0.01]}),
        ("no/such", {}),
    ]
    async with Editor.in_process(server=make_server()) as editor:
        sent: list[int] = []
        futures = []
        for _ in range(2000):
            request_id, future = editor.begin(*chance.choice(kinds))
            sent.append(request_id)
            futures.append(future)
            while chance.random() < 0.3:
                editor.cancel(chance.choice(sent[-20:]))
            if chance.random() < 0.02:
                await asyncio.sleep(chance.random() * 0.01)
        await asyncio.wait(futures, timeout=60)
        await editor.request("test/slow", {"seconds": 0.05})
    answered = Counter(m["id"] for m in editor.received if "method" not in m)
    assert [answered[request_id] for request_id in sent] == [1] * 2000
    codes = Counter(m["error"]["code"] for m in editor.received if "error" in m)
    assert set(codes) == {-32800, -32603, -32602, -32601}
    assert not editor.server.protocol._request_futures
