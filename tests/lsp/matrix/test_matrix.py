"""Every task in every language in every way of failing, through the editor and on the wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from lsp.matrix.cases import LANGUAGES, program
from lsp.matrix.playing import play
from lsp.matrix.ways import KINDS, SENSELESS, WAYS

GRID = [
    (language, task, way)
    for language in LANGUAGES
    for task, kind in KINDS.items()
    for way in WAYS[kind]
]


def test_no_cell_is_empty() -> None:
    every = {way for ways in WAYS.values() for way in ways}
    assert len(LANGUAGES) >= 8
    assert len(GRID) >= 200
    for language in LANGUAGES:
        assert set(program(language).scenarios) == set(KINDS), language
    for kind, ways in WAYS.items():
        assert set(ways) | set(SENSELESS[kind]) == every, kind
        assert not set(ways) & set(SENSELESS[kind]), kind


@pytest.mark.parametrize(("language", "task", "way"), GRID, ids=lambda part: part.replace(" ", "-"))
async def test_cell(language: str, task: str, way: str, tmp_path: Path) -> None:
    await play(language, task, way, tmp_path)
