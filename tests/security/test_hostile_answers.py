"""Hostile answers through the editor: no edit outside, no command, no link, nothing that hides."""

from __future__ import annotations

from pathlib import Path

import pytest

from lsp.matrix.hostile import CASES, Case, play


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 60
    assert len({case["name"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"].replace(" ", "-"))
async def test_a_hostile_answer_comes_to_nothing(case: Case, tmp_path: Path) -> None:
    await play(case, tmp_path)
