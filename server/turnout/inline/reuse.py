"""What has been suggested is recognised again: typed through, stepped back in, or come back to.

A suggestion fits where the text around it is still the text it was made for and what was typed
since is how it begins. Then what is left of it is as good as new, without asking anyone.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from turnout.inline.brackets import open_quote, unclosed
from turnout.inline.shape import Shaped, fit_rest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turnout.inline.cursor import Cursor

LINES_BEFORE: Final = 6
LINES_AFTER: Final = 2
KEPT: Final = 32
KEPT_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Place:
    """The neighbourhood a suggestion was made for."""

    before: tuple[str, ...]
    head: str
    rest: str
    after: tuple[str, ...]

    @classmethod
    def of(cls, cursor: Cursor) -> Place:
        """Take the neighbourhood of a cursor."""
        return cls(
            tuple(cursor.lines[max(0, cursor.line - LINES_BEFORE) : cursor.line]),
            cursor.head,
            cursor.rest,
            _after(cursor),
        )

    def typed(self, cursor: Cursor, new_lines: int = 0) -> str | None:
        """Return what was typed from here to the cursor, if it was ``new_lines`` lines further up.

        None where the cursor can not have come from here by typing.
        """
        line = cursor.line - new_lines
        if line < 0:
            return None
        begun = cursor.head if not new_lines else cursor.lines[line].rstrip("\r\n")
        if not begun.startswith(self.head) or _after(cursor) != self.after:
            return None
        if tuple(cursor.lines[max(0, line - LINES_BEFORE) : line]) != self.before:
            return None
        if not new_lines:
            return begun[len(self.head) :]
        between = (cursor.lines[number].rstrip("\r\n") for number in range(line + 1, cursor.line))
        return "\n".join((begun[len(self.head) :], *between, cursor.head))


@dataclass(frozen=True, slots=True)
class Known:
    """A suggestion that was made. It keeps its id for as long as it is typed through."""

    id: str
    model: str
    place: Place
    shaped: Shaped
    made: float = 0.0

    def typed(self, cursor: Cursor) -> str | None:
        """Return how much of it was typed since, None where the cursor does not follow from it."""
        text = self.shaped.text
        for new_lines in range(text.count("\n") + 1):
            typed = self.place.typed(cursor, new_lines)
            if typed is not None and text.startswith(typed):
                return typed
        return None

    def remaining(self, cursor: Cursor) -> Shaped | None:
        """Return what is left of it at the cursor, None where nothing is or it does not fit."""
        typed = self.typed(cursor)
        left = None if typed is None else self._left(typed, cursor)
        return left if left is not None and left.text.strip() else None

    def _left(self, typed: str, cursor: Cursor) -> Shaped | None:
        text, was, now = self.shaped.text[len(typed) :], self.place.rest, cursor.rest
        if now == was:
            return Shaped(text, self.shaped.covers)
        if self.shaped.covers and was.endswith(now):  # typed over what the editor had closed
            return Shaped(text, len(now))
        if now == _closed_by_editor(typed, cursor) + was:
            return fit_rest(text, cursor)
        return None


class Memory:
    """The suggestions made lately in one document, the newest first."""

    def __init__(self) -> None:
        self._known: deque[Known] = deque(maxlen=KEPT)

    def remember(self, known: Known) -> None:
        """Keep a suggestion; a fuller version of one that is kept takes its place."""
        self._known = deque((one for one in self._known if one.id != known.id), maxlen=KEPT)
        self._known.appendleft(known)

    def fitting(self, cursor: Cursor, now: float) -> Iterator[tuple[Known, Shaped]]:
        """Yield what fits at the cursor, the newest first, and what is left of it."""
        for known in tuple(self._known):
            if now - known.made > KEPT_SECONDS:
                continue
            if (left := known.remaining(cursor)) is not None:
                yield known, left


def _closed_by_editor(typed: str, cursor: Cursor) -> str:
    """Return what an editor puts behind the cursor for the brackets and the quote typed."""
    return open_quote(cursor.head, cursor.language) + unclosed(typed, cursor.language)


def _after(cursor: Cursor) -> tuple[str, ...]:
    return tuple(cursor.lines[cursor.line + 1 : cursor.line + 1 + LINES_AFTER])
