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
    costs nothing else.
    """

    def __init__(self) -> None:
        self._text = ""
        self._at = 0  # how far the text has been looked at
        self._begin = 0  # where the open object begins
        self._open = False
        self._quoted = False
        self._head = ""  # of the whole stream

    @property
    def empty_list(self) -> bool:
        """Whether the whole stream was ``[]``."""
        return len(self._head) < _HEAD and _EMPTY_LIST.fullmatch(self._head) is not None

    def feed(self, text: str) -> Iterator[dict[str, Any]]:
        """Take more of the stream; yield the objects that it completes."""
        self._head = (self._head + text[:_HEAD])[:_HEAD]
        self._text += text
        while (found := _MEANING.search(self._text, self._at)) is not None:
            self._at = found.end()
            if self._ends_object(found.group()):
                value = _parse(self._text[self._begin : self._at])
                if value is not None:
                    yield value
        self._at = max(self._at, len(self._text))
        self._forget()

    def _ends_object(self, character: str) -> bool:
        if character == "{" and not (self._open and self._quoted):
            self._begin, self._open, self._quoted = self._at - 1, True, False
        elif not self._open:
            return False
        elif character == "\\":
            self._at += self._quoted  # whatever it escapes means nothing
        elif character == '"':
            self._quoted = not self._quoted
        elif character == "\n":
            # No string of JSON spans lines: a quote too many must not swallow the objects to come.
            self._open = not self._quoted
        elif character == "}" and not self._quoted:
            self._open = False
            return True
        return False

    def _forget(self) -> None:
        if self._open and self._at - self._begin > _LONGEST:
            self._open = False
        done = self._begin if self._open else len(self._text)
        self._text, self._at, self._begin = self._text[done:], self._at - done, 0


def _parse(text: str) -> dict[str, Any] | None:
    for candidate in (text, _LONE_BACKSLASH.sub(r"\\\\", text)):
        try:
            value = json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
        return value if isinstance(value, dict) else None
    return None
