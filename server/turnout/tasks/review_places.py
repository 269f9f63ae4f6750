"""Where the findings of a review may stand: in what was asked about, and for a change, in it."""

from __future__ import annotations

from turnout.document import Span
from turnout.edits.anchor import anchor, anchor_in, squeeze
from turnout.edits.diff_anchor import anchor_in_diff
from turnout.edits.unified import Hunk, read_diff
from turnout.engine.ask import Ask
from turnout.tasks.prompts import places


class Places:
    """Finds the place of a quote, or none."""

    def __init__(self, ask: Ask) -> None:
        self._document = ask.document
        self._parts = places(ask)
        self._hunks = hunks_of(ask)

    def find(self, quote: str, claimed: int | None = None) -> tuple[int, int] | None:
        """Return where a quote stands; None where that is not certain.

        In the review of a change that is a place in its hunks first, and only a quote that none of
        them holds is looked for in the rest of what was asked about.
        """
        if not self._seen(quote):
            parts = ((part.start, part.end) for part in self._parts)
            return anchor_in(self._document.text, quote, parts)
        place = anchor_in_diff(self._hunks, quote, claimed)
        found = place.within(self._document) if place else None
        if found is None or not any(part.holds(Span(*found)) for part in self._parts):
            return None
        return anchor(self._document.text, quote, *found) or found

    def _seen(self, quote: str) -> bool:
        wanted = squeeze(quote)
        return any(wanted in squeeze("".join(hunk.lines)) for hunk in self._hunks)


def hunks_of(ask: Ask) -> tuple[Hunk, ...]:
    """Return the hunks of the change under review; none where it is no review of a change."""
    return tuple(
        hunk
        for material in ask.materials
        if material.kind == "diff"
        for file in read_diff(material.text)[0]
        for hunk in file.hunks
    )
