"""Explain: what this code does, and what is easy to get wrong with it."""

from __future__ import annotations

from typing import Final

from turnout.engine.ask import Ask
from turnout.tasks.prompts import Wording
from turnout.tasks.prose import ProseTask
from turnout.vocabulary import Task
from turnout_clients.types import Model

_ANSWER_TOKENS: Final = 2_048  # with what a model thinks before

_INSTRUCTIONS: Final = """\
Explain the code to a colleague who reads it for the first time and knows the language. Say first,
in one sentence, what it is for. Then how it works, in the order in which it happens, and last what
is easy to get wrong with it: assumptions, side effects, errors it lets through.

Plain text in short paragraphs, at most 200 words, no headings, no repetition of the code."""


class ExplainTask(ProseTask):
    """The task."""

    name: Task = "explain"
    title = "Explain"

    def wording(self, ask: Ask, model: Model) -> Wording:  # noqa: ARG002
        """Ask for a short explanation."""
        question = "Explain the code in question."
        return Wording(_INSTRUCTIONS, question, _ANSWER_TOKENS, in_session=True)
