"""What every task that is a conversation has in common: time, limits, context, what is kept."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from turnout.engine.ask import Ask
from turnout.tasks.prompts import Wording, conversation
from turnout.tasks.task import TaskSpec
from turnout_clients.types import Deadlines, Limits, Model, Prompt


class ChatTask(TaskSpec):
    """A task that asks a chat model in words; says what is asked in `wording`."""

    deadlines = Deadlines(connect=3.0, first_token=20.0, total=120.0)
    limits = Limits(answer_bytes=256 * 1024)
    wants_context = True

    @abstractmethod
    def wording(self, ask: Ask, model: Model) -> Wording:
        """Say what this model is told and asked. The same ask, the same words."""

    def render(self, ask: Ask, model: Model) -> Prompt:
        """Put the words, the code and what belongs to it together."""
        return conversation(ask, model, self.wording(ask, model))

    def record(self, ask: Ask, value: Any) -> str:  # noqa: ARG002
        """Return what was shown, as text."""
        text = getattr(value, "text", "")
        return text if isinstance(text, str) else ""
