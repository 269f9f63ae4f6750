"""What the menu may offer at a place, in order: pure data, no route looked up yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types

from turnout.context.symbol import enclosing
from turnout.document import Document, Span
from turnout.edits.findings import Finding
from turnout.edits.plain import plain
from turnout.lsp.features.arguments import name_of
from turnout.lsp.features.findings import NOTE, SOURCE
from turnout.vocabulary import Task

if TYPE_CHECKING:
    from turnout.lsp.positions import Positions

_MOST_FIXES: Final = 3
"""Of what other servers report: they have their own fixes, and those come first."""
_LABEL: Final = 60
_WHY: Final = (
    "Explain the problem that is reported here: whether it is one, what it leads to, and how to "
    "mend it."
)
_AT_CODE: Final[tuple[Task, ...]] = ("review", "refactor", "tests", "docs", "explain")


@dataclass(frozen=True, slots=True)
class Offer:
    """A task on a part of the text."""

    task: Task
    title: str
    span: Span
    diagnostics: Sequence[types.Diagnostic] = ()
    more: dict[str, Any] = field(default_factory=dict)  # arguments of its command

    @property
    def names_model(self) -> bool:
        """Whether its title says who would answer: not where the user is asked just that."""
        return "choose" not in self.more


def at_place(document: Document, start: int, end: int) -> Iterator[Offer]:
    """Yield what may be done with the selection, else with the definition and the file."""
    if _is_selection(document.text[start:end].strip()):
        yield from _at_code(Span(start, end), name_of(document, start, end))
        return
    if not document.text.strip():
        return
    symbol = enclosing(document, document.line_column(start)[0])
    if symbol is not None:
        yield from _at_code(Span(symbol.start, symbol.end), f"`{symbol.name}`")
    yield from _at_file(document, explained=symbol is None)


def _is_selection(text: str) -> bool:
    """Whether somebody has marked this: several clients send the word at the cursor."""
    return bool(text) and not text.isidentifier()


def _at_code(span: Span, name: str) -> Iterator[Offer]:
    titles = {
        "review": f"Review {name}",
        "refactor": f"Refactor {name}...",
        "tests": f"Write tests for {name}",
        "docs": f"Document {name}",
        "explain": f"Explain {name}",
    }
    for task in _AT_CODE:
        yield Offer(task, titles[task], span)


def _at_file(document: Document, *, explained: bool) -> Iterator[Offer]:
    whole = Span(0, len(document.text))
    yield Offer("review", "Review this file", whole)
    if explained:
        yield Offer("explain", "Explain this file", whole)
    yield Offer("review", "Review this file with...", whole, more={"choose": True})
    if document.path is not None:
        yield Offer("review", "Review uncommitted changes", whole, more={"against": "uncommitted"})


def on_finding(
    document: Document, finding: Finding, diagnostics: Sequence[types.Diagnostic]
) -> Iterator[Offer]:
    """Yield what a model may do about a finding; notes are only explanations."""
    if finding.category == NOTE:
        return
    span = _around(document, finding.start, finding.end)
    if not finding.replacement:
        yield Offer("fix", f"Fix {_quoted(finding.message)}", span, diagnostics)
    yield Offer("explain", "Explain this finding", span, diagnostics, {"instruction": _WHY})
    yield Offer("review", "Ask again with...", span, diagnostics, {"choose": True})


def unasked(offered: Iterable[Offer]) -> Iterator[Offer]:
    """Yield what is left of it where the user cannot be asked for what is still open."""
    for offer in offered:
        if offer.task == "refactor":
            title = offer.title.replace("Refactor", "Simplify").removesuffix("...")
            yield replace(offer, title=title, more={"preset": "simplify"})
        elif "choose" not in offer.more:
            yield offer


def fix_title(finding: Finding) -> str:
    """Return the title of a fix that is there already, and free."""
    return f"Fix it: {_quoted(finding.message)}"


def on_diagnostics(
    positions: Positions, document: Document, diagnostics: Sequence[types.Diagnostic]
) -> Iterator[Offer]:
    """Yield fixes of what other servers report, and of all that is of one kind."""
    others = [one for one in diagnostics if one.source != SOURCE]
    for one in others[:_MOST_FIXES]:
        start = positions.offset(document, one.range.start)
        end = positions.offset(document, one.range.end)
        yield Offer("fix", f"Fix {_quoted(one.message)}", _around(document, start, end), (one,))
    for first in others[:1]:
        alike = [one for one in others if (one.source, one.code) == (first.source, first.code)]
        if len(alike) > 1:
            whole = Span(0, len(document.text))
            yield Offer("fix", f"Fix all {len(alike)} of this kind", whole, alike)


def _around(document: Document, start: int, end: int) -> Span:
    """Return the definition around a place, else its lines."""
    first, last = document.line_column(start)[0], document.line_column(max(start, end - 1))[0]
    symbol = enclosing(document, first)
    if symbol is not None and symbol.start <= start and end <= symbol.end:
        return Span(symbol.start, symbol.end)
    return Span(document.starts[first], document.starts[last] + len(document.lines[last]))


def _quoted(message: str) -> str:
    words = " ".join(plain(message, 4 * _LABEL).split())
    return f'"{words}"' if len(words) <= _LABEL else f'"{words[: _LABEL - 1].rstrip()}…"'
