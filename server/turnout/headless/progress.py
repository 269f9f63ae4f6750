"""What the user hears while it runs, on stderr: one line that changes on a terminal, else lines."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, TextIO

from turnout.edits.plain import plain

_WHEEL: Final = "|/-\\"
_TURN: Final = 0.1  # seconds
_LONGEST: Final = 500  # characters of a line


class Progress:
    """Words on a stream. Nothing of a model's or a file's is written with control characters."""

    def __init__(self, stream: TextIO, *, quiet: bool) -> None:
        self._stream = stream
        self._quiet = quiet
        self._moving = not quiet and stream.isatty()
        self._doing: dict[str, str] = {}  # file -> what happens with it
        self._total = 0
        self._done = 0
        self._shown = False  # the line that changes is there

    def of(self, total: int) -> None:
        """Say how many files there are."""
        self._total = total

    def doing(self, name: str, what: str) -> None:
        """Say what happens with a file now."""
        self._doing[name] = what
        if not self._moving:
            self._line(f"{name}: {what}" if name else what)

    def now(self, name: str, what: str) -> None:
        """Say how far it is, where the line can change."""
        if self._moving:
            self._doing[name] = what

    def done(self, name: str) -> None:
        """Say that a file is finished."""
        self._doing.pop(name, None)
        self._done += 1

    def say(self, sentence: str) -> None:
        """Say what the user asked to hear of, unless all is to be quiet."""
        self._line(sentence)

    def fault(self, sentence: str) -> None:
        """Say what went wrong, whether it is to be quiet or not."""
        self._line(sentence, anyway=True)

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Keep the line moving, on a terminal."""
        turning = asyncio.ensure_future(self._turn()) if self._moving else None
        try:
            yield
        finally:
            if turning is not None:
                turning.cancel()
            self.wipe()

    async def _turn(self) -> None:
        began = time.monotonic()
        while True:
            seconds = time.monotonic() - began
            wheel = _WHEEL[int(seconds / _TURN) % len(_WHEEL)]
            doing = self._doing.items()
            now = "; ".join(f"{name}: {what}" if name else what for name, what in doing)
            count = f"{self._done}/{self._total} " if self._total > 1 else ""
            width = shutil.get_terminal_size().columns - 1
            self._write(f"\r\x1b[K{plain(f'{wheel} {count}{seconds:.0f} s  {now}', width)}")
            self._shown = True
            await asyncio.sleep(_TURN)

    def wipe(self) -> None:
        """Take the line that changes away, so that others can write."""
        if self._shown:
            self._write("\r\x1b[K")
            self._shown = False

    def _line(self, text: str, *, anyway: bool = False) -> None:
        if self._quiet and not anyway:
            return
        self.wipe()
        self._write(f"turnout: {plain(text, _LONGEST)}\n")

    def _write(self, text: str) -> None:
        encoding = self._stream.encoding or "utf-8"
        with suppress(OSError):  # nobody listens any more
            self._stream.write(text.encode(encoding, "replace").decode(encoding))
            self._stream.flush()
