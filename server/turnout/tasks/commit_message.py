"""Commit message: what a change is and why, in the words of the project, from the diff."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar, Final

from turnout.edits.verify import Verdict
from turnout.engine.ask import Ask
from turnout.tasks.base import ChatTask
from turnout.tasks.diffs import fitted
from turnout.tasks.message import MessageReader, Shape
from turnout.tasks.prompts import Wording, room
from turnout.tasks.prose import Prose
from turnout.vocabulary import Task
from turnout_clients.types import Deadlines, Model, Prompt

SUBJECTS: Final = "subjects"
"""The kind of the `Material` that holds the subjects of recent commits, one a line."""
LONGEST_SUBJECT: Final = 72
_DIFF_TOKENS: Final = 24_000
_TITLE_TOKENS: Final = 100  # of one with the tags around it

TYPES: Final = (
    "feat", "fix", "docs", "style", "refactor", "perf", "test", "build", "ci", "chore", "revert",
)  # fmt: skip
_TYPED: Final = re.compile(rf"(?:{'|'.join(TYPES)})(?:\([^()\n]{{1,40}}\))?!?: \S")
_LEAST_SUBJECTS: Final = 3
_MOSTLY: Final = 0.6  # of the subjects: the project writes types

_INSTRUCTIONS: Final = f"""\
Write the message of the commit that makes the change in the diff.

- First line: what the change does, at most {LONGEST_SUBJECT} characters, no full stop.
- Then, only where it helps whoever reads the history, an empty line and a short body: why the
  change is made and what follows from it, not what the diff shows anyway. Lines of at most 72
  characters.
- Mood, capitals, language and prefixes as in the subjects of recent commits, where they are given.
- Say nothing that the diff does not show: no issue numbers, names, sign-offs or tests that are not
  there.

Answer with the message alone: no quotes, no code block, nothing before or after it."""
_CONVENTIONAL: Final = (
    "\n\nThis project writes conventional commits: the first line begins with a type "
    f"({', '.join(TYPES)}), a scope in parentheses where recent subjects have one, a colon and a "
    "space."
)


class CommitMessageTask(ChatTask):
    """The task. What a session would add is in the diff already."""

    name: Task = "commit_message"
    title = "Commit message"
    deadlines = Deadlines(connect=3.0, first_token=15.0, total=60.0)
    wants_context = False
    answer_tokens: ClassVar[int] = 2_048  # with what a model thinks before
    shape: ClassVar[Shape] = Shape()

    def render(self, ask: Ask, model: Model) -> Prompt:
        """Show the diff, or what fits of it."""
        return super().render(self._fitted(ask, model), model)

    def wording(self, ask: Ask, model: Model) -> Wording:  # noqa: ARG002
        """Ask for the message, in the style of the project."""
        typed = _CONVENTIONAL if is_conventional(ask) else ""
        return self.worded(_INSTRUCTIONS + typed, "Write the commit message.")

    def worded(self, instructions: str, question: str) -> Wording:
        """Ask from the materials alone."""
        return Wording(
            instructions,
            question,
            self.answer_tokens,
            effort="low",
            shows_code=False,
            context_tokens=0,
        )

    def reader(self, ask: Ask, model: Model) -> MessageReader:  # noqa: ARG002
        """Read the message without what models put around it."""
        return MessageReader(self.shape)

    def check(self, ask: Ask, value: Prose) -> Verdict:
        """Judge the form."""
        subject = value.text.partition("\n")[0]
        failures = []
        if not value.complete:
            failures.append("The message was cut off before its end.")
        if ask.mark and ask.mark in value.text:
            failures.append("The message repeats what was shown instead of saying what it does.")
        if len(subject) > LONGEST_SUBJECT:
            failures.append(
                f"The first line has {len(subject)} characters; {LONGEST_SUBJECT} are the most."
            )
        if self.name == "commit_message" and is_conventional(ask) and not _TYPED.match(subject):
            failures.append(f"The first line does not begin with a type ({', '.join(TYPES)}).")
        return Verdict(tuple(failures))

    def _fitted(self, ask: Ask, model: Model) -> Ask:
        """Shorten the diffs to what this model can read."""
        others = tuple(one for one in ask.materials if one.kind != "diff")
        bare = replace(ask, materials=others)
        left = min(room(bare, model, self.wording(bare, model)), _DIFF_TOKENS)
        each = left // max(len(ask.materials) - len(others), 1) - _TITLE_TOKENS
        materials = tuple(
            replace(one, text=fitted(one.text, each)) if one.kind == "diff" else one
            for one in ask.materials
        )
        return replace(ask, materials=materials)


def is_conventional(ask: Ask) -> bool:
    """Whether the project begins its subjects with types."""
    subjects = [
        line.strip()
        for material in ask.materials
        if material.kind == SUBJECTS
        for line in material.text.splitlines()
        if line.strip()
    ]
    typed = sum(_TYPED.match(subject) is not None for subject in subjects)
    return len(subjects) >= _LEAST_SUBJECTS and typed >= _MOSTLY * len(subjects)
