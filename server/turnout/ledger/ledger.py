"""The ledger: what the event loop hands in, a thread of its own writes, many lines at a time.

Nothing here waits on the loop but a reservation, and that only where the user set a cap. A line is
acknowledged when `flush` returned true, or its reservation was answered: then it is committed.
Where the file cannot be written, the lines wait in memory and the server goes on.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections import Counter
from concurrent.futures import Future
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from turnout.ledger.budget import Standing, caps
from turnout.ledger.writer import (
    Command,
    Count,
    Flush,
    Line,
    Removal,
    Reservation,
    Verdict,
    Writer,
)
from turnout.settings.model import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from turnout.ledger.budget import Period, Refusal
    from turnout.ledger.entry import Entry, Outcome
    from turnout.vocabulary import Task
    from turnout_clients.types import Usage

logger = logging.getLogger(__name__)

_COUNTING: Final = 2.0  # seconds over which answers of recall are counted together
_PATIENCE: Final = 1.0  # seconds that whoever asks what was spent waits for what is being written
_FRESH: Final = 5.0  # seconds that what other processes spent is taken to be known


class Ledger:
    """The books of one server. Use it from one event loop; `flush` from any thread."""

    def __init__(self, file: Path) -> None:
        self.session: Final = secrets.token_hex(8)
        """The key of this run of the server."""
        self._file = file
        self._workspace = ""
        self._writer: Writer | None = None  # made with its thread, when there is something to book
        self._open: dict[str, Outcome | None] = {}  # calls under way, and what is known of them
        self._recalled: Counter[tuple[str, Task, str]] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._standings: tuple[float, Sequence[Standing]] = (0.0, ())
        self.on_word: Callable[[str], None] = logger.warning
        """Called on the loop with what the user should hear of the budget."""

    def work_in(self, folder: str) -> None:
        """Book what comes under this folder, by a hash of its path."""
        self._workspace = sha256(folder.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def begin(self) -> str:
        """Return the id of a call that is about to be made; `record` is to follow."""
        call = secrets.token_hex(12)
        self._open[call] = None
        return call

    def record(self, entry: Entry) -> None:
        """Book a call that has ended, however it did."""
        outcome = self._open.pop(entry.id, None)
        self._put(Line(entry, self._workspace))
        if outcome is not None:
            self._put(Verdict(entry.id, outcome))

    def outcome(self, call: str, outcome: Outcome) -> None:
        """Book what became of the answer of a call, which may still be under way."""
        if call in self._open:
            self._open[call] = outcome
        else:
            self._put(Verdict(call, outcome))

    def recalled(self, task: Task, kind: str = "answered") -> None:
        """Count an answer of recall, or what became of one."""
        if not self._recalled:
            asyncio.get_running_loop().call_later(_COUNTING, self._send_counts)
        self._recalled[self._workspace, task, kind] += 1

    async def reserve(
        self, entry: Entry, most: Callable[[], Usage], budget: Budget
    ) -> Refusal | None:
        """Set aside what a call may cost at most; return why it may not be made, if so.

        Cancelled meanwhile, nothing is set aside. What was set aside is settled by `record`.
        """
        if budget == Budget():
            return None
        self._loop = asyncio.get_running_loop()
        answer: Future[Refusal | None] = Future()
        self._put(Reservation(entry, self._workspace, most, budget, answer), hurry=True)
        try:
            refusal = await asyncio.wrap_future(answer)
        except asyncio.CancelledError:
            self.release(entry.id)
            raise
        if refusal is not None:
            self._open.pop(entry.id, None)
        return refusal

    def release(self, call: str) -> None:
        """Take back what was set aside: the call was not made."""
        self._open.pop(call, None)
        self._put(Removal(call))

    def used_up(self, budget: Budget) -> Refusal | None:
        """Return why nothing that costs may be asked now, by what is known without looking."""
        at, standings = self._standings
        if budget == Budget() or time.monotonic() - at > _FRESH:
            return None
        spent = (standing for standing in standings if standing.used_up)
        return next((standing.refusal(0.0) for standing in spent), None)

    async def look(self, budget: Budget) -> dict[Period, float]:
        """Return what was spent in each period, by whichever process; `used_up` knows it then.

        Where the file cannot be read, nothing is known of any.
        """
        if self._writer is not None:
            answer: Future[bool] = Future()
            self._put(Flush(answer), hurry=True)
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.wrap_future(answer), _PATIENCE)
        found = await asyncio.to_thread(_spent, self._file, self.session)
        if found:
            standings = [Standing(period, cap, *found[period]) for period, cap in caps(budget)]
            self._standings = (time.monotonic(), standings)
        return {period: usd for period, (usd, _) in found.items()}

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until all that was booked is committed; false where it could not be."""
        answer: Future[bool] = Future()
        self._send_counts()
        self._put(Flush(answer), hurry=True)
        try:
            return answer.result(timeout)
        except TimeoutError:
            return False

    async def aclose(self) -> None:
        """Write what is left and end the thread."""
        self._send_counts()
        if self._writer is None:
            return
        answer: Future[bool] = Future()
        self._put(Flush(answer, last=True), hurry=True)
        await asyncio.wrap_future(answer)
        self._writer = None

    def _send_counts(self) -> None:
        for (workspace, task, kind), n in self._recalled.items():
            self._put(Count(workspace, task, kind, n))
        self._recalled.clear()

    def _put(self, command: Command, *, hurry: bool = False) -> None:
        if self._writer is None:
            self._writer = Writer(self._file, self.session, self._learn)
            threading.Thread(target=self._writer.run, name="ledger", daemon=True).start()
        self._writer.put(command, hurry=hurry)

    def _learn(self, standings: Sequence[Standing], words: Sequence[str]) -> None:
        """Take over, on the writer's thread, what was found in the file."""
        self._standings = (time.monotonic(), standings)
        loop = self._loop
        if loop is None:
            return
        for word in words:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self.on_word, word)


def _spent(file: Path, session: str) -> dict[Period, tuple[float, float]]:
    from turnout.ledger.read import UnreadableError, spent  # SQLite takes its time to load

    try:
        return spent(file, session, time.time())
    except UnreadableError as error:
        logger.debug("the ledger: %s", error)
        return {}
