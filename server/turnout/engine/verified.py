"""A candidate's turn where somebody waits for a good answer: it is judged before it is shown.

An answer that does not pass its check, or cannot be read, leads to exactly one more call: to the
model that the route escalates to, else to the same model, with what was wrong. What that one says
is final, whatever its verdict; where it says nothing, the first answer stands with its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from turnout.edits.verify import Verdict
from turnout.engine.ask import Answer, Event, Trying, Unanswered
from turnout.engine.attempt import Attempt
from turnout.engine.lineup import Lineup
from turnout.engine.parts import Job
from turnout.engine.record import report
from turnout.routing.route import Candidate

if TYPE_CHECKING:
    from turnout.ledger.entry import Relation

UNREADABLE: Final = "the answer was not in the form that was asked for"


class Verified:
    """One candidate is asked, its answer is judged, and perhaps one more is asked for."""

    def __init__(self, job: Job, candidate: Candidate, lineup: Lineup) -> None:
        self._job = job
        self._lineup = lineup
        self._first = self._attempt(job, candidate.name, "failover", anyway=lineup.anyway)
        self.answered = ""
        """Who gave the answer, "" for nobody."""
        self.failures: list[Unanswered] = []
        self.last_word = False
        """Whether nobody else should be asked."""
        self._unjudged = False

    async def events(self) -> AsyncGenerator[Event, None]:
        """Ask; where there is no answer, ``failures`` says why."""
        held: list[Answer] = []
        async with aclosing(self._asked(self._first, held)) as events:
            async for event in events:
                yield event
        reasons = await self._reasons(self._first, held)
        if reasons and not self._job.record.asked_again:
            async with aclosing(self._again(reasons, held)) as events:
                async for event in events:
                    yield event
        if held:
            answer = held[-1]
            self.answered = answer.model
            self._close_minutes()
            yield replace(answer, cost=await self._job.purse.spent())

    async def _asked(self, attempt: Attempt, held: list[Answer]) -> AsyncGenerator[Event, None]:
        """Ask one; its answer is judged and held back."""
        minutes = self._job.minutes
        if minutes is not None:
            minutes.begin(attempt)
        final: Answer | None = None
        async with aclosing(attempt.events()) as events:
            async for event in events:
                if isinstance(event, Answer) and event.final:
                    final = event
                else:
                    yield event
        if final is not None:
            final = replace(final, verdict=await self._judged(attempt, final.value))
            held.append(final)
        if attempt.failure is not None:
            self.failures.append(attempt.failure)
            self.last_word = attempt.last_word
        if minutes is None:
            return
        if final is not None:
            minutes.answer(attempt, final.value, final.verdict)
        elif attempt.unreadable and self._job.spec.is_checked:
            minutes.answer(attempt, None, Verdict((UNREADABLE,)))
        else:
            minutes.fail()

    async def _judged(self, attempt: Attempt, value: Any) -> Verdict | None:
        spec = self._job.spec
        if not spec.is_checked:
            return None
        try:
            return await asyncio.to_thread(spec.check, attempt.exchange.ask, value)
        except Exception as error:  # what could not be judged is not taken for good
            report("check", error)
            self._unjudged = True
            return Verdict((f"the check could not be made ({type(error).__name__})",))

    async def _reasons(self, attempt: Attempt, held: list[Answer]) -> tuple[str, ...]:
        """Return why an answer is asked for once more; nothing where it is not.

        Where only the form is judged, somebody else is asked first, if there is anybody.
        """
        if held:
            verdict = held[-1].verdict
            return verdict.failures if verdict is not None and not self._unjudged else ()
        if not attempt.unreadable:
            return ()
        if self._job.spec.is_checked:
            return (UNREADABLE,)
        alone = attempt.exchange.said.strip() and await self._lineup.spare() is None
        return (UNREADABLE,) if alone else ()

    async def _again(
        self, reasons: tuple[str, ...], held: list[Answer]
    ) -> AsyncGenerator[Event, None]:
        """Make the one call more; whom a call cannot be made to, does not count."""
        earlier = self._first.exchange.said
        job = replace(self._job, feedback=reasons, earlier=earlier)
        for name, relation in self._whom():
            attempt = self._attempt(job, name, relation)
            yield Trying(name, after=self._why(reasons))
            async with aclosing(self._asked(attempt, held)) as events:
                async for event in events:
                    yield event
            if attempt.exchange.tried is not None:
                self._job.record.asked_again = name
                self._lineup.drop(name)
                if attempt.unreadable:  # twice: asking on would be guessing
                    self.last_word = True
                    self.failures = [self._unread(name)]
                return

    def _whom(self) -> Iterator[tuple[str, Relation]]:
        escalation = self._job.route.escalation
        if escalation is not None and escalation.name != self._first.name:
            yield escalation.name, "escalation"
        yield self._first.name, "repair"

    def _why(self, reasons: tuple[str, ...]) -> str:
        task = self._job.spec.title
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        return f"{task} by {self._first.name} did not pass: {reasons[0].rstrip('.')}{more}."

    def _unread(self, name: str) -> Unanswered:
        who = f"{self._first.name} and {name}" if name != self._first.name else f"{name}, twice,"
        return Unanswered(
            f"{who} gave no answer in the form that was asked for.",
            "choose another model",
            name,
        )

    def _attempt(self, job: Job, name: str, relation: Relation, *, anyway: bool = False) -> Attempt:
        return Attempt(job, name, _nobody, asyncio.Event(), relation=relation, anyway=anyway)

    def _close_minutes(self) -> None:
        if self._job.minutes is not None:
            self._job.minutes.close()


async def _nobody() -> bool:
    return False
