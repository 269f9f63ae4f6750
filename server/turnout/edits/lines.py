"""A text as lines that can be searched, exactly or but for white space, in linear time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Final

from turnout.document import split_lines

MOST_PLACES: Final = 64
"""Whatever stands at more places than this stands nowhere in particular."""


class Lines:
    """The lines of a text without their ends, and where they stand."""

    def __init__(self, text: str) -> None:
        parts = split_lines(text)
        if not parts[-1]:
            parts.pop()
        self.text = text
        self.contents = tuple(part.rstrip("\r\n") for part in parts)
        self.starts = list(accumulate(map(len, parts), initial=0))
        ends = Counter(
            part[len(content) :] for part, content in zip(parts, self.contents, strict=True)
        )
        ends.pop("", None)
        self.end = max(ends, key=ends.__getitem__) if ends else "\n"

    def __len__(self) -> int:
        return len(self.contents)

    @cached_property
    def bare(self) -> tuple[str, ...]:
        """The lines without the blanks around them."""
        return tuple(line.strip() for line in self.contents)

    @cached_property
    def known(self) -> frozenset[str]:
        """The lines, for a look whether one is there."""
        return frozenset(self.contents)

    @cached_property
    def known_bare(self) -> frozenset[str]:
        """The lines without the blanks around them, for a look whether one is there."""
        return frozenset(self.bare)

    @cached_property
    def trails(self) -> bool:
        """Whether it is a habit of this text to end lines with blanks."""
        return 20 * sum(line != line.rstrip() for line in self.contents) > len(self)

    def is_foreign(self, line: str) -> bool:
        """Whether a line is indented with blanks where all of this text has tabs, or vice versa."""
        before = indent(line)
        if self.unit.startswith("\t"):
            return before.startswith("  ") and not self._blanks
        return "\t" in before and not self._tabs

    @cached_property
    def _blanks(self) -> bool:
        return any(line.startswith("  ") for line in self.contents)

    @cached_property
    def _tabs(self) -> bool:
        return any("\t" in indent(line) for line in self.contents)

    @cached_property
    def joined(self) -> str:
        """All lines with plain ends, for a search of characters."""
        return _framed(self.contents)

    @cached_property
    def offsets(self) -> list[int]:
        """Where in `joined` the end before each line is."""
        return _offsets(self.contents)

    @cached_property
    def unit(self) -> str:
        """What one level of indentation is made of."""
        indents = [indent(line) for line in self.contents if line.strip()]
        steps = Counter(
            deeper[len(upper) :]
            for upper, deeper in pairwise(indents)
            if len(deeper) > len(upper) and deeper.startswith(upper)
        )
        steps.pop(" ", None)
        return max(steps, key=steps.__getitem__) if steps else "    "

    def covering(self, span: tuple[int, int]) -> tuple[int, int]:
        """Return the lines that a span of offsets touches, the last not included."""
        first = max(0, bisect_right(self.starts, span[0], 0, len(self)) - 1)
        return first, max(first, bisect_left(self.starts, span[1], first, len(self)))

    def snapped(self, span: tuple[int, int]) -> tuple[int, int]:
        """Return a span with the blanks around it up to the ends of its lines."""
        first, last = self.covering(span)
        start, end = self.starts[first], self.starts[max(first, last)]
        return (
            span[0] if self.text[start : span[0]].strip() else min(start, span[0]),
            span[1] if self.text[span[1] : end].strip() else max(end, span[1]),
        )

    def at(self, place: int) -> tuple[int, int]:
        """Return the line and the column of a place in `joined`."""
        line = max(0, bisect_right(self.offsets, place - 1) - 1)
        return line, place - self.offsets[line] - 1

    def offset(self, place: int) -> int:
        """Return where in the text a place in `joined` is."""
        line, column = self.at(place)
        return self.starts[line] + column

    def exactly(self, wanted: Sequence[str]) -> list[int]:
        """Return the lines where these lines begin."""
        return _places(self.joined, self.offsets, _framed(wanted))

    def loosely(self, wanted: Sequence[str]) -> list[int]:
        """Return the lines where these lines begin, whatever the blanks around each."""
        joined, offsets = self._bare_joined
        return _places(joined, offsets, _framed([line.strip() for line in wanted]))

    def characters(self, wanted: str) -> list[int]:
        """Return where these characters stand in `joined`."""
        return _all(self.joined, wanted)

    @cached_property
    def _bare_joined(self) -> tuple[str, list[int]]:
        return _framed(self.bare), _offsets(self.bare)


def indent(line: str) -> str:
    """Return the blanks at the start of a line."""
    return line[: len(line) - len(line.lstrip())]


def as_lines(text: str) -> list[str]:
    """Return the lines of a model's text, without their ends."""
    parts = [part.rstrip("\r\n") for part in split_lines(text)]
    return parts if parts[-1] else parts[:-1]


def _framed(lines: Sequence[str]) -> str:
    return "".join(("\n", *(f"{line}\n" for line in lines)))


def _offsets(lines: Sequence[str]) -> list[int]:
    return list(accumulate((len(line) + 1 for line in lines), initial=0))


def _places(joined: str, offsets: list[int], wanted: str) -> list[int]:
    return [bisect_left(offsets, found) for found in _all(joined, wanted)]


def _all(text: str, wanted: str) -> list[int]:
    places: list[int] = []
    found = text.find(wanted)
    while found >= 0 and len(places) < MOST_PLACES:
        places.append(found)
        found = text.find(wanted, found + 1)
    return places
