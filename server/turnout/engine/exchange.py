"""One call to one model: render, redact, call, read; and its line in the ledger at its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from turnout.context.redact import Redactor, Restorer
from turnout.engine.ask import Answer, Delta, Event
from turnout.engine.bill import Bill, tokens_per_token
from turnout.engine.experience import now
from turnout.engine.lineup import said
from turnout.engine.outbound import cache_key, outbound
from turnout.engine.parts import Job
from turnout.engine.record import Tried
from turnout.routing.health import BackEnd, Rest, Visit
from turnout.settings.model import Provider
from turnout_clients.errors import (
    EmptyAnswer,
    MalformedStream,
    ProviderError,
    Refused,
    StreamCut,
)
from turnout_clients.types import (
    Call,
    Calling,
    Chat,
    Chunk,
    Deadlines,
    Done,
    Endpoint,
    Model,
    Prompt,
    Text,
    ToolCall,
    Usage,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnout.ledger.entry import Entry, Relation
    from turnout.session.transcript import Entry as SaidBefore
    from turnout.tasks.task import Reader


class OverBudget(ProviderError):
    """The user's own budget does not allow the call."""


class Resting(ProviderError):
    """The back end is left alone for now."""


class Exchange:
    """One call. Its iterator raises what went wrong; closing it closes the socket."""

    def __init__(
        self,
        job: Job,
        name: str,
        relation: Relation,
        deadlines: Deadlines,
        news: asyncio.Event,
        *,
        anyway: bool = False,
    ) -> None:
        self._job = job
        self._name = name
        self._relation = relation
        self._deadlines = deadlines
        self._news = news
        self._anyway = anyway  # though the back end may be ill
        self._visit: Visit | None = None
        self._booking: tuple[Bill, Entry] | None = None
        self.tried: Tried | None = None  # once the call has left
        self.back_end: BackEnd | None = None
        self.shown = False
        """Whether there was something to show before the end."""
        self.ask = job.ask
        """What was asked: with what was gathered for it, once the call has left."""
        self.asked = ""
        """The question as it was sent, without what was said before it."""
        self.said = ""
        """The answer as the task's reader got it."""
        self.heard: list[Chunk] = []
        """The answer as it came; kept of what is asked for by a command."""

    async def events(self) -> AsyncGenerator[Event, None]:
        """Ask the model, and read what it says."""
        fault: Exception | None = None
        try:
            async with aclosing(self._answers()) as answers:
                async for event in answers:
                    yield event
        except Exception as error:
            fault = error
            raise
        finally:  # also where the asker has gone
            self._settle(fault)

    async def _answers(self) -> AsyncGenerator[Event, None]:
        job, name = self._job, self._name
        if (wait := job.ask.not_before - now()) > 0:
            await asyncio.sleep(wait)
        model, provider = job.configured(name)
        endpoint = await job.parts.endpoint(provider)
        ground = await job.ground()
        self.ask = ground.ask
        redactor = Redactor()
        call = self._render(endpoint, model, provider, redactor, ground.past)
        reader = _Restoring(job.spec.reader(ground.ask, model), redactor)
        account = await self._open_account(model, provider, call.prompt)
        tried = self._leave(call, account)
        done: Done | None = None
        async with aclosing(job.parts.client.stream(call)) as chunks:
            async for chunk in chunks:
                if isinstance(chunk, Done):
                    done = chunk
                    self._end(done.usage)
                    break
                if tried.first_token is None:
                    self._news.set()
                tried.hear(chunk)
                for event in self._take(reader.restored(chunk), reader, chunk):
                    yield event
                if reader.enough:
                    done = Done("stop")
                    tried.end(None, whole=False)
                    break
        if done is None:
            raise StreamCut(f"{name} stopped before its end.", provider=model.provider)
        if done.reason == "refusal":
            raise Refused(f"{name} declined to answer.", provider=model.provider)
        for event in self._take(reader.rest(), reader, None):
            yield event
        value = reader.finish(done.reason)
        if value is None:
            raise EmptyAnswer(f"{name} had no usable answer.", provider=model.provider)
        tried.answered = True
        yield Answer(value, name, call=account)

    def _render(
        self,
        endpoint: Endpoint,
        model: Model,
        provider: Provider,
        redactor: Redactor,
        past: Sequence[SaidBefore],
    ) -> Call:
        """Say what is asked of this model, as it may leave the machine."""
        job = self._job
        prompt = outbound(job.spec.render(self.ask, model), redactor)
        if isinstance(prompt, Chat) and not job.typing:
            questions = (one.text for one in prompt.messages if one.role == "user")
            self.asked = next(questions, "")
        if isinstance(prompt, Chat) and past:
            from turnout.engine.conversation import continued

            factor = tokens_per_token(model, provider)
            messages = continued(prompt, past, model, self.ask.mark, factor)
            prompt = outbound(replace(prompt, messages=messages), redactor)
        key = cache_key(job.ask, model, job.parts.router.roots)
        return Call(endpoint, model, prompt, self._deadlines, job.spec.limits, key)

    async def _open_account(self, model: Model, provider: Provider, prompt: Prompt) -> str:
        """Set the cost of the call aside where there is a budget; return its id in the ledger."""
        job = self._job
        bill = Bill.of("", model, provider, prompt, job.experience.correction)
        if refusal := await job.purse.refusal(bill):
            raise OverBudget(refusal.why, provider=provider.name, remedy=refusal.remedy)
        if job.ledger is not None:
            bill = replace(bill, id=job.ledger.begin())
        opening = bill.opening(job.route, job.record.last_call, self._relation)
        if job.ledger is not None:
            budget = job.parts.settings.budget
            if refusal := await job.ledger.reserve(opening, bill.most, budget):
                raise OverBudget(refusal.why, provider=provider.name, remedy=refusal.remedy)
        self._booking = bill, opening
        return bill.id

    def _leave(self, call: Call, account: str) -> Tried:
        """Begin the call, unless its back end has come to rest meanwhile."""
        experience = self._job.experience
        self.back_end = BackEnd.of(call.endpoint, call.model)
        visit = experience.health.enter(self.back_end, typing=self._job.typing, anyway=self._anyway)
        if isinstance(visit, Rest):
            if self._job.ledger is not None:
                self._job.ledger.release(account)
            self._booking = None
            raise Resting(said(visit), provider=call.endpoint.name, remedy=visit.remedy)
        self._visit = visit
        if not self._job.record.tried:  # what others are tried for is no reason to try more
            experience.retries.fill()
            if self._job.may_hedge:
                experience.hedges.fill()
        self.tried = Tried(self._name, id=account)
        self._job.record.tried.append(self.tried)
        self._news.set()
        return self.tried

    def _take(self, text: str, reader: _Restoring, chunk: Chunk | None) -> list[Event]:
        """Pass restored text on to the task's reader; return what there is to show."""
        if reader.damaged and self._job.typing:  # what is accepted goes into the file
            raise MalformedStream(
                f"{self._name} did not leave the placeholder of a secret as it was.",
                provider=self._name.partition("/")[0],
            )
        if chunk is not None and not self._job.typing:
            self.heard.append(chunk)
        if not text or self.tried is None:
            return []
        self.tried.show()
        events: list[Event] = [Delta(text)] if isinstance(chunk, Text | None) else []
        if not self._job.typing:
            self.said += text
        value = reader.feed(text)
        if value is not None:
            self.shown = True
            events.append(Answer(value, self._name, final=False, call=self.tried.id))
        return events

    def _end(self, usage: Usage | None) -> None:
        """Take note of the proper end, and of how the provider counts."""
        if self.tried is not None:
            self.tried.end(usage)
        if usage is not None and self._booking is not None:
            self._job.experience.correction.learn(self._name, self._booking[0].size, usage.input)

    def _settle(self, fault: Exception | None) -> None:
        """Tell everyone who is to know how it went."""
        tried, visit = self.tried, self._visit
        if tried is None or visit is None:
            return
        if fault is not None:
            tried.fail(fault)
        if isinstance(fault, ProviderError):
            visit.failed(fault)
        elif tried.first_token is not None or tried.whole:
            visit.succeeded()
        else:
            visit.left()
        first_tokens = self._job.experience.first_tokens
        if tried.first_token is not None:
            first_tokens.saw(self._name, tried.first_token)
        else:
            first_tokens.gave_up(self._name, tried.elapsed)
        if self._booking is None:
            return
        bill, opening = self._booking
        closing = bill.closing(opening, tried)
        self._job.purse.pay(closing)
        if self._job.ledger is not None:
            self._job.ledger.record(closing)


class _Restoring:
    """The task's reader, given text and the arguments of tool calls alike, secrets put back."""

    def __init__(self, reader: Reader, redactor: Redactor) -> None:
        self._reader = reader
        self._text = Restorer(redactor)
        self._arguments = Restorer(redactor, in_json=True)
        self._called = ""  # the arguments that came in pieces
        self.feed = reader.feed
        self.finish = reader.finish

    @property
    def enough(self) -> bool:
        """Whether the rest of the stream is of no use."""
        return self._reader.enough

    @property
    def damaged(self) -> bool:
        """Whether a placeholder came back changed or cut."""
        return self._text.damaged or self._arguments.damaged

    def restored(self, chunk: Chunk) -> str:
        """Return what a piece of the answer adds for the reader."""
        match chunk:
            case Text(text):
                return self._text.feed(text)
            case Calling(_, text):
                self._called += text
                return self._arguments.feed(text)
            case ToolCall(arguments=arguments) if arguments.strip() not in self._called:
                return self._arguments.feed(arguments)
        return ""

    def rest(self) -> str:
        """Return what was held back to the end."""
        return self._text.finish() + self._arguments.finish()
