"""Code points and the client's units, compared with counting character by character."""

from __future__ import annotations

import random

import pytest
from lsprotocol import types

from turnout.document import Document, split_lines
from turnout.lsp.positions import Positions

WIDTH = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
ALPHABET = "ab\té€漢😀\u0301\u2028\x0c\x85\ud800 "


def units(encoding: str, text: str) -> int:
    codec, width = WIDTH[encoding]
    return sum(len(c.encode(codec, "surrogatepass")) for c in text) // width


@pytest.mark.parametrize("encoding", WIDTH)
def test_there_and_back(encoding: str, seed: int) -> None:
    chance, positions = random.Random(seed), Positions(encoding)
    for _ in range(300):
        text = "".join(chance.choice(ALPHABET + "\r\n") for _ in range(chance.randrange(60)))
        document = Document("file:///a", 1, "", tuple(split_lines(text)))
        offset = chance.randint(0, len(text))
        line, column = document.line_column(offset)
        assert document.offset(line, column) == offset
        position = positions.position(document, offset)
        assert (position.line, position.character) == (
            line,
            units(encoding, document.lines[line][:column]),
        )
        if document.lines[line][:column].rstrip("\r\n") == document.lines[line][:column]:
            assert positions.offset(document, position) == offset
            assert positions.line_column(document, position) == (line, column)


@pytest.mark.parametrize("encoding", WIDTH)
@pytest.mark.parametrize("length", [10, 16_383, 16_384, 16_385, 50_000])
def test_long_lines(encoding: str, length: int, seed: int) -> None:
    chance, positions = random.Random(seed), Positions(encoding)
    line = "".join(chance.choices(ALPHABET, k=length))
    for column in (0, 1, length // 2, length - 1, length):
        assert positions.column(line + "\r\n", units(encoding, line[:column])) == (column, True)


@pytest.mark.parametrize(
    ("encoding", "character", "expected"),
    [
        ("utf-16", 2, (1, False)),
        ("utf-16", 3, (2, True)),
        ("utf-16", 4, (3, True)),
        ("utf-16", 99, (3, True)),
        ("utf-8", 2, (1, False)),
        ("utf-8", 4, (1, False)),
        ("utf-8", 5, (2, True)),
        ("utf-32", 2, (2, True)),
        ("utf-32", 99, (3, True)),
    ],
)
def test_inside_a_character_and_past_the_end(
    encoding: str, character: int, expected: tuple[int, bool]
) -> None:
    assert Positions(encoding).column("a😀b\n", character) == expected


def test_outside_the_text_is_clamped() -> None:
    document, positions = Document("file:///a", 1, "", ("é\n", "ab")), Positions()
    assert positions.offset(document, types.Position(line=9, character=9)) == 4
    assert positions.offset(document, types.Position(line=0, character=9)) == 1
    assert positions.position(document, 99) == types.Position(line=1, character=2)
    assert positions.position(document, -1) == types.Position(line=0, character=0)
