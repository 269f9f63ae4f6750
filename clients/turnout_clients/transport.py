"""The one HTTP client. With `connection`, the only module that knows the HTTP library.

Importing it costs a fifth of a second, so `turnout_clients.client` does that in a thread when the
first call is made.

HTTP/1.1 only: over HTTP/2 the library drops a cancelled stream without telling the server, which
goes on generating and billing.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final

import httpcore2
import httpx2

from turnout_clients.chunks import Chunks
from turnout_clients.connection import Connection, Network
from turnout_clients.dialects.wire import WireRequest
from turnout_clients.errors import ProviderError
from turnout_clients.failures import Failures

KEEP_ALIVE: Final = 180.0  # seconds; a pause for thought must not cost a new TLS handshake
DRAIN: Final = 0.05  # seconds given to a server to end its reply after the answer's end

UNUSABLE_ENVIRONMENT: Final = (ImportError, ValueError, OSError, httpx2.InvalidURL)
"""What making a `Transport` raises where proxy or certificate variables are wrong."""

_ANYWHERE: Final = "all://*"
"""Yields to every pattern that the environment names a proxy for, "all://" too."""
_LOOPBACK: Final = ("all://*localhost", "all://127.0.0.0/8", "all://[::1]")


class Transport:
    """One pool of kept-alive connections. Follows no redirect and keeps no cookie."""

    def __init__(self) -> None:
        verify = httpx2.create_ssl_context()
        cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        self._direct = _Direct(verify)
        self._client = httpx2.AsyncClient(
            verify=verify,
            http1=True,
            http2=False,
            headers={"user-agent": "turnout", "accept-encoding": "identity"},
            cookies=cookies,
            limits=httpx2.Limits(keepalive_expiry=KEEP_ALIVE),
            # A proxy of the environment is honoured, but never between us and this machine.
            mounts=dict.fromkeys((*_LOOPBACK, _ANYWHERE), self._direct),
        )

    async def open(self, request: WireRequest, failures: Failures, connect: float) -> Reply:
        """Send a request and wait for the head of its reply.

        A kept connection may be closed just as a request leaves. One of which no byte was sent
        takes the next connection. What the server made of any other nobody knows: to send that
        again would be another call, and is not decided here.
        """
        while True:
            watch = _Watch()
            try:
                return Reply(await self._send(request, connect, watch), failures)
            except httpx2.InvalidURL:
                raise failures.misconfigured_address() from None
            except httpx2.TransportError as error:
                kept = not watch.new and _closed_on_us(error)
                if kept:
                    await self._direct.drop_idle(request.url)
                if not (kept and watch.unsent):
                    raise _failure(error, watch, failures, connect) from error

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def _send(self, request: WireRequest, connect: float, watch: _Watch) -> httpx2.Response:
        return await self._client.send(
            self._client.build_request(
                request.method,
                request.url,
                headers=[*request.headers, ("content-type", "application/json")],
                content=request.content(),
                timeout=httpx2.Timeout(None, connect=connect),
                extensions={"trace": watch.trace},
            ),
            stream=True,
            follow_redirects=False,
        )


class Reply:
    """A reply whose body is still on its way."""

    def __init__(self, response: httpx2.Response, failures: Failures) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._response = response
        self._failures = failures
        self._body: AsyncGenerator[bytes, None] = response.aiter_raw()
        self._connection = _connection_of(response)
        self._chunks = Chunks()

    async def read(self, deadline: float) -> bytes:
        """Wait for more of the body; b"" is its proper end.

        Raises `TimeoutError` if nothing came before the deadline, in the loop's time.
        """
        if self._connection is None:
            return await self._read_by_library(deadline)
        while not self._chunks.ended:
            received = await self._connection.receive(deadline)
            if not received:
                raise self._failures.cut()
            try:
                data = self._chunks.feed(received)
            except ValueError:
                raise self._failures.malformed("something that is not HTTP") from None
            if data:
                return data
        return await self._end(self._connection)

    async def drain(self) -> None:
        """Read a body that should be over to its end, so that its connection can be used again."""
        deadline = asyncio.get_running_loop().time() + DRAIN
        with contextlib.suppress(TimeoutError, ProviderError):
            while await self.read(deadline):
                pass

    async def aclose(self) -> None:
        """Close the connection at once, unless the body was read to its end."""
        await self._body.aclose()
        await self._response.aclose()

    async def _read_by_library(self, deadline: float) -> bytes:
        try:
            async with asyncio.timeout_at(deadline):
                return await anext(self._body)
        except StopAsyncIteration:
            return b""
        except httpx2.TransportError as error:
            raise self._failures.cut() from error

    async def _end(self, connection: Connection) -> bytes:
        """Give the connection back, unless more came on it than was asked for."""
        if not self._chunks.excess:
            self._connection = None
            connection.end_body()
            async for _ in self._body:
                pass
        return b""


def _connection_of(response: httpx2.Response) -> Connection | None:
    """The connection, where the body can be read from it: it comes directly, and in chunks."""
    stream = response.extensions.get("network_stream")
    bodiless = response.request.method == "HEAD" or response.status_code in (204, 304)
    chunked = response.headers.get("transfer-encoding", "").lower() == "chunked"
    return stream if isinstance(stream, Connection) and chunked and not bodiless else None


class _Direct(httpx2.AsyncHTTPTransport):
    """The library's transport on our own connections."""

    def __init__(self, verify: ssl.SSLContext) -> None:
        super().__init__(verify=verify)
        # The library lets nobody name the network. Without it all works, and takes longer.
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=verify,
            max_connections=None,
            keepalive_expiry=KEEP_ALIVE,
            network_backend=Network(),
        )

    async def drop_idle(self, url: str) -> None:
        """Close what is kept for this address: a machine that slept finds all of it dead."""
        origin = httpcore2.URL(url).origin
        for connection in self._pool.connections:
            if connection.can_handle_request(origin) and connection.is_idle():
                await connection.aclose()


class _Watch:
    """Watches what a request did to get a connection."""

    def __init__(self) -> None:
        self.new = False
        self.established = True
        self.unsent = False
        self._stream: Any = None

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        match event.partition(".")[2]:
            case "connect_tcp.started":
                self.new = True
                self.established = False
            case "connect_tcp.complete":
                self._stream = info["return_value"]
            case "start_tls.failed" if self._stream:
                # The library forgets the socket when a TLS handshake is cancelled.
                await self._stream.aclose()
            case "send_request_headers.started":
                self.established = True
            case "send_request_headers.failed":
                self.unsent = True


def _closed_on_us(error: httpx2.TransportError) -> bool:
    """Whether the other side closed before a byte of its reply."""
    if isinstance(error, httpx2.RemoteProtocolError):
        return "disconnected without sending" in str(error)
    return isinstance(error, httpx2.ReadError | httpx2.WriteError)


def _failure(
    error: httpx2.TransportError, watch: _Watch, failures: Failures, connect: float
) -> ProviderError:
    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.LocalProtocolError):
        return failures.misconfigured_address()
    if isinstance(error, httpx2.ConnectTimeout):
        return failures.unreachable(f"no connection within {connect:g} s")
    if not watch.established or isinstance(error, httpx2.ConnectError | httpx2.ProxyError):
        return failures.unreachable(_why(error))
    if _closed_on_us(error):
        return failures.unreachable("it closed the connection without a reply")
    return failures.malformed("something that is not HTTP", check_address=True)


def _why(error: httpx2.TransportError) -> str:
    text = str(error).lower()
    if isinstance(error, httpx2.ProxyError):
        return "the proxy of the environment refused"
    if "ssl" in text:
        return "no secure connection could be made"
    return "its name is not known" if "name" in text else "nothing answers at its address"
