"""JSON objects out of a stream that may hold other things too: prose, code fences, brackets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

_LONGEST: Final = 32 * 1024  # characters of one object
_MEANING: Final = re.compile(r'["\\{}\n]')
_LONE_BACKSLASH: Final = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
_EMPTY_LIST: Final = re.compile(r"\s*(?:```\w*\s*)?\[\s*\]\s*(?:```\s*)?")
_HEAD: Final = 64


class Objects:
    """Finds each flat object as soon as its last brace is there. Looks at every character once.

    An object within another is taken by itself: what a model wraps its answer in, or breaks off,
    costs nothing else. A lone backslash is mended unless `exact`: whoever forgot to escape one
    backslash may have forgotten it before an n too, which in code is not the same.
    """

    def __init__(self, longest: int = _LONGEST, *, exact: bool = False) -> None:
        self._longest = longest
        self._exact = exact
        self._pieces: list[str] = []  # of the open object
        self._size = 0
        self._quoted = False
        self._escaped = False
        self._head = ""  # of the whole stream
        self.after = ""  # what follows the last object, as far as it matters
        self.open = False
        self.lost = 0  # objects that were begun and could not be read
        self.mended = False  # whether a backslash of the last object was

    @property
    def empty_list(self) -> bool:
        """Whether the whole stream was ``[]``."""
        return len(self._head) < _HEAD and _EMPTY_LIST.fullmatch(self._head) is not None

    def feed(self, text: str) -> Iterator[dict[str, Any]]:
        """Take more of the stream; yield the objects that it completes."""
        self._head = (self._head + text[:_HEAD])[:_HEAD]
        begin = done = 0
        at = int(self._escaped)
        while (found := _MEANING.search(text, at)) is not None:
            at, character = found.end(), found.group()
            if character == "{" and not (self.open and self._quoted):
                self._begin()
                begin = at - 1
            elif character == "\\":
                at += self._quoted  # whatever it escapes means nothing
            elif self._ends_object(character):
                self.after, done = "", at
                value = self._parse("".join(self._pieces) + text[begin:at])
                if value is not None:
                    yield value
        self._escaped = at > len(text)
        self.after = (self.after + text[done:])[-_HEAD:]
        self._keep(text[begin:])

    def _begin(self) -> None:
        self.open, self._quoted, self._size = True, False, 0
        self._pieces.clear()

    def _ends_object(self, character: str) -> bool:
        if not self.open:
            return False
        if character == '"':
            self._quoted = not self._quoted
        elif character == "\n" and self._quoted:
            # No string of JSON spans lines: a quote too many must not swallow the objects to come.
            self._drop()
        elif character == "}" and not self._quoted:
            self.open = False
            return True
        return False

    def _keep(self, text: str) -> None:
        if not self.open:
            self._pieces.clear()
            return
        self._pieces.append(text)
        self._size += len(text)
        if self._size > self._longest:
            self._drop()

    def _drop(self) -> None:
        self.open = self._quoted = False
        self.lost += 1
        self._pieces.clear()

    def _parse(self, text: str) -> dict[str, Any] | None:
        mended = () if self._exact else (_LONE_BACKSLASH.sub(r"\\\\", text),)
        for candidate in (text, *mended):
            try:
                value = json.loads(candidate, strict=self._exact)
            except (ValueError, RecursionError):
                continue
            self.mended = candidate is not text
            return value if isinstance(value, dict) else None
        self.lost += 1
        return None
