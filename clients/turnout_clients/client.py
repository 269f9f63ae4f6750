"""The client of all providers: one call, one stream of chunks, or one error of the tree."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from turnout_clients import errors
from turnout_clients.answer import Answer, read_cost
from turnout_clients.dialects import dialect_of
from turnout_clients.dialects.wire import Framing, WireRequest, string, table
from turnout_clients.failures import Failures
from turnout_clients.said import is_error, read_error
from turnout_clients.text import read_json
from turnout_clients.types import Call, Chunk, Deadlines, Done, Endpoint

if TYPE_CHECKING:
    from turnout_clients.transport import Reply, Transport

STREAMS: Final[dict[Framing, str]] = {
    "sse": "text/event-stream",
    "ndjson": "application/x-ndjson",
    "json": "application/json",
}
ERROR_BYTES: Final = 64 * 1024
MODELS_BYTES: Final = 8 * 1024 * 1024
WARMING: Final = Deadlines(connect=5, first_token=5, total=5)

_logger = logging.getLogger(__name__)


class Client:
    """Talks to every provider. One per event loop; opens nothing before its first use."""

    def __init__(self) -> None:
        self._transport: Transport | None = None
        self._starting = asyncio.Lock()
        self._unhealed: set[str] = set()  # addresses that take no grammar

    async def stream(self, call: Call) -> AsyncGenerator[Chunk, None]:
        """Make a call. The last chunk is `Done`; everything else ends in a `ProviderError`.

        Closing the iterator (`contextlib.aclosing`) or cancelling the task closes the socket.
        """
        if call.endpoint.base_url in self._unhealed:
            call = replace(call, heal=False)
        failures = Failures(call.endpoint, call.model)
        dialect = dialect_of(call.endpoint)
        request = dialect.prepare(call)
        event_bytes = call.limits.event_bytes + request.repeated
        limits = replace(call.limits, event_bytes=event_bytes)
        answer = Answer(dialect.parser(call), limits, failures, request.framing)
        call.meter.usage = None
        transport = await self._ready(failures)
        clock = _Clock(call.deadlines, failures)
        reply = await clock.open(transport, request)
        try:
            await _expect_stream(reply, failures, clock, request.framing)
            answer.cost = read_cost(reply.headers)
            while True:
                for chunk in answer.feed(await clock.read(reply)):
                    if isinstance(chunk, Done):
                        call.meter.usage = chunk.usage
                        await reply.drain()
                        yield chunk
                        return
                    clock.begun = True
                    yield chunk
        except errors.ProviderError as error:
            error.usage = error.usage or call.meter.usage
            if not (isinstance(error, errors.BadGrammar) and call.heal):
                raise
            self._unhealed.add(call.endpoint.base_url)
            _logger.warning("%s Half-typed words go to it as they stand.", error)
        finally:
            await reply.aclose()
        async with contextlib.aclosing(self.stream(call)) as unhealed:
            async for chunk in unhealed:
                yield chunk

    async def warm(self, endpoint: Endpoint, connections: int = 1) -> None:
        """Have that many connections ready, so that the next calls need not wait for one.

        An endpoint that does not answer is no error here: a call will say so.
        """
        await asyncio.gather(*(self._warm(endpoint) for _ in range(connections)))

    async def probe(self, endpoint: Endpoint, timeout: float) -> list[str]:  # noqa: ASYNC109
        """Ask which models the provider has; their ids."""
        failures = Failures(endpoint)
        request = _models_request(endpoint, "GET")
        transport = await self._ready(failures)
        clock = _Clock(Deadlines(timeout, timeout, timeout), failures)
        reply = await clock.open(transport, request)
        try:
            if reply.status != 200:
                raise await _failed(reply, failures, clock)
            body = await _body(reply, failures, clock, MODELS_BYTES)
        finally:
            await reply.aclose()
        return _model_ids(body, failures)

    async def aclose(self) -> None:
        """Close every connection."""
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.aclose()

    async def _warm(self, endpoint: Endpoint) -> None:
        failures = Failures(endpoint)
        try:
            request = _models_request(endpoint, "HEAD")
            transport = await self._ready(failures)
            reply = await _Clock(WARMING, failures).open(transport, request)
        except errors.ProviderError as error:
            _logger.debug("no warm connection: %s", error)
            return
        try:
            await reply.drain()
        finally:
            await reply.aclose()

    async def _ready(self, failures: Failures) -> Transport:
        """Give the transport. What its first import takes is not on the provider's clock."""
        if not _is_address(failures.endpoint.base_url):
            raise failures.misconfigured_address()
        async with self._starting:
            if self._transport is None:
                self._transport = await asyncio.to_thread(_start, failures)
            return self._transport


class _Clock:
    """How long one call may still wait."""

    def __init__(self, deadlines: Deadlines, failures: Failures) -> None:
        now = asyncio.get_running_loop().time()
        self.begun = False
        self._deadlines = deadlines
        self._failures = failures
        self._first = now + min(deadlines.first_token, deadlines.total)
        self._end = now + deadlines.total

    async def open(self, transport: Transport, request: WireRequest) -> Reply:
        """Send a request and wait for the head of its reply."""
        try:
            async with asyncio.timeout_at(self._first):
                return await transport.open(request, self._failures, self._deadlines.connect)
        except TimeoutError:
            raise self._passed() from None

    async def read(self, reply: Reply) -> bytes:
        """Wait for more of the body of a reply; b"" is its proper end."""
        try:
            return await reply.read(self._end if self.begun else self._first)
        except TimeoutError:
            raise self._passed() from None

    def _passed(self) -> errors.DeadlineExceeded:
        if self.begun:
            return self._failures.too_slow("whole answer", self._deadlines.total)
        return self._failures.too_slow("answer", self._deadlines.first_token)


def _start(failures: Failures) -> Transport:
    from turnout_clients.transport import UNUSABLE_ENVIRONMENT, Transport

    try:
        return Transport()
    except UNUSABLE_ENVIRONMENT as error:
        raise failures.misconfigured(
            "a proxy or certificate named in the environment cannot be used",
            "check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY and SSL_CERT_FILE",
        ) from error


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        plain = parts.port != 0 and not re.search(r"[\s?#@]", url)
    except ValueError:
        return False
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname)


def _models_request(endpoint: Endpoint, method: str) -> WireRequest:
    dialect = dialect_of(endpoint)
    return WireRequest(dialect.models_url(endpoint), dialect.headers(endpoint), method=method)


def _model_ids(body: bytes, failures: Failures) -> list[str]:
    try:
        value = read_json(body)
    except ValueError:
        raise failures.malformed("something else", check_address=True) from None
    rows = value.get("data", value.get("models")) if isinstance(value, dict) else value
    if not isinstance(rows, list):
        if read_error(value).message:
            raise failures.reported(value)
        raise failures.malformed("something else", check_address=True)
    ids = (string(row.get("id") or row.get("name")) for row in map(table, rows))
    return [name.removeprefix("models/") for name in ids if name]  # Gemini's have that before


async def _expect_stream(reply: Reply, failures: Failures, clock: _Clock, framing: Framing) -> None:
    """Raise what a reply means that is no stream of events."""
    if reply.status != 200:
        raise await _failed(reply, failures, clock)
    if reply.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
        raise failures.malformed("a compressed reply, though none was asked for")
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in (STREAMS[framing], ""):
        return
    if kind == "text/html":
        raise failures.malformed("a web page", check_address=True)
    with contextlib.suppress(ValueError):
        value = read_json(await _body(reply, failures, clock, ERROR_BYTES))
        if is_error(value):
            raise failures.reported(value)
    raise failures.malformed("a reply that is no stream of events", check_address=True)


async def _failed(reply: Reply, failures: Failures, clock: _Clock) -> errors.ProviderError:
    body = b""
    with contextlib.suppress(errors.ProviderError):  # the status says enough
        body = await _body(reply, failures, clock, ERROR_BYTES)
    return failures.status(reply.status, reply.headers, body)


async def _body(reply: Reply, failures: Failures, clock: _Clock, cap: int) -> bytes:
    body = bytearray()
    while data := await clock.read(reply):
        body += data
        if len(body) > cap:
            raise failures.too_large("one reply", cap)
    return bytes(body)
