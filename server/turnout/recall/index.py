"""The indexed files: a handful of immutable segments, merged as they become many.

New and changed files make a new segment; the files they replace, and deleted ones, are only
marked in theirs. Small segments are merged into larger ones, so that a query looks into a few
however many files there are, and each token is sorted a few times only.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from threading import Lock
from typing import Final

from turnout.recall.segment import Piece, Segment
from turnout.recall.vocabulary import Frequency, Vocabulary

MOST_TOKENS: Final = 6_000_000
"""About 25 MB of source, held in about 100 MB of memory."""
MOST_FILES: Final = 10_000
_LARGE: Final = 1_000_000
"""A segment of this size is merged no more: sorting it would take much memory at once."""
_RATIO: Final = 4


class Index:
    """Written by one thread, the indexer's, but for `forget`; read by any."""

    def __init__(self) -> None:
        self.vocabulary = Vocabulary()
        self.frequency = Frequency(self.vocabulary)
        self.segments: tuple[Segment, ...] = ()
        self.generation = 0
        """Changes whenever other names may have become rare."""
        self._places: dict[str, tuple[Segment, int]] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._places)

    @property
    def tokens(self) -> int:
        """Tokens held, those of forgotten files included."""
        return sum(map(len, self.segments))

    @property
    def nbytes(self) -> int:
        """Memory of the segments."""
        return sum(segment.nbytes for segment in self.segments)

    def __contains__(self, path: str) -> bool:
        return path in self._places

    def below(self, folder: str) -> list[str]:
        """The indexed files in a folder and its folders."""
        with self._lock:
            return [path for path in self._places if path.startswith(folder + os.sep)]

    def view(self, path: str | None) -> tuple[tuple[Segment, ...], tuple[Segment, int] | None]:
        """All segments; and the one that holds this file, with its number there."""
        with self._lock:
            return self.segments, self._places.get(path or "")

    def has_room(self, files: int, tokens: int) -> bool:
        """Whether more may be added on top of so many files and tokens."""
        return len(self) + files < MOST_FILES and self.tokens + tokens < MOST_TOKENS

    def add(self, pieces: Sequence[Piece]) -> None:
        """Index files, in the place of what was known of them."""
        for piece in pieces:
            self.forget(piece.path)
        for piece in pieces:
            with self._lock:
                self.frequency.add(piece.content.tokens)
        segment = Segment(pieces, self.vocabulary, self.frequency)
        with self._lock:
            for number, path in enumerate(segment.paths):
                self._places[path] = segment, number
            self.segments = (*self.segments, segment)
            self.generation += 1

    def forget(self, path: str) -> None:
        """Propose nothing more from a file."""
        with self._lock:
            place = self._places.pop(path, None)
            if place is None:
                return
            segment, number = place
            segment.alive[number] = False
            self.frequency.remove(segment.content(number).tokens)
            if not segment.alive.any():
                self.segments = tuple(s for s in self.segments if s is not segment)

    def worn(self) -> bool:
        """Whether there is something to merge."""
        return bool(_worth_merging(self.segments))

    def merge(self) -> bool:
        """Make one segment of those that are too small, if any are; whether there were."""
        worn = _worth_merging(self.segments)
        if not worn:
            return False
        merged = Segment(
            [piece for segment in worn for piece in segment.pieces()],
            self.vocabulary,
            self.frequency,
        )
        with self._lock:
            for number, path in enumerate(merged.paths):
                place = self._places.get(path)
                # A file may have been forgotten meanwhile.
                if place is None or place[0] not in worn:
                    merged.alive[number] = False
                else:
                    self._places[path] = merged, number
            kept = tuple(segment for segment in self.segments if segment not in worn)
            self.segments = (*kept, merged)
            self.generation += 1
        return True


def _worth_merging(segments: Sequence[Segment]) -> list[Segment]:
    """The smallest ones, as far as each is not much larger than all that are smaller."""
    by_size = sorted((s for s in segments if len(s) < _LARGE), key=len)
    total, last = 0, 0
    for number, segment in enumerate(by_size):
        if number and len(segment) < _RATIO * total and total + len(segment) < 2 * _LARGE:
            last = number + 1
        total += len(segment)
    if last:
        return by_size[:last]
    return [s for s in segments if s.alive.any() and _wasted(s) > 0.5][:1]


def _wasted(segment: Segment) -> float:
    """The part of a segment that belongs to files forgotten; none is left after a merge."""
    forgotten = (~segment.alive).nonzero()[0].tolist()
    return sum(len(segment.content(n)) for n in forgotten) / len(segment)
