"""One run of the engine for one place, and those who wait for what it brings."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from turnout.inline.reuse import Known, Memory, Place

if TYPE_CHECKING:
    from turnout.engine.ask import Ask
    from turnout.inline.cursor import Cursor
    from turnout.inline.shape import Shaped
    from turnout.vocabulary import Task

_NEW_LINES: Final = 2  # that are looked for in what was typed while nothing is known

Found = list[tuple[Known, "Shaped"]]


@dataclass(eq=False, slots=True)
class Waiter:
    """A request that waits for an answer. Superseded, it gets the empty one."""

    ask: Ask
    cursor: Cursor
    place: Place
    future: asyncio.Future[Found]

    def answer(self, found: Found) -> None:
        """Answer, unless that has happened."""
        if not self.future.done():
            self.future.set_result(found)


@dataclass(eq=False, slots=True)
class Flight:
    """A run of the engine. ``airborne`` from when its call may have left the machine."""

    ask: Ask
    cursor: Cursor
    place: Place
    task: asyncio.Task[None] | None = None
    cleared: float | None = None  # when it was let go, by the clock of the loop
    beside: Found = field(default_factory=list)
    """What is known already; where there is any, no model is asked."""
    known: Known | None = None
    heard: str = ""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it was answered, has failed, or turned out not to fit what was typed since."""

    @property
    def sent(self) -> float:
        """When its call left, or may leave at the earliest."""
        return max(self.cleared or 0.0, self.ask.not_before)

    def airborne(self, now: float) -> bool:
        """Whether its call is on its way, and not over."""
        return self.cleared is not None and self.sent <= now and not self.over

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.task is not None and self.task.done()

    def may_fit(self, cursor: Cursor) -> bool:
        """Whether what it brings may still fit at the cursor."""
        if self.known is not None:
            return self.known.typed(cursor) is not None
        for new_lines in range(_NEW_LINES + 1):
            if (typed := self.place.typed(cursor, new_lines)) is not None:
                return _agree(self.heard, typed)
        return False


def _agree(heard: str, typed: str) -> bool:
    """Whether a stream that began with ``heard`` may be how ``typed`` goes on."""
    heard, typed = heard.lstrip(), typed.lstrip()
    if heard.startswith(("`", "<")):  # a fence or a marker, which the reader takes off
        return True
    length = min(len(heard), len(typed))
    return heard[:length] == typed[:length]


@dataclass(eq=False, slots=True)
class Desk:
    """All that goes on for one document: at most one call of it is in the air."""

    memory: Memory = field(default_factory=Memory)
    flight: Flight | None = None  # for the newest place that had to be asked about
    held: Flight | None = None  # an older one in the air, which may yet bring what fits
    waiters: dict[Task, Waiter] = field(default_factory=dict)
    closing: set[asyncio.Task[None]] = field(default_factory=set)
    latest: Cursor | None = None
    place: Place | None = None
    version: int = 0  # of the text, as far as it is known

    def arrive(self, task: Task, cursor: Cursor, place: Place) -> None:
        """Answer empty whoever waits for an older place, or for this task."""
        self.latest, self.place = cursor, place
        for name, waiter in list(self.waiters.items()):
            if name == task or waiter.place != place:
                waiter.answer([])
                del self.waiters[name]

    def leave(self, waiter: Waiter) -> bool:
        """Let a waiter go; say whether it was still waiting."""
        if self.waiters.get(waiter.ask.task) is not waiter:
            return False
        del self.waiters[waiter.ask.task]
        return True

    def underway(self) -> list[Flight]:
        """Return what is under way, the newest first."""
        return [one for one in (self.flight, self.held) if one is not None and not one.over]

    def keep(self, flight: Flight | None) -> None:
        """End all that is under way but this, which is held for what it may bring."""
        for other in self.underway():
            if other is not flight:
                self.drop(other)
        self.flight = None
        self.held = flight
        if flight is not None:
            flight.news.clear()

    def drop(self, flight: Flight) -> None:
        """End a flight; its socket closes."""
        if self.held is flight:
            self.held = None
        if flight.task is not None and not flight.over:
            flight.task.cancel()
            self.closing.add(flight.task)
            flight.task.add_done_callback(self.closing.discard)

    def abandon(self) -> None:
        """End all that is under way, and answer empty whoever waits for it."""
        self.keep(None)
        for waiter in self.waiters.values():
            waiter.answer([])
        self.waiters.clear()
