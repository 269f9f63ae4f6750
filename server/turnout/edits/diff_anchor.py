"""Where a finding about a diff stands: among the lines that are there after the change.

The quote decides. A claimed line number only rules out what is far from it; between places that are
near, the one added line is meant, because that is what a review of a change is about. Where this
leaves two places, there is none. What it comes to on real reviews is in docs/edits.md.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from turnout.document import Document
from turnout.edits.anchor import squeeze
from turnout.edits.unified import Hunk

NEAR: Final = 20
"""Lines by which a claimed number may be off."""
_LEAST: Final = 3
_TELLING: Final = 8
"""Visible characters from which on an added line is preferred: closing brackets tell nothing."""


@dataclass(frozen=True, slots=True)
class DiffPlace:
    """Line numbers of the new side, from 1, and what stands there."""

    first: int
    last: int
    lines: tuple[str, ...]
    added: bool

    def within(self, document: Document) -> tuple[int, int] | None:
        """Return the offsets in a document; None where other lines stand there by now."""
        there = document.lines[self.first - 1 : self.last]
        if [squeeze(line) for line in there] != [squeeze(line) for line in self.lines]:
            return None
        start = document.starts[self.first - 1] + len(there[0]) - len(there[0].lstrip())
        return start, document.starts[self.last - 1] + len(there[-1].rstrip())


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    squeezed: str
    added: bool


def anchor_in_diff(
    hunks: Sequence[Hunk], quote: str, claimed: int | None = None
) -> DiffPlace | None:
    """Find the one place of a quote in the new side of a file's hunks."""
    wanted = [squeezed for line in quote.splitlines() if (squeezed := squeeze(line))]
    if sum(map(len, wanted)) < _LEAST:
        return None
    every = [_visible(hunk) for hunk in hunks]
    places = [place for lines in every for place in _whole(lines, wanted)]
    places = places or [place for lines in every for place in _parts(lines, "".join(wanted))]
    return _certain(places, "".join(wanted), claimed)


def _certain(places: list[DiffPlace], wanted: str, claimed: int | None) -> DiffPlace | None:
    if len(places) == 1:
        return places[0]
    if claimed is not None:
        places = [place for place in places if abs(place.first - claimed) <= NEAR]
    if len(places) > 1 and len(wanted) >= _TELLING:
        places = [place for place in places if place.added]
    return places[0] if len(places) == 1 else None


def _visible(hunk: Hunk) -> list[_Line]:
    numbered = enumerate(zip(hunk.lines, hunk.added, strict=True), hunk.start)
    lines = (_Line(number, text, squeeze(text), added) for number, (text, added) in numbered)
    return [line for line in lines if line.squeezed]


def _whole(lines: list[_Line], wanted: list[str]) -> list[DiffPlace]:
    """Return the places where just these lines stand."""
    size = len(wanted)
    starts = (at for at, line in enumerate(lines) if line.squeezed == wanted[0])
    return [
        _place(lines[at : at + size])
        for at in starts
        if [line.squeezed for line in lines[at : at + size]] == wanted
    ]


def _parts(lines: list[_Line], wanted: str) -> list[DiffPlace]:
    """Return the places where these characters stand."""
    joined = "".join(line.squeezed for line in lines)
    offsets = list(accumulate((len(line.squeezed) for line in lines), initial=0))
    places, found = [], joined.find(wanted)
    while found >= 0:
        first = bisect_right(offsets, found) - 1
        last = bisect_right(offsets, found + len(wanted) - 1)
        places.append(_place(lines[first:last]))
        found = joined.find(wanted, found + 1)
    return places


def _place(lines: list[_Line]) -> DiffPlace:
    texts = tuple(line.text for line in lines)
    return DiffPlace(lines[0].number, lines[-1].number, texts, any(line.added for line in lines))
