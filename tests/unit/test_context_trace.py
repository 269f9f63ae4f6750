"""Traces: what they point to in nine languages, and which code of the workspace is shown for it."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from turnout.context.exclude import Exclusion
from turnout.context.gather import Sources, Target, gather
from turnout.context.pieces import Piece
from turnout.context.trace import frames
from turnout.context.workspace import Workspace
from turnout.document import Document, Span, split_lines

CASES = Path(__file__).with_name("trace_cases.txt").read_text(encoding="utf-8")
TRACES = {
    name.strip(): (text, [place for place in places.strip().split(" | ") if place])
    for name, _, case in (part.partition("\n") for part in CASES.split("\n=== ")[1:])
    for text, _, places in [case.partition("\n->")]
}


@pytest.mark.parametrize("name", TRACES)
def test_what_a_trace_points_to(name: str) -> None:
    text, wanted = TRACES[name]
    assert [f"{frame.path}:{frame.line}" for frame in frames(text)] == wanted


LONG = "def long(x):\n    first = x\n" + "".join(f"    y{n} = {n}\n" for n in range(90)) + "\n"
CART = "import os\n\n\ndef one():\n    pass\n\n\ndef total(items):\n    return sum(items)\n"
FILES = {
    "src/cart.py": CART,
    "src/long.py": LONG,
    "lib/deep/one.py": "ONE = 1\n",
    "a/same.py": "def a():\n    pass\n",
    "b/same.py": "def b():\n    pass\n",
    "private/key.py": "def hidden():\n    pass\n",
    "src/json/decoder.py": "def decode():\n    pass\n",
    "main.py": "def main():\n    run()\n",
}


async def gathered(
    root: Path, trace: str, open_texts: Mapping[str, str] | None = None, at: str = "untitled:none"
) -> list[Piece]:
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    exclusion = Exclusion([root], ("private/",))
    workspace = Workspace([root], exclusion.check)
    documents = {
        (root / name).as_uri(): Document(
            (root / name).as_uri(), 1, "python", tuple(split_lines(text))
        )
        for name, text in (open_texts or {}).items()
    }
    document = documents.get(at, Document(at, 0, "python", ("",)))
    target = Target(document, Span(0, 0), trace=trace)
    context = await gather(target, Sources(exclusion, workspace, documents), seconds=20)
    workspace.stop()
    return [piece for piece in context.pieces if piece.kind == "frame"]


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("src/cart.py:9", ["src/cart.py"]),
        ("/somewhere/else/src/cart.py:9", ["src/cart.py"]),
        ("/app/main.py:2", ["main.py"]),
        ("./src/../src/cart.py:9", ["src/cart.py"]),
        ("one.py:1", ["lib/deep/one.py"]),
        ("same.py:1", []),  # which one?
        ("b/same.py:1", ["b/same.py"]),
        ("/usr/lib/python3.11/json/decoder.py:1", []),
        ("/x/.venv/lib/python3.11/site-packages/src/cart.py:9", []),
        ("node_modules/src/cart.py:9", []),
        ("private/key.py:1", []),
        ("src/cart.py:900", []),
        ("src/cart.py:3", []),  # an empty line
        ("/etc/passwd:1", []),
        ("../../etc/hosts.txt:1", []),
    ],
)
async def test_which_file_is_meant(tmp_path: Path, named: str, found: list[str]) -> None:
    pieces = await gathered(tmp_path, f"E   {named}: boom")
    assert [piece.path for piece in pieces] == found


async def test_files_outside_of_the_workspace_are_not_opened(tmp_path: Path) -> None:
    outside = tmp_path / "outside" / "secret.py"
    outside.parent.mkdir()
    outside.write_text("def secret():\n    pass\n")
    inside = tmp_path / "ws"
    inside.mkdir()
    assert await gathered(inside, f'File "{outside}", line 1, in secret') == []
    trace = f'File "{inside / "private" / "key.py"}", line 1, in hidden'
    assert await gathered(inside, trace) == []
    # Nor when it is open.
    opened = {"private/key.py": "def hidden():\n    pass\n"}
    assert await gathered(inside, trace, opened) == []


async def test_the_function_is_shown_that_holds_the_line(tmp_path: Path) -> None:
    (piece,) = await gathered(tmp_path, "src/cart.py:9: in total")
    assert piece.text == "def total(items):\n    return sum(items)"
    assert piece.start_line == 8
    assert piece.title == "Named by the trace, in src/cart.py, line 8"


async def test_of_a_long_function_the_lines_around_are_shown(tmp_path: Path) -> None:
    (piece,) = await gathered(tmp_path, "src/long.py:50: boom")
    lines = piece.text.split("\n")
    assert lines[0].startswith("def long(x):")
    assert LONG.split("\n")[49] in lines
    assert len(lines) < 40
    assert "first = x" not in piece.text


async def test_each_function_once_the_innermost_weighs_most(tmp_path: Path) -> None:
    trace = (
        'Traceback (most recent call last):\n  File "main.py", line 2, in main\n'
        '  File "src/cart.py", line 8, in total\n  File "src/cart.py", line 9, in total\n'
        '  File "b/same.py", line 1, in b\n'
    )
    pieces = await gathered(tmp_path, trace)
    by_weight = sorted(pieces, key=lambda piece: -piece.weight)
    assert [piece.path for piece in by_weight] == ["b/same.py", "src/cart.py", "main.py"]


async def test_unsaved_text_counts_before_the_disk(tmp_path: Path) -> None:
    opened = {"src/cart.py": "def total(unsaved):\n    return 1\n"}
    (piece,) = await gathered(tmp_path, "src/cart.py:2: boom", opened)
    assert "unsaved" in piece.text


async def test_what_the_target_shows_is_not_shown_again(tmp_path: Path) -> None:
    opened = {"src/long.py": LONG}
    at = (tmp_path / "src/long.py").as_uri()
    pieces = await gathered(tmp_path, "src/long.py:50: in long\nb/same.py:1: boom", opened, at)
    assert [piece.path for piece in pieces] == ["b/same.py"]


def test_no_text_is_too_much(seed: int) -> None:
    chance = random.Random(seed)
    began = time.process_time()
    for part in ("at ", "at x (", "(", "a.b:", "a.py:1 ", 'File "', "/", " ", "C:", "a" * 50 + "."):
        frames(part * 100_000)
        frames((part * 300 + "\n") * 300)
    assert time.process_time() - began < 20
    letters = 'at (): /\\.py"1234:,line \nFile in'
    for _ in range(300):
        for frame in frames("".join(chance.choices(letters, k=200))):
            assert frame.line > 0
            assert frame.path
