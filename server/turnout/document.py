r"""The immutable view of a text that everything behind `lsp/` works on.

Offsets and columns are code points. Lines end only at ``\n``, ``\r\n`` and ``\r`` (LSP 3.18,
"Text Documents"); ``lines`` keep their ends and ``"".join(lines)`` is the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Final
from urllib.parse import unquote, urlsplit

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


def split_lines(text: str) -> list[str]:
    """Split as LSP does. The last line has no end and may be empty; there is always one line."""
    lines = _LINE.findall(text)
    if not lines or lines[-1][-1] in "\r\n":
        lines.append("")
    return lines


def ending(text: str, repeated: re.Pattern[str]) -> str:
    r"""Return the longest end of a text that a pattern such as ``\w*`` matches.

    It is read from the end: a search would try again at every character of a long line.
    """
    found = repeated.match(text[::-1])
    return found.group()[::-1] if found else ""


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code-point offsets into the text of a document."""

    start: int
    end: int

    def holds(self, other: Span) -> bool:
        """Whether the other lies within this one; both may be empty."""
        return self.start <= other.start and other.end <= self.end

    def meets(self, other: Span) -> bool:
        """Whether they have a character in common."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, eq=False)
class Document:
    """A text at one version."""

    uri: str
    version: int
    language: str
    lines: tuple[str, ...]

    @cached_property
    def text(self) -> str:
        """The whole text; joined once, when first asked for."""
        return "".join(self.lines)

    @cached_property
    def path(self) -> str | None:
        """The file behind a ``file:`` URI on this machine, else None (untitled, remote, ...)."""
        try:
            parts = urlsplit(self.uri)
        except ValueError:  # file://[
            return None
        if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
            return None
        path = unquote(parts.path)
        # file:///C:/x names the Windows path C:/x
        return path[1:] if re.match(r"/[A-Za-z]:", path) else path

    @cached_property
    def starts(self) -> list[int]:
        """The offset of the first code point of every line."""
        return list(accumulate(map(len, self.lines[:-1]), initial=0))

    def offset(self, line: int, column: int) -> int:
        """The code-point offset of a position that lies within the text."""
        return self.starts[line] + column

    def line_column(self, offset: int) -> tuple[int, int]:
        """The line and the column in it of an offset; clamped to the text."""
        offset = min(max(offset, 0), self.starts[-1] + len(self.lines[-1]))
        line = bisect_right(self.starts, offset) - 1
        return line, offset - self.starts[line]
