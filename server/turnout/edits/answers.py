"""The two other forms of an answer: JSON edits, and one code block for all that was asked about."""

from __future__ import annotations

import re
from typing import Any, Final

from turnout.edits.limits import MOST_CHARACTERS, LineStream
from turnout.edits.objects import Objects
from turnout.edits.proposed import Answer, Proposed

_LONGEST: Final = 256 * 1024  # characters of one edit
_PATH: Final = ("path", "file", "file_path", "filename")
_SEARCH: Final = ("search", "old_string", "old_str", "old", "before")
_REPLACE: Final = ("replace", "new_string", "new_str", "new", "after")
_SUMMARY: Final = r'(?:"summary"\s*:\s*"(?:[^"\\]|\\.){0,1500}"\s*,\s*)?'
_WRAPPED: Final = re.compile(rf'\s*(?:`{{3,}}\w*\s*)?(?:\[|\{{\s*{_SUMMARY}"\w+"\s*:\s*\[)')
_EMPTY: Final = re.compile(
    rf'[^"{{[]{{0,400}}?(?:`{{3,}}\w*\s*)?'
    rf'(?:\[\s*\]|\{{\s*{_SUMMARY}"\w+"\s*:\s*\[\s*\]\s*\}})\s*(?:`{{3,}}\s*)?'
)
_HEAD: Final = 2_048
_OPENING: Final = re.compile(r" {0,3}(`{3,}|~{3,})([^`]*)")


class ObjectReader:
    """Reads ``{"edits": [{"path", "search", "replace"}]}``, with or without what is around it."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        self._only = paths[0] if len(paths) == 1 else ""
        self._objects = Objects(_LONGEST, exact=True)
        self._read = 0
        self._head = ""
        self._proposed: list[Proposed] = []
        self._unread: list[str] = []

    @property
    def enough(self) -> bool:
        """Whether more was said than any edit needs."""
        return self._read > MOST_CHARACTERS

    def feed(self, text: str) -> tuple[Proposed, ...]:
        """Take streamed text; return the edits that it completes."""
        if self.enough:
            return ()
        self._read += len(text)
        if self.enough:
            return ()
        self._head = (self._head + text[:_HEAD])[:_HEAD]
        before = len(self._proposed)
        for value in self._objects.feed(text):
            self._take(value)
        return tuple(self._proposed[before:])

    def finish(self, *, cut: bool = False) -> Answer:
        """Return all there was; ``cut`` where the stream did not come to its own end."""
        empty = self._read < _HEAD and _EMPTY.fullmatch(self._head) is not None
        unread = list(self._unread)
        if self._objects.lost:
            unread.append(
                f"{self._objects.lost} of the edits were no valid JSON: escape every backslash, "
                "quote and line end within strings."
            )
        broken = self._objects.open or self.enough
        if _WRAPPED.match(self._head) and not empty:
            broken = broken or "]" not in self._objects.after
        return Answer(tuple(self._proposed), not (cut or broken), tuple(unread), empty)

    def _take(self, value: dict[str, Any]) -> None:
        path, search, replace = (_first(value, names) for names in (_PATH, _SEARCH, _REPLACE))
        if search is None and replace is None:
            return
        if not isinstance(search, str) or not isinstance(replace, str):
            self._unread.append("An edit must have the texts search and replace.")
            return
        path = path if isinstance(path, str) and path else self._only
        if not path:
            self._unread.append("An edit does not say which file it is for.")
            return
        self._proposed.append(Proposed(path, _lf(search), _lf(replace), "text"))


class WholeReader:
    """Reads the one code block that replaces all that was asked about."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lines = LineStream()
        self._fence = ""
        self._code: list[str] = []
        self._blocks = 0
        self._nested = False

    @property
    def begun(self) -> bool:
        """Whether there was a code block at all."""
        return self._blocks > 0

    @property
    def enough(self) -> bool:
        """Whether more was said than any edit needs."""
        return self._lines.full

    def feed(self, text: str) -> tuple[Proposed, ...]:
        """Take streamed text. Nothing is proposed before the end: a second block may come."""
        for line in self._lines.feed(text):
            self._take(line)
        return ()

    def finish(self, *, cut: bool = False) -> Answer:
        """Return what it proposes; ``cut`` where the stream did not come to its own end."""
        for line in self._lines.rest():
            self._take(line)
        if self._fence:
            return Answer((), complete=False, unread=("The code block does not end.",))
        complete = not (cut or self._lines.full)
        if not self._blocks:
            return Answer((), complete, ("There is no code block.",))
        if self._blocks > 1 or self._nested:
            return Answer((), complete, ("There must be exactly one code block.",))
        code = "".join(f"{line}\n" for line in self._code)
        return Answer((Proposed(self._path, "", code, "whole"),), complete)

    def _take(self, line: str) -> None:
        mark = _OPENING.fullmatch(line)
        if not self._fence:
            if mark is not None:
                self._fence = mark.group(1)
                self._blocks += 1
            return
        if mark is None or not mark.group(1).startswith(self._fence):
            self._code.append(line)
        elif mark.group(2).strip():
            # A fence within a fence: where the outer one ends is anyone's guess.
            self._nested = True
            self._code.append(line)
        else:
            self._fence = ""


def _first(value: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((value[name] for name in names if name in value), None)


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n")
