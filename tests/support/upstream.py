"""The fake upstream: a real HTTP/1.1 server on loopback that answers as it is told.

It speaks the wire formats of `support.upstream_shapes`, whole and streamed; counts calls, keeps
their bodies and sees when a client goes away. Faults are named in `support.upstream_faults`;
`Script` and `Call` are in `support.upstream_wire`.

    async with Upstream() as upstream:
        upstream.script(text="x = 1", delay=0.05)             # every call from now on
        upstream.script(fault="rst-mid-stream", times=1)      # the next call only

As a process, for benches: ``python -m support.upstream --delay-ms 50 --text "x = 1"`` prints its
URL; ``GET /__calls`` shows what it saw, ``POST /__script``, ``/__keys`` (a list of those that are
accepted) and ``/__reset`` change it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, replace
from functools import partial
from typing import Any, Self

from support import upstream_gemini, upstream_mistral, upstream_ollama
from support.upstream_bills import closed, opened
from support.upstream_cache import Cache
from support.upstream_faults import AT_ACCEPT, FAULTS
from support.upstream_shapes import SHAPES, shape_of
from support.upstream_wire import MODELS, Bill, Call, Script, Shape

MODEL_LISTS = ("/v1/models", "/api/tags", "/mistral/v1/models", "/inception/v1/models")
Handler = Callable[["Exchange"], Awaitable[None]]
REASONS = {
    200: "OK", 307: "Temporary Redirect", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found",
    405: "Method Not Allowed", 429: "Too Many Requests", 500: "Internal Server Error",
}  # fmt: skip
BAD_KEY = {"error": {"message": "Incorrect API key provided.", "code": "invalid_api_key"}}


class Exchange:
    """One request and the reply to it, for handlers and faults."""

    def __init__(self, call: Call, script: Script, connection: Connection) -> None:
        self.call = call
        self.script = script
        self.connection = connection
        self._chunks = bytearray()

    async def write(self, data: bytes) -> None:
        """Put bytes on the wire as they are, waiting while the client does not read."""
        self.connection.transport.write(data)
        await self.connection.writable.wait()
        await asyncio.sleep(0)

    async def head(self, status: int = 200, **headers: str) -> None:
        """Write the status line and headers; ``content_type`` becomes ``content-type``."""
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Error')}"]
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        lines += [f"{name}: {value}" for name, value in {**named, **self.script.headers}.items()]
        if status == 200:
            self.connection.upstream.cache.keep(self.script.bill.tally)
        await self.write("\r\n".join([*lines, "", ""]).encode())

    async def reply(self, body: bytes, status: int = 200, **headers: str) -> None:
        """Write a whole reply."""
        await self.head(status, content_length=str(len(body)), **headers)
        await self.write(b"" if self.call.method == "HEAD" else body)
        self.call.finished = True

    async def json(self, value: Any, status: int = 200) -> None:
        """Write a whole JSON reply."""
        await self.reply(json.dumps(value).encode(), status, content_type="application/json")

    async def start(self) -> None:
        """Begin a streamed reply."""
        shape = shape_of(self.call.path)
        await self.head(content_type=shape.content_type, transfer_encoding="chunked")

    async def chunk(self, data: bytes) -> None:
        """Write one chunk, or several of the scripted size."""
        size = self.script.chunk_bytes
        if size is None:
            await self.write(b"%x\r\n%s\r\n" % (len(data), data))
            return
        self._chunks += data
        while len(self._chunks) >= size:
            piece, self._chunks = bytes(self._chunks[:size]), self._chunks[size:]
            await self.write(b"%x\r\n%s\r\n" % (size, piece))

    async def event(self, value: Any) -> None:
        """Write one event of a streamed reply; it may have to be made of the script."""
        value = value(self.script) if callable(value) else value
        await self.chunk(shape_of(self.call.path).frame(value))

    async def end(self) -> None:
        """End a streamed reply."""
        if rest := bytes(self._chunks):
            await self.write(b"%x\r\n%s\r\n" % (len(rest), rest))
        await self.write(b"0\r\n\r\n")
        self.call.finished = True
        closed(self.call, self.script, self.connection.upstream.cache)

    async def pieces(self) -> AsyncIterator[str]:
        """The scripted tokens at the scripted times."""
        await self.pause(self.script.delay)
        for number, piece in enumerate(self.script.pieces(self.call)):
            if number:
                await self.pause(self.script.gap)
            if self.script.held:
                await self.script.held.wait(number)
            self.call.sent += 1
            self.script.bill.said += piece
            yield piece

    async def pause(self, seconds: float) -> None:
        """Sleep, also less than a timer's tick."""
        if seconds:
            await asyncio.sleep(seconds)


class Connection(asyncio.Protocol):
    """One client: requests one after the other, until it goes away."""

    transport: asyncio.Transport

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self.number = 0
        self.writable = asyncio.Event()
        self.writable.set()
        self._received = bytearray()
        self._task: asyncio.Task[None] | None = None
        self._call: Call | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.upstream.connections += 1
        self.upstream.open.add(self)
        self.number = self.upstream.connections
        if self.upstream.peek().fault in AT_ACCEPT:
            self.upstream.take()
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.upstream.open.discard(self)
        self.writable.set()
        self._gone()

    def eof_received(self) -> bool:
        self._gone()
        return False

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._task is None:
            self._next_request()

    def _gone(self) -> None:
        if self._call is not None and not self._call.finished and self._call.closed_at is None:
            self._call.closed_at = time.monotonic()
        if self._task is not None:
            self._task.cancel()

    def _next_request(self) -> None:
        head, separator, rest = bytes(self._received).partition(b"\r\n\r\n")
        if not separator:
            return
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (f.partition(":") for f in fields)
        }
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return
        method, target, _ = line.split(" ")
        del self._received[: len(head) + 4 + length]
        path = target.partition("?")[0]
        self._call = Call(method, path, headers, rest[:length], self.number, time.monotonic())
        self._task = asyncio.create_task(self._answer(self._call))

    async def _answer(self, call: Call) -> None:
        try:
            await self.upstream.answer(call, self)
        except asyncio.CancelledError:
            return
        finally:
            self._task = self._call = None
        if not self.transport.is_closing():
            self._next_request()


class Upstream:
    """The server; see the module."""

    def __init__(self, port: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self.cache = Cache(clock)
        self.calls: list[Call] = []
        self.bills: list[Bill] = []
        self.connections = 0  # ever accepted
        self.warmed = 0  # HEAD requests
        self.keys: tuple[str, ...] = ()  # that are accepted; none: any, and nobody has to have one
        self.open: set[Connection] = set()
        self.routes: dict[str, Handler] = {
            **{path: partial(complete, shape=shape) for path, shape in SHAPES.items()},
            **dict.fromkeys(MODEL_LISTS, list_models),
        }
        self._port = port
        self._default = Script()
        self._next: deque[Script] = deque()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exception: object) -> None:
        assert self._server is not None
        self._server.close()
        for connection in list(self.open):
            connection.transport.abort()
        await self._server.wait_closed()
        for _ in range(100):  # aborted transports say so in the next turns of the loop
            if self.open:
                await asyncio.sleep(0)

    @property
    def url(self) -> str:
        """Where it listens; OpenAI's API is at ``url + "/v1"``."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def open_connections(self) -> int:
        """Connections open now, idle ones included."""
        return len(self.open)

    async def until(self, condition: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait until something is so; the sockets' news takes a few turns of the loop."""
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.001)

    def script(self, *, times: int | None = None, **changes: Any) -> None:
        """Say how to answer: the next ``times`` calls, or every call from now on."""
        if isinstance(changes.get("tokens"), list):
            changes["tokens"] = tuple(changes["tokens"])
        script = replace(Script(), **changes)
        if times is None:
            self._default = script
        else:
            self._next.extend([script] * times)

    def peek(self) -> Script:
        """The script of the next call."""
        return self._next[0] if self._next else self._default

    def take(self) -> Script:
        """The script of the next call, used up."""
        return self._next.popleft() if self._next else self._default

    def reset(self) -> None:
        """Forget calls and scripts."""
        self.calls.clear()
        self.bills.clear()
        self._next.clear()
        self._default = Script()

    async def answer(self, call: Call, connection: Connection) -> None:
        """Answer one request."""
        if call.path.startswith("/__"):
            await self._control(Exchange(call, Script(), connection))
            return
        if call.method == "HEAD":  # somebody warms a connection: no call, no script used up
            self.warmed += 1
            await Exchange(call, Script(), connection).reply(b"", 405)
            return
        self.calls.append(call)
        script = self.take()
        if bill := opened(call, script, self.cache):
            self.bills.append(bill)
            script = replace(script, bill=bill)
        exchange = Exchange(call, script, connection)
        handler = self.routes.get(call.path)
        if self.keys and key_of(call) not in self.keys:
            await exchange.json(BAD_KEY, 401)
        elif handler is None:
            await exchange.json({"error": {"message": f"no route {call.path}"}}, 404)
        elif exchange.script.status != 200:
            await exchange.pause(exchange.script.delay)
            await exchange.json(exchange.script.error, exchange.script.status)
        elif exchange.script.fault and handler is not list_models:
            await FAULTS[exchange.script.fault](exchange)
        else:
            await handler(exchange)

    async def _control(self, exchange: Exchange) -> None:
        call = exchange.call
        if call.path == "/__script":
            self.script(**call.body)
        elif call.path == "/__keys":
            self.keys = tuple(call.body)
        elif call.path == "/__reset":
            self.reset()
        calls = [{**asdict(c), "raw": c.raw.decode("utf-8", "replace")} for c in self.calls]
        open_now = self.open_connections
        counts = {"connections": self.connections, "open": open_now, "warmed": self.warmed}
        await exchange.json({"calls": calls, **counts})


def key_of(call: Call) -> str:
    """The key that a request carries, in the header of whichever dialect."""
    named = (call.headers.get(name, "") for name in ("x-api-key", "x-goog-api-key", "api-key"))
    return next(filter(None, named), call.headers.get("authorization", "").removeprefix("Bearer "))


async def complete(exchange: Exchange, shape: Shape) -> None:
    """Answer in this shape, streamed if the request says so."""
    if said := shape.objects(exchange.call):
        error = {"message": said, "type": "invalid_request_error"}
        await exchange.json(shape.error(400, error), 400)
        return
    if shape.streamed(exchange.call):
        await stream(exchange, shape)
        return
    text = "".join([piece async for piece in exchange.pieces()])
    await exchange.json(shape.whole(text, exchange.script))


async def stream(exchange: Exchange, shape: Shape) -> None:
    """Stream the scripted answer in this shape."""
    await exchange.start()
    if shape.events:
        async for event in shape.events(exchange):
            await exchange.event(event)
        await exchange.end()
        return
    if shape.thought:
        for thought in exchange.script.thinking:
            await exchange.event(shape.thought(thought))
    for event in exchange.script.extra:
        await exchange.event(event)
    async for piece in exchange.pieces():
        await exchange.event(shape.piece(piece))
    options = exchange.call.body.get("stream_options") or {}
    with_usage = exchange.script.usage and (not shape.usage_asked or options.get("include_usage"))
    if shape.asked and exchange.script.tools:
        for event in shape.asked(exchange.script.tools):
            await exchange.event(event)
    for event in shape.last(replace(exchange.script, usage=bool(with_usage))):
        await exchange.event(event)
    if shape.terminator:
        await exchange.chunk(shape.terminator)
    await exchange.end()


async def list_models(exchange: Exchange) -> None:
    """The models, as whoever asks would be told."""
    if exchange.call.path == "/api/tags":
        await exchange.json(upstream_ollama.models())
    elif "x-goog-api-key" in exchange.call.headers:
        await exchange.json(upstream_gemini.models())
    elif exchange.call.path.startswith(upstream_mistral.ROOT):
        await exchange.json(upstream_mistral.models())
    else:
        rows = [{"id": name, "object": "model", "created": 0, "owned_by": ""} for name in MODELS]
        await exchange.json({"object": "list", "data": rows})


async def _serve(arguments: argparse.Namespace) -> None:
    async with Upstream(arguments.port) as upstream:
        milliseconds = {"delay": arguments.delay_ms / 1000, "gap": arguments.gap_ms / 1000}
        upstream.script(text=arguments.text, **milliseconds)
        upstream.keys = tuple(arguments.key)
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        print(upstream.url, flush=True)
        await stopped.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A fake provider on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay-ms", type=float, default=0, help="before the first token")
    parser.add_argument("--gap-ms", type=float, default=0, help="between tokens")
    parser.add_argument("--text", default=Script.text)
    parser.add_argument("--key", action="append", default=[], help="accept this key and no other")
    asyncio.run(_serve(parser.parse_args()))
