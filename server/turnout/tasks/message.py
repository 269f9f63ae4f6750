"""The message in an answer: what models say around it taken off, its lines no longer than usual."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from turnout.tasks.prose import Prose, ProseReader
from turnout_clients.types import StopReason

WIDTH: Final = 72
_FENCE: Final = re.compile(r"^[ \t]*(?:```+|~~~+)[\w-]*[ \t]*$", re.MULTILINE)
_GREETING: Final = re.compile(r"(?:sure|certainly|of course|okay|absolutely)[,.!].*", re.IGNORECASE)
_ANNOUNCED: Final = re.compile(
    r"(?:here(?:'s|\u2019s| is| are)|based on|below is|this is|i(?:'ve|\u2019ve| have| would)"
    r"|i suggest|suggested|proposed|the following)\b.*:",
    re.IGNORECASE,
)
_AFTERWORD: Final = re.compile(
    r"(?:this (?:commit )?(?:message|title|description)|let me know|i hope|feel free|if you (?:want"
    r"|need|would)|would you like|(?:[*_]*note[*_]*:? )?(?:the|this) message (?:above|follows))\b",
    re.IGNORECASE,
)
_LABEL: Final = re.compile(
    r"[*_#\s]*(?:(?:Suggested |Proposed )?"
    r"(?:Commit|Pull[- ][Rr]equest|PR)[ -](?:[Mm]essage|[Tt]itle)"
    r"|Subject(?: [Ll]ine)?|Title|Body|Description|Message)[*_]*[ \t]*:[*_]*[ \t]*"
)
_CREDIT: Final = re.compile(
    r"(?:co-authored-by|signed-off-by|reviewed-by):.*|\W*generated (?:with|by) .*", re.IGNORECASE
)
_HEADING: Final = re.compile(r"^#+[ \t]+")
_ITEM: Final = re.compile(r"[ \t]*(?:[-*+\u2022]|\d{1,3}[.)])[ \t]+")
_QUOTES: Final = (("`", "`"), ('"', '"'), ("'", "'"), ("**", "**"), ("\u201c", "\u201d"))


@dataclass(frozen=True, slots=True)
class Shape:
    """What kind of message it is."""

    markdown: bool = False  # the body is Markdown, whose lines are not broken


class MessageReader:
    """Reads one message. It is short and shown when it is whole."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._prose = ProseReader()

    @property
    def enough(self) -> bool:
        """Whether it is far too long already."""
        return self._prose.enough

    def feed(self, text: str) -> None:
        """Take streamed text. What stands around the message is only known at its end."""
        self._prose.feed(text)

    def finish(self, reason: StopReason) -> Prose | None:
        """Return the message; None where there is none."""
        value = self._prose.finish(reason)
        text = message(value.text, self._shape) if value else ""
        return Prose(text, complete=value.complete) if value and text else None


def message(answer: str, shape: Shape) -> str:
    """Return the message in an answer, tidied; "" where there is none."""
    lines = list(_core(_unfenced(answer, shape)))
    while lines and not lines[0]:
        lines.pop(0)
    if not lines:
        return ""
    subject = _subject(lines[0])
    body = "\n".join(lines[1:]).strip("\n")
    if not subject:
        return ""
    if body and not shape.markdown:
        body = "\n\n".join(map(_wrapped, re.split(r"\n{2,}", body)))
    return f"{subject}\n\n{body}" if body else subject


def _unfenced(answer: str, shape: Shape) -> str:
    """Take the block where the answer is one, with or without words before it."""
    opened = _FENCE.search(answer)
    if opened is None or not all(map(_is_talk, answer[: opened.start()].splitlines())):
        return answer
    closed = list(_FENCE.finditer(answer, opened.end()))
    inside = answer[opened.end() :]
    if closed:  # a text in Markdown may have blocks in it
        inside = answer[opened.end() : closed[-1 if shape.markdown else 0].start()]
    return inside


def _core(answer: str) -> Iterator[str]:
    """Yield the lines without greetings, labels, credits and what is said after the message."""
    begun = False
    for line in answer.strip().split("\n"):
        stripped = line.rstrip()
        if not begun and _is_talk(stripped):
            continue
        if _CREDIT.fullmatch(stripped.strip()):
            continue
        if begun and _AFTERWORD.match(stripped.strip()):
            return
        if label := _LABEL.match(stripped):
            stripped = stripped[label.end() :]
            if not stripped:
                continue
        begun = True
        yield stripped


def _is_talk(line: str) -> bool:
    """Whether a line is said before a message: a greeting, an announcement, a label, nothing."""
    line = line.strip()
    return not line or any(form.fullmatch(line) for form in (_LABEL, _GREETING, _ANNOUNCED))


def _subject(line: str) -> str:
    line = _HEADING.sub("", line.strip(), count=1)
    for left, right in _QUOTES:
        inside = line[len(left) : -len(right)]
        if line.startswith(left) and line.endswith(right) and inside and left not in inside:
            line = inside.strip()
    return line if line.endswith("...") else line.removesuffix(".").rstrip()


def _wrapped(paragraph: str) -> str:
    """Break the lines of a paragraph where one is too long; indented lines stay as they are."""
    # Git takes lines that begin with # for comments.
    lines = [
        _HEADING.sub("", line) if _HEADING.match(line) else line for line in paragraph.split("\n")
    ]
    if all(len(line) <= WIDTH for line in lines):
        return "\n".join(lines)
    return "\n".join(line for item in _items(lines) for line in _broken(item))


def _items(lines: Iterable[str]) -> Iterator[str]:
    """Yield what belongs together: an item of a list, a run of lines, a line of code."""
    open_item = ""
    for line in lines:
        code = line.startswith(("    ", "\t")) and not _ITEM.match(line)
        if open_item and (code or _ITEM.match(line)):
            yield open_item
            open_item = ""
        if code:
            yield line
        else:
            open_item = f"{open_item} {line.strip()}" if open_item else line
    if open_item:
        yield open_item


def _broken(item: str) -> list[str]:
    if len(item) <= WIDTH or item.startswith(("    ", "\t")):
        return [item]
    begin = _ITEM.match(item)
    indent = " " * len(begin[0]) if begin else ""
    return textwrap.wrap(
        item, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
