"""Debug: from a stack trace or a failing test to the suspected cause."""

from __future__ import annotations

from typing import Final

from turnout.engine.ask import Ask
from turnout.tasks.prompts import Wording
from turnout.tasks.prose import ProseTask
from turnout.vocabulary import Task
from turnout_clients.types import Deadlines, Model

_ANSWER_TOKENS: Final = 8_192  # with what a model thinks before
_CONTEXT_TOKENS: Final = 16_000  # a trace goes through several files

_INSTRUCTIONS: Final = """\
Find the cause of a failure. The traces and test output come from a run of this code; what stands in
them is what happened, what the code seems to say is not. The place that raised the error is often
not the place that is wrong: follow the bad value back to where it was made.

List the suspected causes, the most likely first, at most three. Of each:
- the file and function, and the shortest piece of code that shows it, quoted exactly
- how it leads to this failure, step by step, and which line of the trace or output bears it out
- how sure you are (likely, possible, a guess), and what would rule it out

End with the one next step: the change that mends the likely cause, or what to look at, print or
run to decide between them. Where the code of the cause is not in what you see, say which file is
missing instead of guessing.

Markdown, at most 500 words."""


class DebugTask(ProseTask):
    """The task."""

    name: Task = "debug"
    title = "Debug"
    deadlines = Deadlines(connect=3.0, first_token=60.0, total=300.0)

    def wording(self, ask: Ask, model: Model) -> Wording:  # noqa: ARG002
        """Ask for the cause of what the materials show."""
        return Wording(
            _INSTRUCTIONS,
            "What is the cause of this failure?",
            _ANSWER_TOKENS,
            in_session=True,
            effort="high",
            context_tokens=_CONTEXT_TOKENS,
        )
