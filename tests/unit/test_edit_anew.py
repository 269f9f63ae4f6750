"""An edit whose text has moved on: placed where it belongs, or refused; never anywhere else."""

from __future__ import annotations

import random

import pytest

from turnout.edits.anew import placed_anew
from turnout.edits.change import TextChange, changed
from turnout.edits.outcome import FileEdit, Subject

TEXT = """import os


def first(items):
    return items[0]


def second(items):
    return items[1]


def last(items):
    return items[-1]
"""


def edit(old: str, new: str, text: str = TEXT) -> FileEdit:
    start = text.index(old)
    change = TextChange(start, start + len(old), new)
    return FileEdit(Subject("a.py", "file:///a.py", 1, text), (change,))


@pytest.mark.parametrize(
    ("now", "after"),
    [
        (TEXT, TEXT.replace("items[1]", "items[:2]")),
        ("# top\n" + TEXT, "# top\n" + TEXT.replace("items[1]", "items[:2]")),
        (TEXT.replace("import os\n", ""), None),
        (TEXT.replace("items[0]", "items[9]"), None),
        (TEXT.replace("\n", "\r\n"), None),
        (TEXT + "\n\ndef more():\n    pass\n", None),
    ],
)
def test_what_changed_elsewhere_does_not_matter(now: str, after: str | None) -> None:
    found = placed_anew(edit("    return items[1]\n", "    return items[:2]\n"), now)
    assert found.refusals == ()
    assert changed(now, found.changes) == (after or now.replace("items[1]", "items[:2]"))


@pytest.mark.parametrize(
    "now",
    ["", TEXT.replace("items[1]", "items[2]"), TEXT.replace("second", "other"), TEXT + TEXT],
    ids=["gone", "changed", "its name changed", "there twice"],
)
def test_what_has_no_certain_place_is_refused(now: str) -> None:
    found = placed_anew(edit("    return items[1]\n", "    return items[:2]\n"), now)
    assert found.changes == ()
    assert len(found.refusals) == 1


def test_all_changes_of_a_file_are_placed_or_none() -> None:
    one, other = edit("items[0]", "items[:1]"), edit("items[-1]", "items[-1:]")
    both = FileEdit(one.subject, (*one.changes, *other.changes))
    found = placed_anew(both, TEXT.replace("items[0]", "things[0]"))
    assert found.changes == ()
    assert len(found.refusals) == 1


def test_after_random_edits_it_is_right_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    body = "".join(f"def f{n}(a):\n    b = a + {n}\n    return b * {n}\n\n\n" for n in range(40))
    placed = 0
    for _ in range(200):
        target = chance.randrange(40)
        file = edit(f"    b = a + {target}\n", f"    b = a - {target}\n", body)
        lines = body.splitlines(keepends=True)
        for _ in range(20):
            at = chance.randrange(len(lines))
            lines[at : at + chance.randrange(2)] = [f"# {chance.random()}\n"]
        now = "".join(lines)
        found = placed_anew(file, now)
        if found.changes:
            placed += 1
            assert changed(now, found.changes) == now.replace(
                f"    b = a + {target}\n", f"    b = a - {target}\n"
            )
    assert placed > 100
