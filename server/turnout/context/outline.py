"""Symbols made shorter: what is inside their inner symbols is left out, or all after some lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from turnout.context.syntax import Symbol, Tree
from turnout.document import Span

GAP: Final = " ..."
"""Stands for what is left out."""


def outline(
    tree: Tree, symbol: Symbol, most_lines: int, without: Sequence[Span] = ()
) -> list[Span]:
    """Return what is kept of a symbol: whole if it is short, else the headers of what is in it."""
    whole = [symbol.span]
    if not without and _lines(tree.text, whole) <= most_lines:
        return whole
    inner = [
        inside.body
        for inside in tree.symbols
        if inside.body and inside.parent is symbol and _is_long(tree.text, inside.body)
    ]
    return first_lines(tree.text, remaining(symbol.span, [*inner, *without]), most_lines)


def remaining(span: Span, holes: Iterable[Span]) -> list[Span]:
    """Return a span without the holes in it."""
    kept: list[Span] = []
    at = span.start
    for hole in sorted(holes, key=lambda hole: (hole.start, -hole.end)):
        if hole.start > at:
            kept.append(Span(at, min(hole.start, span.end)))
        at = max(at, hole.end)
        if at >= span.end:
            return kept
    return [*kept, Span(at, span.end)]


def first_lines(text: str, spans: Iterable[Span], most: int) -> list[Span]:
    """Return the spans up to so many lines."""
    kept: list[Span] = []
    for span in spans:
        lines = text[span.start : span.end].splitlines(keepends=True)
        if len(lines) > most:
            fitting = "".join(lines[: max(most, 0)]).rstrip()
            return [*kept, Span(span.start, span.start + len(fitting))] if fitting else kept
        kept.append(span)
        most -= len(lines) - 1
    return kept


def written(text: str, spans: Sequence[Span], end: int, gap: str = GAP) -> str:
    """Write spans out, with a mark where something between them or before ``end`` is left out.

    Without a mark, each span begins a line.
    """
    if not gap:
        return "\n".join(text[span.start : span.end].rstrip() for span in spans)
    parts: list[str] = []
    for span, following in zip(spans, [*(s.start for s in spans[1:]), end], strict=True):
        kept = text[span.start : span.end]
        left_out = text[span.end : following]
        if left_out.strip():
            kept = kept.rstrip() + gap
            if "\n" in left_out and text[following : following + 1] not in "\r\n":
                kept += "\n"
        parts.append(kept)
    return "".join(parts)


def _is_long(text: str, body: Span) -> bool:
    return "\n" in text[body.start : body.end].strip() or body.end - body.start > 80


def _lines(text: str, spans: Iterable[Span]) -> int:
    return sum(text.count("\n", span.start, span.end) + 1 for span in spans)
