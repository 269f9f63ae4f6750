"""A candidate's turn; and, where an inline request is late, that of the one asked beside it.

The second call is a hedge: whoever first has something to show wins, and the other call is closed.
Only then tasks are made, and none of them outlives the turn.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from turnout.engine.ask import Answer, Event, Trying, Unanswered
from turnout.engine.attempt import Attempt
from turnout.engine.lineup import Lineup
from turnout.engine.parts import Job
from turnout.routing.route import Candidate


class Turn:
    """One candidate is asked, and perhaps the next one beside it."""

    def __init__(self, job: Job, candidate: Candidate, lineup: Lineup) -> None:
        self._job = job
        self._lineup = lineup
        self._news = asyncio.Event()
        self._first = Attempt(job, candidate.name, self._is_spare, self._news, anyway=lineup.anyway)
        self._attempts = [self._first]

    @property
    def answered(self) -> str:
        """Who gave the answer, "" for nobody."""
        return next((one.name for one in self._attempts if one.answered), "")

    @property
    def failures(self) -> list[Unanswered]:
        """Why there is no answer, of each that was asked."""
        return [one.failure for one in self._attempts if one.failure]

    @property
    def last_word(self) -> bool:
        """Whether nobody else should be asked."""
        return any(one.last_word for one in self._attempts)

    async def events(self) -> AsyncGenerator[Event, None]:
        """Ask; where there is no answer, ``failures`` says why."""
        late = await self._late()
        events = self._first.events() if late is None else self._race(late)
        async with aclosing(events):
            async for event in events:
                yield event

    async def _is_spare(self) -> bool:
        return len(self._attempts) > 1 or await self._lineup.spare() is not None

    async def _late(self) -> float | None:
        """Return after how many seconds somebody else may be asked too."""
        if not self._job.may_hedge:
            return None
        late = self._job.experience.first_tokens.late(self._first.name)
        return late if late is not None and await self._is_spare() else None

    async def _race(self, late: float) -> AsyncGenerator[Event, None]:
        runners = [_Runner(self._first, self._news)]
        try:
            if await _is_late(runners[0], self._news, late) and (hedge := await self._hedge()):
                self._attempts.append(hedge)
                runners.append(_Runner(hedge, self._news))
            leader = await _leader(runners, self._news)
            for runner in runners:
                if runner is not leader:
                    runner.task.cancel()
            if leader is not runners[0]:
                failure = self._first.failure
                why = failure.why if failure else f"{self._first.name} takes longer than usual."
                yield Trying(leader.attempt.name, after=why)
            async with aclosing(leader.events()) as events:
                async for event in events:
                    yield event
        finally:
            await _end(runners)

    async def _hedge(self) -> Attempt | None:
        """Take the next candidate, where one may be asked and so many hedges are allowed."""
        other = await self._lineup.spare()
        if other is None or not self._job.experience.hedges.take():
            return None
        self._lineup.take(other)
        return Attempt(self._job, other.name, self._is_spare, self._news, relation="hedge")


class _Runner:
    """An attempt in a task of its own; what it brings waits in order."""

    def __init__(self, attempt: Attempt, news: asyncio.Event) -> None:
        self.attempt = attempt
        self.answered = False
        self._news = news  # of all runners, and of their calls
        self._brought: deque[Event] = deque()
        self.task = asyncio.get_running_loop().create_task(self._run())
        self.task.add_done_callback(lambda _: news.set())

    async def _run(self) -> None:
        async with aclosing(self.attempt.events()) as events:
            async for event in events:
                self._brought.append(event)
                self.answered = self.answered or isinstance(event, Answer)
                self._news.set()

    async def events(self) -> AsyncGenerator[Event, None]:
        """Give what was brought, and what comes."""
        while True:
            while self._brought:
                yield self._brought.popleft()
            if self.task.done():
                self.task.result()
                return
            self._news.clear()
            await self._news.wait()


async def _is_late(runner: _Runner, news: asyncio.Event, seconds: float) -> bool:
    """Wait for the first token; say whether it has not come in time."""
    while not runner.task.done():
        tried = runner.attempt.exchange.tried
        if tried is not None and tried.first_token is not None:
            return False
        news.clear()
        try:
            async with asyncio.timeout_at(None if tried is None else tried.began + seconds):
                await news.wait()
        except TimeoutError:
            return True
    return False


async def _leader(runners: Sequence[_Runner], news: asyncio.Event) -> _Runner:
    """Wait until one has something to show, or is the only one left, or all have failed."""
    while True:
        running = [one for one in runners if not one.task.done()]
        ahead = next((one for one in runners if one.answered), None)
        if ahead or len(running) < 2:
            return ahead or (running[0] if running else runners[0])
        news.clear()
        await news.wait()


async def _end(runners: Sequence[_Runner]) -> None:
    """Close what is still open, and wait for it: no task is left behind."""
    tasks = [runner.task for runner in runners]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
