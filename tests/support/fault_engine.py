"""Every fault through the engine: what the user hears, and who answers in the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from support.engine_parts import Parts
from support.fault_cases import (
    WITHOUT_UPSTREAM,
    Replace,
    base_url,
    faulty_url,
)
from support.upstream import Upstream
from support.upstream_faults import bomb
from support.upstream_wire import Call
from turnout.document import Document, Span, split_lines
from turnout.engine.ask import Ask, Event, Trying
from turnout.engine.engine import Engine
from turnout.engine.record import Record
from turnout.settings.model import Provider, RouteRule, Settings
from turnout.tasks.inline import InlineTask
from turnout.tasks.review import ReviewTask
from turnout.tasks.task import TaskSpec
from turnout.vocabulary import Task
from turnout_clients.client import Client
from turnout_clients.types import Deadlines, Limits, Model

FILLING: Final[dict[str, str | None]] = {
    "anthropic-messages": None,
    "gemini": None,
    "inception": "native",
    "llamacpp": None,
    "mistral": "native",
    "ollama": "native",
    "openai-chat": "qwen",
    "openai-completions": "native",
    "openai-responses": None,
}
"""Every dialect, with how its model fills a hole; None asks for it in words, or as /infill does."""

WITHOUT_CHAT: Final = frozenset({"openai-completions"})
CODE: Final = "def ratio(a, b):\n    return a / b\n\n\nvalue = "
PART: Final = '{"severity": "error", "category": "bug", "quote": "a / b", "explanation": "No."}\n'
WHOLE: Final = (
    '{"severity": "info", "category": "bug", "quote": "def ratio", "explanation": "Yes."}\n'
    '{"done": true}\n'
)
FAILING: Final = "mine/fast"
SPARE: Final = "spare/fast"


DEADLINES: Final = Deadlines(connect=0.4, first_token=0.5, total=1.0)
"""For half a hundred calls at once."""
LIMITS: Final = Limits(event_bytes=8 * 1024, answer_bytes=4 * 1024)


class _Inline(InlineTask):
    deadlines = DEADLINES
    limits = LIMITS


class _Review(ReviewTask):
    deadlines = DEADLINES
    limits = LIMITS


SPECS: Final[dict[Task, TaskSpec]] = {"inline": _Inline(), "review": _Review()}


@dataclass(frozen=True)
class Way:
    """One dialect asked for one task."""

    dialect: str
    task: Task


WAYS: Final = tuple(
    Way(dialect, task)
    for dialect in FILLING
    for task in SPECS
    if task == "inline" or dialect not in WITHOUT_CHAT
)


@dataclass(frozen=True)
class Outcome:
    """What came of a fault in one way."""

    way: Way
    errors: tuple[str, ...]  # of the calls to the model that fails
    alone: Event  # the last word where there is nobody else
    events: tuple[Event, ...]  # where there is somebody else
    seconds: float  # until then

    @property
    def after(self) -> str | None:
        """Why somebody else is asked; None where nobody is."""
        trying = [event for event in self.events if isinstance(event, Trying)]
        return trying[1].after if len(trying) > 1 else None


@asynccontextmanager
async def upstreams(fault: str) -> AsyncIterator[tuple[Upstream, Upstream]]:
    """One that fails, for ever, and one that answers."""
    bomb()
    async with Upstream() as failing, Upstream() as spare:
        failing.script(fault=None if fault in WITHOUT_UPSTREAM else fault, answer=_part)
        spare.script(answer=_whole)
        yield failing, spare


async def outcomes(
    fault: str, failing: Upstream, spare: Upstream, client: Client, replace: Replace
) -> list[Outcome]:
    """Ask in every way at once, each time with a new engine."""
    url = faulty_url(fault, failing.url, replace)
    return await asyncio.gather(*(_outcome(way, url, spare.url, client) for way in WAYS))


async def _outcome(way: Way, url: str, spare: str, client: Client) -> Outcome:
    models = _models(way, url, spare)
    alone, both = await asyncio.gather(_ask(way, models[:1], client), _ask(way, models, client))
    errors = tuple(one.error for one in both.record.tried if one.model == FAILING)
    return Outcome(way, errors, alone.events[-1], both.events, both.seconds)


@dataclass(frozen=True)
class _Asked:
    record: Record
    events: tuple[Event, ...]
    seconds: float


async def _ask(way: Way, models: list[tuple[Provider, Model]], client: Client) -> _Asked:
    names = tuple(model.name for _, model in models)
    settings = Settings(
        providers={provider.name: provider for provider, _ in models},
        models={model.name: model for _, model in models},
        routes={way.task: RouteRule(prefer=names)},
    )
    engine = Engine(Parts(settings, client), SPECS)
    document = Document("file:///ws/a.py", 1, "python", tuple(split_lines(CODE)))
    start = len(CODE) if way.task == "inline" else 0
    ask = Ask(way.task, document, Span(start, len(CODE)), explicit=True)
    started = time.perf_counter()
    async with aclosing(engine.run(ask)) as events:
        got = tuple([event async for event in events])
    return _Asked(engine.records[-1], got, time.perf_counter() - started)


def _models(way: Way, url: str, spare: str) -> list[tuple[Provider, Model]]:
    failing = Provider("mine", way.dialect, base_url(url, way.dialect))
    other = Provider("spare", "openai-chat", base_url(spare, "openai-chat"))
    return [
        (failing, Model(FAILING, "mine", "fake-small", FILLING[way.dialect])),
        (other, Model(SPARE, "spare", "fake-small", "qwen")),
    ]


def _part(call: Call) -> str:
    return PART if _is_review(call) else "a + b"


def _whole(call: Call) -> str:
    return WHOLE if _is_review(call) else "ratio(1, 2)"


def _is_review(call: Call) -> bool:
    return b"You review code" in call.raw
