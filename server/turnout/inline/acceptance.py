"""What became of the suggestions that were offered: accepted, in part, typed through, dismissed.

Clients differ: some run the item's command on acceptance, some report what was shown and which part
was accepted, some say nothing at all. So the text itself is watched too, and what is reported twice
counts once. Where a client never reported anything, several characters of a suggestion that come in
with one change were accepted; a client that does report is believed, and the rest was typed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from turnout.document import Document
    from turnout.inline.suggestion import Suggestion
    from turnout.vocabulary import Task

Kind = Literal["shown", "accepted", "partly", "typed", "dismissed"]

_WATCHED: Final = 64
_PAIRS: Final = frozenset({"()", "[]", "{}", '""', "''", "``"})  # one key in many editors


class Change(Protocol):
    """Whole lines of a document that were replaced."""

    @property
    def uri(self) -> str:
        """The document."""

    @property
    def line(self) -> int:
        """The first line that was replaced."""

    @property
    def removed_lines(self) -> int:
        """How many were."""

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands there now."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a suggestion. ``length`` code points of it stand in the text."""

    id: str
    task: Task
    model: str
    kind: Kind
    length: int


@dataclass(eq=False, slots=True)
class _Offer:
    id: str
    task: Task
    uri: str
    model: str
    text: str
    line: int  # where the text begins
    head: str  # what stands before it on that line
    lines: list[str]  # the lines it reaches over, as they are now
    reached: int = 0  # code points of the text that stand in the document
    shown_from: int = 0  # where in the text the latest answer began
    taken: bool = False  # some of it came in by acceptance
    shown: bool = False

    def measure(self) -> int:
        """Return how much of the text stands in the document."""
        standing = "\n".join(line.rstrip("\r\n") for line in self.lines)
        if not standing.startswith(self.head):
            return 0
        pairs = zip(self.text, standing[len(self.head) :], strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    def apply(self, change: Change) -> bool:
        """Take a change over; say whether it touched the lines."""
        above = self.line - change.line
        after = change.line + change.removed_lines - self.line
        if after <= 0:
            self.line += len(change.lines) - change.removed_lines
            return False
        if -above > len(self.lines):
            return False
        if above > 0:
            self.lines = [*change.lines[above:], *self.lines[after:]]
        else:
            self.lines[-above:after] = change.lines
        del self.lines[2 * self.text.count("\n") + 2 :]
        return True


class AcceptanceTracker:
    """Follows the offers of one server. Pure: it is told everything, and tells its observers."""

    def __init__(self) -> None:
        self.counts: Counter[Kind] = Counter()
        self.observers: list[Callable[[Outcome], None]] = []
        self._offers: dict[str, _Offer] = {}
        self._client_reports = False

    def offer(self, task: Task, document: Document, suggestions: Sequence[Suggestion]) -> None:
        """Take note of an answer. What the task offered in the document before is over."""
        ids = {suggestion.id for suggestion in suggestions}
        self._end([one for one in self._of(document.uri) if one.task == task and one.id not in ids])
        for suggestion in suggestions:
            offer = self._offers.get(suggestion.id)
            if offer is None:
                offer = self._offers[suggestion.id] = _offer(task, document, suggestion)
                # blank lines and indentation of it may stand there by chance
                offer.reached = offer.measure()
            else:
                offer.text = offer.text[: offer.reached] + suggestion.text
                offer.shown_from = offer.reached
        for old in list(self._offers)[:-_WATCHED]:
            del self._offers[old]

    def shown(self, offer_id: str) -> None:
        """Take note that the client showed it."""
        offer = self._offers.get(offer_id)
        if offer is not None and not offer.shown:
            offer.shown = True
            self._tell(offer, "shown")

    def accepted(self, offer_id: str) -> None:
        """Take note that the client accepted the whole of it."""
        self._client_reports = True
        if (offer := self._offers.get(offer_id)) is not None:
            offer.reached = len(offer.text)
            self._settle(offer, "accepted")

    def partly_accepted(self, offer_id: str, length: int) -> None:
        """Take note that the client accepted the first ``length`` code points of what it showed."""
        self._client_reports = True
        if (offer := self._offers.get(offer_id)) is None:
            return
        offer.taken = True
        offer.reached = max(offer.reached, min(offer.shown_from + length, len(offer.text)))
        if offer.reached == len(offer.text):
            self._settle(offer, "accepted")

    def edited(self, change: Change) -> None:
        """Take note of a change of a document, just after it was made."""
        for offer in self._of(change.uri):
            if offer.apply(change):
                self._follow(offer)

    def closed(self, uri: str) -> None:
        """Take note that a document was closed."""
        self._end(self._of(uri))

    def _follow(self, offer: _Offer) -> None:
        stood, offer.reached = offer.reached, offer.measure()
        come = offer.text[stood : offer.reached]
        if not self._client_reports and len(come.strip()) > 1 and come not in _PAIRS:
            offer.taken = True
            if offer.reached == len(offer.text):
                self._settle(offer, "accepted")

    def _end(self, offers: list[_Offer]) -> None:
        for offer in offers:
            if offer.reached == len(offer.text):
                self._settle(offer, "accepted" if offer.taken else "typed")
            else:
                self._settle(offer, "partly" if offer.taken else "dismissed")

    def _of(self, uri: str) -> list[_Offer]:
        return [offer for offer in self._offers.values() if offer.uri == uri]

    def _settle(self, offer: _Offer, kind: Kind) -> None:
        del self._offers[offer.id]
        self._tell(offer, kind)

    def _tell(self, offer: _Offer, kind: Kind) -> None:
        self.counts[kind] += 1
        outcome = Outcome(offer.id, offer.task, offer.model, kind, offer.reached)
        for observer in self.observers:
            observer(outcome)


def _offer(task: Task, document: Document, suggestion: Suggestion) -> _Offer:
    line = suggestion.line
    return _Offer(
        suggestion.id,
        task,
        document.uri,
        suggestion.model,
        suggestion.text,
        line,
        document.lines[line][: suggestion.column],
        list(document.lines[line : line + suggestion.text.count("\n") + 1]),
    )
