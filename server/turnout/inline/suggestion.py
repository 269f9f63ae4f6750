"""What a suggestion is to whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from turnout.document import Document

WHAT_IF: Final = "#what-if"
"""Ends the URI of what an editor's menu would make of a document; for suggestions both are one."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``text`` replaces the code points from ``start`` to ``end`` of the document it was made for.

    ``start`` is the cursor; ``end`` lies behind it where the text closes what the line closes.
    ``line`` and ``column`` say once more where ``start`` is. The id stays the same while a
    suggestion is typed through.
    """

    text: str
    start: int
    end: int
    model: str
    id: str
    line: int
    column: int


def catch_up(suggestion: Suggestion, made_for: Document, now: Document) -> Suggestion | None:
    """Fit a suggestion to a newer text, where nothing was done but to type its beginning.

    It then replaces what was typed too, which is how its text begins.
    """
    line, column = suggestion.line, suggestion.column
    if len(now.lines) != len(made_for.lines):
        return None
    old, new = made_for.lines[line], now.lines[line]
    typed = new[column : column + len(new) - len(old)]
    fits = (
        bool(typed)
        and suggestion.text.startswith(typed)
        and new == old[:column] + typed + old[column:]
        and now.lines[:line] == made_for.lines[:line]
        and now.lines[line + 1 :] == made_for.lines[line + 1 :]
    )
    return replace(suggestion, end=suggestion.end + len(typed)) if fits else None


def made_id(number: int, call: str) -> str:
    """Return an id for a suggestion that a call brought; ``call`` is empty where none did."""
    return f"{number:x}.{call}" if call else f"{number:x}"


def call_of(suggestion_id: str) -> str:
    """Return the call that brought a suggestion, "" where none did."""
    return suggestion_id.partition(".")[2]
