"""One thread reads the client's messages for the whole life of the process. Standard library only.

A blocking read in a thread works for pipes, sockets, files and terminals on every event loop;
`connect_read_pipe` refuses regular files and makes a shared descriptor non-blocking. `os.read`
instead of a buffered object: a daemon thread blocked in one can abort the interpreter at exit.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import TYPE_CHECKING, Final

from turnout.lsp.framing import Frame, FrameDecoder, Lost

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable

CHUNK: Final = 256 * 1024
MAX_WAITING: Final = 16 * 1024 * 1024
"""Bytes that may wait for the loop; beyond it the reader waits, and then the client."""

_OVERHEAD: Final = 100  # what a small message costs beside its bytes


class Pump:
    """Decodes messages in its thread and hands them to the loop in order, one a tick."""

    def __init__(self, fd: int, first: Callable[[bytes], None] | None = None) -> None:
        self._fd = fd
        self._first = first  # runs in the reader's thread
        self._frames: deque[Frame] = deque()
        self._waiting = 0
        self._ended = False
        self._stopped = False
        self._scheduled = False
        self._changed = threading.Condition()
        self._loop: AbstractEventLoop | None = None
        self._deliver: Callable[[Frame], None] = lambda _: None
        self._finish: Callable[[], None] = lambda: None
        self._ready: Callable[[], bool] = lambda: True
        self._thread = threading.Thread(target=self._read, name="reader", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def attach(
        self,
        loop: AbstractEventLoop,
        deliver: Callable[[Frame], None],
        finish: Callable[[], None],
        ready: Callable[[], bool],
    ) -> None:
        """Begin to deliver in the loop; `finish` comes after the last message.

        Nothing is delivered while `ready` says no (the client does not read its answers).
        """
        self._deliver, self._finish, self._ready = deliver, finish, ready
        with self._changed:
            self._loop = loop
            self._scheduled = True
        loop.call_soon(self._drain)

    def stop(self) -> None:
        """Deliver nothing more. The thread ends with the input."""
        with self._changed:
            self._stopped = True
            self._frames.clear()
            self._waiting = 0
            self._changed.notify()

    def join(self, timeout: float) -> bool:
        """Wait for the thread; return whether it has ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _read(self) -> None:
        decoder = FrameDecoder()
        while True:
            try:
                chunk = os.read(self._fd, CHUNK)
            except OSError:
                chunk = b""  # a broken pipe is the end of input
            frames = decoder.feed(chunk)
            if frames and self._first is not None:
                if isinstance(frames[0], bytes):
                    self._first(frames[0])
                self._first = None
            if frames or not chunk:
                self._hand_over(frames, ended=not chunk)
            if not chunk:
                return

    def _hand_over(self, frames: list[Frame], *, ended: bool) -> None:
        with self._changed:
            while self._waiting > MAX_WAITING and not self._stopped:
                self._changed.wait()
            if self._stopped:
                return
            self._frames.extend(frames)
            self._waiting += sum(map(_cost, frames))
            self._ended = ended
            if self._loop is None or self._scheduled:
                return
            self._scheduled = True
            loop = self._loop
        try:
            loop.call_soon_threadsafe(self._drain)
        except RuntimeError:
            self.stop()  # the loop was closed meanwhile

    def _drain(self) -> None:
        """Deliver one message, then let the loop run.

        Scheduled again after the delivery: the task of a request takes its first step before the
        next message is applied.
        """
        if (loop := self._loop) is None:
            return
        if not self._ready():
            loop.call_later(0.02, self._drain)
            return
        frame = self._take()
        try:
            if frame is not None:
                self._deliver(frame)
            elif self._ended and not self._stopped:
                self._finish()
        finally:
            if self._scheduled:
                loop.call_soon(self._drain)

    def _take(self) -> Frame | None:
        with self._changed:
            frame = self._frames.popleft() if self._frames else None
            if frame is not None:
                self._waiting -= _cost(frame)
                self._changed.notify()
            self._scheduled = bool(self._frames) or (self._ended and frame is not None)
            return frame


def _cost(frame: Frame) -> int:
    return _OVERHEAD if isinstance(frame, Lost) else _OVERHEAD + len(frame)
