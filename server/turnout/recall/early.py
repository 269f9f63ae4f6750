"""What recall can say in the first moment, before its engine is loaded; needs no numpy.

The commonest rest of the lines in the open file that begin as this one does, where they agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from turnout.recall.fit import fit
from turnout.recall.proposal import Proposal

_SHORTEST: Final = 3  # characters that a line has to begin with
_LONGEST: Final = 400  # characters of a line
_AGREEMENT: Final = 0.8  # of the lines that begin alike
CONFIDENCE: Final = 0.9
"""How often such a rest is exactly right; measured on the held-out files of `docs/recall.md`."""


class EarlyRecall:
    """Stands in for `Recall`, with its face, until that can take the open files over."""

    def __init__(self, contains_secret: Callable[[str], bool]) -> None:
        self._contains_secret = contains_secret
        self._files: dict[str, list[str]] = {}

    def open(self, uri: str, lines: Sequence[str]) -> None:
        """Follow a file from now on."""
        self._files[uri] = list(lines)

    def splice(self, uri: str, line: int, removed: int, lines: Sequence[str]) -> None:
        """Put lines in the place of `removed` lines from `line` on."""
        if uri in self._files:
            self._files[uri][line : line + removed] = lines

    def close(self, uri: str) -> None:
        """Follow a file no more."""
        self._files.pop(uri, None)

    def forget(self, path: Path) -> None:
        """Do nothing: no file on disk was read."""

    def refresh(self, path: Path) -> None:
        """Do nothing: no file on disk was read."""

    def stop(self) -> None:
        """Do nothing: nothing runs."""

    def files(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield what is followed, for the engine to take over."""
        yield from self._files.items()

    def propose(self, uri: str, line: int, column: int, limit: int = 1) -> list[Proposal]:
        """How the line may go on behind a cursor: one proposal or none."""
        lines = self._files.get(uri, [])
        if limit < 1 or not 0 <= line < len(lines):
            return []
        text = lines[line].rstrip("\r\n")
        before, after = text[:column], text[column:]
        begun = before.lstrip()
        if len(begun) < _SHORTEST or len(text) > _LONGEST:
            return []
        rests = Counter(_rests(lines, line, begun))
        best, count = max(rests.items(), key=lambda rest: rest[1], default=("", 0))
        if count < 2 or count < _AGREEMENT * rests.total():
            return []
        rest = fit(best, after)
        if not rest or self._contains_secret(rest) or self._contains_secret(before + rest):
            return []
        return [Proposal(rest, CONFIDENCE, "line")]


def _rests(lines: Sequence[str], line: int, begun: str) -> Iterator[str]:
    """Yield how the other lines that begin alike go on; "" where nothing does."""
    for number, other in enumerate(lines):
        stripped = other.strip()
        if stripped.startswith(begun) and number != line and len(other) <= _LONGEST:
            yield stripped[len(begun) :]
