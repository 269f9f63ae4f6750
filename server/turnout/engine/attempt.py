"""One candidate's try: a call, and at most one more after a short pause where that may help."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from turnout.engine.ask import Event, Unanswered
from turnout.engine.exchange import Exchange, OverBudget, Resting
from turnout.engine.parts import Job
from turnout.engine.record import Tried, report
from turnout.engine.retry import pause
from turnout_clients.errors import EmptyAnswer, ProviderError, Unauthorized

if TYPE_CHECKING:
    from turnout.ledger.entry import Relation

logger = logging.getLogger(__name__)


class Attempt:
    """One candidate's try. Afterwards ``failure`` says why there is no final answer, if so.

    ``spare`` says whether another candidate could be asked at once; ``news`` is set when a call
    leaves and when its first token comes.
    """

    def __init__(
        self,
        job: Job,
        name: str,
        spare: Callable[[], Awaitable[bool]],
        news: asyncio.Event,
        *,
        relation: Relation = "failover",
        anyway: bool = False,
    ) -> None:
        self.name = name
        self.exchange = Exchange(job, name, relation, job.spec.deadlines, news, anyway=anyway)
        """The call, or the one that was made in its place."""
        self.answered = False
        self.failure: Unanswered | None = None
        self.last_word = False
        """Whether no other candidate should be asked."""
        self.unreadable = False
        """Whether it answered, and nothing could be made of that."""
        self._job = job
        self._spare = spare
        self._news = news
        self._relation = relation
        self._anyway = anyway

    async def events(self) -> AsyncGenerator[Event, None]:
        """Ask the model; ends early where ``failure`` says so."""
        try:
            async with aclosing(self._calls()) as events:
                async for event in events:
                    yield event
            self.answered = True
        except OverBudget as error:
            self._job.record.rule_out(self.name, str(error), error.remedy)
            self.failure = Unanswered(f"{self.name}: {error}.", error.remedy, self.name)
        except Resting as error:
            self._job.record.rule_out(self.name, str(error), error.remedy)
            self.failure = Unanswered(f"{self.name} {error}.", error.remedy, self.name)
        except ProviderError as error:
            self._refuse(error)
        except Exception as error:
            report(self.name, error)
            self._note(error)
            self.failure = Unanswered(
                f"The answer of {self.name} could not be read ({type(error).__name__}).",
                "please report this with the log file",
                self.name,
            )
            self.last_word = self._job.typing and self.exchange.shown

    def _refuse(self, error: ProviderError) -> None:
        if isinstance(error, Unauthorized):
            self._job.parts.forget_keys()
        self.unreadable = isinstance(error, EmptyAnswer)
        self._note(error)
        logger.info("%s: %s: %s", self._job.ask.task, self.name, type(error).__name__)
        self.failure = Unanswered(str(error), error.remedy, self.name)
        # While typing, "nothing fits here" is an answer, and so is what has been shown already.
        silent = self._job.typing and (self.exchange.shown or isinstance(error, EmptyAnswer))
        self.last_word = silent or not error.elsewhere

    def _note(self, error: Exception) -> None:
        """Record what failed before its call could leave."""
        if self.exchange.tried is None:
            tried = Tried(self.name)
            tried.fail(error)
            self._job.record.tried.append(tried)

    async def _calls(self) -> AsyncGenerator[Event, None]:
        try:
            async with aclosing(self.exchange.events()) as events:
                async for event in events:
                    yield event
        except ProviderError as error:
            again = await self._again(error)
            if again is None:
                raise
        else:
            return
        self.exchange = again
        async with aclosing(again.events()) as events:
            async for event in events:
                yield event

    async def _again(self, error: ProviderError) -> Exchange | None:
        """Wait and return the call to be made instead, within the time that the first one had."""
        job, tried = self._job, self.exchange.tried
        if tried is None or tried.first_token is not None or self._relation == "hedge":
            return None
        deadlines = job.spec.deadlines
        seconds = pause(error, deadlines.first_token - tried.elapsed, typing=job.typing)
        if seconds is None or (job.typing and await self._spare()) or self._came_to_rest():
            return None
        if not job.experience.retries.take():
            return None
        await asyncio.sleep(seconds)
        gone = tried.elapsed + seconds
        deadlines = replace(
            deadlines, first_token=deadlines.first_token - gone, total=deadlines.total - gone
        )
        return Exchange(job, self.name, "retry", deadlines, self._news)

    def _came_to_rest(self) -> bool:
        """Whether that was one failure too many. A wait that was asked for will be over."""
        back_end = self.exchange.back_end
        if back_end is None or self._anyway:
            return True
        rest = self._job.experience.health.rest(back_end, typing=self._job.typing)
        return rest is not None and not rest.asked
