"""Brings an edit to a text that has moved on since: where it fits beyond doubt, or not at all."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from turnout.edits.apply import Applied, Refusal, Target, apply
from turnout.edits.change import TextChange
from turnout.edits.lines import Lines
from turnout.edits.outcome import FileEdit
from turnout.edits.proposed import Proposed

_AROUND: Final = (3, 8, 1)
"""Lines on either side that are quoted: enough to be sure, then more, then what is left of them."""


def placed_anew(file: FileEdit, text: str) -> Applied:
    """Place the changes of a file in its text as it is now. What does not fit is refused."""
    if text == file.subject.text:
        return Applied(file.changes)
    lines = Lines(file.subject.text)
    changes: list[TextChange] = []
    refusals: list[Refusal] = []
    for change in file.changes:
        found = _placed(lines, file.subject.path, change, text)
        changes += found.changes
        refusals += found.refusals
    changes.sort()
    if any(one.end > other.start for one, other in pairwise(changes)):
        refusals.append(Refusal(Proposed(file.subject.path, "", ""), "overlaps"))
    return Applied(() if refusals else tuple(changes), tuple(refusals))


def _placed(lines: Lines, path: str, change: TextChange, text: str) -> Applied:
    found = Applied(())
    for around in _AROUND:
        found = apply(text, [_quoted(lines, path, change, around)], Target())
        if found.changes:
            break
    return found


def _quoted(lines: Lines, path: str, change: TextChange, around: int) -> Proposed:
    """Quote what is replaced with some lines around it, as a model would."""
    first, last = lines.covering((change.start, change.end))
    start, end = lines.starts[first], lines.starts[last]
    new = lines.text[start : change.start] + change.text + lines.text[change.end : end]
    above = lines.text[lines.starts[max(0, first - around)] : start]
    below = lines.text[end : lines.starts[min(len(lines), last + around)]]
    return Proposed(path, above + lines.text[start:end] + below, above + new + below)
