"""The one path that every request takes: guard, route, render, redact, call, read, answer.

Closing the iterator of `Engine.run` closes the upstream socket; the engine makes no task that could
outlive it. What a candidate said is void once the next one is tried (`Trying`).
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from turnout.context.redact import Redactor, Restorer
from turnout.document import Document
from turnout.engine.ask import PROPOSALS, Answer, Ask, Delta, Event, Routed, Trying, Unanswered
from turnout.engine.outbound import outbound
from turnout.engine.record import Bill, Record, is_local
from turnout.routing.route import Candidate, Route, RuledOut
from turnout.settings.model import Provider, Settings
from turnout.vocabulary import LAYER_OF, Task
from turnout_clients.errors import (
    EmptyAnswer,
    MalformedStream,
    ModelNotFound,
    ProviderError,
    Refused,
    StreamCut,
    Unauthorized,
)
from turnout_clients.types import (
    Call,
    Chunk,
    Done,
    Endpoint,
    Model,
    Prompt,
    Text,
)

if TYPE_CHECKING:
    from turnout.ledger.entry import Entry
    from turnout.ledger.ledger import Ledger
    from turnout.recall import EarlyRecall, Proposal, Recall
    from turnout.routing.router import Router
    from turnout.tasks.task import Reader, TaskSpec

logger = logging.getLogger(__name__)


class Guard(Protocol):
    """Says what may never leave the machine."""

    def check_uri(self, uri: str) -> str | None:
        """Return why a document is excluded, None where it is not."""
        ...


class Streams(Protocol):
    """Talks to models."""

    def stream(self, call: Call) -> AsyncGenerator[Chunk, None]:
        """Carry out one call; closing the iterator closes its socket."""
        ...


class Parts(Protocol):
    """What the engine works with; read anew for every request, since settings change."""

    @property
    def settings(self) -> Settings:
        """The settings in force."""

    @property
    def exclusion(self) -> Guard:
        """The guard."""

    @property
    def router(self) -> Router:
        """Who should answer."""

    @property
    def recall(self) -> Recall | EarlyRecall:
        """The embedded completion engine."""

    @property
    def client(self) -> Streams:
        """The way to models."""

    async def endpoint(self, provider: Provider) -> Endpoint:
        """Resolve a provider's key; raises `Unauthorized` where it is missing."""
        ...

    def forget_keys(self) -> None:
        """Look keys up anew at the next call."""


class OverBudget(ProviderError):
    """The user's own budget does not allow the call."""


class Engine:
    """Carries out asks. Without a ledger nothing is booked, and no budget is held."""

    def __init__(
        self, parts: Parts, tasks: Mapping[Task, TaskSpec], ledger: Ledger | None = None
    ) -> None:
        self._parts = parts
        self._tasks = tasks
        self._ledger = ledger
        self.records: deque[Record] = deque(maxlen=200)

    async def run(self, ask: Ask) -> AsyncGenerator[Event, None]:
        """Answer one ask: `Routed` comes first, a final `Answer` or `Unanswered` last."""
        route = self.route(ask)
        record = Record(ask.task, route)
        self.records.append(record)
        yield Routed(route)
        failures: list[Unanswered] = []
        for candidate in route.candidates:
            yield Trying(candidate.name, after=failures[-1].why if failures else "")
            if candidate.is_recall:
                if proposals := self._propose(ask):
                    record.answer = candidate.name
                    if self._ledger is not None:
                        self._ledger.recalled(ask.task)
                    yield Answer(proposals, candidate.name)
                    return
                failures.append(_NOTHING_RECALLED)
                continue
            attempt = _Attempt(self._parts, self._tasks, ask, candidate.name, record, self._ledger)
            async with aclosing(attempt.events()) as events:
                async for event in events:
                    yield event
            if attempt.failure is None:
                record.answer = candidate.name
                return
            failures.append(attempt.failure)
            if attempt.last_word:
                break
        failure = _foremost(failures) or Unanswered(route.why, route.remedy)
        record.why_not = failure.why
        yield failure

    def route(self, ask: Ask) -> Route:
        """Say who would answer this ask now. Makes no call."""
        document = ask.document
        if excluded := self._parts.exclusion.check_uri(document.uri):
            return _impossible(ask.task, f"This file is excluded: {excluded}.")
        if ask.task not in self._tasks:
            return _impossible(ask.task, f"There is no task {ask.task} yet.")
        route = self._parts.router.route(
            ask.task, path=_path(document), language=document.language, model=ask.model
        )
        return self._within_budget(route)

    def _within_budget(self, route: Route) -> Route:
        """Rule out what costs where the budget is known to be used up."""
        settings = self._parts.settings
        refusal = self._ledger and self._ledger.used_up(settings.budget)
        if not refusal:
            return route

        def is_free(candidate: Candidate) -> bool:
            model = settings.models.get(candidate.name)
            provider = settings.providers.get(model.provider) if model else None
            return provider is None or is_local(provider)

        free = tuple(filter(is_free, route.candidates))
        dear = [one for one in route.candidates if one not in free]
        over = (RuledOut(one.name, refusal.why, refusal.remedy) for one in dear)
        route = replace(route, candidates=free, ruled_out=(*route.ruled_out, *over))
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
            _report("recall", error)
            return ()
        least = self._parts.settings.inline.min_confidence
        return tuple(proposals) if proposals and proposals[0].confidence >= least else ()


class _Attempt:
    """One candidate's try. Afterwards ``failure`` says why there is no final answer, if so."""

    def __init__(
        self,
        parts: Parts,
        tasks: Mapping[Task, TaskSpec],
        ask: Ask,
        name: str,
        record: Record,
        ledger: Ledger | None,
    ) -> None:
        self._parts = parts
        self._spec = tasks[ask.task]
        self._ask = ask
        self._name = name
        self._record = record
        self._ledger = ledger
        self._booking: tuple[Bill, Entry] | None = None  # of the call, once it leaves
        self._instant = LAYER_OF[ask.task] == "instant"
        self._shown = False
        self.failure: Unanswered | None = None
        self.last_word = False
        """Whether no other candidate should be asked."""

    async def events(self) -> AsyncGenerator[Event, None]:
        """Ask the model; ends early where ``failure`` says so."""
        try:
            async with aclosing(self._answers()) as answers:
                async for event in answers:
                    yield event
        except OverBudget as error:
            self._record.rule_out(self._name, str(error), error.remedy)
            self.failure = Unanswered(f"{self._name}: {error}.", error.remedy, self._name)
        except ProviderError as error:
            if isinstance(error, Unauthorized):
                self._parts.forget_keys()
            self._record.failed(self._name, error)
            logger.info("%s: %s: %s", self._ask.task, self._name, type(error).__name__)
            self.failure = Unanswered(str(error), error.remedy, self._name)
            # While typing, "nothing fits here" is an answer, and so is what has been shown already.
            silent = self._instant and (self._shown or isinstance(error, EmptyAnswer))
            self.last_word = silent or not error.elsewhere
        except Exception as error:
            _report(self._name, error)
            self._record.failed(self._name, error)
            self.failure = Unanswered(
                f"The answer of {self._name} could not be read ({type(error).__name__}).",
                "please report this with the log file",
                self._name,
            )
            self.last_word = self._shown and self._instant
        finally:  # also where the asker has gone
            if self._ledger is not None and self._booking is not None:
                bill, opening = self._booking
                self._ledger.record(bill.closing(opening, self._record.tried[-1]))

    async def _answers(self) -> AsyncGenerator[Event, None]:
        if (wait := self._ask.not_before - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(wait)
        model, provider = self._configured()
        endpoint = await self._parts.endpoint(provider)
        redactor = Redactor()
        prompt = outbound(self._spec.render(self._ask, model), redactor)
        call = Call(endpoint, model, prompt, self._spec.deadlines, self._spec.limits)
        reader = self._spec.reader(self._ask, model)
        restorer = Restorer(redactor)
        done: Done | None = None
        call_id = await self._open_account(model, provider, prompt)
        self._record.calling(self._name, call_id)
        async with aclosing(self._parts.client.stream(call)) as chunks:
            async for chunk in chunks:
                if isinstance(chunk, Done):
                    done = chunk
                    self._record.done(done.usage)
                    break
                self._record.heard(chunk)
                if isinstance(chunk, Text):
                    for event in self._take(restorer.feed(chunk.text), restorer, reader):
                        yield event
                if reader.enough:
                    done = Done("stop")
                    self._record.done(None, whole=False)
                    break
        if done is None:
            raise StreamCut(f"{self._name} stopped before its end.", provider=model.provider)
        if done.reason == "refusal":
            raise Refused(f"{self._name} declined to answer.", provider=model.provider)
        for event in self._take(restorer.finish(), restorer, reader):
            yield event
        value = reader.finish(done.reason)
        if value is None:
            raise EmptyAnswer(f"{self._name} had no usable answer.", provider=model.provider)
        self._record.answered()
        yield Answer(value, self._name, call=call_id)

    async def _open_account(self, model: Model, provider: Provider, prompt: Prompt) -> str:
        """Set the cost of the call aside where there is a budget; return its id in the ledger."""
        if self._ledger is None:
            return ""
        bill = Bill.of(self._ledger.begin(), model, provider, prompt)
        opening = bill.opening(self._record)
        budget = self._parts.settings.budget
        if refusal := await self._ledger.reserve(opening, bill.most, budget):
            raise OverBudget(refusal.why, provider=provider.name, remedy=refusal.remedy)
        self._booking = bill, opening
        return bill.id

    def _configured(self) -> tuple[Model, Provider]:
        """Look up what the settings say now: they may have changed while the call had to wait."""
        settings = self._parts.settings
        model = settings.models.get(self._name)
        provider = settings.providers.get(model.provider) if model else None
        if model is None or provider is None:
            name = self._name.partition("/")[0]
            raise ModelNotFound(f"{self._name} is not configured any more.", provider=name)
        return model, provider

    def _take(self, text: str, restorer: Restorer, reader: Reader) -> list[Event]:
        """Pass restored text on to the task's reader; return what there is to show."""
        if restorer.damaged and self._instant:  # what is accepted goes into the file
            raise MalformedStream(
                f"{self._name} did not leave the placeholder of a secret as it was.",
                provider=self._name.partition("/")[0],
            )
        if not text:
            return []
        self._record.first_text()
        events: list[Event] = [Delta(text)]
        value = reader.feed(text)
        if value is not None:
            self._shown = True
            call_id = self._record.tried[-1].id
            events.append(Answer(value, self._name, final=False, call=call_id))
        return events


_NOTHING_RECALLED = Unanswered("Nothing in your own code continues this line.", model="recall")


def _foremost(failures: list[Unanswered]) -> Unanswered | None:
    """Choose the failure to show: the first that the user can mend, else the last."""
    return next((f for f in failures if f.remedy), failures[-1] if failures else None)


def _path(document: Document) -> str | None:
    """Return a path also for other schemes: what the user said of a folder holds for its diffs."""
    try:
        return document.path or unquote(urlsplit(document.uri).path) or None
    except ValueError:
        return None


def _impossible(task: Task, why: str) -> Route:
    return Route(task, LAYER_OF[task], (), why=why)


def _report(who: str, error: Exception) -> None:
    """Log where it happened and never what it was about: messages may quote the user's code."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    logger.error("%s: %s at %s:%d", who, type(error).__name__, frame.filename, frame.lineno or 0)
