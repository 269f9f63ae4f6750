"""Offsets in bytes of UTF-8, which grammars count in, and in code points, which the rest does."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import Final

_WIDE: Final = re.compile(r"[^\x00-\x7f]")


class Points:
    """Converts between the two for one text, both ways and exactly."""

    def __init__(self, text: str) -> None:
        wide = [] if text.isascii() else [found.start() for found in _WIDE.finditer(text)]
        # Behind the i-th wide character, bytes are ahead of code points by extra[i].
        self._extra = list(accumulate((_bytes(text[at]) - 1 for at in wide), initial=0))
        self._wide = wide
        self._wide_bytes = [at + extra for at, extra in zip(wide, self._extra, strict=False)]

    def from_byte(self, offset: int) -> int:
        """Return the code point that begins at a byte, or that the byte lies in."""
        before = bisect_left(self._wide_bytes, offset)
        if before and offset < self._wide_bytes[before - 1] + self._width(before - 1):
            return self._wide[before - 1]
        return offset - self._extra[before]

    def to_byte(self, offset: int) -> int:
        """Return the byte that a code point begins at."""
        return offset + self._extra[bisect_right(self._wide, offset - 1)]

    def _width(self, at: int) -> int:
        return self._extra[at + 1] - self._extra[at] + 1


def _bytes(character: str) -> int:
    code = ord(character)
    return 2 if code < 0x800 else 3 if code < 0x10000 else 4
