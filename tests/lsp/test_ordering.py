"""A request sees the document as it was when the request was read, however late it looks."""

from __future__ import annotations

import asyncio
from typing import Any

from support.editor import Editor, frame
from turnout.app import App
from turnout.lsp.protocol import request_document
from turnout.lsp.server import TurnoutServer

URI = "file:///a.py"
PAIRS = 5_000


async def test_five_thousand_pairs_in_one_write() -> None:
    server = TurnoutServer(App())
    waiting = asyncio.Event()

    @server.feature("test/read")
    async def read(params: Any) -> Any:
        await waiting.wait()  # until everything after it was applied
        document = request_document()
        return document and [document.version, document.text]

    @server.feature("test/go")
    async def go(params: Any) -> Any:
        waiting.set()

    async with Editor.in_process(server=server) as editor:
        await editor.open(URI, "0\n")
        data = bytearray()
        for number in range(2, PAIRS + 2):
            change = {
                "range": {
                    "start": {"line": 0, "character": 0},
                    "end": {"line": 0, "character": len(str(number - 1)) if number > 2 else 1},
                },
                "text": str(number),
            }
            document = {"uri": URI, "version": number}
            data += frame(
                {
                    "jsonrpc": "2.0",
                    "method": "textDocument/didChange",
                    "params": {"textDocument": document, "contentChanges": [change]},
                }
            )
            data += frame(
                {
                    "jsonrpc": "2.0",
                    "id": f"read {number}",
                    "method": "test/read",
                    "params": {"textDocument": {"uri": URI}},
                }
            )
        editor.send_bytes(bytes(data))
        await editor.request("test/go", None, within=60)
        await asyncio.sleep(0)
        await editor.request("test/go", None)
    answers = {m["id"]: m["result"] for m in editor.received if str(m.get("id")).startswith("read")}
    expected = {f"read {n}": [n, f"{n}\n"] for n in range(2, PAIRS + 2)}
    wrong = [key for key, value in expected.items() if answers.get(key) != value]
    assert (len(answers), wrong) == (PAIRS, [])


async def test_there_is_no_document_for_what_is_closed_or_in_doubt() -> None:
    server = TurnoutServer(App())

    @server.feature("test/read")
    async def read(params: Any) -> Any:
        document = request_document()
        return document and document.text

    async with Editor.in_process(server=server) as editor:

        async def text() -> Any:
            return await editor.request("test/read", {"textDocument": {"uri": URI}})

        assert await text() is None
        await editor.open(URI, "a")
        assert await text() == "a"
        broken = {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"text": 7}]}
        editor.notify("textDocument/didChange", broken)
        assert await text() is None
        await editor.replace(URI, "b")
        assert await text() == "b"
        editor.send_bytes(b"Content-Length: 3\r\n\r\n{]}")
        assert await text() is None
        await editor.change(URI, (0, 1, 0, 1), "c")
        assert await text() == "bc"
        await editor.close(URI)
        assert await text() is None
