"""Search/replace blocks out of a stream, in the spellings that models have for them.

    path/to/file.py
    <<<<<<< SEARCH
    the lines as they are
    =======
    the lines as they shall be
    >>>>>>> REPLACE

A block is taken whole or not at all: whatever could be read in two ways is not read.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from turnout.edits.limits import LineStream
from turnout.edits.proposed import Answer, Proposed

_USUAL: Final = 7
_MISCOUNTED: Final = range(5, 11)  # what passes for seven
_RUN: Final = re.compile(r"^[ \t]*(<{5,}|={5,}|>{5,})", re.MULTILINE)
_FENCE: Final = re.compile(r"[ \t]*+(?:`{3,}+|~{3,}+)(.*)")
_PATH: Final = re.compile(r"(?=.*[/\\]|.*\.\w)\S{1,1024}")
_LABEL: Final = re.compile(
    r"(?:#+|//|--|<!--|\*|-|\d+\.)?\s*(?:(?:file(?:name|path)?|path|in|edit|title)\s*[:=]\s*)?",
    re.IGNORECASE,
)
_PATH_WITHIN: Final = 4  # lines above a block, that its path may stand on
_HEAD_WORDS: Final = r"(?:SEARCH|ORIGINAL|BEFORE|OLD|FIND)"
_TAIL_WORDS: Final = r"(?:REPLACE|UPDATED?|AFTER|NEW|END)"


@dataclass(frozen=True, slots=True)
class Marks:
    """How the lines around the parts of a block are written.

    A file that has such lines of its own is asked about with longer ones, which then must be
    exactly as long; the usual ones may be miscounted.
    """

    length: int = _USUAL

    @classmethod
    def fit(cls, texts: Iterable[str]) -> Marks:
        """Choose marks that no line of these texts could be taken for."""
        runs = {len(run) for text in texts for run in _RUN.findall(text)}
        if runs.isdisjoint(_MISCOUNTED):
            return cls()
        return cls(next(length for length in count(_MISCOUNTED.stop + 1) if length not in runs))

    @property
    def head(self) -> str:
        """The line above what is to be found."""
        return f"{'<' * self.length} SEARCH"

    @property
    def middle(self) -> str:
        """The line between the parts."""
        return "=" * self.length

    @property
    def tail(self) -> str:
        """The line below what shall stand there."""
        return f"{'>' * self.length} REPLACE"

    def patterns(self) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
        """Return what the three lines are recognized by."""
        times = "{5,10}" if self.length == _USUAL else f"{{{self.length}}}"
        return (
            re.compile(
                rf"[ \t]*<{times}(?![<])[ \t]*(?:{_HEAD_WORDS}\b[ \t:]*(.*))?", re.IGNORECASE
            ),
            re.compile(rf"[ \t]*={times}[ \t]*"),
            re.compile(rf"[ \t]*>{times}(?![>])[ \t]*(?:{_TAIL_WORDS}\b.*)?[ \t`]*", re.IGNORECASE),
        )


class BlockReader:
    """Reads the blocks of one answer. One is there as soon as its last line is complete."""

    def __init__(self, paths: Sequence[str], marks: Marks | None = None) -> None:
        self._paths = tuple(paths)
        self._marks = marks or Marks()
        self._head, self._middle, self._tail = self._marks.patterns()
        self._lines = LineStream()
        self._above: deque[str] = deque(maxlen=_PATH_WITHIN)
        self._body: list[str] | None = None
        self._path = ""
        self._named = ""  # the file of the block before
        self._broken = False
        self._proposed: list[Proposed] = []
        self._unread: list[str] = []

    @property
    def enough(self) -> bool:
        """Whether more was said than any edit needs."""
        return self._lines.full

    def feed(self, text: str) -> tuple[Proposed, ...]:
        """Take streamed text; return the blocks that it completes."""
        before = len(self._proposed)
        for line in self._lines.feed(text):
            self._take(line)
        return tuple(self._proposed[before:])

    def finish(self, *, cut: bool = False) -> Answer:
        """Return all there was; ``cut`` where the stream did not come to its own end."""
        for line in self._lines.rest():
            self._take(line)
        cut = cut or self._lines.full
        if self._body is not None:
            self._unread.append(f"{self._name()} does not end with {self._marks.tail}.")
            cut = True
        return Answer(tuple(self._proposed), not cut, tuple(self._unread))

    def _take(self, line: str) -> None:
        head = self._head.fullmatch(line)
        if self._body is None:
            if head is None:
                self._above.append(line)
                return
            self._path = self._path_of(head.group(1) or "")
            self._body, self._broken = [], False
        elif head is not None:
            self._broken = True
        elif self._tail.fullmatch(line):
            self._end(self._body)
        else:
            self._body.append(line)

    def _end(self, body: list[str]) -> None:
        self._body = None
        self._above.clear()
        middles = [at for at, line in enumerate(body) if self._middle.fullmatch(line)]
        if self._broken or len(middles) != 1:
            self._unread.append(
                f"{self._name()} must have the lines {self._marks.head}, {self._marks.middle} and "
                f"{self._marks.tail} exactly once each."
            )
            return
        search, replace = body[: middles[0]], body[middles[0] + 1 :]
        path = self._path or self._implied(search)
        if not path:
            self._unread.append(f"{self._name()} does not say which file it is for.")
            return
        self._named = path
        self._proposed.append(Proposed(path, _joined(search), _joined(replace)))

    def _implied(self, search: list[str]) -> str:
        """Return the file of a block without a path; new text is never put anywhere by itself."""
        if len(self._paths) == 1:
            return self._paths[0]
        return self._named if any(line.strip() for line in search) else ""

    def _path_of(self, beside: str) -> str:
        for line in (beside, *reversed(self._above)):
            fence = _FENCE.fullmatch(line)
            words = fence.group(1).split() if fence else [line]
            for word in reversed(words):
                if path := self._as_path(word, in_fence=fence is not None):
                    return path
        return ""

    def _as_path(self, text: str, *, in_fence: bool) -> str:
        if text.strip() in self._paths:
            return text.strip()
        text = _LABEL.sub("", text.strip().removesuffix("-->").strip("`*\"' "), count=1)
        text = text.strip("`*\"' ").removesuffix(":")
        if text in self._paths:
            return text
        if in_fence:  # ```python:src/a.py
            text = re.sub(r"^[\w+#-]+:(?=[^\\])", "", text)
        return text if _PATH.fullmatch(text) else ""

    def _name(self) -> str:
        return f"Block {len(self._proposed) + len(self._unread) + 1}"


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
