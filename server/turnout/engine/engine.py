"""The one path that every request takes: guard, route, gather, render, redact, call, read, check.

Closing the iterator of `Engine.run` closes the upstream sockets; the engine makes no task that
could outlive it. What a candidate said is void once the next one is tried (`Trying`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from turnout.document import Document
from turnout.engine.ask import PROPOSALS, Answer, Ask, Event, Routed, Trying, Unanswered
from turnout.engine.expectation import priced
from turnout.engine.experience import Experience
from turnout.engine.groundwork import Gather, Groundwork
from turnout.engine.lineup import Lineup
from turnout.engine.parts import Job, Parts
from turnout.engine.purse import Purse
from turnout.engine.record import Record, report
from turnout.engine.turn import Turn
from turnout.ledger.entry import Source
from turnout.ledger.money import expected_price
from turnout.routing.explain import explain
from turnout.routing.mode import in_mode
from turnout.routing.route import Candidate, Route, RuledOut
from turnout.settings.offers import is_local
from turnout.vocabulary import LAYER_OF, Task

if TYPE_CHECKING:
    from turnout.engine.minutes import Minutes
    from turnout.engine.verified import Verified
    from turnout.ledger.ledger import Ledger
    from turnout.recall import Proposal
    from turnout.routing.health import Health
    from turnout.session.memory import Memory
    from turnout.tasks.task import TaskSpec


class Engine:
    """Carries out asks. Without a ledger nothing is booked, and no budget is held."""

    def __init__(
        self,
        parts: Parts,
        tasks: Mapping[Task, TaskSpec],
        ledger: Ledger | None = None,
        *,
        gather: Gather | None = None,
        memory: Memory | None = None,
    ) -> None:
        self._parts = parts
        self._tasks = tasks
        self._ledger = ledger
        self._gather = gather
        self._memory = memory
        self._mark = token_hex(8)
        self._experience = Experience()
        self.records: deque[Record] = deque(maxlen=200)
        self.last: Record | None = None
        """The last ask that was answered."""
        self.on_end: Callable[[Task], None] = lambda _: None
        """Called when an ask has come to its end, however it did."""

    async def run(self, ask: Ask) -> AsyncGenerator[Event, None]:
        """Answer one ask: `Routed` comes first, a final `Answer` or `Unanswered` last."""
        route = self.route(ask)
        record = Record(ask.task, route, Purse(ask.max_cost))
        self.records.append(record)
        yield Routed(route)
        if not route.candidates:
            yield Unanswered(route.why, route.remedy, cost=0.0)
            return
        spec = self._tasks[ask.task]
        minutes = self._minutes(ask, spec)
        groundwork = Groundwork(ask, spec, self._gather, self._memory, self._mark)
        try:
            async with groundwork:
                job = Job(
                    ask,
                    spec,
                    route,
                    record,
                    self._parts,
                    self._experience,
                    self._ledger,
                    groundwork,
                    record.purse,
                    minutes,
                )
                async with aclosing(self._carry_out(job)) as events:
                    async for event in events:
                        if isinstance(event, Answer) and (event.final or job.typing):
                            record.show(event.model)
                            self.last = record
                        yield event
        finally:  # also where the asker has gone
            if minutes is not None:
                minutes.close()
            self.on_end(ask.task)

    async def _carry_out(self, job: Job) -> AsyncGenerator[Event, None]:
        """Ask one candidate after the other."""
        failures: list[Unanswered] = []
        record = job.record
        lineup = Lineup(job, job.route.candidates, failures)
        while candidate := await lineup.next():
            yield Trying(candidate.name, after=failures[-1].why if failures else "")
            if candidate.is_recall:
                if proposals := self._propose(job.ask):
                    record.answer = candidate.name
                    yield Answer(proposals, candidate.name)
                    return
                failures.append(_NOTHING_RECALLED)
                continue
            turn = _turn(job, candidate, lineup)
            async with aclosing(turn.events()) as events:
                async for event in events:
                    yield event
            if turn.answered:
                record.answer = turn.answered
                return
            failures += turn.failures
            if turn.last_word:
                break
        last = _foremost(failures)
        yield last if job.typing else replace(last, cost=await job.purse.spent())

    @property
    def health(self) -> Health:
        """How those that are asked are, as far as calls have shown."""
        return self._experience.health

    def forget(self) -> None:
        """Take every back end to be well: the settings have changed."""
        self._experience.health.forget()

    def _minutes(self, ask: Ask, spec: TaskSpec) -> Minutes | None:
        if self._memory is None or not ask.explicit or LAYER_OF[ask.task] == "instant":
            return None
        from turnout.engine.minutes import Minutes

        return Minutes(self._memory, ask, spec)

    def explain(self, ask: Ask) -> str:
        """Say in words who would answer this ask now, and why. Makes no call."""
        return explain(self.route(ask), checked=self.checks(ask.task))

    def checks(self, task: Task) -> bool:
        """Whether answers of a task are checked before they are shown."""
        spec = self._tasks.get(task)
        return spec is not None and spec.is_checked

    def route(self, ask: Ask) -> Route:
        """Say who would answer this ask now, and at which price. Makes no call."""
        document = ask.document
        if excluded := self._parts.exclusion.check_uri(document.uri):
            return _impossible(ask.task, f"This file is excluded: {excluded}.")
        if ask.task not in self._tasks:
            return _impossible(ask.task, f"There is no task {ask.task} yet.")
        route = self._parts.router.route(
            ask.task, path=_path(document), language=document.language, model=ask.model
        )
        settings = self._parts.settings
        return in_mode(priced(self._within_budget(route), ask, settings), settings.mode)

    def _within_budget(self, route: Route) -> Route:
        """Rule out what costs where the budget is known to be used up."""
        settings = self._parts.settings
        refusal = self._ledger and self._ledger.used_up(settings.budget)
        if not refusal:
            return route

        def is_free(candidate: Candidate) -> bool:
            model = settings.models.get(candidate.name)
            provider = settings.providers.get(model.provider) if model else None
            if model is None or provider is None:
                return True
            return is_local(provider) and not expected_price(Source.of(model, provider), 1, 1)

        free = tuple(filter(is_free, route.candidates))
        dear = [one for one in route.candidates if one not in free]
        over = (RuledOut(one.name, refusal.why, refusal.remedy) for one in dear)
        escalation = route.escalation if route.escalation in free else None
        ruled_out = (*route.ruled_out, *over)
        route = replace(route, candidates=free, ruled_out=ruled_out, escalation=escalation)
        if dear and not free:
            return replace(route, why=f"{refusal.why}.", remedy=refusal.remedy)
        return route

    def _propose(self, ask: Ask) -> tuple[Proposal, ...]:
        document = ask.document
        line, column = document.line_column(ask.span.start)
        try:
            proposals = self._parts.recall.propose(
                document.uri, line, column, PROPOSALS.get(ask.task, 1)
            )
        except Exception as error:  # a fault of recall must not take the models' answers away
            report("recall", error)
            return ()
        least = self._parts.settings.inline.min_confidence
        if not proposals or proposals[0].confidence < least:
            return ()
        if self._ledger is not None:
            self._ledger.recalled(ask.task)
        return tuple(proposals)


def _turn(job: Job, candidate: Candidate, lineup: Lineup) -> Turn | Verified:
    if job.typing:
        return Turn(job, candidate, lineup)
    from turnout.engine.verified import Verified  # not on the way to a suggestion

    return Verified(job, candidate, lineup)


_NOTHING_RECALLED = Unanswered("Nothing in your own code continues this line.", model="recall")


def _foremost(failures: list[Unanswered]) -> Unanswered:
    """Choose the failure to show: the first that the user can mend, else the last."""
    return next((f for f in failures if f.remedy), failures[-1])


def _path(document: Document) -> str | None:
    """Return a path also for other schemes: what the user said of a folder holds for its diffs."""
    try:
        return document.path or unquote(urlsplit(document.uri).path) or None
    except ValueError:
        return None


def _impossible(task: Task, why: str) -> Route:
    return Route(task, LAYER_OF[task], (), why=why)
