"""What of its own file belongs to a target: imports, scopes, definitions, the lines around it.

And what was passed in: reports and recent edits. No file is read here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from turnout.context.files import beginning
from turnout.context.outline import first_lines, outline
from turnout.context.pieces import Piece
from turnout.context.redact import contains_secret
from turnout.context.scene import Scene
from turnout.context.syntax import Symbol
from turnout.document import Document, Span

_MOST_IMPORTS: Final = 60  # lines
_MOST_DEFINITIONS: Final = 30
_DEFINITION_LINES: Final = 40
_SCOPE_LINES: Final = 80
_RUN: Final = 15  # lines of one piece from nearby
_MOST_RUNS: Final = 60
_LONGEST_LINE: Final = 1_000  # characters of one of them
_MOST_DIAGNOSTICS: Final = 20
_MOST_EDITS: Final = 16
_LONGEST_MESSAGE: Final = 500
_LONGEST_EDIT: Final = 1_500


def target(scene: Scene) -> Iterator[Piece]:
    """Yield the symbol itself."""
    yield from scene.piece("target", scene.file, [scene.shown], 100)


def imports(scene: Scene) -> Iterator[Piece]:
    """Yield the imports of the file."""
    text = scene.file.text
    spans = [span for found in scene.file.tree.imports for span in scene.uncovered(found.span)]
    kept = first_lines(text, spans, _MOST_IMPORTS)
    if kept:
        scene.covered.extend(kept)
        yield from scene.piece("import", scene.file, kept, 70, gap="")


def scopes(scene: Scene) -> Iterator[Piece]:
    """Yield what the symbol lies in: of the innermost what else is in it, of others the header."""
    if scene.symbol is None:
        return
    tree = scene.file.tree
    around = scene.symbol.parent
    if around is not None:
        kept = outline(tree, around, _SCOPE_LINES, [scene.shown])
        kept = [span for span in kept if tree.text[span.start : span.end].strip()]
        # Of the rest, headers may stand again among the lines nearby: there they have their bodies.
        scene.covered.extend(kept[:1])
        yield from scene.piece("scope", scene.file, kept, 80, around.span.end)
    for outer in scene.symbol.scopes[:-1]:
        header = Span(outer.span.start, outer.body.start if outer.body else outer.span.end)
        scene.covered.append(header)
        kept = first_lines(tree.text, [header], _SCOPE_LINES)
        yield from scene.piece("scope", scene.file, kept, 79, outer.span.end)


def own_definitions(scene: Scene) -> Iterator[Piece]:
    """Yield the definitions in the file itself of the names that the target uses."""
    named: dict[str, list[Symbol]] = {}
    for symbol in scene.file.tree.symbols:
        named.setdefault(symbol.name.rpartition("::")[2], []).append(symbol)
    count = 0
    for name in scene.names():
        for symbol in named.get(name, ()):
            if count < _MOST_DEFINITIONS and _is_apart(scene, symbol):
                yield from scene.definition(scene.file, symbol, 76 - count * 0.5, _DEFINITION_LINES)
                count += 1


def near(scene: Scene) -> Iterator[Piece]:
    """Yield what else is in the file, in runs of some lines, from the target outwards."""
    above = _runs(scene, forward=False)
    below = _runs(scene, forward=True)
    weight = 74.0
    for _ in range(_MOST_RUNS):
        for runs in (above, below):
            run = next(runs, None)
            if run is not None:
                yield from scene.piece("near", scene.file, [run], weight)
        weight *= 0.97


def diagnostics(scene: Scene) -> Iterator[Piece]:
    """Yield what other tools report there."""
    document = scene.target.document
    shown = scene.shown
    there = [d for d in scene.target.diagnostics if shown.start <= d.span.start <= shown.end]
    lines = []
    for found in sorted(there, key=lambda d: (d.span.start, d.span.end, d.message)):
        line = document.line_column(found.span.start)[0] + 1
        source = f" [{found.source}]" if found.source else ""
        message = beginning(found.message, _LONGEST_MESSAGE)
        lines.append(f"line {line}: {found.severity}: {message}{source}")
    text = "\n".join(lines[:_MOST_DIAGNOSTICS])
    if text:
        yield Piece("diagnostic", scene.file.shown, scene.file.line(scene.shown.start), text, 95)


def edits(scene: Scene) -> Iterator[Piece]:
    """Yield what was changed lately; nothing with a secret, which the marks would hide."""
    for age, edit in enumerate(reversed(scene.target.edits[-_MOST_EDITS:])):
        if not scene.files.allows_uri(edit.uri) or contains_secret(f"{edit.old}\n{edit.new}"):
            continue
        path = Document(edit.uri, 0, "", ()).path or edit.uri
        if edit.uri != scene.target.document.uri and not scene.files.belongs(path):
            continue
        lines = [f"-{line}" for line in edit.old.splitlines()]
        lines += [f"+{line}" for line in edit.new.splitlines()]
        text = "\n".join(lines)[:_LONGEST_EDIT]
        yield Piece("edit", scene.files.shown(path), edit.line + 1, text, 90 - age * 2)


def _is_apart(scene: Scene, symbol: Symbol) -> bool:
    """Whether a symbol stands by itself: not in, around or half within what is shown already."""
    return symbol.kind != "field" and not any(symbol.span.meets(c) for c in scene.covered)


def _runs(scene: Scene, *, forward: bool) -> Iterator[Span]:
    """Yield what is not covered, above or below the target, in runs of whole lines."""
    document, shown_span = scene.target.document, scene.shown
    lines, starts = document.lines, document.starts
    first = document.line_column(shown_span.start)[0]
    last = document.line_column(shown_span.end)[0]
    run: list[int] = []
    for at in range(last + 1, len(lines)) if forward else range(first - 1, -1, -1):
        line = Span(starts[at], starts[at] + len(lines[at]))
        free = len(lines[at]) <= _LONGEST_LINE
        free = free and not any(line.meets(covered) for covered in scene.covered)
        if free:
            run.append(at)
        if run and (not free or len(run) == _RUN):
            yield _joined(document.starts, lines, run)
            run = []
    if run:
        yield _joined(document.starts, lines, run)


def _joined(starts: list[int], lines: tuple[str, ...], run: list[int]) -> Span:
    first, last = min(run), max(run)
    return Span(starts[first], starts[last] + len(lines[last].rstrip("\r\n")))
