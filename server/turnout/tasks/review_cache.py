"""What was reviewed already, piece by piece: a second review asks only about what changed.

A piece is known by its content, the model that read it and, in the review of a change, by the
change. Where findings stand is kept within the piece, and not the code itself.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from turnout.context.syntax import parse
from turnout.context.units import joined, units
from turnout.document import Span
from turnout.edits.findings import Finding
from turnout.edits.plain import plain
from turnout.engine.ask import Ask
from turnout.tasks.dismissals import Dismissals
from turnout.tasks.prompts import places
from turnout.tasks.review import MESSAGE_CHARACTERS, SEVERITIES, Review
from turnout.tasks.review_places import hunks_of

if TYPE_CHECKING:
    from pathlib import Path

    from turnout.edits.unified import Hunk
    from turnout.session.rows import Rows

VERSION: Final = 1
"""Of the task: what was reviewed by other words is reviewed anew."""
CAP_BYTES: Final = 32 * 2**20
_DATE: Final = re.compile(r"[-@:](?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$")
_HUNK: Final = re.compile(r"^@@ .*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left to ask, and what is known without asking."""

    asks: tuple[Ask, ...]  # one, or none where nothing changed
    known: tuple[Finding, ...] = ()  # where they stand in the text as it is now
    note: str = ""  # why nothing is asked, for the user


@dataclass(frozen=True, slots=True)
class _Piece:
    span: Span
    key: str


class ReviewCache:
    """The reviews of one workspace, and what was dismissed there. Never content of excluded files.

    ``excluded`` says of a document's URI why it must not leave the machine, None where it may.
    """

    def __init__(self, folder: Path, workspace: str, excluded: Callable[[str], str | None]) -> None:
        self._folder = folder / "done"
        self._excluded = excluded
        self.dismissals = Dismissals(folder / "dismissed", workspace)

    async def plan(self, ask: Ask, model: str, *, anew: bool = False) -> Plan:
        """Return what this model has not reviewed yet, and what it found in the rest.

        ``anew`` asks about all of it, whatever is known.
        """
        await self.dismissals.load()
        if anew or not self._remembers(ask):
            return Plan((ask,))
        plan = await asyncio.to_thread(self._plan, ask, model)
        return replace(plan, known=self.dismissals.without(plan.known))

    async def keep(self, ask: Ask, model: str, review: Review) -> None:
        """Remember a review that was made by what `plan` left to ask, even if nobody waits."""
        if review.complete and self._remembers(ask):
            await asyncio.shield(asyncio.to_thread(self._keep, ask, model, review))

    def _remembers(self, ask: Ask) -> bool:
        """Whether another review would be the same: what the user asks in words may not be."""
        return not ask.instruction and self._excluded(ask.document.uri) is None

    def _plan(self, ask: Ask, model: str) -> Plan:
        pieces = _pieces(ask, model)
        rows = self._rows().read(piece.key for piece in pieces)
        if not rows:
            return Plan((ask,))
        known, new = [], []
        for piece in pieces:
            found = _read(ask, model, piece, rows.get(piece.key))
            if found is None:
                new.append(piece.span)
            else:
                known += found
        if not new:
            said = f"Nothing changed since the last review by {model}."
            return Plan((), tuple(known), said)
        parts = joined(ask.document.text, new)
        span = Span(parts[0].start, parts[-1].end)
        return Plan((replace(ask, span=span, parts=parts),), tuple(known))

    def _keep(self, ask: Ask, model: str, review: Review) -> None:
        rows = {}
        for piece in _pieces(ask, model):
            spans = [(finding, Span(finding.start, finding.end)) for finding in review.findings]
            if any(piece.span.meets(at) and not piece.span.holds(at) for _, at in spans):
                continue  # it speaks of other pieces too
            own = [finding for finding, at in spans if piece.span.holds(at)]
            rows[piece.key] = _written(own, piece.span.start)
        self._rows().write(rows)

    def _rows(self) -> Rows:
        from turnout.session.rows import Rows  # diskcache takes its time

        return Rows(self._folder, CAP_BYTES)


def family(model: str) -> str:
    """Return what a model is called by whichever provider, without the date of its version."""
    return _DATE.sub("", model.rpartition("/")[2].lower())


def _pieces(ask: Ask, model: str) -> list[_Piece]:
    document = ask.document
    tree = parse(document.text, document.language)
    reader = f"{VERSION}\0{family(model)}\0{document.language}\0"
    changes = list(_changes(ask))
    found = []
    for part in places(ask):
        for span in units(tree, part):
            first = document.line_column(span.start)[0] + 1
            last = document.line_column(span.end)[0] + 1
            seen = "".join(text for hunk, text in changes if _meets(hunk, first, last))
            said = f"{reader}{seen}\0{document.text[span.start : span.end]}"
            key = blake2b(said.encode("utf-8", "surrogatepass"), digest_size=20)
            found.append(_Piece(span, key.hexdigest()))
    return found


def _changes(ask: Ask) -> Iterator[tuple[Hunk, str]]:
    """Yield the hunks under review, with what they say."""
    texts = [
        text
        for material in ask.materials
        if material.kind == "diff"
        for text in _HUNK.split(material.text)[1:]
    ]
    yield from zip(hunks_of(ask), texts, strict=False)


def _meets(hunk: Hunk, first: int, last: int) -> bool:
    return hunk.start <= last and first < hunk.start + max(1, len(hunk.lines))


def _written(findings: Sequence[Finding], origin: int) -> bytes:
    from turnout.session.scrub import scrub

    rows = [
        {
            "start": finding.start - origin,
            "end": finding.end - origin,
            "severity": finding.severity,
            "category": finding.category,
            "message": scrub(finding.message),
            "model": finding.model,
            "symbol": finding.symbol,
            # What holds a secret could not be put back.
            "replacement": finding.replacement
            if scrub(finding.replacement) == finding.replacement
            else "",
        }
        for finding in findings
    ]
    return json.dumps(rows).encode()


def _read(ask: Ask, model: str, piece: _Piece, value: bytes | None) -> list[Finding] | None:
    """Return what was found in a piece; None where it was not reviewed."""
    if value is None:
        return None
    try:
        rows = json.loads(value)
        return [_finding(ask, model, piece.span, row) for row in rows]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _finding(ask: Ask, model: str, span: Span, row: dict[str, Any]) -> Finding:
    place = Span(span.start + row["start"], span.start + row["end"])
    if not span.holds(place) or row["severity"] not in SEVERITIES:
        raise ValueError("a finding that is none of ours")
    return Finding(
        place.start,
        place.end,
        ask.document.text[place.start : place.end],
        row["severity"],
        str(row["category"]),
        plain(str(row["message"]), MESSAGE_CHARACTERS),
        str(row.get("model") or model),
        replacement=str(row["replacement"]),
        symbol=str(row["symbol"]),
    )
