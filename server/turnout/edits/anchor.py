"""Where quoted code stands. A model's line numbers are never trusted, only what it quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from turnout.edits.plain import without_invisible

_LEAST: Final = 3
"""Fewer visible characters than this say nothing about a place."""
_VISIBLE: Final = re.compile(r"\S")


def anchor(text: str, quote: str, start: int, end: int) -> tuple[int, int] | None:
    """Find the one place of ``quote`` within ``text[start:end]``; None where it is not unique.

    White space and invisible characters are disregarded only if it does not stand there exactly.
    A place that cuts a word in two is none.
    """
    return anchor_in(text, quote, ((start, end),))


def anchor_in(text: str, quote: str, parts: Iterable[tuple[int, int]]) -> tuple[int, int] | None:
    """Find the one place of ``quote`` within parts of a text that do not overlap."""
    parts = tuple(parts)
    quote = quote.strip()
    wanted = squeeze(quote)
    if len(wanted) < _LEAST:
        return None
    for found in (
        (place for part in parts for place in _exactly(text, quote, *part)),
        (place for part in parts for place in _loosely(text, wanted, *part)),
    ):
        if places := list(islice(found, 2)):
            return places[0] if len(places) == 1 else None
    return None


def squeeze(text: str) -> str:
    """Return the text without white space and invisible characters."""
    return "".join(without_invisible(text).split())


def _exactly(text: str, quote: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    found = text.find(quote, start, end)
    while found >= 0:
        if not _cuts_word(text, found, found + len(quote)):
            yield found, found + len(quote)
        found = text.find(quote, found + 1, end)


def _loosely(text: str, wanted: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    places = [
        match.start()
        for match in _VISIBLE.finditer(text, start, end)
        if without_invisible(match.group())
    ]
    squeezed = "".join(text[place] for place in places)
    found = squeezed.find(wanted)
    while found >= 0:
        first, last = places[found], places[found + len(wanted) - 1] + 1
        if not _cuts_word(text, first, last):
            yield first, last
        found = squeezed.find(wanted, found + 1)


def _cuts_word(text: str, start: int, end: int) -> bool:
    """Whether a word goes on at either end: ``x = 1`` does not stand in ``max = 10``."""
    return any(
        0 < at < len(text) and _is_of_word(text[at - 1]) and _is_of_word(text[at])
        for at in (start, end)
    )


def _is_of_word(character: str) -> bool:
    return character.isalnum() or character == "_"
