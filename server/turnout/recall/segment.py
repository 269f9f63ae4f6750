"""An immutable piece of the index: the tokens of some files, sorted by what stands before.

`order` lists every position by the tokens that end there, read backwards (a suffix array of the
reversed text, cut at DEPTH tokens). All places where a context occurs then stand together, and a
longer context narrows the range: that is the longest-suffix match of infinity-gram models.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from turnout.recall.lexer import Tokens
from turnout.recall.vocabulary import (
    END_OF_FILE,
    NAME,
    NEW_LINE,
    Bytes,
    Frequency,
    Ints,
    Mask,
    Vocabulary,
)

DEPTH: Final = 32
"""Contexts are told apart by this many tokens."""
_FEW: Final = 256
_SERIALS: Final = count(1)


class Piece(NamedTuple):
    """One file on its way into a segment."""

    path: str
    content: Tokens


class Level(NamedTuple):
    """The range of `order` whose contexts agree with the cursor's in the last `depth` tokens."""

    depth: int
    start: int
    stop: int


class Sorted:
    """Tokens and the order of their contexts."""

    __slots__ = ("_order", "_tokens", "order", "tokens")

    def __init__(self, tokens: Ints) -> None:
        self.tokens = tokens
        self.order = sort_by_context(tokens)
        # One element of a memoryview is read three times faster than one of an array.
        self._tokens = memoryview(tokens.data)
        self._order = memoryview(self.order.data)

    def levels(self, context: Sequence[int]) -> list[Level]:
        """Where ever longer ends of the context occur, the shortest first."""
        levels: list[Level] = []
        start, stop = 0, len(self.order)
        for back, token in enumerate(reversed(context)):
            start, stop = self._narrow(start, stop, back, token)
            if start == stop:
                break
            levels.append(Level(back + 1, start, stop))
        return levels

    def _narrow(self, start: int, stop: int, back: int, token: int) -> tuple[int, int]:
        if stop - start <= _FEW:
            # Never before the first token: that is END_OF_FILE, which no context holds.
            seen = self.tokens[self.order[start:stop] - back]
            first, last = seen.searchsorted(token), seen.searchsorted(token, "right")
            return start + int(first), start + int(last)
        left = self._bisect(start, stop, back, token)
        return left, self._bisect(left, stop, back, token + 1)

    def _bisect(self, start: int, stop: int, back: int, token: int) -> int:
        tokens, order = self._tokens, self._order
        while start < stop:
            middle = (start + stop) // 2
            if tokens[order[middle] - back] < token:
                start = middle + 1
            else:
                stop = middle
        return start


class Segment:
    """The files of one sort; a file that is gone or changed is only marked so."""

    def __init__(
        self, pieces: Sequence[Piece], vocabulary: Vocabulary, frequency: Frequency
    ) -> None:
        self.serial = next(_SERIALS) << 32
        """Added to the number of a file, tells it from those of other segments."""
        self.paths = [piece.path for piece in pieces]
        lengths = [len(piece.content) + 2 for piece in pieces]
        self.starts = np.cumsum([0, *lengths])
        self.alive: Mask = np.ones(len(pieces), np.bool_)
        head, blank = np.array([END_OF_FILE, NEW_LINE], np.int32), np.zeros(2, np.uint8)
        parts = [part for piece in pieces for part in (head, piece.content.tokens)]
        tokens = np.concatenate([*parts, head[:1]])
        gap_parts = [part for piece in pieces for part in (blank, piece.content.gaps)]
        self.gaps: Bytes = np.concatenate([*gap_parts, blank[:1]])
        self.exact = Sorted(tokens)
        # Which names are rare is settled when a segment is made, and anew when it is merged.
        self.common = _common_names(tokens, vocabulary, frequency)
        self.renamed = Sorted(np.where(frequency.rare(tokens), np.int32(NAME), tokens))

    def __len__(self) -> int:
        return len(self.gaps)

    def files_at(self, places: NDArray[np.intp]) -> NDArray[np.intp]:
        """The numbers of the files that these tokens belong to."""
        return self.starts.searchsorted(places, "right") - 1

    def visible(self, places: NDArray[np.intp], hidden: int | None) -> Mask | None:
        """Which of these tokens are in living files other than `hidden`; None for all."""
        if hidden is None and self.alive.all():
            return None
        files = self.files_at(places)
        seen: Mask = self.alive[files]
        return seen if hidden is None else seen & (files != hidden)

    @property
    def nbytes(self) -> int:
        """Memory of the arrays."""
        sorts = (self.exact, self.renamed)
        return self.gaps.nbytes + sum(s.tokens.nbytes + s.order.nbytes for s in sorts)

    def content(self, number: int) -> Tokens:
        """The tokens of one of its files."""
        part = slice(int(self.starts[number]) + 2, int(self.starts[number + 1]))
        return Tokens(self.exact.tokens[part], self.gaps[part])

    def pieces(self) -> list[Piece]:
        """Its files that are still alive, to be merged into another segment."""
        return [Piece(self.paths[n], self.content(n)) for n in np.flatnonzero(self.alive).tolist()]


def _common_names(tokens: Ints, vocabulary: Vocabulary, frequency: Frequency) -> frozenset[int]:
    seen = np.unique(tokens)
    return frozenset(seen[vocabulary.names[seen] & ~frequency.rare(seen)].tolist())


def sort_by_context(tokens: Ints) -> Ints:
    """All positions, ordered by the last DEPTH tokens up to each, read backwards.

    Prefix doubling: sort by two tokens, then again and again only those still tied, by the
    ranks found so far of the contexts that end where theirs begin.
    """
    key = tokens.astype(np.int64) << 32
    key[1:] |= tokens[:-1] + 1
    order = key.argsort().astype(np.int32)
    rank = np.empty(len(tokens), np.int32)
    slots = np.arange(len(tokens), dtype=np.int32)
    members, key = order, key[order]
    length = 2
    while True:
        tied = _rank(key, members, slots, rank)
        if length >= DEPTH or not tied.any():
            return order
        slots, members = slots[tied], members[tied]
        key = rank[members].astype(np.int64) << 32
        earlier = members - length
        key |= np.where(earlier >= 0, rank[np.maximum(earlier, 0)] + 1, 0)
        resorted = key.argsort()
        members, key = members[resorted], key[resorted]
        order[slots] = members
        length *= 2


def _rank(key: np.ndarray, members: Ints, slots: Ints, rank: Ints) -> Mask:
    """Give equal keys the slot of the first of them as rank; which are not alone."""
    first = np.ones(len(key), np.bool_)
    np.not_equal(key[1:], key[:-1], out=first[1:])
    heads = np.flatnonzero(first)
    sizes = np.diff(heads, append=len(key))
    # Not `repeat`: it holds the interpreter's lock, and the editor would wait.
    group = first.cumsum(dtype=np.int32) - 1
    rank[members] = slots[heads][group]
    tied: Mask = (sizes > 1)[group]
    return tied
