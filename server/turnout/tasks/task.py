"""What every task provides: what it asks of a model and how the answer is read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Protocol

from turnout.engine.ask import Ask
from turnout.vocabulary import Task as TaskName
from turnout_clients.types import Deadlines, Limits, Model, Prompt, StopReason

if TYPE_CHECKING:
    from turnout.edits.verify import Verdict


class Reader(Protocol):
    """Reads one answer as it streams in. Pure; made anew for every candidate."""

    def feed(self, text: str) -> Any | None:
        """Take streamed text; return a value as soon as one can be shown, else None.

        The arguments of a tool call are fed like text, so that one reader reads both forms.
        """
        ...

    @property
    def enough(self) -> bool:
        """Whether the rest of the stream is of no use, so that it can be closed."""
        ...

    def finish(self, reason: StopReason) -> Any | None:
        """Take the end of the stream; return the final value, None for "nothing to show"."""
        ...


class TaskSpec(ABC):
    """One file a task. Adding a task is adding such a file and its line in `tasks.TASKS`."""

    name: TaskName
    title: str
    deadlines: Deadlines
    limits: Limits
    wants_context: bool = False
    """Whether related code is gathered before the ask is rendered."""
    in_session: bool = False
    """Whether the conversation so far is given, and this becomes a part of it."""

    @abstractmethod
    def render(self, ask: Ask, model: Model) -> Prompt:
        """Say what this model is asked, within its context window. The same ask, the same bytes."""

    @abstractmethod
    def reader(self, ask: Ask, model: Model) -> Reader:
        """Make a reader for one answer of this model."""

    def check(self, ask: Ask, value: Any) -> Verdict | None:  # noqa: ARG002
        """Judge an answer before anybody sees it; None where there is nothing to judge.

        May take its time: it runs in a thread.
        """
        return None

    @property
    def is_checked(self) -> bool:
        """Whether answers are judged: then one that does not pass is asked for once more."""
        return type(self).check is not TaskSpec.check

    def record(self, ask: Ask, value: Any) -> str:  # noqa: ARG002
        """Return what the session keeps of an answer; "" for nothing."""
        return ""
