"""Docs: write the docstrings and comments that code lacks, in the way of its language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from turnout.edits.apply import Target
from turnout.edits.reader import Form
from turnout.edits.verify import Demands
from turnout.engine.ask import Ask
from turnout.tasks import syntax_checks
from turnout.tasks.editing import EditTask
from turnout.tasks.ground import Ground, own, span_of
from turnout.tasks.prompts import root_of
from turnout.vocabulary import Task

_INSTRUCTIONS: Final = """\
You document code for those who use and maintain it. Say what it is for, what it takes, gives and
raises where the names and types do not say it, and what surprises: side effects, units, limits,
order, threads. Do not repeat what the code says by itself, and invent nothing. Inside of code, a
comment says why and never what. Mend documentation that is wrong; leave what is right.

Change documentation only: every character of code, every blank before code and every directive
stays as it is. If nothing is missing, change nothing.

The way of this language: CONVENTION. What the file does already counts for more."""

_JSDOC: Final = "JSDoc (/** ... */) above the declaration, with @param, @returns and @throws"
_TSDOC: Final = (
    "TSDoc (/** ... */) above the declaration, with @param, @returns and @throws, without types"
)
_DOXYGEN: Final = (
    "a comment above the declaration; Doxygen (/** with @param and @return, or ///) only where the "
    "project uses it"
)
CONVENTIONS: Final[Mapping[str, str]] = {
    "python": (
        "a docstring in three double quotes as the first statement of the body (PEP 257): one "
        "line in the imperative that ends with a period, then a blank line and details; sections "
        "(Google, NumPy, reST) only where the project has them"
    ),
    "javascript": _JSDOC,
    "javascriptreact": _JSDOC,
    "typescript": _TSDOC,
    "typescriptreact": _TSDOC,
    "go": (
        "a comment of // lines right above the declaration, whole sentences, the first of which "
        "begins with the name that is declared; no tags"
    ),
    "rust": (
        "/// lines above the item (//! for a module), Markdown, one short sentence first, then "
        "the sections # Errors, # Panics, # Safety and # Examples where they apply"
    ),
    "java": (
        "Javadoc (/** ... */) above the declaration: one sentence that ends with a period, then "
        "@param, @return and @throws"
    ),
    "c": _DOXYGEN,
    "cpp": _DOXYGEN,
    "ruby": (
        "# lines right above the definition: YARD tags (@param, @return, @raise) where the project "
        "has them, else RDoc"
    ),
}
_ANY: Final = "comments right above the declaration, in the form that its tools read"


class DocsTask(EditTask):
    """The task."""

    name: Task = "docs"
    title = "Document"
    writes_anew: ClassVar[bool] = True
    demands: ClassVar[Demands] = Demands(
        parses=syntax_checks.parses, only_comments=syntax_checks.only_comments, may_be_empty=True
    )

    def instructions(self, ask: Ask, form: Form) -> str:  # noqa: ARG002
        """Say what documentation is for, and how this language has it."""
        convention = CONVENTIONS.get(ask.document.language, _ANY)
        return _INSTRUCTIONS.replace("CONVENTION", convention)

    def question(self, ask: Ask) -> str:  # noqa: ARG002
        """Ask for the code in question alone."""
        return "Document the code in question, and nothing outside of it."

    def ground(self, ask: Ask) -> Ground:
        """Let it change nothing but the code in question."""
        return Ground.of(root_of(ask), [own(ask, Target(span_of(ask), only_span=True))])
