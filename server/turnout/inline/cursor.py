"""A place in a text, and what stands around it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnout.document import Document

_CLOSING: Final = re.compile(r"\s*+[)\]}>\"'`]*+\s*+[:;,{]?\s*+")
_INDENT: Final = re.compile(r"[ \t]*")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a suggestion is to go. ``head`` and ``rest`` are its line, without the line's end."""

    lines: Sequence[str]
    line: int
    column: int
    head: str
    rest: str
    language: str = ""

    @classmethod
    def at(cls, document: Document, offset: int) -> Cursor:
        """Find the line and column of a code-point offset."""
        return cls.on(document.lines, *document.line_column(offset), document.language)

    @classmethod
    def on(cls, lines: Sequence[str], line: int, column: int, language: str = "") -> Cursor:
        """Stand on a column of a line."""
        text = lines[line].rstrip("\r\n")
        column = min(column, len(text))
        return cls(lines, line, column, text[:column], text[column:], language)

    @property
    def takes_suggestion(self) -> bool:
        """Whether only closing punctuation follows on the line."""
        return _CLOSING.fullmatch(self.rest) is not None

    def previous(self) -> str:
        """Return the nearest line above that is not blank, without its end."""
        for line in range(self.line - 1, max(-1, self.line - 50), -1):
            if text := self.lines[line].rstrip():
                return text
        return ""

    def following(self) -> str:
        """Return the nearest line below that is not blank, without its end."""
        for line in range(self.line + 1, min(len(self.lines), self.line + 50)):
            if text := self.lines[line].rstrip():
                return text
        return ""


def indent_of(line: str) -> str:
    """Return the white space a line begins with."""
    return _INDENT.match(line)[0]  # type: ignore[index] # it always matches


def width(indent: str) -> int:
    """Return how wide white space is, a tab reaching to the next multiple of four."""
    return len(indent.expandtabs(4))
