"""A stream cut into lines, and never more of it kept than any edit needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

MOST_CHARACTERS: Final = 2 * 1024 * 1024
"""Of one answer. What is longer is cut there, and so never applied."""


class LineStream:
    """Whole lines, without their ends, as they become complete."""

    def __init__(self) -> None:
        self._pieces: list[str] = []  # of the line that is not complete
        self._read = 0
        self.full = False

    def feed(self, text: str) -> Iterator[str]:
        """Take more of the stream."""
        if self.full:
            return
        self.full = self._read + len(text) > MOST_CHARACTERS
        text = text[: MOST_CHARACTERS - self._read]
        self._read += len(text)
        *ended, rest = text.split("\n")
        for piece in ended:
            line = "".join((*self._pieces, piece)) if self._pieces else piece
            self._pieces.clear()
            yield line.removesuffix("\r")
        if rest:
            self._pieces.append(rest)

    def rest(self) -> Iterator[str]:
        """Return the line that has no end, if there is one."""
        if self._pieces:
            yield "".join(self._pieces).removesuffix("\r")
            self._pieces.clear()
