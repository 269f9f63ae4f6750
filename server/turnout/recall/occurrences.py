"""Where the cursor's context occurs, and how the line went on there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from turnout.recall.segment import DEPTH, Segment, Sorted
from turnout.recall.vocabulary import END_OF_FILE, NEW_LINE, Bytes, Ints, Mask

WIDTH: Final = 32
"""Longer rests of lines, in tokens, are not proposed."""
_PER_SHELL: Final = 512
_MOST_SCANNED: Final = 4096
LIVE: Final = -1
"""The number of the live file among the files of occurrences."""
_AHEAD: Final = np.arange(1, WIDTH + 2)
_HASH: Final = np.array([pow(0x9E3779B97F4A7C15, n, 1 << 62) | 1 for n in range(1, WIDTH + 2)])

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]


class Text(NamedTuple):
    """A stretch of tokens that can be searched and copied from."""

    tokens: Ints
    gaps: Bytes
    compared: Ints
    """What contexts are compared by: the tokens themselves, or with rare names as NAME."""
    segment: Segment | None
    """None for the live file."""


@dataclass(frozen=True, slots=True)
class Found:
    """Occurrences in one text, side by side."""

    text: Text
    places: NDArray[np.intp]
    """The last token of the context there; the continuation begins behind it."""
    depths: Ints
    weights: Floats
    """How many occurrences each stands for, where there were too many to look at."""

    def __len__(self) -> int:
        return len(self.places)

    def only(self, mask: Mask | NDArray[np.intp]) -> Found:
        """Those that a mask or a list of indices names."""
        return Found(self.text, self.places[mask], self.depths[mask], self.weights[mask])

    def cut(self, depth: int) -> Found:
        """The same, compared by no more than `depth` tokens."""
        depths = np.minimum(self.depths, np.int32(depth))
        return Found(self.text, self.places, depths, self.weights)

    def thin(self, size: int) -> Found:
        """At most `size` of them: the deepest, and every so-manieth of the others."""
        if len(self) <= size:
            return self
        by_depth = (-self.depths).argsort(kind="stable")
        deepest, others = by_depth[: size // 2], by_depth[size // 2 :]
        step = -(-len(others) // (size - size // 2))
        thinned = self.only(np.concatenate((deepest, others[::step])))
        thinned.weights[size // 2 :] *= step
        return thinned

    def files(self) -> Longs:
        """A number for the file of each; LIVE for the live file."""
        segment = self.text.segment
        if segment is None:
            return np.full(len(self), LIVE, np.int64)
        return segment.files_at(self.places) + segment.serial

    def rest_of_lines(self) -> Ints:
        """The tokens up to the line's end, one row each, padded with END_OF_FILE."""
        places = self.places[:, None] + _AHEAD
        rows = self.text.tokens.take(places, mode="clip")
        rows[np.logical_or.accumulate(rows == NEW_LINE, axis=1)] = END_OF_FILE
        return rows


def search_segment(
    segment: Segment, stream: Sorted, context: Sequence[int], hidden: int | None, least: int
) -> Found | None:
    """The occurrences in one segment that share `least` tokens with the context.

    `hidden` is the number of the file being edited, if the segment holds it.
    """
    levels = stream.levels(context)[least - 1 :]
    if not levels:
        return None
    # From the deepest level on, what each adds to the one before: places at both of its ends.
    slices: list[slice] = []
    depths: list[int] = []
    inner = levels[-1]._replace(stop=levels[-1].start)
    for level in reversed(levels):
        for start, stop in ((level.start, inner.start), (inner.stop, level.stop)):
            if start < stop:
                slices.append(slice(start, stop, -(-(stop - start) // _PER_SHELL)))
                depths.append(level.depth)
        inner = level
    parts = [stream.order[part] for part in slices]
    sizes = [len(part) for part in parts]
    places = np.concatenate(parts).astype(np.intp)
    found = Found(
        Text(segment.exact.tokens, segment.gaps, stream.tokens, segment),
        places,
        np.array(depths, np.int32).repeat(sizes),
        np.array([float(part.step) for part in slices]).repeat(sizes),
    )
    seen = segment.visible(places, hidden)
    return found if seen is None else found.only(seen)


def scan(text: Text, context: Sequence[int], *, above: bool) -> Found | None:
    """The occurrences in the live file: every place is compared, nothing is sorted.

    Where there are too many, those that share but one token are left out, and then those far from
    the cursor, which stands below the text (the text is `above`) or above it.
    """
    tokens = text.compared
    if not context or len(tokens) < 2:
        return None
    places = np.flatnonzero(tokens[:-1] == context[-1])
    if len(places) > _MOST_SCANNED and len(context) > 1:
        places = places[tokens[places - 1] == context[-2]]
    places = places[-_MOST_SCANNED:] if above else places[:_MOST_SCANNED]
    if not len(places):
        return None
    depths = np.ones(len(places), np.int32)
    alike = np.arange(len(places))
    for back in range(1, min(len(context), DEPTH)):
        alike = alike[places[alike] >= back]
        alike = alike[tokens[places[alike] - back] == context[-1 - back]]
        if not len(alike):
            break
        depths[alike] = back + 1
    return Found(text, places, depths, np.ones(len(places)))


def hashes(rows: Ints) -> Longs:
    """A number for each row; equal only for equal rows, near enough."""
    numbers: Longs = (rows.astype(np.int64) + 1) @ _HASH
    return numbers
