"""Design: how should this be built? Options with what they cost, and a recommendation."""

from __future__ import annotations

from typing import Final

from turnout.engine.ask import Ask
from turnout.tasks.prompts import Wording
from turnout.tasks.prose import ProseTask
from turnout.vocabulary import Task
from turnout_clients.types import Deadlines, Model

_ANSWER_TOKENS: Final = 8_192  # with what a model thinks before

_INSTRUCTIONS: Final = """\
Answer a design question as the engineer who will maintain the result. Begin with the requirements
that decide it, as you take them from the code and the question; mark those that you assume. Then
two to four options that really differ. Of each: how it would look in this code base (names of
files, types and functions, no full implementation), what it makes easy, what it makes hard, what it
costs to reverse, and when it fails. End with the option you recommend, why, what would change your
mind, and the smallest first step.

Markdown with short headings, at most 700 words. Invent no requirements, frameworks or figures."""


class DesignTask(ProseTask):
    """The task."""

    name: Task = "design"
    title = "Design"
    deadlines = Deadlines(connect=3.0, first_token=60.0, total=300.0)

    def wording(self, ask: Ask, model: Model) -> Wording:  # noqa: ARG002
        """Ask for options, not for code."""
        what = "Answer this design question." if ask.instruction else "How should this be designed?"
        return Wording(_INSTRUCTIONS, what, _ANSWER_TOKENS, in_session=True, effort="high")
