"""How texts are cut into the pieces that are reviewed by themselves. ``|`` marks each cut."""

from __future__ import annotations

import itertools

import pytest

from turnout.context.syntax import parse
from turnout.context.units import joined, units
from turnout.document import Span


@pytest.mark.parametrize(
    ("language", "cut"),
    [
        (
            "python",
            "import os\n\nA = 1\n\n\n|def f():\n    def g():\n        pass\n    return g|\n",
        ),
        (
            "python",
            (
                "class A:\n    x = 1\n\n    |@cache\n    def f(self):\n        pass\n\n    "
                "|def g(self):\n        pass|\n\n\nprint(A)\n"
            ),
        ),
        ("python", "|class A:\n    x = 1\n\n\n|class B:\n    y = 1|\n"),
        (
            "typescript",
            (
                'import x from "x";\n\n|export class A {\n  n = 1;\n\n  |f(): number {\n'
                "    return 1;\n  }|\n}\n\n|function g() {\n  return () => 1;\n}|\n"
            ),
        ),
        ("go", "package a\n\n|// F does.\nfunc F() int {\n\treturn 1\n}|\n\nvar x = 1\n"),
        (
            "rust",
            "|impl A {\n    |fn f(&self) -> u8 {\n        1\n    }|\n}\n\n|fn g() {}|\n",
        ),
        ("plaintext", "one\ntwo\n"),
        ("python", "\n\n"),
        ("python", "}\n"),
    ],
)
def test_every_word_is_in_exactly_one_piece(language: str, cut: str) -> None:
    text = cut.replace("|", "")
    wanted = [piece.strip() for piece in cut.split("|") if any(map(str.isalnum, piece))]
    found = units(parse(text, language), Span(0, len(text)))
    assert [text[piece.start : piece.end] for piece in found] == wanted
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))


def test_a_part_is_cut_at_its_own_ends() -> None:
    text = "def f():\n    return 1\n\n\ndef g():\n    return 2\n"
    part = Span(text.index("return 1"), text.index("return 2"))
    found = units(parse(text, "python"), part)
    assert [text[piece.start : piece.end] for piece in found] == ["return 1", "def g():"]


def test_neighbours_become_one() -> None:
    text = "one {\n}\n\ntwo\nthree\nfour"
    spans = [Span(text.index(word), text.index(word) + len(word)) for word in text.split()]
    one, _, _, two, _, four = spans
    found = joined(text, (one, two, four))
    assert [text[piece.start : piece.end] for piece in found] == ["one {\n}\n\ntwo", "four"]
