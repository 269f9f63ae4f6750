"""How a project is tested, for code that has no test yet: its nearest test, and what it needs."""

# Texts, not Paths: as in the exclusion, which is asked for each of them.
# ruff: noqa: PTH118

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from turnout.context.frameworks import MANIFESTS, telling_lines
from turnout.context.languages import language_id
from turnout.context.outline import first_lines
from turnout.context.pieces import Piece
from turnout.context.scene import Scene
from turnout.context.sibling import closeness, is_test, siblings
from turnout.document import Span

_LINES: Final = 50
_LONGEST_MANIFEST: Final = 20_000
_TOLD_BY: Final = ("test", "spec", "it.")
"""What the name of any test has in it."""


def examples(scene: Scene) -> Iterator[Piece]:
    """Yield the beginning of the nearest test, and what the project says of frameworks."""
    if is_test(scene.path) or siblings(scene.path, scene.workspace.files):
        return
    yield from _manifest(scene)
    nearest = _nearest_test(scene)
    file = scene.files.get(nearest) if nearest else None
    if file is None:
        return
    kept = first_lines(file.text, [Span(0, len(file.text))], _LINES)
    yield from scene.piece("example", file, kept, 28)


def _nearest_test(scene: Scene) -> str:
    language = scene.target.document.language
    named = [
        path
        for path in scene.workspace.files
        if any(word in path.lower() for word in _TOLD_BY) and _is_like(path, scene.path, language)
    ]
    named.sort(key=lambda path: (-closeness(path, scene.path), path))
    return next(filter(is_test, named), "")


def _manifest(scene: Scene) -> Iterator[Piece]:
    language = scene.target.document.language
    for folder in scene.files.folders_above(scene.path):
        for name in MANIFESTS.get(language, ()):
            scene.on_time()
            path = os.path.join(folder, name)
            lines = telling_lines(language, scene.files.prose(path, _LONGEST_MANIFEST))
            if lines:
                yield Piece("example", scene.files.shown(path), 1, lines[:500], 27)
                return


def _is_like(path: str, other: str, language: str) -> bool:
    return language_id(path) == language or path.rpartition(".")[2] == other.rpartition(".")[2]
