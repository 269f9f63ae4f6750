"""Gitignore patterns (``man gitignore``) that a hostile repository cannot stall.

Ignore files come from repositories that nobody has vouched for. A translation of ``*`` to
``[^/]*`` makes ``*a*a*a*a*ab`` take half a minute on one file name. Here every ``*`` and ``**``
but the last is atomic: the leftmost match of what stands between two stars leaves the most room
for the rest, so nothing is lost and the time is linear in the length of the path.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

_LONGEST: Final = 1_000  # characters of one pattern; longer ones match nothing
_WILD: Final = frozenset("*?[\\")
_CLASSES: Final = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "blank": " \\t", "digit": "0-9", "lower": "a-z",
    "punct": "!-/:-@\\[-`{-~", "space": "\\s", "upper": "A-Z", "xdigit": "0-9a-fA-F",
}  # fmt: skip


class _InvalidError(ValueError):
    """A pattern that can match nothing."""


@dataclass(frozen=True)
class Pattern:
    """One line of an ignore file."""

    text: str  # as it was written
    negated: bool
    folder_only: bool
    body: str  # without the marks of the three above

    @property
    def can_match(self) -> bool:
        """Whether it is well-formed."""
        return self.key is not None or self.regex is not None

    @cached_property
    def key(self) -> str | None:
        """The name (``build``) or ending (``*.pyc``) that is all it asks for, if it is so plain."""
        body = self.body.removeprefix("*.")
        return None if "/" in body or _WILD & set(body) else self.body

    @cached_property
    def regex(self) -> re.Pattern[str] | None:
        """What it asks of a path; of the path itself, not of what lies above it."""
        try:
            return re.compile(_translate(self.body), re.DOTALL)
        except (_InvalidError, re.error):
            return None


@lru_cache(maxsize=2048)
def parse(line: str) -> Pattern | None:
    """Read one line of an ignore file; None where it can match nothing."""
    body = line.rstrip("\r\n")
    while body.endswith(" ") and not body.endswith("\\ "):
        body = body[:-1]
    if not body or body.startswith("#") or len(body) > _LONGEST:
        return None
    negated = body.startswith("!")
    body = body[1:] if negated else body
    folder_only = body.endswith("/")
    body = body[:-1] if folder_only else body
    if not body:
        return None
    pattern = Pattern(line.strip(), negated, folder_only, body)
    return pattern if pattern.can_match else None


def normal(text: str) -> str:
    """Give names that are the same file on some system one spelling: composed, case kept."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def folded(text: str) -> str:
    """Take away the case as well."""
    return text.lower() if text.isascii() else normal(normal(text).casefold())


class Patterns:
    """The patterns of one ignore file. The last one that matches decides."""

    def __init__(self, lines: Iterable[str]) -> None:
        lines = tuple(lines)
        spelled, caseless = [*map(normal, lines)], [*map(folded, lines)]
        self._exact = _Index(spelled)
        self._caseless = self._exact if spelled == caseless else _Index(caseless)

    def decide(self, path: str, folder: bool) -> Pattern | None:
        """Return the pattern, if any, that decides over ``path`` (relative, with ``/``).

        Names that differ in case or in Unicode form may be one file: a path is ignored when it is
        ignored as it is spelled or with all case taken away.
        """
        spelled = normal(path)
        exact = self._exact.last_match(spelled, folder)
        if exact and not exact.negated:
            return exact
        caseless = folded(spelled)
        if self._caseless is self._exact and caseless == spelled:
            return exact
        loose = self._caseless.last_match(caseless, folder)
        return loose if exact is None or (loose and not loose.negated) else exact


class _Index:
    """Patterns in their order; the plain ones, which are most, are looked up and not tried."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._patterns = [pattern for line in lines if (pattern := parse(line))]
        self._plain: dict[str, list[int]] = {}
        self._others: list[tuple[int, re.Pattern[str]]] = []
        for at, pattern in enumerate(self._patterns):
            if pattern.key is not None:
                self._plain.setdefault(pattern.key, []).append(at)
            elif pattern.regex is not None:
                self._others.append((at, pattern.regex))
        self._others.reverse()

    def last_match(self, path: str, folder: bool) -> Pattern | None:
        """Return the last pattern that matches a path which is, or is not, a folder."""
        best = -1
        for key in _keys(path.rpartition("/")[2]):
            for at in self._plain.get(key, ()):
                if at > best and (folder or not self._patterns[at].folder_only):
                    best = at
        for at, regex in self._others:
            if at < best:
                break
            if (folder or not self._patterns[at].folder_only) and regex.match(path):
                best = at
                break
        return self._patterns[best] if best >= 0 else None


def _keys(name: str) -> Iterator[str]:
    """Yield the plain patterns that would match a name."""
    yield name
    at = name.find(".")
    while at >= 0:
        yield "*" + name[at:]
        at = name.find(".", at + 1)


def _translate(body: str) -> str:
    """Translate a pattern that needs more than a comparison of names."""
    if "/" not in body:
        return r"(?:[^/]+/)*" + _segment(body) + r"\Z"
    segments = body.removeprefix("/").split("/")
    runs: list[list[str]] = [[]]
    for segment in segments:
        if len(segment) > 1 and not segment.strip("*"):
            if runs[-1] or len(runs) == 1:
                runs.append([])
        else:
            runs[-1].append(_segment(segment))
    return _join(runs)


def _join(runs: list[list[str]]) -> str:
    """Join the runs of segments between ``**``; an empty run at an end is a ``**`` there."""
    *middle, last = ["/".join(run) for run in runs]
    out = ""
    for index, run in enumerate(middle):
        if not run:  # a leading "**"
            continue
        out += run + "/" if index == 0 else f"(?>(?:[^/]+/)*?{run}/)"
    if not last:
        return out + r".+\Z"
    if middle:
        out += "(?:[^/]+/)*"
    return out + last + r"\Z"


def _segment(segment: str) -> str:
    """Translate what stands between two slashes."""
    first, *rest = _chunks(segment)
    if not rest:
        return first
    *middle, last = rest
    start = first or r"(?=[^/])"  # a star alone does not match an empty name
    return start + "".join(f"(?>[^/]*?{chunk})" for chunk in middle if chunk) + "[^/]*" + last


def _chunks(segment: str) -> Iterator[str]:
    """Yield what stands between the stars, translated; each piece has a fixed length."""
    chunk, at = "", 0
    while at < len(segment):
        char = segment[at]
        at += 1
        if char == "*":
            yield chunk
            chunk = ""
        elif char == "?":
            chunk += "[^/]"
        elif char == "[":
            piece, at = _bracket(segment, at)
            chunk += piece
        elif char == "\\":
            if at == len(segment):
                raise _InvalidError(segment)
            chunk += re.escape(segment[at])
            at += 1
        else:
            chunk += re.escape(char)
    yield chunk


def _bracket(segment: str, at: int) -> tuple[str, int]:
    """Translate a bracket expression that opens before ``at``; return it and where it ends."""
    negated = segment[at : at + 1] in ("!", "^")
    at += negated
    out, start = "", at
    while at < len(segment) and (segment[at] != "]" or at == start):
        if segment.startswith("[:", at) and (end := segment.find(":]", at)) > 0:
            name = segment[at + 2 : end]
            if name not in _CLASSES:
                raise _InvalidError(segment)
            out += _CLASSES[name]
            at = end + 2
            continue
        low, at = _member(segment, at)
        out += re.escape(low)
        if segment[at : at + 1] == "-" and segment[at + 1 : at + 2] not in ("", "]"):
            high, at = _member(segment, at + 1)
            out = out[: -len(re.escape(low))] + _span(low, high)
    if at >= len(segment):
        raise _InvalidError(segment)
    return (f"[^/{out}]" if negated else f"(?!/)[{out}]"), at + 1


def _member(segment: str, at: int) -> tuple[str, int]:
    """Read one member of a bracket expression, escaped or plain."""
    if segment[at] == "\\":
        at += 1
    if at >= len(segment):
        raise _InvalidError(segment)
    return segment[at], at + 1


def _span(low: str, high: str) -> str:
    # Git compares with the lower end before it looks for a range.
    return f"{re.escape(low)}-{re.escape(high)}" if low <= high else re.escape(low)
