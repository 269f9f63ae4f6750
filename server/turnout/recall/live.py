"""A file open in the editor: its tokens follow every edit and are searched where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from turnout.recall.lexer import LONGEST_LINE, lex
from turnout.recall.vocabulary import (
    END_OF_FILE,
    NAME,
    NEW_LINE,
    Bytes,
    Frequency,
    Ints,
    Vocabulary,
)

_LINE_ENDS: Final = "\r\n"


class Growing:
    """An array that is edited in place: room is kept at its end."""

    __slots__ = ("_room", "_size")

    def __init__(self, values: NDArray[Any]) -> None:
        self._room = values
        self._size = len(values)

    @property
    def values(self) -> NDArray[Any]:
        """What stands in it now; valid until the next splice."""
        return self._room[: self._size]

    def splice(self, start: int, stop: int, values: NDArray[Any]) -> None:
        """Put values in the place of [start, stop)."""
        size = self._size + len(values) - (stop - start)
        tail = start + len(values)
        if size > len(self._room):
            room = np.empty(size + size // 4 + 64, self._room.dtype)
            room[:start] = self._room[:start]
            room[tail:size] = self._room[stop : self._size]
            self._room = room
        elif tail != stop:
            self._room[tail:size] = self._room[stop : self._size]
        self._room[start:tail] = values
        self._size = size


class LiveFile:
    """Lines, and their tokens behind one leading NEW_LINE."""

    def __init__(
        self, path: str | None, lines: Sequence[str], vocabulary: Vocabulary, frequency: Frequency
    ) -> None:
        self.path = path
        self.lines: list[str] = []
        self._vocabulary = vocabulary
        self._frequency = frequency
        self._tokens = Growing(np.array([END_OF_FILE, NEW_LINE], np.int32))
        self._gaps = Growing(np.zeros(2, np.uint8))
        self._renamed = Growing(np.array([END_OF_FILE, NEW_LINE], np.int32))
        self._lengths = Growing(np.empty(0, np.int32))
        self.splice(0, 0, lines)

    @property
    def tokens(self) -> Ints:
        """The tokens of all lines."""
        return self._tokens.values

    @property
    def gaps(self) -> Bytes:
        """The codes of the blanks before each token."""
        return self._gaps.values

    @property
    def renamed(self) -> Ints:
        """The tokens with rare names as NAME."""
        return self._renamed.values

    def splice(self, line: int, removed: int, lines: Sequence[str]) -> None:
        """Put lines in the place of `removed` lines from `line` on."""
        last = min(line + removed, len(self.lines))
        line = min(line, last)
        texts = [text.rstrip(_LINE_ENDS) for text in lines]
        same = _alike(zip(self.lines[line:last], texts, strict=False))
        line, texts = line + same, texts[same:]
        same = _alike(zip(reversed(self.lines[line:last]), reversed(texts), strict=False))
        last, texts = last - same, texts[: len(texts) - same]
        start, stop = self.place(line, last)
        content = lex(texts, self._vocabulary)
        self.lines[line:last] = texts
        self._lengths.splice(line, last, _lengths(texts, content.tokens))
        self._tokens.splice(start, stop, content.tokens)
        self._gaps.splice(start, stop, content.gaps)
        self._renamed.splice(start, stop, self.rename(content.tokens))

    def place(self, first: int, last: int) -> tuple[int, int]:
        """The range of tokens of the lines [first, last)."""
        lengths = self._lengths.values
        start = 2 + int(lengths[:first].sum())
        return start, start + int(lengths[first:last].sum())

    def rename_again(self) -> None:
        """After the index has grown: other names may be rare now."""
        self._renamed = Growing(self.rename(self.tokens))

    def rename(self, tokens: Ints) -> Ints:
        """These tokens with rare names as NAME."""
        return np.where(self._frequency.rare(tokens), np.int32(NAME), tokens)


def _alike(pairs: Iterable[tuple[str, str]]) -> int:
    """How many pairs at the beginning are equal: an editor may send all lines anew."""
    number = 0
    for left, right in pairs:
        if left != right:
            break
        number += 1
    return number


def _lengths(lines: Sequence[str], tokens: Ints) -> Ints:
    """How many tokens each line has: those up to its NEW_LINE, or none at all."""
    lengths = np.zeros(len(lines), np.int32)
    full = [n for n, line in enumerate(lines) if len(line) <= LONGEST_LINE and line.strip()]
    ends = np.flatnonzero(tokens == NEW_LINE)
    lengths[full] = np.diff(ends, prepend=-1)
    return lengths
