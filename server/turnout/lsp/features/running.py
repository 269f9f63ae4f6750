"""An action under way: the engine's events become findings, notes, progress and one clear sentence.

An explanation is shown as a note, an information diagnostic at the code it explains: every client
shows those, where it belongs, without blocking anything. A client that declares
``experimental.turnout.document`` gets it streamed by ``turnout/document`` instead.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import uuid4

from lsprotocol import types

from turnout.document import Document
from turnout.edits.anchor import anchor, squeeze
from turnout.edits.findings import Finding, Mark
from turnout.edits.plain import plain
from turnout.engine.ask import Answer, Ask, Trying, Unanswered
from turnout.lsp.features.findings import NOTE, findings_of, mended
from turnout.lsp.features.progress import Progress
from turnout.tasks.explain import Explanation
from turnout.tasks.review import MESSAGE_CHARACTERS, Review

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer

DOCUMENT: Final = "turnout/document"

_MOST_SHOWN: Final = 500  # characters of a message box


@dataclass(frozen=True, slots=True)
class Target:
    """What an action is about."""

    ask: Ask
    name: str  # of the symbol or file, for titles


class Running(ABC):
    """One action. What it shows is on view while it runs, and void where a candidate fails."""

    title: str

    def __init__(self, server: TurnoutServer, target: Target) -> None:
        self.server = server
        self.ask = target.ask
        self.uri = target.ask.document.uri
        self.name = target.name
        self.findings = findings_of(server)
        self.mark = self.findings.store.mark(
            self.ask.document, self.ask.span.start, self.ask.span.end
        )
        self.closing = "stopped"

    async def run(self) -> dict[str, Any]:
        """Carry it out, in a task of its own, and return the result of the command."""
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self.progress = Progress(self.server, f"{self.title} {self.name}", task.cancel)
        try:
            return await self._follow()
        except asyncio.CancelledError:
            self.give_up()
            raise
        finally:
            self.progress.end(self.closing)

    def release(self) -> None:
        """Stop following the range; comes once, whether it ran or not."""
        self.findings.store.release(self.uri, self.mark)

    async def _follow(self) -> dict[str, Any]:
        result: dict[str, Any] = {}
        async with aclosing(self.server.app.engine.run(self.ask)) as events:
            async for event in events:
                if isinstance(event, Trying):
                    self.discard()
                    after = f"{event.after} " if event.after else ""
                    self.progress.report(f"{after}Asking {event.model}")
                elif isinstance(event, Answer):
                    self.show(event.value, event.model)
                    if event.final:
                        result = {"outcome": "answered", "model": event.model}
                        result |= self.conclude(event.value, event.model)
                elif isinstance(event, Unanswered):
                    self.discard()
                    self.give_up()
                    result = self._unanswered(event)
        return result

    def _unanswered(self, event: Unanswered) -> dict[str, Any]:
        text = mended(event.why, event.remedy)
        # No model or no key is no error: the user has simply not said yet who may answer.
        route = self.server.app.engine.route(self.ask)
        kind = types.MessageType.Error if route.candidates else types.MessageType.Warning
        self.say(kind, text)
        self.closing = event.why
        return {"outcome": "unanswered", "why": event.why, "remedy": event.remedy}

    def say(self, kind: types.MessageType, text: str) -> None:
        """Show one sentence to the user."""
        message = plain(f"Turnout: {text}", _MOST_SHOWN)
        self.server.window_show_message(types.ShowMessageParams(type=kind, message=message))

    def current(self) -> Document | None:
        """Return the text as it is now; the one that was asked about may be gone."""
        return self.server.documents.snapshot(self.uri)

    @abstractmethod
    def show(self, value: Any, model: str) -> None:
        """Show what there is of an answer."""

    @abstractmethod
    def discard(self) -> None:
        """Take back what was shown of an answer that was cut."""

    @abstractmethod
    def give_up(self) -> None:
        """Settle what is on view: no more of the answer will come."""

    @abstractmethod
    def conclude(self, value: Any, model: str) -> dict[str, Any]:
        """Take the whole answer; return what the command's result says of it."""


class Reviewing(Running):
    """Publishes findings as they come."""

    title = "Review"

    def __init__(self, server: TurnoutServer, target: Target) -> None:
        super().__init__(server, target)
        self._taken = 0  # findings of the answer that were looked at
        self._shown: set[str] = set()

    def show(self, value: Review, model: str) -> None:
        """Publish what is new."""
        new = [self._placed(finding) for finding in value.findings[self._taken :]]
        self._taken = len(value.findings)
        found = [finding for finding in new if finding is not None]
        self._shown.update(finding.id for finding in found)
        self.progress.report(f"{model}: {_count(len(self._shown))}")
        if found:
            self.findings.store.add(self.uri, found)
            self.findings.publish(self.uri)

    def discard(self) -> None:
        """Take the findings of a cut answer back."""
        self._remove(f for f in self._findings() if f.id in self._shown)
        self._taken, self._shown = 0, set()

    def give_up(self) -> None:
        """Say nothing twice: what came takes the place of what was said of the same code before."""
        places = {(f.start, f.end) for f in self._findings() if f.id in self._shown}
        self._remove(f for f in self._old() if (f.start, f.end) in places)

    def conclude(self, value: Review, model: str) -> dict[str, Any]:
        """Let the new findings take the place of the old ones in the same range."""
        self._remove(self._old())
        unplaced = value.unplaced + len(value.findings) - len(self._shown)
        self.closing = f"{model}: {_count(len(self._shown))}"
        if unplaced:
            self.closing += f", {unplaced} left out: their quotes were not found"
        if not value.complete:
            self.closing += "; it reached its limit, there may be more"
            self.say(types.MessageType.Warning, self.closing + ".")
        elif not self.progress.shown:
            self.say(types.MessageType.Info, self.closing + ".")
        return {
            "findings": len(self._shown),
            "unplaced": unplaced,
            "complete": value.complete,
        }

    def _findings(self) -> Sequence[Finding]:
        return self.findings.store.of(self.uri)

    def _old(self) -> Iterator[Finding]:
        """Yield what an earlier review has found in the same range."""
        for finding in self._findings():
            known = finding.id in self._shown or finding.category == NOTE
            if not known and self.mark.covers(finding):
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


class Explaining(Running):
    """Shows an explanation as a note, or streams it to a client that has a place for it."""

    title = "Explain"

    def __init__(self, server: TurnoutServer, target: Target) -> None:
        super().__init__(server, target)
        self._id = uuid4().hex
        self._streamed: tuple[str, str] | None = None  # text and model, until it is done

    def show(self, value: Explanation, model: str) -> None:
        """Stream it, where the client shows that."""
        self.progress.report(f"{model}: {len(value.text.split())} words")
        if self.server.client.shows_documents:
            self._stream(value.text, model)

    def discard(self) -> None:
        """Empty what was streamed of a cut answer."""
        if self._streamed:
            self._stream("", "")

    def give_up(self) -> None:
        """Say that the stream has ended."""
        if self._streamed:
            self._stream(*self._streamed, done=True)

    def conclude(self, value: Explanation, model: str) -> dict[str, Any]:
        """Show the whole of it."""
        self.closing = f"{model}: done" if value.complete else f"{model}: cut at its limit"
        text = value.text if value.complete else f"{value.text}\n\n(Cut at the answer's limit.)"
        if self.server.client.shows_documents:
            self._stream(text, model, done=True)
        else:
            self._note(text, model)
        return {"text": text, "complete": value.complete}

    def _note(self, text: str, model: str) -> None:
        document = self.current()
        if document is None:
            return
        place = _headline(document.text, self.mark)
        if place is None:
            return
        store = self.findings.store
        old = [f.id for f in store.of(self.uri) if f.category == NOTE and self.mark.covers(f)]
        store.remove(self.uri, old)
        quote = document.text[slice(*place)]
        message = plain(text, MESSAGE_CHARACTERS)
        store.add(self.uri, [Finding(*place, quote, "info", NOTE, message, model)])
        self.findings.publish(self.uri)

    def _stream(self, text: str, model: str, *, done: bool = False) -> None:
        self._streamed = None if done else (text, model)
        self.server.protocol.notify(
            DOCUMENT,
            {
                "id": self._id,
                "uri": self.uri,
                "title": f"{self.title} {self.name}",
                "text": text,
                "model": model,
                "done": done,
            },
        )


def _count(findings: int) -> str:
    return "1 finding" if findings == 1 else f"{findings or 'no'} findings"


def _headline(text: str, mark: Mark) -> tuple[int, int] | None:
    """Return the first line of a range that is enough to be found again."""
    start = end = mark.start
    while end < mark.end:
        newline = text.find("\n", end, mark.end)
        end = mark.end if newline < 0 else newline + 1
        if not squeeze(text[start:end]):
            start = end
        elif anchor(text, text[start:end], start, end):
            return start + _leading(text[start:end]), start + len(text[start:end].rstrip())
    return None


def _leading(text: str) -> int:
    return len(text) - len(text.lstrip())
