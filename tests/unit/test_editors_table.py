"""The table of `editors/README.md`: a cell names a test that is there, or says there is none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "editors" / "README.md"
LINK = re.compile(r"\[`(?P<test>\w+)`\]\((?P<file>[^)]+)\)")
NONE = re.compile(r"no|not tested")


def rows() -> list[list[str]]:
    """The cells of the first table, without its head."""
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_row_has_every_editor() -> None:
    head, _, *body = rows()
    assert len(head) == 6
    assert len(body) >= 10
    assert {len(row) for row in body} == {len(head)}


@pytest.mark.parametrize("row", rows()[2:], ids=lambda row: row[0])
def test_every_cell_names_a_test_that_is_there(row: list[str]) -> None:
    for cell in row[1:]:
        links = list(LINK.finditer(cell))
        assert links or NONE.fullmatch(cell), cell
        for link in links:
            source = (TABLE.parent / link["file"]).resolve().read_text()
            assert re.search(rf"^(async )?def {link['test']}\(", source, re.MULTILINE), link[0]
