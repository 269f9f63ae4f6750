"""A fake editor: speaks LSP over real pipes, keeps its own text, answers what servers ask.

`Editor.in_process` serves in the same event loop over `os.pipe`; `Editor.spawn` starts a process.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
from collections import defaultdict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from support.applying import apply
from support.text import Text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from pathlib import Path

METHOD_NOT_FOUND = -32601
TIMEOUT = 60.0
"""Seconds until a test that waits for the server fails."""

CAPABILITIES: dict[str, Any] = {
    "workspace": {
        "applyEdit": True,
        "configuration": True,
        "workspaceEdit": {"documentChanges": True},
        "workspaceFolders": True,
    },
    "textDocument": {
        "inlineCompletion": {},
        "completion": {"completionItem": {"insertReplaceSupport": True}},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}},
            "dataSupport": True,
            "disabledSupport": True,
            "resolveSupport": {"properties": ["edit", "command"]},
        },
    },
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
}


class ResponseError(Exception):
    """The server answered a request with an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Editor:
    """One client with its server."""

    def __init__(self, reader: asyncio.StreamReader, send: Callable[[bytes], None]) -> None:
        self.encoding = "utf-16"
        self.capabilities: dict[str, Any] = {}
        self.texts: dict[str, Text] = {}
        self.configuration: dict[str, Any] = {}
        self.answers: dict[str, dict[str, Any] | None] = {}
        """What to answer to a method instead of the usual, {"result": ...}; None: nothing."""
        self.received: list[dict[str, Any]] = []
        """Every message from the server, in order."""
        self.applied: list[dict[str, Any]] = []
        """The workspace edits that the server had applied."""
        self.files: dict[str, str] = {}
        """Files that workspace edits made or changed without their being open."""
        self.confirms = True
        """Whether the user agrees to changes that need to be confirmed."""
        self.process: asyncio.subprocess.Process | None = None
        self.exit_code: int | None = None
        self._send = send
        self._last_id = 0
        self._shut_down = False
        self._responses: dict[int | str, asyncio.Future[Any]] = {}
        self._seen: defaultdict[str, int] = defaultdict(int)
        self._arrived = asyncio.Event()
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._task = asyncio.get_running_loop().create_task(self._read(reader))

    @classmethod
    @asynccontextmanager
    async def in_process(
        cls, app: Any = None, *, server: Any = None, **start: Any
    ) -> AsyncIterator[Editor]:
        """Serve `server`, or a new one of `app`, in this loop. `start`: see `Editor.start`."""
        from turnout.app import App
        from turnout.lsp.server import create_server, serve

        in_read, in_write = os.pipe()
        out_read, out_write = os.pipe()
        server = server or create_server(app or App())
        loop = asyncio.get_running_loop()
        serving = loop.create_task(serve(server, in_read, out_write))
        async with _pipes(out_read, in_write) as (reader, writer):
            editor = cls(reader, writer.write)
            editor.server = server
            try:
                await editor.start(**start)
                yield editor
                await editor.shutdown()
            finally:
                writer.close()
                editor.exit_code = await asyncio.wait_for(serving, TIMEOUT)
                os.close(out_write)
                await editor._task
        os.close(in_read)

    @classmethod
    @asynccontextmanager
    async def spawn(
        cls,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stderr: int | None = None,
        **start: Any,
    ) -> AsyncIterator[Editor]:
        """Start the server as a process. Without `start` arguments too, `initialize` is sent."""
        process = await asyncio.create_subprocess_exec(
            *argv,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            limit=2**20,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        editor = cls(process.stdout, process.stdin.write)
        editor.process = process
        try:
            await editor.start(**start)
            yield editor
            await editor.shutdown()
        finally:
            process.stdin.close()
            try:
                editor.exit_code = await asyncio.wait_for(process.wait(), TIMEOUT)
            except TimeoutError:
                process.kill()
                await process.wait()
                raise
            finally:
                await editor._task

    server: Any = None
    """The server object, where it runs in this process."""

    async def start(
        self,
        *,
        capabilities: dict[str, Any] | None = None,
        encoding: str = "utf-16",
        options: Any = None,
        configuration: dict[str, Any] | None = None,
        folders: Sequence[Path] = (),
        initialize: bool = True,
        **params: Any,
    ) -> None:
        """Say `initialize` and `initialized`; `configuration` is by section."""
        self.encoding = encoding
        self.configuration = configuration or {}
        if not initialize:
            return
        general = {"general": {"positionEncodings": [encoding]}}
        chosen = CAPABILITIES if capabilities is None else capabilities
        result = await self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "clientInfo": {"name": "fake-editor", "version": "1"},
                "rootUri": folders[0].as_uri() if folders else None,
                "workspaceFolders": [{"uri": f.as_uri(), "name": f.name} for f in folders] or None,
                "capabilities": {**general, **chosen},
                "initializationOptions": options,
                **params,
            },
        )
        self.capabilities = result["capabilities"]
        self.notify("initialized", {})

    async def shutdown(self) -> None:
        """Say `shutdown` and `exit`, unless the test did."""
        if self._task.done() or self._shut_down:
            return
        with contextlib.suppress(ConnectionResetError):
            await self.request("shutdown", None)
            self.notify("exit", None)

    # Documents

    async def open(self, uri: str, text: str, language: str = "python", version: int = 1) -> None:
        self.texts[uri] = Text(text, self.encoding, version)
        item = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        await asyncio.sleep(0)

    async def change(self, uri: str, span: tuple[int, int, int, int], text: str) -> None:
        """Replace (line, character, line, character), in the client's units."""
        line, character, end_line, end_character = span
        document = self.texts[uri]
        start, end = document.offset(line, character), document.offset(end_line, end_character)
        document.replace(start, end, text)
        change = {
            "range": {
                "start": {"line": line, "character": character},
                "end": {"line": end_line, "character": end_character},
            },
            "text": text,
        }
        self._did_change(uri, change)
        await asyncio.sleep(0)

    async def replace(self, uri: str, text: str) -> None:
        """Send the whole text anew."""
        self.put(uri, text)
        await asyncio.sleep(0)

    async def save(self, uri: str) -> None:
        self.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        await asyncio.sleep(0)

    async def close(self, uri: str) -> None:
        del self.texts[uri]
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        await asyncio.sleep(0)

    def text(self, uri: str) -> str:
        return self.texts[uri].value

    def _did_change(self, uri: str, change: dict[str, Any]) -> None:
        version = self.texts[uri].version
        self.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]},
        )

    # Messages

    def begin(self, method: str, params: Any) -> tuple[int, asyncio.Future[Any]]:
        """Send a request; return its id, for `cancel`, and what will hold its result."""
        self._last_id += 1
        future = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._responses[self._last_id] = future
        self.send({"id": self._last_id, "method": method, "params": params})
        return self._last_id, future

    async def request(self, method: str, params: Any, within: float = TIMEOUT) -> Any:
        """Return the result; raises `ResponseError`."""
        _, future = self.begin(method, params)
        return await asyncio.wait_for(future, within)

    async def heard(self) -> None:
        """Wait until the server knows all that it was sent: it answers in order."""
        try:
            await self.request("no/such", None)
        except ResponseError as refused:
            if refused.code == METHOD_NOT_FOUND:
                return
            raise
        raise AssertionError("the server knows a method that does not exist")

    def cancel(self, request_id: int) -> None:
        self.notify("$/cancelRequest", {"id": request_id})

    def notify(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    def send(self, message: dict[str, Any]) -> None:
        self._shut_down |= message.get("method") in ("shutdown", "exit")
        self.send_bytes(frame({"jsonrpc": "2.0", **message}))

    def send_bytes(self, data: bytes) -> None:
        """Send anything, also what is no message."""
        self._send(data)

    async def inline(self, uri: str, line: int, character: int, kind: int = 1) -> list[Any]:
        """Ask for inline completions; return the items."""
        result = await self.request(
            "textDocument/inlineCompletion",
            {
                "textDocument": {"uri": uri},
                "position": {"line": line, "character": character},
                "context": {"triggerKind": kind},
            },
        )
        items = result.get("items") if isinstance(result, dict) else result
        return list(items or [])

    def notifications(self, method: str) -> list[Any]:
        """The parameters of every message of this method so far (requests too)."""
        return [m.get("params") for m in self.received if m.get("method") == method]

    async def wait_for(self, method: str, within: float = TIMEOUT) -> Any:
        """Return the parameters of the next message of this method that was not waited for yet."""
        async with asyncio.timeout(within):
            while len(self.notifications(method)) <= self._seen[method]:
                if self._task.done():
                    raise ConnectionResetError(f"the server ended before it sent {method}")
                self._arrived.clear()
                await self._arrived.wait()
        self._seen[method] += 1
        return self.notifications(method)[self._seen[method] - 1]

    def reader_paused(self, paused: bool) -> None:
        """Leave unread what the server sends."""
        if paused:
            self._may_read.clear()
        else:
            self._may_read.set()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                await self._may_read.wait()
                header = await reader.readuntil(b"\r\n\r\n")
                length = int(re.findall(rb"Content-Length: (\d+)", header)[0])
                self._receive(json.loads(await reader.readexactly(length)))
        except (asyncio.IncompleteReadError, ConnectionResetError):
            pass
        finally:
            for future in self._responses.values():
                if not future.done():
                    future.set_exception(ConnectionResetError("the server ended"))
            self._arrived.set()

    def _receive(self, message: dict[str, Any]) -> None:
        self.received.append(message)
        if "method" in message and "id" in message:
            method = message["method"]
            if method in self.answers:
                answer = self.answers[method]
            else:
                answer = {"result": self._answer(method, message.get("params"))}
            if answer is not None:
                self.send({"id": message["id"], **answer})
        elif "id" in message and (future := self._responses.pop(message["id"], None)):
            if future.done():
                pass
            elif error := message.get("error"):
                future.set_exception(ResponseError(error["code"], error["message"]))
            else:
                future.set_result(message.get("result"))
        self._arrived.set()

    # What servers ask of an editor

    def _answer(self, method: str, params: Any) -> Any:
        if method == "workspace/configuration":
            return [self.configuration.get(item.get("section")) for item in params["items"]]
        if method == "workspace/applyEdit":
            return self._apply(params["edit"])
        if method == "window/showDocument":
            return {"success": True}
        return None

    def _apply(self, edit: dict[str, Any]) -> dict[str, bool]:
        applied = apply(self, edit)
        if applied:
            self.applied.append(edit)
        return {"applied": applied}

    def put(self, uri: str, text: str) -> None:
        """Have another text, and tell the server."""
        document = self.texts[uri]
        document.replace(0, len(document.value), text)
        self._did_change(uri, {"text": text})


def frame(message: Any) -> bytes:
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


@asynccontextmanager
async def _pipes(
    read_fd: int, write_fd: int
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**20)
    protocol = asyncio.StreamReaderProtocol(reader)
    incoming, _ = await loop.connect_read_pipe(lambda: protocol, os.fdopen(read_fd, "rb"))
    outgoing, flow = await loop.connect_write_pipe(
        asyncio.streams.FlowControlMixin, os.fdopen(write_fd, "wb")
    )
    try:
        yield reader, asyncio.StreamWriter(outgoing, flow, None, loop)
    finally:
        incoming.close()
        outgoing.close()
