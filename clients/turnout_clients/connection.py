"""One connection to a server, read with few layers between the socket and the answer.

The HTTP library reads a streamed body through seven layers, at three times the price of everything
that is done with it. Here it gets the head of a reply and never the body: that is taken off its
chunks here, and at its end the library is told of the end alone, and can use the connection again.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Iterable
from typing import Any, Final, cast

import httpcore2

SPACE: Final = 64 * 1024  # bytes of one read
PLENTY: Final = 256 * 1024  # bytes that wait; more are left to the server
BEHIND: Final = 0.001  # seconds after a reply in which a server may close without a word

_HEAD_END: Final = re.compile(rb"\n\r?\n")
_INTERIM: Final = re.compile(rb"HTTP/\d\.\d 1")
_LAST_CHUNK: Final = b"0\r\n\r\n"


class Network(httpcore2.AsyncNetworkBackend):
    """Makes connections."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> Connection:
        """Connect; the addresses of a host are tried side by side."""
        local = (local_address, 0) if local_address else None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                _, connection = await loop.create_connection(
                    Connection, host, port, local_addr=local, happy_eyeballs_delay=_stagger(host)
                )
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error
        return connection


def _stagger(host: str) -> float | None:
    """Seconds after which the next address of a host is tried too.

    None where there is one alone: a connection that is cancelled just as it comes would be left to
    the garbage collector.
    """
    return None if host == "localhost" or ":" in host or host[-1:].isdigit() else 0.25


class Connection(httpcore2.AsyncNetworkStream, asyncio.BufferedProtocol):
    """A socket for the library, and the body of a reply for us."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._space = memoryview(bytearray(SPACE))
        self._held = bytearray()
        self._paused = False
        self._over = False
        self._error: Exception | None = None
        self._before_head = False
        self._idle_since = 0.0
        self._loop = asyncio.get_running_loop()
        self._waiter = self._loop.create_future()  # replaced whenever somebody waits
        self._writable = asyncio.Event()
        self._writable.set()
        self._deadline = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self._late = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is there."""
        self._transport = cast("asyncio.Transport", transport)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        """Where the next bytes go."""
        return self._space

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes came."""
        self._held += self._space[:nbytes]
        if len(self._held) > PLENTY and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """No more bytes will come; the socket closes itself."""
        self._over = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        self._over = True
        self._error = exc
        self._writable.set()
        self._wake()

    def pause_writing(self) -> None:
        """The server does not read."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The server reads again."""
        self._writable.set()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Give the library what came: of a reply that begins, its whole head and nothing else."""
        try:
            async with asyncio.timeout(timeout):
                while not self._over and not self._readable():
                    await self._news()
        except TimeoutError as error:
            raise httpcore2.ReadTimeout(str(error)) from error
        if not self._held and self._error:
            raise httpcore2.ReadError(str(self._error)) from self._error
        head = _HEAD_END.search(self._held) if self._before_head else None
        data = self._take(head.end() if head else max_bytes)
        self._before_head = bool(head and _INTERIM.match(data))
        self._idle_since = self._loop.time()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Send what the library says. Where it raises `WriteError`, nothing of it was sent."""
        if not self._before_head:
            await self._look()
        if self._over:
            raise httpcore2.WriteError("the connection is closed")
        self._before_head = True
        self._transport.write(buffer)
        try:
            async with asyncio.timeout(timeout):
                await self._writable.wait()
        except TimeoutError as error:
            raise httpcore2.WriteTimeout(str(error)) from error

    async def aclose(self) -> None:
        """Close the socket at once."""
        self._disarm()
        self._transport.abort()
        await asyncio.sleep(0)  # the loop closes it in its next turn

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> Connection:
        """Go on in secret."""
        try:
            async with asyncio.timeout(timeout):
                secret = await self._loop.start_tls(
                    self._transport, self, ssl_context, server_hostname=server_hostname
                )
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ConnectError(f"ssl: {error}") from error
        self._transport = cast("asyncio.Transport", secret)
        return self

    def get_extra_info(self, info: str) -> Any:
        """What the library asks about a socket; a readable idle one has been closed."""
        if info == "is_readable":
            return self._over or bool(self._held)
        return self._transport.get_extra_info(info)

    async def receive(self, deadline: float) -> bytes:
        """Give everything that came; b"" at any end. Raises `TimeoutError` after the deadline.

        The deadline is in the loop's time. One alarm serves for all reads until the same deadline.
        """
        if not self._held and not self._over:
            if deadline != self._deadline:
                self._arm(deadline)
            if not self._late:
                await self._news()
            if self._late and not self._held:
                raise TimeoutError
        return self._take(PLENTY + SPACE)

    def end_body(self) -> None:
        """Have the library read that the body is at its end."""
        self._disarm()
        self._held[:0] = _LAST_CHUNK
        self._idle_since = self._loop.time()

    async def _look(self) -> None:
        """See whether the server closed behind its last reply, as llama.cpp does after a stream."""
        await asyncio.sleep(self._idle_since + BEHIND - self._loop.time())
        await asyncio.sleep(0)  # the loop has looked at the socket when it comes back from here

    def _readable(self) -> bool:
        if not self._before_head:
            return bool(self._held)
        return len(self._held) > SPACE or _HEAD_END.search(self._held) is not None

    def _take(self, most: int) -> bytes:
        if len(self._held) <= most:
            data = bytes(self._held)
            self._held.clear()
        else:
            data = bytes(self._held[:most])
            del self._held[:most]
        if self._paused and not self._over:
            self._paused = False
            self._transport.resume_reading()
        return data

    def _news(self) -> asyncio.Future[None]:
        self._waiter = self._loop.create_future()
        return self._waiter

    def _wake(self) -> None:
        if not self._waiter.done():
            self._waiter.set_result(None)

    def _arm(self, deadline: float) -> None:
        self._disarm()
        self._deadline = deadline
        self._alarm = self._loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        self._late = True
        self._wake()

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = None
        self._deadline, self._late = 0.0, False
