"""A text cut into the pieces that are reviewed, and remembered, each by itself.

A function is one piece, and so is a class without any; what stands between them are pieces too.
Every visible character is in exactly one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from turnout.context.syntax import Symbol, Tree
from turnout.document import Span

_FUNCTIONS: Final = frozenset({"function", "method", "macro"})
_HOLDERS: Final = frozenset({"class", "interface", "trait", "impl", "struct", "enum", "module"})
_TELLING: Final = re.compile(r"\w")


def units(tree: Tree, within: Span) -> tuple[Span, ...]:
    """Return the pieces of a part of a text, in order, without the blanks around each."""
    cuts = {within.start, within.end}
    for symbol in definitions(tree):
        span = symbol.span
        cuts.update(at for at in (span.start, span.end) if within.start < at < within.end)
    ends = sorted(cuts)
    pieces = (_trimmed(tree.text, *bounds) for bounds in pairwise(ends))
    return tuple(piece for piece in pieces if _TELLING.search(tree.text, piece.start, piece.end))


def joined(text: str, pieces: Sequence[Span]) -> tuple[Span, ...]:
    """Return pieces, sorted by their start, with those made one that no word stands between."""
    found: list[Span] = []
    for piece in pieces:
        if found and not _TELLING.search(text, found[-1].end, piece.start):
            found[-1] = Span(found[-1].start, max(found[-1].end, piece.end))
        else:
            found.append(piece)
    return tuple(found)


def definitions(tree: Tree) -> Iterator[Symbol]:
    """Yield functions, and what holds them, but nothing within functions."""
    inside = 0  # where the function ends that we are in
    for symbol in tree.symbols:
        if symbol.span.start < inside or not _is_piece(symbol):
            continue
        yield symbol
        if symbol.kind in _FUNCTIONS:
            inside = symbol.span.end


def _is_piece(symbol: Symbol) -> bool:
    return symbol.kind in _FUNCTIONS or symbol.kind in _HOLDERS


def _trimmed(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return Span(start, max(start, start + len(piece.strip())))
