"""One request for context, while it is being answered: what is looked at, and until when."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from turnout.context.files import Files, SourceFile
from turnout.context.outline import GAP, outline, remaining, written
from turnout.context.pieces import Kind, Piece
from turnout.context.slices import Slices
from turnout.context.syntax import Symbol
from turnout.context.target import Target
from turnout.context.workspace import Workspace
from turnout.document import Span

_LONGEST: Final = 12_000  # characters of a symbol that is shown whole
_AROUND: Final = 40  # lines shown around the span in a longer one


class OutOfTime(Exception):
    """There is no time for more; what was found stands."""


@dataclass(slots=True)
class Scene:
    """What the finders work on."""

    target: Target
    file: SourceFile
    files: Files
    workspace: Workspace
    until: float  # time.monotonic
    stopped: Callable[[], bool]
    symbol: Symbol | None = field(init=False)
    shown: Span = field(init=False)  # what is shown as the target: the symbol, or what fits of it
    covered: list[Span] = field(default_factory=list)  # what of the file stands in other pieces

    slices: Slices = field(default_factory=Slices)

    def __post_init__(self) -> None:
        span = self.target.span
        self.symbol = self.file.tree.symbol_at(span)
        self.shown = self._shown()
        self.covered.append(self.shown)

    @property
    def path(self) -> str:
        """The path of the target, or its address."""
        return self.file.path

    @property
    def folder(self) -> str:
        """The folder that the target's file lies in."""
        return os.path.dirname(self.path)  # noqa: PTH120

    @property
    def left(self) -> float:
        """How many seconds are left."""
        return self.until - time.monotonic()

    def on_time(self) -> None:
        """Raise `OutOfTime` when there is none left, or nobody waits any more; else breathe."""
        if self.stopped() or self.left <= 0:
            raise OutOfTime
        self.slices.breathe()

    def names(self) -> tuple[str, ...]:
        """Return the names that the target uses."""
        return self.file.tree.names(self.shown)

    def piece(
        self,
        kind: Kind,
        file: SourceFile,
        spans: Sequence[Span],
        weight: float,
        end: int | None = None,
        gap: str = GAP,
    ) -> Iterator[Piece]:
        """Yield a piece made of parts of a file, unless it would hold part of a secret."""
        if spans and not file.is_cut(spans):
            text = written(file.text, spans, spans[-1].end if end is None else end, gap)
            yield Piece(kind, file.shown, file.line(spans[0].start), text, weight)

    def definition(
        self, file: SourceFile, symbol: Symbol, weight: float, most_lines: int
    ) -> Iterator[Piece]:
        """Yield a symbol, shortened; one of the file itself is covered then."""
        spans = outline(file.tree, symbol, most_lines)
        if file is self.file:
            self.covered.append(symbol.span)
        yield from self.piece("definition", file, spans, weight, symbol.span.end)

    def uncovered(self, span: Span) -> list[Span]:
        """Return what of a span of the file does not stand in any piece yet."""
        return remaining(span, self.covered)

    def _shown(self) -> Span:
        """Return the symbol whole, or the lines around the span where it is too long."""
        span, document = self.target.span, self.target.document
        whole = self.symbol.span if self.symbol else span
        if whole.end - whole.start <= _LONGEST and whole != span:
            return Span(min(whole.start, span.start), max(whole.end, span.end))
        around = _AROUND if self.symbol and whole != span else 0
        first = max(document.line_column(span.start)[0] - around, 0)
        last = document.line_column(span.end)[0] + around
        start = document.starts[first]
        if start + _LONGEST < span.start:  # lines without end
            start = span.start
        end = document.starts[last + 1] if last + 1 < len(document.lines) else len(document.text)
        end = max(span.end, min(end, span.end + _LONGEST))
        return Span(max(start, min(whole.start, span.start)), min(end, max(whole.end, span.end)))
