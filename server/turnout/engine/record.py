"""What became of the last asks, without their content: for "why this model?" and "why nothing?"."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic

from turnout.routing.route import Route
from turnout.vocabulary import Task
from turnout_clients.types import Usage


@dataclass(slots=True)
class Tried:
    """One call to one model. Times are in seconds since the call left."""

    model: str
    began: float
    first_text: float | None = None
    ended: float | None = None
    usage: Usage | None = None
    error: str = ""  # the name of its class


@dataclass(slots=True)
class Record:
    """One ask: its route, the calls that were made, and who answered ("" for nobody)."""

    task: Task
    route: Route
    tried: list[Tried] = field(default_factory=list)
    answer: str = ""
    why_not: str = ""

    def calling(self, model: str) -> None:
        """A call leaves."""
        self.tried.append(Tried(model, monotonic()))

    def first_text(self) -> None:
        """Text of the call under way arrived."""
        tried = self.tried[-1]
        if tried.first_text is None:
            tried.first_text = monotonic() - tried.began

    def done(self, usage: Usage | None) -> None:
        """The call under way ended properly."""
        tried = self.tried[-1]
        tried.ended, tried.usage = monotonic() - tried.began, usage

    def failed(self, model: str, error: Exception) -> None:
        """A candidate failed, during its call or before it."""
        if not self.tried or self.tried[-1].model != model:
            self.calling(model)
        tried = self.tried[-1]
        tried.ended, tried.error = monotonic() - tried.began, type(error).__name__
