"""Token healing: what is half typed is cut off the prompt, and the model has to write it again.

A model reads tokens. A prompt that ends inside a word ends with tokens that hardly ever stood there
in what it learnt from, and the rest of the word is no token of its own. So the prompt ends before
the word and the one character that is often part of its first token; a grammar lets the model write
nothing else first; and that is taken off its answer as it comes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from turnout_clients.failures import Failures
from turnout_clients.text import mend
from turnout_clients.types import Call, Fill

LONGEST: Final = 40  # characters; what is longer is no word, and writing it again takes its time

_TYPED: Final = re.compile(r"[^\w\r\n]?\w*\Z")
_ESCAPED: Final = {'"': '\\"', "\\": "\\\\", "\t": "\\t"}


def heal(call: Call, fill: Fill) -> tuple[Fill, str]:
    """Cut off what is half typed: the shorter question, and the text that was cut off.

    That is "" where there is nothing to heal, or where the call says to leave the prompt alone.
    """
    if not call.heal:
        return fill, ""
    prefix = mend(fill.prefix)  # or half of a character might be cut off
    typed = _typed(prefix)
    if not typed or any(stop in typed for stop in fill.stop):
        return fill, ""
    tokens = fill.max_tokens + len(typed) // 2 + 1
    return replace(fill, prefix=prefix[: -len(typed)], max_tokens=tokens), typed


def _typed(prefix: str) -> str:
    found = _TYPED.search(prefix[-LONGEST - 2 :])
    typed = found[0] if found else ""
    fit = all(char.isprintable() or char == "\t" for char in typed)
    return typed if fit and len(typed) <= LONGEST else ""


def grammar(typed: str) -> str:
    """The grammar of llama.cpp that makes an answer begin with this text."""
    literal = "".join(_ESCAPED.get(char, char) for char in typed)
    return f'root ::= "{literal}" .*'


class Retyped:
    """Takes the text that was cut off from the front of the answer."""

    def __init__(self, typed: str, failures: Failures) -> None:
        self._left = typed
        self._failures = failures

    def feed(self, text: str) -> str:
        """Take streamed text, give what is new; raises `BadGrammar` where it begins otherwise."""
        if not self._left:
            return text
        size = min(len(self._left), len(text))
        if text[:size] != self._left[:size]:
            raise self._failures.bad_grammar()
        self._left = self._left[size:]
        return text[size:]
