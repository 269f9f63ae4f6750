"""Fixes that come with findings: what mends the text is kept exactly, everything else dropped."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from turnout.document import Document, Span, split_lines
from turnout.edits.change import changed
from turnout.edits.findings import Finding, FindingStore, fix
from turnout.engine.ask import Ask
from turnout.tasks.review import ReviewReader

PYTHON = "def f(a, b):\n    if b:\n        return a / b\n    return None\n"


def found(text: str, quote: str, replacement: Any, language: str = "python") -> Finding:
    """Read one finding with a fix."""
    document = Document("file:///ws/a", 1, language, tuple(split_lines(text)))
    reader = ReviewReader(Ask("review", document, Span(0, len(text))), "mine/big")
    reader.feed(json.dumps({"quote": quote, "explanation": "x", "replacement": replacement}) + "\n")
    review = reader.finish("stop")
    assert review is not None
    (finding,) = review.findings
    return finding


@pytest.mark.parametrize(
    ("text", "quote", "replacement", "wanted"),
    [
        (PYTHON, "a / b", "a // b", PYTHON.replace("a / b", "a // b")),
        (PYTHON, "        return a / b", "        return a // b", PYTHON.replace("/", "//")),
        # The quote and what stands instead without the indentation that the file has.
        (
            PYTHON,
            "if b:\n    return a / b",
            "if b != 0:\n    return a // b",
            PYTHON.replace("if b:", "if b != 0:").replace("/", "//"),
        ),
        # Other blanks than the file's.
        (PYTHON, "return  a/b", "return a // b", PYTHON.replace("/", "//")),
        # One line becomes several.
        (
            PYTHON,
            "    return None",
            "    b = 1\n    return a",
            PYTHON.replace("    return None", "    b = 1\n    return a"),
        ),
        # The line ends of the file stay.
        (
            PYTHON.replace("\n", "\r\n"),
            "    if b:\n        return a / b",
            "    if b > 1:\n        return a // b",
            PYTHON.replace("if b:", "if b > 1:").replace("/", "//").replace("\n", "\r\n"),
        ),
        ("let a = x;\nlet b = x;\n", "let b = x;", "let b = y;", "let a = x;\nlet b = y;\n"),
        ("x = '\U0001f600é'\ny = zéro\n", "zéro", "zero", "x = '\U0001f600é'\ny = zero\n"),
    ],
)
def test_a_fix_mends_the_text(text: str, quote: str, replacement: str, wanted: str) -> None:
    finding = found(text, quote, replacement, "python" if "let" not in text else "rust")
    change = fix(text, finding)
    assert change is not None
    assert changed(text, [change]) == wanted


@pytest.mark.parametrize(
    "replacement",
    [
        "",
        "   \n",
        "return a / b",  # it is what stands there
        "return (a / b",  # does not parse
        "...",
        "return a / b  # " + "x" * 3_000,
        "return a / b  # \u202ehidden",
        "return a / b  # [x](command:rm)",
        ["return 1"],
        7,
        None,
    ],
)
def test_what_does_not_mend_is_no_fix(replacement: Any) -> None:
    finding = found(PYTHON, "return a / b", replacement)
    assert finding.replacement == ""
    assert fix(PYTHON, finding) is None


TWO = "def f(a, b):\n    if b:\n        b = 1\n        return a / b\n"


@pytest.mark.parametrize(
    ("quote", "replacement", "wanted"),
    [
        ("return a / b", "    return a // b", "return a // b"),
        ("b = 1\nreturn a / b", "  b = 2\n  return a", "b = 2\n        return a"),
        ("        return a / b", "    return a // b", ""),  # meant, or a slip? Nobody knows
        ("        return a / b", "            return a // b", ""),
        ("return a / b", "    if a:\n  return b", ""),
    ],
)
def test_the_indentation_is_certain_or_there_is_no_fix(
    quote: str, replacement: str, wanted: str
) -> None:
    assert found(TWO, quote, replacement).replacement == wanted


def test_a_fix_with_a_mended_backslash_is_not_trusted() -> None:
    text = "PART = r'a\\d'\n"
    document = Document("file:///ws/a", 1, "python", tuple(split_lines(text)))
    for backslash, new in ((r"\\", r"r'b\d'"), ("\\", "")):
        reader = ReviewReader(Ask("review", document, Span(0, len(text))), "mine/big")
        quote, instead = (f"r'{letter}{backslash}d'" for letter in "ab")
        reader.feed(f'{{"quote": "{quote}", "explanation": "x", "replacement": "{instead}"}}\n')
        review = reader.finish("stop")
        assert review is not None
        assert [finding.replacement for finding in review.findings] == [new]


def test_syntax_errors_that_were_there_do_not_stand_in_the_way() -> None:
    text = "def broken(:\n    pass\n\n\ndef f(a, b):\n    return a / b\n"
    assert found(text, "a / b", "a // b").replacement == "a // b"
    assert found(text, "a / b", "a // (b").replacement == ""


def test_a_fix_is_only_for_the_text_it_was_made_for() -> None:
    finding = found(PYTHON, "return a / b", "return a // b")
    assert fix(PYTHON.replace("a / b", "a  /  b"), finding) is None
    assert fix("# first\n" + PYTHON, finding) is None


def test_after_edits_a_fix_mends_its_own_place_or_is_gone(seed: int) -> None:
    """20 random edits around; the fix still mends what it was made for, and nothing else."""
    chance = random.Random(seed)
    mended = 0
    for _ in range(200):
        text = "".join(f"def f{n}(a, b):\n    return a / b\n\n\n" for n in range(6))
        at = text.index("return a / b", text.index("def f3"))
        place = (at, at + len("return a / b"))
        store = FindingStore()
        document = Document("file:///ws/a", 1, "python", tuple(split_lines(text)))
        store.mark(document, 0, len(text))
        quote = text[slice(*place)]
        given = Finding(*place, quote, "error", "bug", "x", replacement="return a // b")
        store.add("file:///ws/a", [given])
        own: list[int | None] = list(range(len(text)))
        for _ in range(20):
            text = edit(store, text, own, chance, place)
            store.settle("file:///ws/a", text)
        for finding in store.of("file:///ws/a"):
            change = fix(text, finding)
            if change is None:
                continue
            stood = {one for one in own[change.start : change.end] if one is not None}
            assert stood <= set(range(*place))
            assert text[change.start : change.end] == quote
            mended += 1
    assert mended > 20


def edit(
    store: FindingStore,
    text: str,
    own: list[int | None],
    chance: random.Random,
    place: tuple[int, int],
) -> str:
    """Make one edit near a place, and tell the store of it."""
    start = min(len(text), max(0, round(chance.gauss(place[0], 60))))
    end = min(len(text), start + chance.choice([0, 0, 0, 1, 2, 12]))
    new = chance.choice(["", " ", "\n", "x", "return a / b", "    return a / b\n", "é"])
    after = text[:start] + new + text[end:]
    own[start:end] = [None] * len(new)
    before = Document("file:///ws/a", 1, "python", tuple(split_lines(text)))
    line, column = before.line_column(start)
    last, _ = before.line_column(end)
    lines = split_lines(after)
    gone, grown = last - line + 1, len(lines) - len(before.lines)
    some = lines[line : line + gone + grown]
    store.edited("file:///ws/a", line, column, end - start, len(new), gone, some)
    return after
