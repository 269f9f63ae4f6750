"""Reviews under way: findings are published as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Final

from lsprotocol import types

from turnout.edits.anchor import anchor
from turnout.edits.findings import Finding
from turnout.engine.ask import Answer
from turnout.lsp.features.findings import NOTE
from turnout.lsp.features.remedies import say
from turnout.lsp.features.reviews import reviews_of
from turnout.lsp.features.running import Running
from turnout.tasks.review import Review

if TYPE_CHECKING:
    from turnout.lsp.features.arguments import Order
    from turnout.lsp.features.slots import Result
    from turnout.lsp.server import TurnoutServer

_ANEW: Final = '"Review with..." asks about all of it anew.'


class Reviewing(Running):
    """Publishes findings as they come."""

    def __init__(self, server: TurnoutServer, order: Order) -> None:
        super().__init__(server, order)
        self._known: set[str] = set()  # findings of earlier reviews of what has not changed
        self._taken = 0  # findings of the answer that were looked at
        self._shown: set[str] = set()  # those of them that have a place

    async def carry_out(self) -> Result:
        """Review, and say in a sentence what came of it where nothing else does."""
        result = await self.review()
        if result["outcome"] == "answered":
            self.announce(complete=result["complete"], noted=bool(result["note"]))
        return result

    async def review(self) -> Result:
        """Ask about what the model has not reviewed yet; show what it found in the rest."""
        route = self.server.app.engine.route(self.ask)
        if not route.candidates:
            return await self.follow(self.ask)  # which says why
        await asyncio.to_thread(import_module, "turnout.tasks.review_cache")  # grammars take time
        self._cache = reviews_of(self.server, self.ask.document.path)
        reader = route.candidates[0].name
        plan = await self._cache.plan(self.ask, reader, anew=self.order.anew)
        self._known = self._put(plan.known, anew=True)
        if plan.asks:
            self._asked = plan.asks[0]
            return await self.follow(self._asked)
        result = {"outcome": "answered", "model": reader, "cost": 0.0}
        note = f"{plan.note} {_ANEW}"
        return result | self._settled(reader, Review((), complete=True), note)

    def announce(self, *, complete: bool, noted: bool = False) -> None:
        """Say what came of it, if that is not all or the client shows no progress."""
        if not complete:
            say(self.server, types.MessageType.Warning, self.closing + ".")
        elif noted or not self.progress.shown:
            say(self.server, types.MessageType.Info, self.closing + ".")

    def show(self, value: Review, model: str) -> None:
        """Publish what is new."""
        new = value.findings[self._taken :]
        self._taken = len(value.findings)
        self._shown |= self._put(self._cache.dismissals.without(new))
        self.progress.report(f"{model}: {count(len(self._known | self._shown))}")

    def discard(self) -> None:
        """Take the findings of a cut answer back."""
        self._remove(f for f in self._findings() if f.id in self._shown)
        self._taken, self._shown = 0, set()

    def give_up(self) -> None:
        """Say nothing twice: what came takes the place of what was said of the same code before."""
        new = self._known | self._shown
        places = {(f.start, f.end) for f in self._findings() if f.id in new}
        self._remove(f for f in self._old() if (f.start, f.end) in places)

    async def conclude(self, answer: Answer) -> Result:
        """Let the new findings take the place of the old ones in the same range."""
        await self._cache.keep(self._asked, answer.model, answer.value)
        return self._settled(answer.model, answer.value)

    def _settled(self, model: str, value: Review, note: str = "") -> Result:
        self._remove(self._old())
        found = len(self._known | self._shown)
        wanted = len(self._cache.dismissals.without(value.findings))
        unplaced = value.unplaced + wanted - len(self._shown)
        self.closing = f"{model}: {count(found)}"
        if unplaced:
            self.closing += f", {unplaced} left out: their quotes were not found"
        if not value.complete:
            self.closing += "; it reached its limit, there may be more"
        if note:
            self.closing += f". {note.rstrip('.')}"
        return {
            "findings": found,
            "unplaced": unplaced,
            "complete": value.complete,
            "note": note,
        }

    def _put(self, findings: Iterable[Finding], *, anew: bool = False) -> set[str]:
        """Publish findings where they stand now; return those that have a place.

        ``anew``: they may be there already, and take the place of what says the same.
        """
        placed = [self._placed(finding) for finding in findings]
        found = [finding for finding in placed if finding is not None]
        if found:
            said = {(one.start, one.end, one.message) for one in found} if anew else set()
            there = [f.id for f in self._findings() if (f.start, f.end, f.message) in said]
            self.findings.store.remove(self.uri, there)
            self.findings.store.add(self.uri, found)
            self.findings.publish(self.uri)
        return {finding.id for finding in found}

    def _findings(self) -> Sequence[Finding]:
        return self.findings.store.of(self.uri)

    def _old(self) -> Iterator[Finding]:
        """Yield what an earlier review has found in the same range."""
        for finding in self._findings():
            new = finding.id in self._known | self._shown or finding.category == NOTE
            if not new and self.mark.covers(finding):
                yield finding

    def _remove(self, findings: Iterable[Finding]) -> None:
        if ids := {finding.id for finding in findings}:
            self.findings.store.remove(self.uri, ids)
            self.findings.publish(self.uri)

    def _placed(self, finding: Finding) -> Finding | None:
        """Return the finding where its code stands now; None where it is gone."""
        document = self.current()
        if document is None:
            return None
        if document.version == self.ask.document.version:
            return finding
        place = anchor(document.text, finding.quote, self.mark.start, self.mark.end)
        if place is None:
            return None
        start, end = place
        return replace(finding, start=start, end=end, quote=document.text[start:end])


def count(findings: int) -> str:
    """Say how many there are."""
    return "1 finding" if findings == 1 else f"{findings or 'no'} findings"
