"""Diffs: what is seen of the new side, where a finding about one stands, and edits as diffs."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from turnout.document import Document, split_lines
from turnout.edits.change import TextChange
from turnout.edits.diff_anchor import anchor_in_diff
from turnout.edits.outcome import EditSet, FileEdit, Subject
from turnout.edits.unified import FileDiff, read_diff, render

DIFF = """\
diff --git a/src/a.py b/src/a.py
index 1111111..2222222 100644
--- a/src/a.py
+++ b/src/a.py
@@ -1,5 +1,6 @@
 import os
-x = old(1)
+x = new(1)
+y = new(2)
 return x
 }
 }
@@ -40,3 +41,4 @@ def f():
     value = compute(x)
+    value = compute(x)
     return x + 1
     done()
diff --git a/gone.py b/gone.py
deleted file mode 100644
index 1111111..0000000
--- a/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-x = 1
"""


def diff() -> FileDiff:
    files, problem = read_diff(DIFF)
    assert not problem
    assert [file.path for file in files] == ["src/a.py", "gone.py"]
    assert files[1].hunks == ()
    return files[0]


def test_paths_as_git_quotes_them() -> None:
    text = '--- "a/\\303\\251 \\"x\\".py"\n+++ "b/\\303\\251 \\"x\\".py"\n@@ -1 +1 @@\n-a\n+b\n'
    assert [file.path for file in read_diff(text)[0]] == ['é "x".py']
    renamed = "diff --git a/x.py b/y.py\nrename from x.py\nrename to y.py\n"
    assert [file.path for file in read_diff(renamed)[0]] == ["y.py"]


def test_the_new_side() -> None:
    first, second = diff().hunks
    assert (first.start, first.lines[:3]) == (1, ("import os", "x = new(1)", "y = new(2)"))
    assert (second.start, second.added) == (41, (False, True, False, False))
    assert diff().changed == [(2, 3), (42, 42)]


@pytest.mark.parametrize(
    ("quote", "claimed", "line"),
    [
        ("x = new(1)", None, 2),
        ("x=new( 1 )", None, 2),
        ("  y = new(2)\n\n return x", None, 3),
        ("new(2)", None, 3),
        ("x = old(1)", None, None),
        ("return x", None, 4),
        ("x", None, None),
        ("value = compute(x)", None, 42),
        ("value = compute(x)", 41, 42),
        ("value = compute(x)", 900, None),
        ("done()", 900, 44),
        ("nothing such", 2, None),
        ("", 2, None),
    ],
)
def test_a_quote_in_a_diff(quote: str, claimed: int | None, line: int | None) -> None:
    place = anchor_in_diff(diff().hunks, quote, claimed)
    assert (place.first if place else None) == line


def test_short_lines_tell_nothing_of_what_was_meant() -> None:
    files, _ = read_diff("--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n });\n+});\n x\n")
    assert anchor_in_diff(files[0].hunks, "});") is None


def test_a_number_rules_out_what_is_far() -> None:
    body = "".join(f"+{line}\n" for line in ["f(x, y)", *["z"] * 60, "f(x, y)"])
    files, _ = read_diff(f"--- /dev/null\n+++ b/x\n@@ -0,0 +1,62 @@\n{body}")
    assert anchor_in_diff(files[0].hunks, "f(x, y)") is None
    for claimed, line in ((1, 1), (15, 1), (60, 62), (30, None), (42, 62)):
        place = anchor_in_diff(files[0].hunks, "f(x, y)", claimed)
        assert (place.first if place else None) == line


def test_the_place_in_the_document() -> None:
    place = anchor_in_diff(diff().hunks, "y = new(2)")
    assert place is not None
    text = "import os\nx = new(1)\n  y = new(2)  \n"
    document = Document("file:///a", 1, "python", tuple(split_lines(text)))
    span = place.within(document)
    assert span is not None
    assert text[slice(*span)] == "y = new(2)"
    moved = Document("file:///a", 2, "python", tuple(split_lines("\n" + text)))
    assert place.within(moved) is None
    assert place.within(Document("file:///a", 3, "python", ("",))) is None


@pytest.mark.parametrize(
    "text",
    [
        "@@ -1 +1 @@\n-a\n+b\n",
        "--- a\n+++ b\n@@ -1,9 +1,9 @@\n a\n",
        "--- a\n+++ b\n@@ -1 +1 @@\nwhat\n",
        "+++ b/x\n",
    ],
)
def test_a_broken_diff_is_a_problem_and_no_exception(text: str) -> None:
    assert read_diff(text)[0] == []
    assert read_diff(text)[1].startswith("The diff cannot be read")


def test_random_damage_raises_nothing(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(500):
        damaged = list(DIFF)
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(damaged))
            damaged[at] = chance.choice(["", "\n", "-", "+", "@", "9", '"', "\t", "\x00", "é"])
        files, problem = read_diff("".join(damaged))
        assert problem or isinstance(files, list)


def edit(before: str, after: str, path: str = "a.txt", *, new: bool = False) -> EditSet:
    subject = Subject(path, "", 1, before)
    return EditSet("x", (FileEdit(subject, (TextChange(0, len(before), after),), new),))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a\nb", "a\nb\nc"),
        ("a\r\nb\r\n", "a\r\nc\r\n"),
        ("a\x0cb\u2028c\nd\n", "a\x0cb\u2028c\ne\n"),
        ("a\n", ""),
    ],
)
def test_git_applies_what_is_rendered(before: str, after: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(before.encode())
    text = render(edit(before, after))
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"], cwd=tmp_path, input=text.encode(), check=True
    )
    assert (tmp_path / "a.txt").read_bytes() == after.encode()


def test_a_new_file_is_rendered_as_one(tmp_path: Path) -> None:
    text = render(edit("", "a\n", "new.txt", new=True))
    assert text.startswith("--- /dev/null\n+++ b/new.txt\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=text.encode(), check=True)
    assert (tmp_path / "new.txt").read_text() == "a\n"
