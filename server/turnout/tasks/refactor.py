"""Refactor: change how code is written, over one or several files, and not what it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from turnout.edits.apply import Target
from turnout.edits.reader import Form
from turnout.engine.ask import Ask
from turnout.tasks.editing import EditTask
from turnout.tasks.ground import Ground, others, own, span_of
from turnout.tasks.prompts import Wording, root_of
from turnout.vocabulary import Task
from turnout_clients.types import Deadlines, Effort, Model

_INSTRUCTIONS: Final = """\
You refactor code as a senior engineer who has to maintain it. Do what the user asks for and nothing
beside it. What the code does stays the same unless the user asks for something else: results,
errors, side effects, what is public. Keep to the style of the file: its names, its comments, its
indentation, its libraries; add no dependency.

Where another file has to change along with it (a caller, an import, a test), change it too if it
was shown to you; if it was not, keep what it relies on. If what is asked for cannot be done safely
from what you see, propose the part that can, and say in the summary what is left."""

_QUESTION: Final = "Refactor the code in question."


@dataclass(frozen=True, slots=True)
class Preset:
    """A refactoring that is asked for by its name."""

    title: str
    words: str

    def with_words(self, own_words: str) -> str:
        """Return the instruction, with what the user adds to it."""
        return f"{self.words}\n{own_words}".strip()


PRESETS: Final[Mapping[str, Preset]] = {
    "extract": Preset(
        "Extract a function",
        "Move the part of this code that is a step of its own into a function with a name that "
        "says what it is for, and call it. Give it what it needs as parameters. Use it also where "
        "the same code stands a second time in these files.",
    ),
    "rename": Preset(
        "Rename for meaning",
        "Give names that say what they stand for to the variables, parameters and functions here "
        "whose names do not. Change every use in the files that may be changed. Leave names alone "
        "that are used in files you do not see: public ones, if in doubt.",
    ),
    "simplify": Preset(
        "Simplify",
        "Make this code shorter and easier to read: return early, take away nesting, doubled code "
        "and needless variables, use what the language and its standard library offer.",
    ),
    "split": Preset(
        "Split up",
        "Split this code into smaller functions or types that each do one thing, in the order in "
        "which they are read. What was public stays where it is, under its name.",
    ),
    "types": Preset(
        "Add types",
        "Add the types that this code lacks, as precise as what you see allows, in the way of the "
        "language (annotations, in JavaScript JSDoc). Change nothing that runs but what the types "
        "need. Do not use a type that allows anything where a better one is known.",
    ),
    "async": Preset(
        "Make asynchronous",
        "Make this code asynchronous in the way that the project does it already, else in the way "
        "of the language. Await whatever waits, run in parallel only what does not depend on each "
        "other, pass cancellation and errors on, and change the callers that may be changed.",
    ),
    "accessibility": Preset(
        "Improve accessibility",
        "Make this user interface usable with a keyboard and a screen reader: meaningful elements "
        "before roles, names for controls and images, labels tied to their fields, a visible and "
        "sensible focus, states that are announced. It looks and behaves the same otherwise.",
    ),
}
"""What can be chosen by name, in the order of a menu."""


class RefactorTask(EditTask):
    """The task."""

    name: Task = "refactor"
    title = "Refactor"
    deadlines = Deadlines(connect=3.0, first_token=30.0, total=240.0)
    in_session = True
    effort: ClassVar[Effort | None] = None

    def instructions(self, ask: Ask, form: Form) -> str:  # noqa: ARG002
        """Say what stays as it is."""
        return _INSTRUCTIONS

    def question(self, ask: Ask) -> str:  # noqa: ARG002
        """Ask for what the user wants, which stands right above."""
        return _QUESTION

    def ground(self, ask: Ask) -> Ground:
        """Let it change the document, and the other files whose code is shown."""
        return Ground.of(root_of(ask), [own(ask, Target(span_of(ask))), *others(ask)])

    def wording(self, ask: Ask, model: Model) -> Wording:
        """Tell the task along with the question: it is a part of the conversation."""
        return replace(super().wording(ask, model), in_session=True)
