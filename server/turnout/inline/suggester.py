"""From an ask to suggestions: what is known, what is in the air if it fits, else the engine.

Latest wins: a newer request of a document answers the older one empty and closes its call, unless
that call may still bring what fits the newer text. Never are two calls in the air for one document.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing, suppress
from dataclasses import replace
from itertools import count, islice
from typing import TYPE_CHECKING, Any, Final, Protocol

from turnout.engine.ask import PROPOSALS, Answer, Ask, Delta, Event, Trying
from turnout.inline.acceptance import AcceptanceTracker
from turnout.inline.cursor import Cursor
from turnout.inline.debounce import Rhythm
from turnout.inline.flight import Desk, Flight, Found, Waiter
from turnout.inline.reuse import Known, Place
from turnout.inline.shape import Shaped, shape
from turnout.inline.suggestion import WHAT_IF, Suggestion, made_id
from turnout.settings.model import Inline
from turnout.vocabulary import RECALL

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable

logger = logging.getLogger(__name__)

_DOCUMENTS: Final = 64
_PATIENCE: Final = 1.5  # times the usual time of an answer, for one that is in the air already
_NEARLY: Final = 0.75  # of the usual time; before it, whoever asks by a key gets a call of his own
_CLOSING: Final = 0.25  # seconds that a call may take to close
_FIRST_GUESS: Final = 0.3  # seconds until an answer
_SHARE: Final = 0.25  # of a new answer in the usual time


class Runs(Protocol):
    """The engine, as far as it is needed here."""

    def run(self, ask: Ask) -> AsyncGenerator[Event, None]:
        """Answer one ask."""
        ...


class Suggester:
    """Makes suggestions. Use it from one event loop."""

    def __init__(self, engine: Runs, settings: Callable[[], Inline] = Inline) -> None:
        self._engine = engine
        self._settings = settings
        self._desks: dict[str, Desk] = {}
        self._rhythm = Rhythm()
        self._usual = _FIRST_GUESS
        self._ids = count(1)
        self._flying: set[asyncio.Task[None]] = set()
        self.acceptance = AcceptanceTracker()
        """What becomes of the suggestions; whoever shows them tells it."""

    async def suggest(self, ask: Ask, within: float | None = None) -> list[Suggestion]:
        """Return suggestions for the cursor, the best first; empty where there are none.

        After ``within`` seconds the answer is empty; what comes later is kept for the next ask.
        Superseded by a newer ask for the same document, the answer is empty at once.
        """
        cursor = Cursor.at(ask.document, ask.span.end)
        place = Place.of(cursor)
        desk = self._desk(ask.document.uri)
        if desk.place != place:
            self._rhythm.key(_now())
        desk.arrive(ask.task, cursor, place)
        if not cursor.takes_suggestion:
            desk.keep(None)
            return []
        several = _wants_several(ask)
        limit = PROPOSALS.get(ask.task, 1) if several else 1
        known = list(islice(desk.memory.fitting(cursor, _now()), limit))
        if known and not several:
            desk.keep(_fitting(desk, cursor))
            return _suggestions(ask, cursor, known)
        waiter = Waiter(ask, cursor, place, asyncio.get_running_loop().create_future())
        desk.waiters[ask.task] = waiter
        if several or not self._is_coming(desk, place):
            self._launch(desk, ask, cursor, place, known)
        found = await self._wait(desk, waiter, within)
        return _suggestions(ask, cursor, found[:limit])

    async def recalled(self, ask: Ask) -> list[Suggestion]:
        """Return what recall suggests, asking no model. Supersedes nothing."""
        cursor = Cursor.at(ask.document, ask.span.end)
        if not cursor.takes_suggestion:
            return []
        async with aclosing(self._engine.run(ask)) as events:
            async for event in events:
                if isinstance(event, Trying) and event.model != RECALL:
                    break
                if isinstance(event, Answer):
                    found = [(known, known.shaped) for known in self._read(event, cursor)]
                    return _suggestions(ask, cursor, found)
        return []

    def forget(self, uri: str | None = None) -> None:
        """Forget a document that was closed, or all of them, and end what is under way for it."""
        for name in [uri] if uri is not None else list(self._desks):
            if desk := self._desks.pop(name, None):
                desk.abandon()

    def changed(self, uri: str, version: int) -> None:
        """Take note that a document has a newer version."""
        if desk := self._desks.get(uri):
            desk.version = version

    def focus(self, uri: str) -> None:
        """Take note that the user went to a document: what others asked for is not wanted now."""
        for other, desk in self._desks.items():
            if other != uri:
                desk.abandon()

    async def aclose(self) -> None:
        """End all that is under way."""
        self.forget()
        if self._flying:
            await asyncio.wait(self._flying)

    def _desk(self, uri: str) -> Desk:
        uri = uri.removesuffix(WHAT_IF)
        desk = self._desks.pop(uri, None) or Desk()
        self._desks[uri] = desk  # the last used is the last
        for old in list(self._desks)[:-_DOCUMENTS]:
            self.forget(old)
        return desk

    def _is_coming(self, desk: Desk, place: Place) -> bool:
        """Whether the very same is being asked already, say for the other method of an editor."""
        return desk.flight is not None and not desk.flight.over and desk.flight.place == place

    def _launch(self, desk: Desk, ask: Ask, cursor: Cursor, place: Place, known: Found) -> None:
        desk.keep(_fitting(desk, cursor))
        settings = self._settings()
        wait = 0.0 if ask.explicit else self._rhythm.wait(cursor.head, settings.debounce_ms / 1000)
        ask = replace(ask, not_before=_now() + wait, max_tokens=settings.max_tokens)
        flight = Flight(ask, cursor, place, beside=known)
        desk.flight = flight
        flight.task = asyncio.get_running_loop().create_task(self._fly(desk, flight))
        self._flying.add(flight.task)
        flight.task.add_done_callback(self._flying.discard)

    async def _wait(self, desk: Desk, waiter: Waiter, within: float | None) -> Found:
        try:
            async with asyncio.timeout(within):
                return await waiter.future
        except TimeoutError:
            desk.leave(waiter)
            return []
        except asyncio.CancelledError:
            if desk.leave(waiter) and not desk.waiters:
                desk.keep(None)
            raise

    async def _fly(self, desk: Desk, flight: Flight) -> None:
        try:
            async with aclosing(self._engine.run(flight.ask)) as events:
                async for event in events:
                    if isinstance(event, Trying) and event.model != RECALL:
                        if flight.beside:
                            break
                        await self._clear_the_air(desk, flight)
                    elif isinstance(event, Delta):
                        flight.heard += event.text
                        if flight is desk.held and desk.latest and not flight.may_fit(desk.latest):
                            break
                    elif isinstance(event, Answer):
                        self._bring(desk, flight, event)
        except Exception as error:  # a fault of one run must not take the others down
            logger.warning("no suggestion: %s", type(error).__name__)
        finally:
            flight.news.set()
            if desk.flight is flight:
                for waiter in desk.waiters.values():
                    waiter.answer(flight.beside)
                desk.waiters.clear()

    async def _clear_the_air(self, desk: Desk, flight: Flight) -> None:
        """Wait for the call in the air while it may bring what is wanted; then close it."""
        if (held := desk.held) is not None and not held.over:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._patience(held, flight)):
                    await held.news.wait()
            desk.drop(held)
        if desk.closing:
            await asyncio.wait(desk.closing, timeout=_CLOSING)
        flight.heard = ""
        flight.cleared = _now()

    def _patience(self, held: Flight, flight: Flight) -> float:
        """Say until when the call in the air is worth waiting for."""
        now, sent = _now(), held.sent
        if held.known:
            return now + _PATIENCE * self._usual
        if flight.ask.explicit and not held.heard and now - sent < _NEARLY * self._usual:
            return now
        return sent + _PATIENCE * self._usual

    def _bring(self, desk: Desk, flight: Flight, answer: Answer) -> None:
        """Keep what has come and answer those whom it fits."""
        brought = self._read(answer, flight.cursor)
        if answer.model == RECALL and desk.version > flight.ask.document.version:
            brought = []  # recall reads the text as it is now, not as it was asked about
        elif answer.model != RECALL and brought:
            brought = [self._same(flight, brought[0])]
        for known in reversed(brought if _wants_several(flight.ask) else brought[:1]):
            desk.memory.remember(known)  # what is shown, and nothing else
        for task, waiter in list(desk.waiters.items()):
            if waiter.ask.explicit and not answer.final:
                continue
            fits = ((known, known.remaining(waiter.cursor)) for known in brought)
            fresh = [(known, left) for known, left in fits if left is not None]
            found = _distinct(flight.beside + fresh)
            if found or (answer.final and flight is desk.flight):
                waiter.answer(found)
                del desk.waiters[task]
        flight.news.set()
        if flight is desk.held and not desk.waiters:
            desk.keep(flight)
            desk.flight, desk.held = flight, None

    def _same(self, flight: Flight, known: Known) -> Known:
        """Give the fuller text of an answer the id of its beginning, which may be shown already."""
        if flight.known is None:
            self._usual += _SHARE * (_now() - flight.sent - self._usual)
        elif known.shaped.text.startswith(flight.known.shaped.text):
            known = replace(known, id=flight.known.id)
        flight.known = known
        return known

    def _read(self, answer: Answer, cursor: Cursor) -> list[Known]:
        value: Any = answer.value
        if answer.model == RECALL:
            shaped = [shape(proposal.text, cursor) for proposal in value]
        else:
            shaped = [value] if isinstance(value, Shaped) else []
        place = Place.of(cursor)
        return [
            Known(made_id(next(self._ids), answer.call), answer.model, place, one, _now())
            for one in shaped
            if one is not None
        ]


def _wants_several(ask: Ask) -> bool:
    return ask.explicit or ask.task == "complete"


def _fitting(desk: Desk, cursor: Cursor) -> Flight | None:
    """Return the call in the air that may yet bring what fits at the cursor."""
    now = _now()
    return next((f for f in desk.underway() if f.airborne(now) and f.may_fit(cursor)), None)


def _distinct(found: Found) -> Found:
    by_text: dict[str, tuple[Known, Shaped]] = {}
    for known, left in found:
        by_text.setdefault(left.text, (known, left))
    return list(by_text.values())


def _suggestions(
    ask: Ask, cursor: Cursor, found: Iterable[tuple[Known, Shaped]]
) -> list[Suggestion]:
    start = ask.span.end
    return [
        Suggestion(
            left.text, start, start + left.covers, known.model, known.id, cursor.line, cursor.column
        )
        for known, left in found
    ]


def _now() -> float:
    return asyncio.get_running_loop().time()
