"""Where quoted code stands. A model's line numbers are never trusted, only what it quotes."""

from __future__ import annotations

import re
from typing import Final

from turnout.edits.plain import without_invisible

_LEAST: Final = 3
"""Fewer visible characters than this say nothing about a place."""
_VISIBLE: Final = re.compile(r"\S")


def anchor(text: str, quote: str, start: int, end: int) -> tuple[int, int] | None:
    """Find the one place of ``quote`` within ``text[start:end]``; None where it is not unique.

    White space and invisible characters are disregarded only if it does not stand there exactly.
    """
    quote = quote.strip()
    wanted = squeeze(quote)
    if len(wanted) < _LEAST:
        return None
    found = text.find(quote, start, end)
    if found >= 0:
        return None if text.find(quote, found + 1, end) >= 0 else (found, found + len(quote))
    return _anchor_loosely(text, wanted, start, end)


def squeeze(text: str) -> str:
    """Return the text without white space and invisible characters."""
    return "".join(without_invisible(text).split())


def _anchor_loosely(text: str, wanted: str, start: int, end: int) -> tuple[int, int] | None:
    places = [
        match.start()
        for match in _VISIBLE.finditer(text, start, end)
        if without_invisible(match.group())
    ]
    squeezed = "".join(text[place] for place in places)
    found = squeezed.find(wanted)
    if found < 0 or squeezed.find(wanted, found + 1) >= 0:
        return None
    return places[found], places[found + len(wanted) - 1] + 1
