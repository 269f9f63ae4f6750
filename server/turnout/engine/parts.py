"""What the engine works with, and one ask on its way through it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from turnout.engine.ask import Ask
from turnout.engine.experience import Experience
from turnout.engine.groundwork import Ground, Groundwork
from turnout.engine.purse import Purse
from turnout.engine.record import Record
from turnout.routing.route import Route
from turnout.settings.model import Provider, Settings
from turnout.vocabulary import LAYER_OF
from turnout_clients.errors import ModelNotFound
from turnout_clients.types import Call, Chunk, Endpoint, Model

if TYPE_CHECKING:
    from turnout.engine.minutes import Minutes
    from turnout.ledger.ledger import Ledger
    from turnout.recall import EarlyRecall, Recall
    from turnout.routing.router import Router
    from turnout.tasks.task import TaskSpec


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


@dataclass(frozen=True, slots=True)
class Job:
    """One ask on its way, and all that carrying it out takes."""

    ask: Ask
    spec: TaskSpec
    route: Route
    record: Record
    parts: Parts
    experience: Experience
    ledger: Ledger | None
    groundwork: Groundwork
    purse: Purse
    minutes: Minutes | None = None  # of explicit asks, where there is a session
    feedback: tuple[str, ...] = ()  # why an answer did not pass its check
    earlier: str = ""  # that answer

    async def ground(self) -> Ground:
        """Return what is rendered."""
        ground = await self.groundwork.done()
        if not self.feedback:
            return ground
        return replace(
            ground, ask=replace(ground.ask, feedback=self.feedback, earlier=self.earlier)
        )

    @property
    def typing(self) -> bool:
        """Whether the answer is wanted between two keys."""
        return LAYER_OF[self.ask.task] == "instant"

    @property
    def may_hedge(self) -> bool:
        """Whether a second model may be asked where the first is late."""
        return self.ask.task == "inline" and not self.ask.explicit

    def configured(self, name: str) -> tuple[Model, Provider]:
        """Look up what the settings say now: they may have changed while the call had to wait."""
        settings = self.parts.settings
        model = settings.models.get(name)
        provider = settings.providers.get(model.provider) if model else None
        if model is None or provider is None:
            of = name.partition("/")[0]
            raise ModelNotFound(f"{name} is not configured any more.", provider=of)
        return model, provider
