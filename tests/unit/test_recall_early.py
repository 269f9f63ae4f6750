"""What recall says before its engine is loaded: examples with the cursor as a bar."""

from __future__ import annotations

from pathlib import Path

import pytest

from turnout.app import App
from turnout.recall import EarlyRecall
from turnout.recall.recall import Recall

URI = "file:///open.py"


def proposed(marked: str, secret: str = "never") -> list[str]:
    recall = EarlyRecall(lambda text: secret in text)
    before, after = marked.split("|")
    recall.open(URI, (before + after).splitlines(keepends=True))
    line, column = before.count("\n"), len(before.rpartition("\n")[2])
    return [proposal.text for proposal in recall.propose(URI, line, column)]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("return value\nreturn value\nret|\n", ["urn value"]),
        ("    return value\n\treturn value\nret|", ["urn value"]),  # indentation does not count
        ("return value\nret|", []),  # one line is no agreement
        ("ret|\nreturn value\nreturn value\n", ["urn value"]),  # below counts too
        ("return a\nreturn a\nreturn b\nret|", []),  # two of three do not agree
        ("return a\n" * 4 + "return b\nret|", ["urn a"]),
        ("return\nreturn\nreturn|", []),  # the line is whole
        ("re\nre\nr|", []),  # too short to say
        ("call(x)\ncall(x)\ncall(|)", ["x"]),  # what follows is not repeated
        ("call(x)\ncall(x)\ncall(| y", []),  # what follows does not go with it
        ("x" * 500 + "\n" + "x" * 500 + "\nxxx|", []),  # minified
    ],
)
def test_examples(marked: str, expected: list[str]) -> None:
    assert proposed(marked) == expected


def test_a_secret_is_never_proposed() -> None:
    marked = "key = 'abc-hidden'\n" * 2 + "key|"
    assert proposed(marked, secret="hidden") == []
    assert proposed("key = 'abc-'\n" * 2 + "key|", secret="key = 'abc") == []
    assert proposed(marked) == [" = 'abc-hidden'"]


@pytest.mark.parametrize(("line", "column"), [(-1, 0), (9, 0), (0, 99), (0, -1)])
def test_any_place_is_borne(line: int, column: int) -> None:
    recall = EarlyRecall(lambda text: False)
    recall.splice(URI, 0, 1, ["nobody\n"])
    assert recall.propose(URI, 0, 3) == []
    recall.open(URI, ["abc\n"])
    assert recall.propose(URI, line, column) == []
    recall.close(URI)
    recall.close(URI)


async def test_the_engine_takes_over_what_is_open(home: Path) -> None:
    app = App(home / "none.toml", {})
    assert isinstance(app.recall, EarlyRecall)
    app.recall.open(URI, ["def compute(first, second):\n", "x\n", "\n"])
    app.recall.splice(URI, 1, 1, ["    return compute(first, second)\n", "    ret"])
    full = await app.full_recall()
    assert app.recall is full
    assert isinstance(full, Recall)
    assert full.stats().live == 1
    assert await app.full_recall() is full
    full.splice(URI, 2, 1, ["    return comp\n"])
    assert full.propose(URI, 2, 15)[0].text == "ute(first, second)"
    await app.aclose()
