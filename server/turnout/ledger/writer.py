"""The thread of the ledger: one transaction for all that came together."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

from turnout.ledger.budget import UNHELD, Refusal, Standing, unpriced
from turnout.settings.model import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from turnout.ledger.entry import Entry, Outcome
    from turnout.ledger.row import Row
    from turnout.ledger.store import Store
    from turnout.vocabulary import Task
    from turnout_clients.types import Usage

logger = logging.getLogger(__name__)

_LINGER: Final = 0.1  # seconds that lines wait for others to be written with
_AGAIN: Final = 5.0  # seconds until a file that could not be written is tried again
_KEPT: Final = 10_000  # lines that wait meanwhile


@dataclass(frozen=True, slots=True)
class Line:
    """A call that has ended."""

    entry: Entry
    workspace: str


@dataclass(frozen=True, slots=True)
class Removal:
    """A reservation whose call was not made."""

    call: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an answer."""

    call: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Count:
    """Answers of recall."""

    workspace: str
    task: Task
    kind: str
    n: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """The most that a call may cost is to be set aside."""

    entry: Entry
    workspace: str
    most: Callable[[], Usage]
    budget: Budget
    answer: Future[Refusal | None]


@dataclass(frozen=True, slots=True)
class Flush:
    """All before is to be written; the last one ends the thread."""

    answer: Future[bool]
    last: bool = False


Change = Line | Removal | Verdict | Count
Command = Change | Reservation | Flush


class Writer:
    """The thread: one transaction for all that came together."""

    def __init__(
        self, file: Path, session: str, learn: Callable[[Sequence[Standing], Sequence[str]], None]
    ) -> None:
        self._file = file
        self._session = session
        self._learn = learn
        self._queue: SimpleQueue[Command] = SimpleQueue()
        self._hurry = threading.Event()
        self._store: Store | None = None
        self._kept: list[Change] = []  # what could not be written yet
        self._budget = Budget()
        self._failing = False
        self._prices_loaded = False

    def put(self, command: Command, *, hurry: bool = False) -> None:
        """Hand something in, from any thread. What is in a hurry takes all before it along."""
        self._queue.put(command)
        if hurry:
            self._hurry.set()

    def run(self) -> None:
        """Write until told to end."""
        last = False
        while not last:
            batch = self._gather()
            changes = [*self._kept, *(c for c in batch if isinstance(c, Change))]
            reservations = [
                command
                for command in batch
                if isinstance(command, Reservation)
                and command.answer.set_running_or_notify_cancel()
            ]
            flushes = [command for command in batch if isinstance(command, Flush)]
            last = any(command.last for command in flushes)
            written = self._write(changes, reservations)
            self._kept = [] if written else changes[-_KEPT:]
            if last and self._store is not None:
                self._store.close()
            for flush in flushes:
                if flush.answer.set_running_or_notify_cancel():
                    flush.answer.set_result(written)

    def _gather(self) -> list[Command]:
        """Wait for something to do, then a moment for more of it."""
        try:
            batch = [self._queue.get(timeout=_AGAIN if self._kept else None)]
        except Empty:
            return []
        self._hurry.wait(_LINGER)
        self._hurry.clear()
        while True:
            try:
                batch.append(self._queue.get_nowait())
            except Empty:
                return batch

    def _write(self, changes: Sequence[Change], reservations: Sequence[Reservation]) -> bool:
        try:
            refusals = self._try_twice(changes, reservations)
        except Exception as error:  # the server works without its books
            self._complain(error)
            self._close()
            for reservation in reservations:
                local = reservation.entry.source.local
                reservation.answer.set_result(None if local else UNHELD)
            return False
        if self._failing:
            logger.warning("the ledger is written again")
            self._failing = False
        for reservation, refusal in zip(reservations, refusals, strict=True):
            reservation.answer.set_result(refusal)
        return True

    def _try_twice(
        self, changes: Sequence[Change], reservations: Sequence[Reservation]
    ) -> list[Refusal | None]:
        from turnout.ledger.store import is_damage

        try:
            return self._commit(changes, reservations)
        except Exception as error:
            if self._store is None or not is_damage(error):
                raise
            logger.warning("the ledger was damaged; it is set aside and a new one begun")
            self._store.set_aside()
            self._store = None
        return self._commit(changes, reservations)

    def _commit(
        self, changes: Sequence[Change], reservations: Sequence[Reservation]
    ) -> list[Refusal | None]:
        from turnout.ledger.row import settled, without_price

        # Prices are looked up before the file is locked: the first time takes a while.
        store = self._opened()
        lines = [change for change in changes if isinstance(change, Line)]
        if lines and not self._prices_loaded:  # loading them may take longer than there is time
            with store.transaction():
                for line in lines:
                    store.put(without_price(line.entry, self._session, line.workspace))
        rows: dict[str, Row] = {
            line.entry.id: settled(line.entry, self._session, line.workspace) for line in lines
        }
        worst = [_worst(reservation) for reservation in reservations]
        self._prices_loaded = self._prices_loaded or bool(rows or worst)
        words: list[str] = []
        with store.transaction():
            for change in changes:
                self._apply(store, change, rows)
            refusals = [
                self._reserve(store, reservation, usd, words)
                for reservation, usd in zip(reservations, worst, strict=True)
            ]
            standings = self._stand(store, words)
        if self._budget != Budget():
            self._learn(standings, words)
        return refusals

    def _apply(self, store: Store, change: Change, rows: dict[str, Row]) -> None:
        match change:
            case Line(entry):
                store.put(rows[entry.id])
            case Removal(call):
                store.remove(call)
            case Verdict(call, outcome):
                store.set_outcome(call, outcome)
            case Count(workspace, task, kind, n):
                store.count(time.time(), self._session, workspace, task, kind, n)

    def _reserve(
        self, store: Store, reservation: Reservation, usd: float | None, words: list[str]
    ) -> Refusal | None:
        from turnout.ledger.row import reserved

        entry, self._budget = reservation.entry, reservation.budget
        if usd is None:
            return unpriced(entry.source.name)
        now = time.time()
        for standing in store.standings(self._budget, self._session, now) if usd else ():
            if standing.refuses(usd):
                refusal = standing.refusal(usd)
                # Whoever pressed a key gets the refusal as the answer.
                silent = entry.layer == "instant" and not standing.held
                if silent and self._is_news(store, standing, "refused"):
                    words.append(f"{refusal.why} ({entry.source.name}); {refusal.remedy}.")
                return refusal
        store.put(reserved(entry, usd, self._session, reservation.workspace))
        return None

    def _stand(self, store: Store, words: list[str]) -> list[Standing]:
        """Return how things stand with the budget; add what the user has not heard of it yet."""
        now = time.time()
        standings = store.standings(self._budget, self._session, now)
        words += [
            standing.word()
            for standing in standings
            if standing.nearly and self._is_news(store, standing, "nearly")
        ]
        return standings

    def _is_news(self, store: Store, standing: Standing, what: str) -> bool:
        """Whether the user has not heard it today, from any server that it concerns."""
        of = self._session if standing.period == "session" else standing.period
        return store.tell_once(time.time(), f"{of} {what}")

    def _opened(self) -> Store:
        if self._store is not None and self._store.lies_there_still():
            return self._store
        self._close()
        from turnout.ledger.store import Store

        self._store = Store(self._file)
        self._store.prepare()
        return self._store

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def _complain(self, error: Exception) -> None:
        if not self._failing:
            self._failing = True
            logger.warning("the ledger cannot be written: %s", type(error).__name__)


def _worst(reservation: Reservation) -> float | None:
    from turnout.ledger.money import worst_case

    entry = reservation.entry
    return worst_case(entry.source, reservation.most(), entry.at)
