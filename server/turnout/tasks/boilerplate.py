"""Boilerplate: write the code that a description asks for, at the cursor."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Final

from turnout.context.files import SourceFile
from turnout.context.pieces import Kind
from turnout.context.syntax import Tree
from turnout.document import Document, Span
from turnout.edits.apply import Target
from turnout.edits.reader import Form
from turnout.engine.ask import Ask, Material
from turnout.tasks.editing import EditTask
from turnout.tasks.forms import form_of
from turnout.tasks.ground import Ground, own
from turnout.tasks.prompts import Wording, root_of
from turnout.vocabulary import Task
from turnout_clients.types import Model

_AROUND: Final = 12  # lines on either side of the cursor

_INSTRUCTIONS: Final = """\
You write the code that a programmer describes, so that it can stand where their cursor is: whole,
without placeholders, in the style of the file and with the libraries that it uses already. Use what
the project has rather than writing it again. Write no more than was described: no example of its
use, no test, no explanation beyond the comments that the code needs."""

_PUT: Final = """\
The new code is an edit whose text to be found is empty: it goes to the cursor, and is indented as
the cursor's line is. Imports that it needs are edits of their own where the imports stand."""

_WHOLE: Final = """\
The block holds the new code alone, written out in full. It goes to the cursor, and is indented as
the cursor's line is."""


class BoilerplateTask(EditTask):
    """The task."""

    name: Task = "boilerplate"
    title = "Write code"
    left_out: ClassVar[tuple[Kind, ...]] = ("example",)
    whole: ClassVar[str] = _WHOLE

    def instructions(self, ask: Ask, form: Form) -> str:  # noqa: ARG002
        """Say what kind of code is wanted."""
        return _INSTRUCTIONS if form == "whole" else f"{_INSTRUCTIONS}\n\n{_PUT}"

    def question(self, ask: Ask) -> str:
        """Ask for what was described, in the ask or in a comment."""
        if ask.instruction.strip():
            return "Write what the user asks for at the cursor."
        return "Write what the comment right above the cursor describes, at the cursor."

    def form(self, ask: Ask, model: Model) -> Form:  # noqa: ARG002
        """Choose the form: new code is one block where there are no tools."""
        return form_of(model, small=True)

    def ground(self, ask: Ask) -> Ground:
        """Put new code behind the cursor's line; anything else must be quoted."""
        return Ground.of(root_of(ask), [own(ask, Target(put_at=ask.span.end))])

    def wording(self, ask: Ask, model: Model) -> Wording:
        """Show the place, not code in question."""
        return replace(super().wording(ask, model), shows_code=False)

    def shown(self, ask: Ask) -> Ask:
        """Show where the cursor is."""
        place = _place(ask.document, ask.span.end)
        return replace(ask, materials=(*ask.materials, Material("place", "The place", place)))


def _place(document: Document, offset: int) -> str:
    """Return the lines around the cursor with a mark for it; never a part of a secret."""
    line, column = document.line_column(offset)
    source = SourceFile("", "", Tree(document.text, document.language, None))
    for around in (_AROUND, 2, 0):
        first, last = max(0, line - around), min(len(document.lines) - 1, line + around)
        span = Span(document.starts[first], document.starts[last] + len(document.lines[last]))
        if not source.is_cut([span]):
            at = document.starts[line] + column
            return f"{document.text[span.start : at]}<CURSOR>{document.text[at : span.end]}"
    return f"line {line + 1}"
