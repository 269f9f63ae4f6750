"""What a provider can do wrong, each by name, on a real socket.

Not here because they need no server: connection refused, no such host, TLS to a plain port.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from support.upstream_shapes import shape_of
from support.upstream_wire import Shape

if TYPE_CHECKING:
    from support.upstream import Exchange

Fault = Callable[["Exchange"], Awaitable[None]]
AT_ACCEPT = frozenset({"accept-close"})
FOREVER = 3600.0


def _shape(exchange: Exchange) -> Shape:
    return shape_of(exchange.call.path)


def _close(exchange: Exchange, *, reset: bool = False) -> None:
    transport = exchange.connection.transport
    if reset:
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    else:
        transport.close()


async def _begin(exchange: Exchange) -> None:
    await exchange.start()
    for event in _shape(exchange).opening:
        await exchange.event(event)


async def _some_tokens(exchange: Exchange) -> None:
    await _begin(exchange)
    async for piece in exchange.pieces():
        await exchange.event(_shape(exchange).piece(piece))


async def rst_before_reply(exchange: Exchange) -> None:
    _close(exchange, reset=True)


async def silence(exchange: Exchange) -> None:
    await asyncio.sleep(FOREVER)


async def garbage_status(exchange: Exchange) -> None:
    await exchange.write(b"I AM NOT HTTP\x00\xff\r\n\r\n")
    _close(exchange)


async def headers_close(exchange: Exchange) -> None:
    await exchange.start()
    _close(exchange)


async def headers_silence(exchange: Exchange) -> None:
    await exchange.start()
    await asyncio.sleep(FOREVER)


async def cut_in_chunk(exchange: Exchange) -> None:
    await _some_tokens(exchange)
    shape = _shape(exchange)
    await exchange.write(b"400\r\n" + shape.frame(shape.piece("d"))[:14])
    _close(exchange)


async def no_terminator(exchange: Exchange) -> None:
    await _some_tokens(exchange)
    _close(exchange)


async def rst_mid_stream(exchange: Exchange) -> None:
    await _some_tokens(exchange)
    _close(exchange, reset=True)


async def stall_mid_stream(exchange: Exchange) -> None:
    await _some_tokens(exchange)
    await asyncio.sleep(FOREVER)


async def truncated_length(exchange: Exchange) -> None:
    shape = _shape(exchange)
    await exchange.head(content_type=shape.content_type, content_length="5000")
    await exchange.write(shape.frame({}))
    _close(exchange)


async def bad_gzip(exchange: Exchange) -> None:
    body = gzip.compress(b"data: [DONE]\n\n")[:12] + b"\x00" * 40
    await exchange.reply(body, content_type=_shape(exchange).content_type, content_encoding="gzip")


@cache
def bomb() -> bytes:
    """200 KB that unpack to 200 MB. Takes most of a second: call it before the clock runs."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(2**20)) for _ in range(200)) + packer.flush()


async def gzip_bomb(exchange: Exchange) -> None:
    await exchange.reply(
        bomb(), content_type=_shape(exchange).content_type, content_encoding="gzip"
    )


async def cut_close(exchange: Exchange) -> None:
    shape = _shape(exchange)
    await exchange.head(content_type=shape.content_type, connection="close")
    async for piece in exchange.pieces():
        await exchange.write(shape.frame(shape.piece(piece)))
    _close(exchange)


async def no_done(exchange: Exchange) -> None:
    await _some_tokens(exchange)
    await exchange.end()


async def broken_json(exchange: Exchange) -> None:
    await _some_tokens(exchange)
    shape = _shape(exchange)
    await exchange.chunk(shape.frame(shape.piece("d")).replace(b"}", b""))
    await _finish(exchange)


async def in_band_error(exchange: Exchange) -> None:
    await _some_tokens(exchange)
    error = {"message": "The server had an error", "type": "server_error", "code": 500}
    await exchange.event(_shape(exchange).error(500, error))
    await _finish(exchange)


async def done_empty(exchange: Exchange) -> None:
    await _begin(exchange)
    await _finish(exchange)


async def invalid_utf8(exchange: Exchange) -> None:
    await _some_tokens(exchange)
    event = _shape(exchange).frame(_shape(exchange).piece("@"))
    await exchange.chunk(event.replace(b"@", b"\xff\xfe\xc3"))
    await _finish(exchange)


async def html_200(exchange: Exchange) -> None:
    page = b"<!doctype html><title>Sign in</title><p>Please sign in to the guest network."
    await exchange.reply(page, content_type="text/html; charset=utf-8")


async def json_error_200(exchange: Exchange) -> None:
    error = {"message": "upstream exploded", "type": "server_error"}
    await exchange.json(_shape(exchange).error(500, error))


async def comments_forever(exchange: Exchange) -> None:
    await exchange.start()
    while True:
        await exchange.chunk(_shape(exchange).idle)
        await asyncio.sleep(0.01)


async def endless_tokens(exchange: Exchange) -> None:
    await _begin(exchange)
    piece = _shape(exchange).piece(" word" * 20)
    while True:
        await exchange.event(piece)


async def _finish(exchange: Exchange) -> None:
    shape = _shape(exchange)
    if shape.terminator:
        await exchange.chunk(shape.terminator)
    else:
        for event in shape.last(exchange.script):
            await exchange.event(event)
    await exchange.end()


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _status(status: int, error: Any, **headers: str) -> Fault:
    async def reply(exchange: Exchange) -> None:
        body = _json(_shape(exchange).error(status, error))
        await exchange.reply(body, status, content_type="application/json", **headers)

    return reply


def _error(message: str, code: str | None = None, kind: str = "invalid_request_error") -> Any:
    return {"message": message, "type": kind, "param": None, "code": code}


_TOO_LONG = _error(
    "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.",
    "context_length_exceeded",
)
_SLOW_DOWN = _error("Rate limit reached for requests", "rate_limit_exceeded", "requests")
_UNKNOWN = _error("The model `fake-small` does not exist", "model_not_found")

FAULTS: dict[str, Fault] = {
    "rst-before-reply": rst_before_reply,
    "silence": silence,
    "garbage-status": garbage_status,
    "headers-close": headers_close,
    "headers-silence": headers_silence,
    "cut-in-chunk": cut_in_chunk,
    "no-terminator": no_terminator,
    "rst-mid-stream": rst_mid_stream,
    "stall-mid-stream": stall_mid_stream,
    "truncated-length": truncated_length,
    "bad-gzip": bad_gzip,
    "status-401": _status(401, _error("Incorrect API key provided", "invalid_api_key")),
    "status-403": _status(403, _error("You may not sample from this model", "permission_denied")),
    "status-404-model": _status(404, _UNKNOWN),
    "status-400-context": _status(400, _TOO_LONG),
    "status-429-soon": _status(429, _SLOW_DOWN, retry_after="1"),
    "status-429-late": _status(429, _SLOW_DOWN, retry_after="99999"),
    "status-500": _status(500, _error("Internal error", None, "server_error")),
    "status-503": _status(503, _error("Loading model", None, "unavailable_error")),
    "status-529": _status(529, _error("Overloaded", None, "overloaded_error")),
    "status-307": _status(307, _error("moved"), location="http://127.0.0.1:9/v1/stolen"),
    "cut-close": cut_close,
    "no-done": no_done,
    "broken-json": broken_json,
    "in-band-error": in_band_error,
    "done-empty": done_empty,
    "invalid-utf8": invalid_utf8,
    "html-200": html_200,
    "json-error-200": json_error_200,
    "comments-forever": comments_forever,
    "gzip-bomb": gzip_bomb,
    "endless-tokens": endless_tokens,
}
"""By name. The connection-level ones (`AT_ACCEPT`) act before a request is read."""
