"""The fix that comes with a finding: placed where its quote stands, judged, or dropped."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from turnout.context.syntax import Tree, new_errors, parse
from turnout.document import Document
from turnout.edits.apply import Applied, Target, apply
from turnout.edits.change import TextChange, changed
from turnout.edits.lines import as_lines, indent
from turnout.edits.outcome import FileEdit, Subject
from turnout.edits.proposed import Proposed
from turnout.edits.verify import FILE_CHECKS, Demands

_LARGEST: Final = 60_000  # characters of a document whose fixes are judged while others wait
_LONGER: Final = 2_000  # characters by which a fix may be longer than four times its quote


class Fixes:
    """Judges the fixes of one review. A fix that is not certain is no fix; the finding stays."""

    def __init__(self, document: Document) -> None:
        self._text = document.text
        self._subject = Subject("", document.uri, None, document.text, document.language)

    def replacement(self, place: tuple[int, int], quote: str, written: str) -> str:
        """Return what stands in a place once it is mended; "" where there is no fix."""
        start, end = place
        written = _aligned(quote, written)
        if not written.strip() or len(self._text) > _LARGEST:
            return ""
        new = self._merged(start, end, quote, written)
        if not new.strip() or len(new) > 4 * (end - start) + _LONGER:
            return ""
        edit = FileEdit(self._subject, (TextChange(start, end, new),))
        demands = Demands(parses=self._parses)
        return "" if any(look(edit, demands) for look in FILE_CHECKS.values()) else new

    def _merged(self, start: int, end: int, quote: str, written: str) -> str:
        """Return the new text of a place with the file's indentation and line ends."""
        found = self._placed(start, end, quote, written)
        stands = self._text[start:end]
        if "not found" in (refusal.reason for refusal in found.refusals) and "\n" not in stands:
            # Within one line it does not matter which blanks the quote has.
            found = self._placed(start, end, stands, written.strip())
        changes = found.changes
        if not changes:
            return ""
        first = min(start, changes[0].start)
        last = max(end, *(change.end for change in changes))
        moved = [TextChange(c.start - first, c.end - first, c.text) for c in changes]
        new = changed(self._text[first:last], moved)
        before, after = self._text[first:start], self._text[end:last]
        if not (new.startswith(before) and new.endswith(after)):
            return ""
        return new[len(before) : len(new) - len(after)]

    def _placed(self, start: int, end: int, quote: str, written: str) -> Applied:
        proposed = Proposed("", quote, written, "text")
        return apply(self._text, [proposed], Target((start, end), only_span=True))

    @cached_property
    def _before(self) -> Tree:
        return parse(self._text, self._subject.language)

    def _parses(self, _: str, after: str, language: str) -> bool:
        return not new_errors(self._before, parse(after, language))


def _aligned(quote: str, written: str) -> str:
    """Return what stands instead, indented as the quote is; "" where they do not go together."""
    before, after = indent(quote.lstrip("\r\n")), indent(written.lstrip("\r\n"))
    if before == after:
        return written
    lines = as_lines(written)
    if before or any(line.strip() and not line.startswith(after) for line in lines):
        return ""
    return "\n".join(line.removeprefix(after) for line in lines)
