"""What every task provides: what it asks of a model and how the answer is read."""

from __future__ import annotations

from typing import Any, Protocol

from turnout.engine.ask import Ask
from turnout.vocabulary import Task as TaskName
from turnout_clients.types import Deadlines, Limits, Model, Prompt, StopReason


class Reader(Protocol):
    """Reads one answer as it streams in. Pure; made anew for every candidate."""

    def feed(self, text: str) -> Any | None:
        """Take streamed text; return a value as soon as one can be shown, else None."""
        ...

    @property
    def enough(self) -> bool:
        """Whether the rest of the stream is of no use, so that it can be closed."""
        ...

    def finish(self, reason: StopReason) -> Any | None:
        """Take the end of the stream; return the final value, None for "nothing to show"."""
        ...


class TaskSpec(Protocol):
    """One file a task. Adding a task is adding such a file and its line in `tasks.TASKS`."""

    name: TaskName
    title: str
    deadlines: Deadlines
    limits: Limits

    def render(self, ask: Ask, model: Model) -> Prompt:
        """Say what this model is asked, within its context window."""
        ...

    def reader(self, ask: Ask, model: Model) -> Reader:
        """Make a reader for one answer of this model."""
        ...
