"""What was edited a moment ago, over all open documents. Pure; an edit costs microseconds.

Edits that touch each other are one: typing a word is not five edits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from turnout.context.target import RecentEdit

_MOST: Final = 16
_PAUSE: Final = 60.0  # seconds after which a touching edit is another one
_LONGEST: Final = 80  # lines, on either side: more is a reload, not an edit


@dataclass(slots=True)
class _Region:
    """Lines that are being edited: what stood there, and how many stand there now."""

    uri: str
    first: int
    old: list[str]
    count: int
    at: float

    @property
    def end(self) -> int:
        """The line after the last."""
        return self.first + self.count


class RecentEdits:
    """Follows open documents, line by line. Times are in seconds, of any one clock."""

    def __init__(self) -> None:
        self._texts: dict[str, list[str]] = {}
        self._edits: deque[RecentEdit] = deque(maxlen=_MOST)
        self._region: _Region | None = None

    def open(self, uri: str, lines: Sequence[str]) -> None:
        """Follow a document from here on."""
        self.close(uri)
        self._texts[uri] = list(lines)

    def close(self, uri: str) -> None:
        """Follow a document no more; what was edited in it is kept."""
        if self._region is not None and self._region.uri == uri:
            self._settle()
        self._texts.pop(uri, None)

    def forget(self, uri: str) -> None:
        """Know nothing of a document any more."""
        if self._region is not None and self._region.uri == uri:
            self._region = None
        self._texts.pop(uri, None)
        kept = [edit for edit in self._edits if edit.uri != uri]
        self._edits = deque(kept, maxlen=_MOST)

    def splice(self, uri: str, line: int, removed: int, lines: Sequence[str], at: float) -> None:
        """Take an edit: ``lines`` stand now where ``removed`` lines stood."""
        text = self._texts.get(uri)
        if text is None:
            return
        line, removed, lines = _trimmed(text, line, removed, lines)
        region = self._region_of(uri, line, removed, text, at)
        region.count += len(lines) - removed
        text[line : line + removed] = lines

    def edits(self) -> tuple[RecentEdit, ...]:
        """Return the last edits, the newest last."""
        self._settle()
        return tuple(self._edits)

    def _region_of(self, uri: str, line: int, removed: int, text: list[str], at: float) -> _Region:
        """Let the region cover these lines too; where they do not touch it, begin another."""
        region = self._region
        if region is None or not _touches(region, uri, line, removed, at):
            self._settle()
            self._region = _Region(uri, line, text[line : line + removed], removed, at)
            return self._region
        above = text[line : region.first]
        below = text[region.end : line + removed]
        region.old = [*above, *region.old, *below]
        region.first = min(region.first, line)
        region.count += len(above) + len(below)
        region.at = at
        return region

    def _settle(self) -> None:
        """The edit is over."""
        region, self._region = self._region, None
        if region is None:
            return
        new = self._texts[region.uri][region.first : region.end]
        if new != region.old and max(len(new), len(region.old)) <= _LONGEST:
            old = "".join(region.old)
            self._edits.append(RecentEdit(region.uri, region.first, old, "".join(new)))


def _touches(region: _Region, uri: str, line: int, removed: int, at: float) -> bool:
    near = line <= region.end and line + removed >= region.first
    return region.uri == uri and near and at - region.at < _PAUSE


def _trimmed(
    text: list[str], line: int, removed: int, lines: Sequence[str]
) -> tuple[int, int, Sequence[str]]:
    """Leave out the lines that stay: some clients send the whole text for every key."""
    old = text[line : line + removed]
    most = min(len(old), len(lines))
    head = next((i for i in range(most) if old[i] != lines[i]), most)
    tail = next((i for i in range(most - head) if old[-1 - i] != lines[-1 - i]), most - head)
    return line + head, len(old) - head - tail, lines[head : len(lines) - tail]
