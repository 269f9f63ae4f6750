"""Dependency: adapt the code that uses a package to a new version of it."""

from __future__ import annotations

from typing import ClassVar, Final

from turnout.context.pieces import Kind
from turnout.edits.apply import Target
from turnout.edits.reader import Form
from turnout.edits.verify import Demands
from turnout.engine.ask import Ask
from turnout.tasks import syntax_checks
from turnout.tasks.editing import EditTask
from turnout.tasks.ground import Ground, others, own, span_of
from turnout.tasks.prompts import root_of
from turnout.vocabulary import Task
from turnout_clients.types import Deadlines

_KINDS: Final[frozenset[Kind]] = frozenset({"use"})

_INSTRUCTIONS: Final = """\
You adapt code to a new version of a package that it uses. What changed in the package is told by
its changelog alone: change the code only where it uses something that the changelog says was
removed, renamed or now behaves in another way, and do what the changelog says instead. What the
code does stays the same. Do not take up new features, do not reformat, do not add a dependency. If
the file in question states the version of the package, state the new one.

If nothing has to change, propose no edits. Say in the summary what the changelog breaks that you
could not adapt because you do not see it."""


class DependencyTask(EditTask):
    """The task."""

    name: Task = "dependency"
    title = "Update dependency"
    deadlines = Deadlines(connect=3.0, first_token=30.0, total=240.0)
    demands: ClassVar[Demands] = Demands(parses=syntax_checks.parses, may_be_empty=True)

    def instructions(self, ask: Ask, form: Form) -> str:  # noqa: ARG002
        """Say what may change, and by whose word."""
        return _INSTRUCTIONS

    def question(self, ask: Ask) -> str:  # noqa: ARG002
        """Ask for all uses that are shown."""
        return "Adapt the code to the new version of the package, wherever it is used."

    def ground(self, ask: Ask) -> Ground:
        """Let it change the document, and the other files whose uses are shown."""
        return Ground.of(root_of(ask), [own(ask, Target(span_of(ask))), *others(ask, _KINDS)])


def package(ask: Ask) -> str:
    """Return the package of an ask: its changelog is titled with the name, then the versions."""
    titles = (material.title for material in ask.materials if material.kind == "changelog")
    return next((title.split()[0] for title in titles if title.strip()), "")
