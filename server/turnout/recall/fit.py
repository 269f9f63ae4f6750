"""Makes a proposal fit what already follows the cursor on its line."""

from __future__ import annotations

import re
from typing import Final

_OPENERS: Final = {")": "(", "]": "[", "}": "{"}
_WORD: Final = re.compile(r"\w")


def fit(text: str, after: str) -> str:
    """The text without what follows the cursor anyway; "" when the two do not go together."""
    after = after.strip()
    if not after:
        return text
    if after[0] in _OPENERS:
        return text[: _closed_at(text, after[0])].rstrip()
    shared = _overlap(text, after)
    if shared:
        text = text[:-shared]
        return "" if text.endswith(after) else text
    if after[0] in "\"'`" and after[0] in text:
        return text[: text.index(after[0])]
    return "" if _WORD.search(after) else text


def _closed_at(text: str, closer: str) -> int:
    """Where the text itself closes the bracket whose end already stands behind the cursor."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character == _OPENERS[closer]) - (character == closer)
        if depth < 0:
            return place
    return len(text)


def _overlap(text: str, after: str) -> int:
    """The length of the longest end of the text that the rest of the line begins with."""
    for size in range(min(len(text), len(after)), 0, -1):
        if text.endswith(after[:size]):
            return size
    return 0
