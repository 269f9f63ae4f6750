"""Findings of reviews, and where they stand while the text moves under them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal
from uuid import uuid4

from turnout.document import Document
from turnout.edits.anchor import anchor
from turnout.edits.change import TextChange

Severity = Literal["error", "warning", "info", "hint"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something said about a piece of code; ``quote`` is that code as it stood."""

    start: int
    end: int
    quote: str
    severity: Severity
    category: str
    message: str
    model: str = ""
    id: str = field(default_factory=lambda: uuid4().hex)
    replacement: str = ""  # what mends it in the place of the quote; "" where nothing is known
    symbol: str = ""  # the name of the definition that it stands in


def fix(text: str, finding: Finding) -> TextChange | None:
    """Return the change that mends a finding; None where its code is not as it was."""
    if not finding.replacement or text[finding.start : finding.end] != finding.quote:
        return None
    return TextChange(finding.start, finding.end, finding.replacement)


@dataclass(slots=True)
class Mark:
    """A range that moves with the text, such as the one under review."""

    start: int
    end: int

    def covers(self, finding: Finding) -> bool:
        """Whether a finding lies within."""
        return self.start <= finding.start and finding.end <= self.end


@dataclass(slots=True)
class _Followed:
    """What is known of one document: enough to turn a line into an offset, without its text."""

    lengths: list[int]
    findings: list[Finding] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


class FindingStore:
    """The findings of every open document that has any."""

    def __init__(self) -> None:
        self._followed: dict[str, _Followed] = {}

    def of(self, uri: str) -> Sequence[Finding]:
        """Return the findings of a document, in the order they were made."""
        followed = self._followed.get(uri)
        return tuple(followed.findings) if followed else ()

    def mark(self, document: Document, start: int, end: int) -> Mark:
        """Begin to follow a range of a document as it is now."""
        followed = self._followed.get(document.uri)
        if followed is None:
            followed = _Followed([len(line) for line in document.lines])
            self._followed[document.uri] = followed
        mark = Mark(start, end)
        followed.marks.append(mark)
        return mark

    def release(self, uri: str, mark: Mark) -> None:
        """Stop following a range."""
        if followed := self._followed.get(uri):
            followed.marks = [other for other in followed.marks if other is not mark]
            self._forget_idle(uri)

    def add(self, uri: str, findings: Iterable[Finding]) -> None:
        """Add findings that are anchored in the text as it is now; needs a `mark` in force."""
        if followed := self._followed.get(uri):
            followed.findings.extend(findings)

    def remove(self, uri: str, ids: Iterable[str]) -> None:
        """Take findings away."""
        gone = set(ids)
        if followed := self._followed.get(uri):
            followed.findings = [f for f in followed.findings if f.id not in gone]
            self._forget_idle(uri)

    def closed(self, uri: str) -> None:
        """Forget a document."""
        self._followed.pop(uri, None)

    def reopened(self, document: Document) -> None:
        """Find everything in a text that may be another; a range is all of it from here on."""
        followed = self._followed.get(document.uri)
        if followed is None:
            return
        followed.lengths = [len(line) for line in document.lines]
        whole = (0, len(document.text))
        for mark in followed.marks:
            mark.start, mark.end = whole
        followed.findings = [replace(f, start=0, end=whole[1]) for f in followed.findings]
        self.settle(document.uri, document.text)

    def edited(
        self, uri: str, line: int, column: int, removed: int, inserted: int,
        removed_lines: int, lines: Sequence[str],
    ) -> bool:  # fmt: skip
        """Move everything along with an edit; return whether there was anything to move.

        `settle` says afterwards what is still true.
        """
        followed = self._followed.get(uri)
        if followed is None:
            return False
        offset = sum(followed.lengths[:line]) + column
        followed.lengths[line : line + removed_lines] = map(len, lines)
        moved = []
        for finding in followed.findings:
            start, end = _moved(finding.start, finding.end, offset, removed, inserted)
            moved.append(replace(finding, start=start, end=end))
        followed.findings = moved
        for mark in followed.marks:
            mark.start, mark.end = _moved(mark.start, mark.end, offset, removed, inserted)
        return True

    def settle(self, uri: str, text: str) -> None:
        """Anchor the findings anew in the text as it is now; what is gone or mended goes too."""
        followed = self._followed.get(uri)
        if followed is None:
            return
        kept = []
        for finding in followed.findings:
            place = anchor(text, finding.quote, finding.start, finding.end)
            if place is not None and not _is_mended(text, finding, place[0]):
                kept.append(replace(finding, start=place[0], end=place[1]))
        followed.findings = kept
        self._forget_idle(uri)

    def _forget_idle(self, uri: str) -> None:
        followed = self._followed[uri]
        if not followed.findings and not followed.marks:
            del self._followed[uri]


def _is_mended(text: str, finding: Finding, start: int) -> bool:
    """Whether what mends a finding stands there, with its quote within: its editor did it alone."""
    written, at = finding.replacement, finding.replacement.find(finding.quote)
    return 0 <= at <= start and written != finding.quote and text.startswith(written, start - at)


def _moved(start: int, end: int, offset: int, removed: int, inserted: int) -> tuple[int, int]:
    """Return a range after an edit; one that was touched takes the whole edit in."""
    grown = inserted - removed
    if offset + removed <= start:
        return start + grown, end + grown
    if offset >= end:
        return start, end
    return min(start, offset), max(end, offset + removed) + grown
