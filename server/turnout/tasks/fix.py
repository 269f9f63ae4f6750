"""Fix: mend what a compiler, a linter or another language server reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Final

from turnout.context.pieces import Kind
from turnout.context.target import Diagnostic
from turnout.edits.reader import Form
from turnout.edits.verify import Demands
from turnout.engine.ask import Ask, Material
from turnout.tasks import syntax_checks
from turnout.tasks.editing import EditTask
from turnout.vocabulary import Task

_LONGEST: Final = 1_000  # characters of one message
_LONGEST_CODE: Final = 200
_MOST: Final = 50

_INSTRUCTIONS: Final = """\
You mend what tools report in code. Mend the cause, with the smallest change that a careful
maintainer would make: no other improvement, no reformatting. Do not silence a report (no ignore
comment, no cast that hides it, no broad catch, no deleted code or test) unless it is wrong and
silencing it is what the project does. Keep to the style of the file. If an import is needed, add it
where the imports stand.

If a report is wrong, or cannot be mended from what you see, leave that code as it is and say why in
the summary; with nothing to mend, propose no edits."""


class FixTask(EditTask):
    """The task."""

    name: Task = "fix"
    title = "Fix"
    demands: ClassVar[Demands] = Demands(parses=syntax_checks.parses, may_be_empty=True)
    left_out: ClassVar[tuple[Kind, ...]] = ("target", "example", "diagnostic")

    def instructions(self, ask: Ask, form: Form) -> str:  # noqa: ARG002
        """Say what mending is, and what is none."""
        return _INSTRUCTIONS

    def question(self, ask: Ask) -> str:
        """Ask for one report, or all of them."""
        if len(ask.diagnostics) > 1:
            return "Mend everything that is reported above, each at its place."
        return "Mend what is reported above."

    def shown(self, ask: Ask) -> Ask:
        """Show the reports, with the code that each is about. They are data like any other."""
        text = "\n".join(_reports(ask))
        reports = (Material("reports", "What is reported", text),) if text else ()
        return replace(ask, materials=(*ask.materials, *reports))


def _reports(ask: Ask) -> Iterator[str]:
    """Yield one line for every report, in the order of the text."""
    ordered = sorted(set(ask.diagnostics), key=lambda d: (d.span.start, d.span.end, d.message))
    for found in ordered[:_MOST]:
        yield _report(ask, found)
    if len(ordered) > _MOST:
        yield f"and {len(ordered) - _MOST} more of the same"


def _report(ask: Ask, found: Diagnostic) -> str:
    line = ask.document.line_column(found.span.start)[0] + 1
    message = " ".join(found.message[:_LONGEST].split())
    source = f" [{found.source}]" if found.source else ""
    code = " ".join(ask.document.text[found.span.start : found.span.end][:_LONGEST_CODE].split())
    about = f" (about `{code}`)" if code else ""
    return f"line {line}: {found.severity}: {message}{source}{about}"
