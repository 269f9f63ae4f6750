"""An action under way: the engine's events become progress, something to look at, and a result."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import uuid4

from lsprotocol import types

from turnout.engine.ask import Answer, Ask, Trying, Unanswered
from turnout.lsp.features.choosing import choose_model
from turnout.lsp.features.findings import findings_of
from turnout.lsp.features.progress import Progress
from turnout.lsp.features.remedies import tell

if TYPE_CHECKING:
    from turnout.document import Document
    from turnout.lsp.features.arguments import Order
    from turnout.lsp.features.slots import Result
    from turnout.lsp.server import TurnoutServer

DOCUMENT: Final = "turnout/document"


class Running(ABC):
    """One action. What it shows is on view while it runs, and void where a candidate fails."""

    def __init__(self, server: TurnoutServer, order: Order) -> None:
        self.server = server
        self.order = order
        self.ask = order.ask
        self.uri = order.ask.document.uri
        self.findings = findings_of(server)
        self.mark = self.findings.store.mark(
            self.ask.document, self.ask.span.start, self.ask.span.end
        )
        self.closing = "stopped"
        self._id = uuid4().hex
        self._streamed: tuple[str, str] | None = None  # text and model, until it is done

    async def run(self) -> Result:
        """Carry it out, in a task of its own, and return the result of the command."""
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        if not await self.prepare():
            return {"outcome": "stopped"}
        self.progress = Progress(self.server, self.order.title, task.cancel)
        try:
            return await self.carry_out()
        except asyncio.CancelledError:
            self.give_up()
            raise
        finally:
            self.progress.end(self.closing)

    def release(self) -> None:
        """Stop following the range; comes once, whether it ran or not."""
        self.findings.store.release(self.uri, self.mark)

    async def prepare(self) -> bool:
        """Ask the user for what is still open; false where they think better of it."""
        if not self.order.choose:
            return True
        model = await choose_model(self.server, self.ask)
        self.ask = replace(self.ask, model=model)
        return model is not None

    async def carry_out(self) -> Result:
        """Ask the engine; a task that asks for more than one thing does so here."""
        return await self.follow(self.ask)

    async def follow(self, ask: Ask) -> Result:
        """Show what the engine says of one ask, and return what came of it."""
        last: Answer | Unanswered | None = None
        async with aclosing(self.server.app.engine.run(ask)) as events:
            async for event in events:
                if isinstance(event, Trying):
                    self.discard()
                    after = f"{event.after} " if event.after else ""
                    self.progress.report(f"{after}Asking {event.model}")
                elif isinstance(event, Answer):
                    self.show(event.value, event.model)
                    last = event if event.final else last
                elif isinstance(event, Unanswered):
                    last = event
        # The call is over by here: whoever decides about the answer keeps no socket open.
        if isinstance(last, Answer):
            result = {"outcome": "answered", "model": last.model, "cost": last.cost}
            return result | await self.conclude(last)
        self.discard()
        self.give_up()
        return self._unanswered(ask, last) if last else {"outcome": "stopped"}

    def _unanswered(self, ask: Ask, event: Unanswered) -> Result:
        # No model or no key is no error: the user has simply not said yet who may answer.
        route = self.server.app.engine.route(ask)
        kind = types.MessageType.Error if route.candidates else types.MessageType.Warning
        return self.refused(event.why, event.remedy, kind) | {"cost": event.cost}

    def refused(
        self, why: str, remedy: str = "", kind: types.MessageType = types.MessageType.Warning
    ) -> Result:
        """Say why there is no answer, once; return what the command's result says of it."""
        tell(self.server, kind, why, remedy)
        self.closing = why
        return {"outcome": "unanswered", "why": why, "remedy": remedy}

    def current(self) -> Document | None:
        """Return the text as it is now; the one that was asked about may be gone."""
        return self.findings.document(self.uri)

    def stream(self, text: str, model: str, *, done: bool = False, **more: Any) -> None:
        """Show a text, in whole, in a document of the client's own."""
        self._streamed = None if done else (text, model)
        self.server.protocol.notify(
            DOCUMENT,
            {
                "id": self._id,
                "uri": self.uri,
                "title": self.order.title,
                "task": self.ask.task,
                "text": text,
                "model": model,
                "done": done,
                **more,
            },
        )

    def discard(self) -> None:
        """Take back what was shown of an answer that was cut."""
        if self._streamed:
            self.stream("", "")

    def give_up(self) -> None:
        """Settle what is on view: no more of the answer will come."""
        if self._streamed:
            self.stream(*self._streamed, done=True)

    @abstractmethod
    def show(self, value: Any, model: str) -> None:
        """Show what there is of an answer."""

    @abstractmethod
    async def conclude(self, answer: Answer) -> Result:
        """Take the whole answer; return what the command's result says of it."""
