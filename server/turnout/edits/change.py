"""Changes of a text: which characters give way to which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from turnout.edits.lines import Lines

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, order=True)
class TextChange:
    """Characters of a text, in code points, and what stands there instead."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Swap:
    """Whole lines of a text, and the lines that stand there instead."""

    first: int
    last: int  # not included
    lines: Sequence[str]


def changed(text: str, changes: Iterable[TextChange]) -> str:
    """Return the text after changes that are sorted and do not overlap."""
    pieces: list[str] = []
    at = 0
    for change in changes:
        pieces += (text[at : change.start], change.text)
        at = change.end
    return "".join((*pieces, text[at:]))


def smallest(lines: Lines, swap: Swap) -> TextChange | None:
    """Return the change without the lines that stay; None where all of them do."""
    old, new = lines.contents[swap.first : swap.last], swap.lines
    size = min(len(old), len(new))
    head = next((at for at in range(size) if old[at] != new[at]), size)
    most = size - head
    tail = next((at for at in range(most) if old[-1 - at] != new[-1 - at]), most)
    new = new[head : len(new) - tail]
    if head + tail == len(old) and not new:
        return None
    return _as_change(lines, swap.first + head, swap.last - tail, new)


def _as_change(lines: Lines, first: int, last: int, new: Sequence[str]) -> TextChange:
    """Keep the file's line ends, and at its end what it had there."""
    start, end = lines.starts[first], lines.starts[last]
    open_ended = bool(lines.text) and not lines.text.endswith(("\n", "\r"))
    if not open_ended or last < len(lines):
        return TextChange(start, end, "".join(line + lines.end for line in new))
    text = lines.end.join(new)
    if first < last and new:
        return TextChange(start, end, text)
    if new:  # after a last line that has no end
        return TextChange(end, end, lines.end + text)
    if first:  # the line before becomes the last
        start = lines.starts[first - 1] + len(lines.contents[first - 1])
    return TextChange(start, end, "")


def core(text: str, change: TextChange) -> Span:
    """Return the characters that really change: a change often takes in what stays."""
    old = text[change.start : change.end]
    head = _shared(old, change.text)
    tail = _shared(old[head:][::-1], change.text[head:][::-1])
    return change.start + head, change.end - tail


def _shared(one: str, other: str) -> int:
    size = min(len(one), len(other))
    return next((at for at in range(size) if one[at] != other[at]), size)
