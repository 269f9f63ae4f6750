"""Where the files of a workspace use a package: what they import of it, and each place of that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from turnout.context.abroad import call_site
from turnout.context.files import SourceFile
from turnout.context.languages import language_id
from turnout.context.pieces import Piece
from turnout.context.scene import Scene
from turnout.context.sibling import closeness
from turnout.context.syntax import Import
from turnout.document import Span

_MOST_FILES: Final = 12
_LOOKED_AT: Final = 2_000
_MOST_USES: Final = 6  # in one file


def uses(scene: Scene) -> Iterator[Piece]:
    """Yield the imports of the target's package in other files, and where they are used."""
    modules = spellings(scene.target.package)
    if not modules:
        return
    word = re.compile("|".join(map(re.escape, modules)))
    files = [path for path in scene.workspace.files if path != scene.path and language_id(path)]
    files.sort(key=lambda path: (-closeness(path, scene.path), path))
    found = 0
    for path in islice(files, _LOOKED_AT):
        scene.on_time()
        text = scene.files.text(path)
        file = scene.files.get(path) if text and word.search(text) else None
        imports = [one for one in file.tree.imports if _is_of(one, modules)] if file else []
        if file and imports:
            yield from _uses(scene, file, imports, 66 - found)
            found += 1
        if found == _MOST_FILES:
            return


def spellings(package: str) -> tuple[str, ...]:
    """Return what a package may be called in an import."""
    name = package.strip().strip("\"'")
    artifact = name.rpartition(":")[2]
    plain = re.sub(r"^(?:python-|Py(?=[A-Z]))", "", artifact)  # python-dateutil, PyYAML
    group = name.partition(":")[0]
    forms = (name, group, artifact, artifact.replace("-", "_"), plain, plain.lower())
    return tuple(dict.fromkeys(form for form in forms if len(form) > 1))


def _is_of(found: Import, modules: tuple[str, ...]) -> bool:
    return any(
        written == module or re.match(rf"{re.escape(module)}(?:\.|/|::)", written)
        for written in found.module.split()
        for module in modules
    )


def _uses(scene: Scene, file: SourceFile, imports: list[Import], weight: float) -> Iterator[Piece]:
    spans = [found.span for found in imports]
    yield from scene.piece("use", file, spans, weight, gap="")
    names = {name for found in imports for name in found.names}
    names |= {re.split(r"[./:]+", found.module)[-1] for found in imports if found.module}
    shown: list[Span] = []
    for at in file.tree.identifiers():
        if file.text[at.start : at.end] not in names or any(s.holds(at) for s in (*spans, *shown)):
            continue
        site = call_site(file, file.tree.symbol_at(at), at)
        shown += site
        yield from scene.piece("use", file, site, weight - 0.1 * len(shown))
        if len(shown) >= _MOST_USES:
            return
