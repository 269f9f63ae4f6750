"""What a model wrote, and what is shown of it: one case a paragraph of ``shape_cases.txt``."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from turnout.document import Document, split_lines
from turnout.inline.cursor import Cursor
from turnout.inline.shape import MAX_LINES, extent, shape, without_cover

CASES = re.findall(
    r"=== (.+?) \| (\S+)\n(.*?)\n--- "
    r"(?:(nothing-asked)|model\n(.*?)--- (?:(nothing)|becomes\n(.*?)))\n(?==== |\Z)",
    (Path(__file__).parent / "shape_cases.txt").read_text(encoding="utf-8"),
    re.DOTALL,
)
STANDS_FOR = str.maketrans({"␛": "\x1b", "⟲": "\u202e", "⏎": "\r"})


def at_mark(text: str, language: str = "python") -> tuple[str, str, Cursor]:
    before, _, after = text.partition("‸")
    document = Document("file:///x", 1, language, tuple(split_lines(before + after)))
    return before, after, Cursor.at(document, len(before))


def test_there_are_enough_cases() -> None:
    text = (Path(__file__).parent / "shape_cases.txt").read_text(encoding="utf-8")
    assert len(CASES) == text.count("\n=== ") + 1 >= 80


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_shape(case: tuple[str, ...]) -> None:
    _, language, document, unasked, model, nothing, becomes = case
    before, after, cursor = at_mark(document, language)
    assert cursor.takes_suggestion is not bool(unasked)
    if unasked:
        return
    shaped = shape(model.removesuffix("\n").translate(STANDS_FOR), cursor)
    if nothing:
        assert shaped is None
        return
    assert shaped is not None
    assert before + shaped.text + after[shaped.covers :] == becomes


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_every_beginning_of_an_answer_is_safe(case: tuple[str, ...]) -> None:
    """However a stream is cut: nothing blank, nothing raised, the rest of the line not lost."""
    _, language, document, _, model, _, _ = case
    _, _, cursor = at_mark(document, language)
    for end in range(len(model)):
        shaped = shape(model[:end].translate(STANDS_FOR), cursor)
        if shaped is None:
            continue
        assert shaped.text.strip()
        assert shaped.covers <= len(cursor.rest)
        covered = cursor.rest[: shaped.covers].replace(" ", "")
        kept = iter(shaped.text)
        assert all(letter in kept for letter in covered), "what is replaced comes again in the text"


@pytest.mark.parametrize(
    ("document", "model", "inserted"),
    [
        ("def add(‸)", "a, b):\n    return a + b", "a, b"),
        ("def add(‸):", "a, b):\n    return a + b", "a, b"),
        ("print(‸)", ")", None),
        ("x = ‸", "1", "1"),
        ("x = ‸   ", "1", "1"),
    ],
)
def test_without_replacing_the_rest(document: str, model: str, inserted: str | None) -> None:
    _, _, cursor = at_mark(document)
    shaped = shape(model, cursor)
    plain = without_cover(shaped, cursor) if shaped else None
    assert (plain.text if plain else None) == inserted
    assert plain is None or plain.covers == 0


@pytest.mark.parametrize(
    ("rest", "takes"),
    [
        ("", True), ("  ", True), (")", True), (") {", True), ("\"", True), ("'):", True),
        ("});", True), (",", True), (";", True),
        ("x", False), (") + 1", False), ("foo()", False), ("# no", False),
    ],
)  # fmt: skip
def test_the_rest_of_the_line_may_only_close(rest: str, takes: bool) -> None:
    assert Cursor.on((f"f({rest}\n", ""), 0, 2).takes_suggestion is takes


def test_a_block_is_known_to_end_only_when_a_line_after_it_was_seen() -> None:
    _, _, cursor = at_mark("def f():\n    ‸")
    assert extent("a = 1\n    b = 2", cursor) == (15, False)
    assert extent("a = 1\n    b = 2\n", cursor) == (15, False)
    assert extent("a = 1\n    b = 2\ndef g", cursor) == (15, False)
    assert extent("a = 1\n    b = 2\ndef g():\n", cursor) == (15, True)


def test_no_more_lines_than_the_cap() -> None:
    _, _, cursor = at_mark("def f():‸")
    endless = "".join(f"\n    x{number} = {number}" for number in range(200))
    shaped = shape(endless, cursor)
    assert shaped is not None
    assert shaped.text.count("\n") < MAX_LINES


def test_random_text_never_raises(seed: int) -> None:
    chance = random.Random(seed)
    pieces = [*"()[]{}\"'`\\\n\t :;,#\x1b\u202e", '"""', "\r\n", "    ", "foo", "日本", "//", "/*"]
    pieces += ["*/", "--", "end", "x = 1"]
    for _ in range(3000):
        text = "".join(chance.choices(pieces, k=chance.randrange(1, 30)))
        place = "".join(chance.choices(pieces, k=chance.randrange(0, 20)))
        lines = split_lines(place)
        line = chance.randrange(len(lines))
        cursor = Cursor.on(lines, line, chance.randrange(len(lines[line]) + 1), "python")
        shaped = shape(text, cursor)
        assert shaped is None or (shaped.text.strip() and shaped.covers <= len(cursor.rest))
        assert shaped is None or not re.search("[\x1b\u202e\r]", shaped.text)
