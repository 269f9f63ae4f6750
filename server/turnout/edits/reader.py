"""One answer in whatever form it came: blocks, JSON edits, or one code block for all of it.

All forms are read from the same stream, because models answer in another form than the one they
were asked for. Which one it was is decided at the end, by what only that form can look like.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final, Literal

from turnout.edits.answers import ObjectReader, WholeReader
from turnout.edits.blocks import BlockReader, Marks
from turnout.edits.plain import plain
from turnout.edits.proposed import Answer, Proposed

Form = Literal["tool", "blocks", "whole"]

_HEAD: Final = 8 * 1024  # characters in which a summary is looked for
_SUMMARY: Final = re.compile(r'"summary"\s*:\s*("(?:[^"\\\n]|\\.){0,2000}")')
_NO_WORDS: Final = re.compile(r"\s*(?:[`~]{3}|[<>={}\[\]]|\S*[^\s.]$)")
_LONGEST_SUMMARY: Final = 400


class AnswerReader:
    """Reads one answer in any form."""

    def __init__(self, form: Form, paths: Sequence[str], marks: Marks) -> None:
        self._form = form
        self._head = ""
        self._blocks = BlockReader(paths, marks)
        self._objects = ObjectReader(tuple(paths))
        self._whole = WholeReader(paths[0]) if form == "whole" else None

    @property
    def enough(self) -> bool:
        """Whether more was said than any edit needs."""
        return self._blocks.enough

    @property
    def summary(self) -> str:
        """What the model says that it does: one line, readable."""
        if found := _SUMMARY.search(self._head):
            return _readable(_unquoted(found[1]))
        first = next((line for line in self._head.split("\n") if line.strip()), "")
        return "" if _NO_WORDS.match(first) else _readable(first)

    def feed(self, text: str) -> tuple[Proposed, ...]:
        """Take streamed text; return the edits that it completes."""
        if len(self._head) < _HEAD:
            self._head += text[: _HEAD - len(self._head)]
        if self._whole is not None:
            self._whole.feed(text)
        proposed = self._blocks.feed(text)
        return self._objects.feed(text) or proposed

    def finish(self, *, cut: bool = False) -> Answer | None:
        """Return what there was; ``None`` for an answer in no form at all."""
        blocks = self._blocks.finish(cut=cut)
        objects = self._objects.finish(cut=cut)
        whole = self._whole.finish(cut=cut) if self._whole is not None else None
        # No JSON has lines that look like the marks of a block, and no code either (`Marks.fit`).
        if blocks.proposed or blocks.unread:
            return blocks
        if whole is not None and whole.proposed:
            return whole
        if objects.proposed or objects.empty:
            return objects
        if self._whole is not None and self._whole.begun:
            return whole  # with what is wrong with it
        return objects if self._form == "tool" and objects.unread else None


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        return ""


def _readable(text: str) -> str:
    return " ".join(plain(text, _LONGEST_SUMMARY).split())
