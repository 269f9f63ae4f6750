"""Text to tokens and back, in any language.

Blanks are not tokens: what stands before a token is kept as its gap. A line without tokens
leaves nothing; every other line ends with one NEW_LINE.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from turnout.document import ending
from turnout.recall.vocabulary import NEW_LINE, Bytes, Ints, Vocabulary

TOKEN: Final = re.compile(
    r"[^\W\d]\w*|[^\S\n]+|\d[\w.]*|\n"
    r"|\"\"\"|'''|->|=>|::|\*\*|//|\.\.\.|&&|\|\||<<|>>|[-+*/%&|^=<>!:]=|.",
    re.DOTALL,
)
_WORD: Final = re.compile(r"\w*")

LONGEST_LINE: Final = 400
"""Longer lines are data or minified code: neither searched nor proposed."""
_LINES_AT_ONCE: Final = 48


class Tokens(NamedTuple):
    """Token numbers, and for each the code of the blanks before it."""

    tokens: Ints
    gaps: Bytes

    def __len__(self) -> int:
        return len(self.tokens)


def lex(
    lines: Sequence[str], vocabulary: Vocabulary, breathe: Callable[[], None] | None = None
) -> Tokens:
    """The tokens of whole lines; `breathe` is called every half millisecond or so."""
    number = vocabulary.__getitem__
    parts = []
    for start in range(0, len(lines), _LINES_AT_ONCE):
        some = lines[start : start + _LINES_AT_ONCE]
        text = "\n".join([line for line in some if len(line) <= LONGEST_LINE])
        parts.append(np.fromiter(map(number, TOKEN.findall(text + "\n")), np.int32))
        if breathe is not None:
            breathe()
    return _without_blanks(np.concatenate(parts or [np.empty(0, np.int32)]), vocabulary)


def _without_blanks(everything: Ints, vocabulary: Vocabulary) -> Tokens:
    codes = vocabulary.gap_codes[everything]
    before = np.zeros_like(codes)
    before[1:] = codes[:-1]
    real = codes == 0
    tokens, gaps = everything[real], before[real]
    ends = tokens == NEW_LINE
    empty = ends.copy()
    empty[1:] &= ends[:-1]
    if empty.any():
        tokens, gaps = tokens[~empty], gaps[~empty]
    return Tokens(tokens, gaps)


def line_tokens(text: str, vocabulary: Vocabulary) -> list[int]:
    """The tokens of a piece of a line."""
    return [vocabulary[token] for token in TOKEN.findall(text) if not token.isspace()]


def half_word(before: str) -> str:
    """The word that ends at the cursor, "" after anything else."""
    return ending(before, _WORD)
