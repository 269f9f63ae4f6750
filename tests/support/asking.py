"""What the engine needs in tests: settings for fake upstreams, asks, and what `App` is to it."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from turnout.context.exclude import Exclusion
from turnout.document import Document, Span, split_lines
from turnout.engine.ask import Ask, Delta, Event
from turnout.engine.engine import Engine
from turnout.recall.proposal import Proposal
from turnout.routing.router import Router
from turnout.settings.model import Budget, Provider, RouteRule, Settings
from turnout_clients.client import Client
from turnout_clients.errors import Unauthorized
from turnout_clients.types import Endpoint, Model, Secret

TEXT = "def ratio(a, b):\n    return a / b\n\n\ndef first(items):\n    return items[0]\n"


@dataclass
class FakeRecall:
    proposals: list[Proposal] = field(default_factory=list)
    error: Exception | None = None
    asked: list[tuple[str, int, int, int]] = field(default_factory=list)

    def propose(self, uri: str, line: int, column: int, limit: int = 1) -> list[Proposal]:
        self.asked.append((uri, line, column, limit))
        if self.error:
            raise self.error
        return self.proposals


class Parts:
    """What `App` is to the engine."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.exclusion = Exclusion((), settings.exclude)
        self.recall = FakeRecall()
        self.client = Client()
        self.keys: dict[str, str] = {}
        self.forgotten = 0

    @property
    def router(self) -> Router:
        return Router(self.settings, {})

    async def endpoint(self, provider: Provider) -> Endpoint:
        if provider.key != "none" and provider.name not in self.keys:
            remedy = f"run `turnout key set {provider.name}`"
            raise Unauthorized("There is no key.", provider=provider.name, remedy=remedy)
        key = Secret(self.keys[provider.name]) if provider.key != "none" else None
        return Endpoint(provider.name, provider.dialect, provider.base_url, key)

    def forget_keys(self) -> None:
        self.forgotten += 1


def settings(
    *urls: str, key: str = "none", budget: Budget | None = None, **routes: tuple[str, ...]
) -> Settings:
    """One provider "pN" with models "pN/big" and "pN/fast" (which fills in) for each address."""
    providers = {
        f"p{n}": Provider(f"p{n}", "openai-chat", f"{url}/v1", key) for n, url in enumerate(urls)
    }
    models = {
        f"{name}/{size}": Model(f"{name}/{size}", name, size, fim)
        for name in providers
        for size, fim in {"big": None, "fast": "qwen"}.items()
    }
    rules = {task: RouteRule(prefer=names) for task, names in routes.items()}
    return Settings(providers=providers, models=models, routes=rules, budget=budget or Budget())


def document(text: str = TEXT, uri: str = "file:///ws/a.py") -> Document:
    return Document(uri, 1, "python", tuple(split_lines(text)))


def review(text: str = TEXT, **more: Any) -> Ask:
    return Ask("review", document(text), Span(0, len(text)), explicit=True, **more)


def inline(text: str = "x = 1\ny = ", **more: Any) -> Ask:
    return Ask("inline", document(text), Span(len(text), len(text)), **more)


async def events(engine: Engine, ask: Ask) -> list[Event]:
    async with aclosing(engine.run(ask)) as stream:
        return [event async for event in stream]


def kinds(found: list[Event]) -> list[str]:
    return [type(event).__name__ for event in found if not isinstance(event, Delta)]
