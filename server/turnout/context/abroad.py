"""What of other files belongs to a target: definitions, tests, callers, the project's instructions.

Every function checks the time before it opens a file.
"""

# Texts, not Paths: as in the exclusion, which is asked for each of them.
# ruff: noqa: PTH118, PTH120

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from turnout.context.files import SourceFile
from turnout.context.languages import language_id
from turnout.context.outline import first_lines
from turnout.context.pieces import Piece
from turnout.context.scene import Scene
from turnout.context.sibling import closeness, header_or_source, siblings
from turnout.context.syntax import Symbol
from turnout.document import Span

INSTRUCTIONS: Final = ("AGENTS.md", "CLAUDE.md", "CONTRIBUTING.md")
_LONGEST_INSTRUCTIONS: Final = 6_000  # characters of one file
_MOST_INSTRUCTIONS: Final = 6  # files
_MOST_DEFINITIONS: Final = 24
_DEFINITION_LINES: Final = 30
_MOST_NAMES: Final = 200
_TRIED: Final = 3  # files that seem to define a name
_SHORTEST_NAME: Final = 3
_SIBLING_SYMBOLS: Final = 3
_SIBLING_LINES: Final = 40
_HEADER_LINES: Final = 80
_MOST_CALLERS: Final = 5
_CALLER_FILES: Final = 400
_CALLER_LINES: Final = 2  # before and behind the call
_FAMILIES: Final = (
    {"javascript", "javascriptreact", "typescript", "typescriptreact"},
    {"c", "cpp"},
)
_BY_FOLDER: Final = frozenset({"go", "java", "c", "cpp"})
"""Languages in which the files of a folder see each other's names."""
_NO_PARTS: Final = frozenset({"", ".", "..", "crate", "self", "super"})
_MAIN_FILES: Final = frozenset({"__init__", "index", "mod", "lib", "main"})


def instructions(scene: Scene) -> Iterator[Piece]:
    """Yield what the project asks of those who work on it; the nearest folder counts most."""
    count = 0
    for distance, folder in enumerate(scene.files.folders_above(scene.path)):
        for name in INSTRUCTIONS:
            scene.on_time()
            path = os.path.join(folder, name)
            text = scene.files.prose(path, _LONGEST_INSTRUCTIONS)
            if text.strip() and path != scene.path and count < _MOST_INSTRUCTIONS:
                count += 1
                yield Piece("instructions", scene.files.shown(path), 1, text, 50 - distance)


def definitions(scene: Scene) -> Iterator[Piece]:
    """Yield the definitions, in other files, of names that are used or imported."""
    tree = scene.file.tree
    own = {symbol.name for symbol in tree.symbols}
    used = [name for name in scene.names() if name not in own and len(name) >= _SHORTEST_NAME]
    imported = [name for found in tree.imports for name in found.names if name not in used]
    seen: set[tuple[str, int]] = set()
    for rank, name in enumerate([*used, *imported][:_MOST_NAMES]):
        for file, symbol, sure in _defining(scene, name):
            if len(seen) >= _MOST_DEFINITIONS:
                return
            if (file.path, symbol.span.start) in seen:
                continue
            seen.add((file.path, symbol.span.start))
            weight = (68 if sure else 40) if rank < len(used) else 30
            lines = _DEFINITION_LINES if rank < len(used) else _DEFINITION_LINES // 2
            yield from scene.definition(file, symbol, weight - len(seen) * 0.5, lines)


def sibling(scene: Scene) -> Iterator[Piece]:
    """Yield from the test of this source, or the source of this test, what names the symbol."""
    files = scene.workspace.files
    for path in siblings(scene.path, files)[:1]:
        scene.on_time()
        file = scene.files.get(path)
        if file is None:
            continue
        imports = [found.span for found in file.tree.imports]
        kept = first_lines(file.text, imports, _SIBLING_LINES)
        yield from scene.piece("sibling", file, kept, 42, gap="")
        for at, symbol in enumerate(_telling(scene, file)):
            kept = first_lines(file.text, [symbol.span], _SIBLING_LINES)
            yield from scene.piece("sibling", file, kept, 45 - at, symbol.span.end)
    for path in header_or_source(scene.path, files)[:1]:
        scene.on_time()
        file = scene.files.get(path)
        if file is not None:
            kept = first_lines(file.text, [Span(0, len(file.text))], _HEADER_LINES)
            yield from scene.piece("sibling", file, kept, 46)


def callers(scene: Scene) -> Iterator[Piece]:
    """Yield where the symbol is called, with the header of what calls it."""
    if scene.symbol is None or len(scene.symbol.name) < _SHORTEST_NAME:
        return
    name = scene.symbol.name.rpartition("::")[2]
    call = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")
    found = 0
    for path in islice(_nearest(scene, scene.workspace.files), _CALLER_FILES):
        scene.on_time()
        text = scene.file.text if path == scene.path else scene.files.text(path)
        if text is None or name not in text or call.search(text) is None:
            continue
        file = scene.file if path == scene.path else scene.files.get(path)
        for piece in _calls(scene, file, name) if file else ():
            yield piece
            found += 1
            if found == _MOST_CALLERS:
                return


def _calls(scene: Scene, file: SourceFile, name: str) -> Iterator[Piece]:
    tree = file.tree
    imported = [found.span for found in tree.imports]
    defined_here = {symbol.named for symbol in tree.symbols}
    seen: set[int] = set()
    for at in tree.identifiers():
        if file.text[at.start : at.end] != name or at in defined_here:
            continue
        if any(span.holds(at) for span in imported) or (file is scene.file and _shown(scene, at)):
            continue
        caller = tree.symbol_at(at)
        key = caller.span.start if caller else -1
        if key not in seen:
            seen.add(key)
            yield from scene.piece("caller", file, call_site(file, caller, at), 44 - len(seen))


def call_site(file: SourceFile, caller: Symbol | None, at: Span) -> list[Span]:
    """Return the header of the caller and the lines around the call."""
    text = file.text
    lines = Span(_back(text, at.start, _CALLER_LINES), _on(text, at.end, _CALLER_LINES))
    if caller is None:
        return [lines]
    header = Span(caller.named.start, caller.body.start if caller.body else caller.named.end)
    end = header.start + len(text[header.start : header.end].rstrip())
    header = Span(_back(text, header.start, 0), end)
    lines = Span(max(lines.start, caller.span.start), min(lines.end, caller.span.end))
    if lines.start <= header.end:
        return [Span(min(header.start, lines.start), max(lines.end, header.end))]
    return [header, lines]


def _defining(scene: Scene, name: str) -> Iterator[tuple[SourceFile, Symbol, bool]]:
    """Yield definitions of a name in other files, and whether the file is imported."""
    scene.on_time()
    paths = [path for path in _candidates(scene, name) if path != scene.path]
    ranked = sorted(
        ((_imported(path, scene, name), path) for path in paths),
        key=lambda item: (-item[0], -closeness(item[1], scene.path), item[1]),
    )
    sure = bool(ranked) and ranked[0][0] > 0
    if not sure and len(ranked) > 1:
        return
    for _, path in ranked[:_TRIED]:
        scene.on_time()
        file = scene.files.get(path)
        symbol = _symbol_named(file, name) if file else None
        if file and symbol:
            yield file, symbol, sure
            return


def _candidates(scene: Scene, name: str) -> list[str]:
    """Return the files in the same language that seem to define a name, as they are now."""
    language = scene.target.document.language
    saved = scene.workspace.defining(name)
    unsaved = [path for path in scene.files.open if name in scene.files.defined(path)]
    return [path for path in dict.fromkeys((*saved, *unsaved)) if _speaks(path, language, scene)]


def _symbol_named(file: SourceFile, name: str) -> Symbol | None:
    """Return the definition of a name: rather one with a body, rather an outer one."""
    named = [s for s in file.tree.symbols if s.name.rpartition("::")[2] == name]
    named = [s for s in named if s.kind != "field" and not _is_local(s)]
    return min(
        named,
        key=lambda s: (s.kind == "declaration", len(s.scopes), s.span.start),
        default=None,
    )


def _is_local(symbol: Symbol) -> bool:
    return any(scope.kind in ("function", "method") for scope in symbol.scopes)


def _imported(path: str, scene: Scene, name: str) -> float:
    """Return how sure it is that a name comes from a file: 0 where nothing says so."""
    folders = path.replace("\\", "/").split("/")
    stem = folders.pop().partition(".")[0]
    own = folders if stem in _MAIN_FILES else [*folders, stem]
    language = scene.target.document.language
    best = 0.5 if language in _BY_FOLDER and os.path.dirname(path) == scene.folder else 0.0
    for found in scene.file.tree.imports:
        for module in found.module.split():
            words = [
                word for word in re.split(r"[./\\:]+|[^\w-]+", module) if word not in _NO_PARTS
            ]
            ways = [words, words[:-1], [*words, name]]
            fits = max(
                (len(some) for some in ways if some and own[-len(some) :] == some), default=0
            )
            if language in _BY_FOLDER and words and folders[-len(words) :] == words:
                fits = max(fits, len(words))
            best = max(best, fits + (0.5 if fits and name in found.names else 0.0))
    return best


def _telling(scene: Scene, file: SourceFile) -> list[Symbol]:
    """Return the symbols of the sibling that name the target's; else its first ones."""
    outer = [s for s in file.tree.symbols if s.body and s.kind != "module"]
    name = scene.symbol.name.rpartition("::")[2] if scene.symbol else ""
    if name:
        word = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])|{re.escape(name)}", re.IGNORECASE)
        naming = [s for s in outer if word.search(file.text, s.span.start, s.span.end)]
        innermost = [s for s in naming if not any(o.parent is s for o in naming)]
        if innermost:
            return innermost[:_SIBLING_SYMBOLS]
    return [s for s in outer if s.parent is None][:_SIBLING_SYMBOLS]


def _nearest(scene: Scene, files: Iterable[str]) -> Iterator[str]:
    """Yield the files in the same language, this one first and the nearest next."""
    language = scene.target.document.language
    others = {*files, *scene.files.open} - {scene.path}
    same = [path for path in others if _speaks(path, language, scene)]
    yield scene.path
    yield from sorted(same, key=lambda path: (-closeness(path, scene.path), path))


def _speaks(path: str, language: str, scene: Scene) -> bool:
    document = scene.files.open.get(path)
    other = document.language if document else language_id(path)
    if not other:  # a language without a table: files of the same kind
        return path.rpartition(".")[2] == scene.path.rpartition(".")[2]
    return other == language or any({other, language} <= family for family in _FAMILIES)


def _shown(scene: Scene, at: Span) -> bool:
    return any(span.holds(at) for span in scene.covered)


def _back(text: str, offset: int, lines: int) -> int:
    """Return the start of the line so many lines above."""
    for _ in range(lines + 1):
        offset = text.rfind("\n", 0, offset)
        if offset < 0:
            return 0
    return offset + 1


def _on(text: str, offset: int, lines: int) -> int:
    """Return the end of the line so many lines below."""
    for _ in range(lines + 1):
        offset = text.find("\n", offset + 1)
        if offset < 0:
            return len(text)
    return offset
