"""Code points inside the server, the client's units on the wire; converted nowhere else."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from lsprotocol import types

if TYPE_CHECKING:
    from collections.abc import Callable

    from turnout.document import Document

_CHUNK: Final = 16_384


def _utf8(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


_UNITS: Final[dict[str, Callable[[str], int]]] = {"utf-8": _utf8, "utf-16": _utf16, "utf-32": len}


class Positions:
    """The conversions of one session. Never raises: what lies outside the text is clamped to it."""

    def __init__(self, encoding: str = "utf-16") -> None:
        self.encoding = encoding
        self._count = _UNITS[encoding]

    def units(self, text: str) -> int:
        """Return the length of a text in the client's units."""
        return len(text) if text.isascii() else self._count(text)

    def column(self, line: str, units: int) -> tuple[int, bool]:
        """Return the code points before `units`, and whether it lies between two of them.

        In the middle of a character it is the start of that character. A line's end is past its
        last position.
        """
        length = len(line) - _end_length(line)
        if line.isascii() or self._count is len:
            return min(units, length), True
        start, left = 0, units
        while start < length:
            chunk = line[start : min(start + _CHUNK, length)]
            size = self._count(chunk)
            if left < size:
                count, exact = self._within(chunk, left)
                return start + count, exact
            left -= size
            start += len(chunk)
        return length, True

    def _within(self, chunk: str, left: int) -> tuple[int, bool]:
        count = bisect_left(range(len(chunk)), left, key=lambda end: self._count(chunk[:end]))
        exact = self._count(chunk[:count]) == left
        return (count, True) if exact else (count - 1, False)

    def line_column(self, document: Document, position: types.Position) -> tuple[int, int]:
        """Return the line and the code points before the position in it."""
        last = len(document.lines) - 1
        if position.line > last:
            return last, len(document.lines[last])
        return position.line, self.column(document.lines[position.line], position.character)[0]

    def offset(self, document: Document, position: types.Position) -> int:
        """Return the code-point offset of a position."""
        line, column = self.line_column(document, position)
        return document.starts[line] + column

    def position(self, document: Document, offset: int) -> types.Position:
        """Return the position of a code-point offset."""
        line, column = document.line_column(offset)
        return types.Position(line=line, character=self.units(document.lines[line][:column]))

    def range(self, document: Document, start: int, end: int) -> types.Range:
        """Return the range between two code-point offsets."""
        return types.Range(start=self.position(document, start), end=self.position(document, end))


def _end_length(line: str) -> int:
    if line.endswith("\r\n"):
        return 2
    return 1 if line.endswith(("\n", "\r")) else 0
