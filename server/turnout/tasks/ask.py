"""Ask: a question about the selection, or about anything at hand."""

from __future__ import annotations

from typing import Final

from turnout.engine.ask import Ask
from turnout.tasks.prompts import Wording
from turnout.tasks.prose import ProseTask
from turnout.vocabulary import Task
from turnout_clients.types import Model

_ANSWER_TOKENS: Final = 4_096

_INSTRUCTIONS: Final = """\
Answer a question. The answer itself stands first, in one or two sentences; then the reasons, with
the lines of code they rest on. Where the question leaves something open that changes the answer,
say which reading you took. Be as short as the question allows; show code only where words would be
longer."""


class AskTask(ProseTask):
    """The task."""

    name: Task = "ask"
    title = "Ask"

    def wording(self, ask: Ask, model: Model) -> Wording:  # noqa: ARG002
        """Pass the user's question on."""
        question = "Answer this question." if ask.instruction else "What should one know of this?"
        return Wording(_INSTRUCTIONS, question, _ANSWER_TOKENS, in_session=True)
