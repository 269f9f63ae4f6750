"""The words of all files as small integers, shared by every segment and every live file."""

from __future__ import annotations

import re
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]

END_OF_FILE: Final = 0
NEW_LINE: Final = 1
NAME: Final = 2
"""Stands for any rare name where contexts are compared but for their names."""

_NAME: Final = re.compile(r"[^\W\d]\w*")
_KEYWORDS: Final = """
abstract and as assert async await begin bool boolean break byte case catch char class cls
const constructor continue debugger def default defer del delete do done double echo elif else
elseif elsif end enum esac except export extends extern False false fi final finally float fn
for foreach from func function global go goto if impl implements import in include instanceof
int interface is lambda let local long loop match mod module move mut namespace new nil None
nonlocal not null or override package pass private protected pub public raise ref require
return select self Self short signed sizeof static str string struct super switch template then
this throw throws trait True true try type typedef typeof undefined union unless unsigned
until use using val var virtual void volatile when where while with yield
"""
_COMMON: Final = frozenset(_KEYWORDS.split())
"""Never renamed, in whatever language."""
_GAPS: Final = 256


class Vocabulary(dict[str, int]):
    """Numbers every token on first sight; `vocabulary[token]` never fails.

    Runs of blanks are numbered as well, so that one pass of the lexer keeps the exact text; each
    also gets a one-byte gap code, which is all that is kept of it.
    """

    def __init__(self) -> None:
        super().__init__({"\0end": END_OF_FILE, "\n": NEW_LINE, "\0name": NAME})
        self.texts: list[str] = list(self)
        self.gap_texts: list[str] = ["", " "]
        self.gap_codes: Bytes = np.zeros(4096, np.uint8)
        self.names: Mask = np.zeros(4096, np.bool_)
        self._lock = Lock()

    def __missing__(self, token: str) -> int:
        # The editor's thread and the indexer's both come here.
        with self._lock:
            number = self.get(token)
            if number is None:
                number = self._add(token)
            return number

    def _add(self, token: str) -> int:
        number = len(self.texts)
        if number == len(self.names):
            self.gap_codes = np.concatenate((self.gap_codes, np.zeros_like(self.gap_codes)))
            self.names = np.concatenate((self.names, np.zeros_like(self.names)))
        if token.isspace():
            self.gap_codes[number] = self._gap_code(token)
        elif token not in _COMMON and _NAME.fullmatch(token):
            self.names[number] = True
        self.texts.append(token)
        self[token] = number
        return number

    def _gap_code(self, blanks: str) -> int:
        if blanks == " " or len(self.gap_texts) == _GAPS:
            return 1
        self.gap_texts.append(blanks)
        return len(self.gap_texts) - 1


class Frequency:
    """In how many files each token stands; says which names are rare."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        # The last is always 0: it stands for every token that is not counted yet.
        self._files_with: Ints = np.zeros(4096, np.int32)
        self.files = 0

    def add(self, tokens: Ints) -> None:
        """Count one more file."""
        seen = np.unique(tokens)
        self._reach(int(seen[-1]) + 2 if len(seen) else 0)
        self._files_with[seen] += 1
        self.files += 1

    def remove(self, tokens: Ints) -> None:
        """Count one file less."""
        self._files_with[np.unique(tokens)] -= 1
        self.files -= 1

    def rare(self, tokens: Ints) -> Mask:
        """Which of these are names that few files share."""
        common = max(3.0, 0.15 * self.files)
        files_with = self._files_with.take(tokens, mode="clip")
        rare: Mask = self._vocabulary.names[tokens] & (files_with < common)
        return rare

    def _reach(self, size: int) -> None:
        if size > len(self._files_with):
            grown = np.zeros(2 * size, np.int32)
            grown[: len(self._files_with)] = self._files_with
            self._files_with = grown
