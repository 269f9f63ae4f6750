"""Writes to the client without ever blocking the loop."""

from __future__ import annotations

import logging
import os
import select
import threading
from collections import deque
from typing import TYPE_CHECKING, Final

from turnout.lsp.framing import encode_frame

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

MAX_WAITING: Final = 4 * 1024 * 1024
"""Bytes the client may leave unread before we stop reading from it."""

_ATOMIC: Final = 4096  # a pipe that is ready takes as much without blocking (PIPE_BUF)


class Writer:
    """Short messages go straight to a pipe that is ready; all else through a thread, in order."""

    def __init__(self, fd: int, broken: Callable[[], None]) -> None:
        self._fd = fd
        self._broken = broken  # may be called in the writer's thread
        self._waiting: deque[bytes | memoryview] = deque()
        self._size = 0
        self._busy = False
        self._closed = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def write(self, body: bytes) -> None:
        """Send one message. Never raises: a client that is gone ends the session elsewhere."""
        data = memoryview(encode_frame(body))
        with self._changed:
            if self._closed:
                return
            if not self._waiting and not self._busy:
                data = data[self._write_at_once(data) :]
            if data:
                self._enqueue(data)

    def congested(self) -> bool:
        """Whether the client leaves too much unread."""
        return self._size > MAX_WAITING

    def close(self, timeout: float = 1.0) -> None:
        """Send what waits, for as long as `timeout`, and nothing after it."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(timeout)

    def _write_at_once(self, data: memoryview) -> int:
        if len(data) > _ATOMIC or os.name == "nt":
            return 0
        try:
            _, ready, _ = select.select((), (self._fd,), (), 0)
            return os.write(self._fd, data) if ready else 0
        except (OSError, ValueError):
            return 0  # the thread meets the same error and tells of it

    def _enqueue(self, data: memoryview) -> None:
        self._waiting.append(data)
        self._size += len(data)
        self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (data := self._next()) is not None:
            try:
                while data:
                    data = data[os.write(self._fd, data) :]
            except OSError:
                self._give_up()
                return

    def _next(self) -> memoryview | None:
        with self._changed:
            self._busy = False
            while not self._waiting and not self._closed:
                self._changed.wait()
            if not self._waiting:
                return None
            data = memoryview(self._waiting.popleft())
            self._size -= len(data)
            self._busy = True
            return data

    def _give_up(self) -> None:
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._size = 0
        logger.warning("the client does not read any more")
        self._broken()
