"""Which pieces of a document a change touches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from turnout.context.secret_rules import find_secrets
from turnout.context.syntax import parse
from turnout.context.units import joined, units
from turnout.document import Document, Span
from turnout.edits.unified import FileDiff

_LARGEST: Final = 12_000  # characters of a piece that is looked at as a whole
_NEAR: Final = 40  # lines around a change that are, of a longer one


def touched(document: Document, file: FileDiff) -> tuple[Span, ...]:
    """Return the pieces of a document that a change touches, long ones cut to what is near it."""
    runs = [run for hunk in file.hunks for run in hunk.changed or [_seen(hunk.start, hunk.lines)]]
    tree = parse(document.text, document.language)
    secrets = [_whole_lines(document, *found) for found in find_secrets(document.text)]
    changed = [_lines(document, first, last) for first, last in runs]
    found: list[Span] = []
    for piece in units(tree, Span(0, len(document.text))):
        near = [span for span in changed if span.meets(piece)]
        if near and piece.end - piece.start <= _LARGEST:
            found.append(piece)
        else:
            found += (_clipped(document, piece, span, secrets) for span in near)
    return joined(document.text, sorted(found, key=lambda span: span.start))


def _clipped(document: Document, piece: Span, changed: Span, secrets: Sequence[Span]) -> Span:
    """Return what of a long piece is near a change."""
    above = document.line_column(changed.start)[0] + 1 - _NEAR
    below = document.line_column(changed.end - 1)[0] + 1 + _NEAR
    near = _lines(document, above, below)
    found = Span(max(piece.start, near.start), min(piece.end, near.end))
    for secret in secrets:
        if secret.meets(found):  # half of one would not be recognised
            found = Span(min(found.start, secret.start), max(found.end, secret.end))
    return found


def _whole_lines(document: Document, start: int, end: int) -> Span:
    """Return the lines of a secret: what it is recognised by may stand before it."""
    return _lines(document, *(document.line_column(at)[0] + 1 for at in (start, end)))


def _seen(start: int, lines: Sequence[str]) -> tuple[int, int]:
    """Return the lines around a place where lines were only taken away."""
    return start, start + len(lines) - 1


def _lines(document: Document, first: int, last: int) -> Span:
    """Return the span of lines, counted from 1; those that are not there are left out."""
    first, last = max(first, 1), min(last, len(document.lines))
    if first > last:
        return Span(0, 0)
    return Span(
        document.starts[first - 1], document.starts[last - 1] + len(document.lines[last - 1])
    )
