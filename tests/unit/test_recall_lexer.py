"""The lexer loses nothing that a proposal is made of."""

from __future__ import annotations

import random

import pytest

from turnout.recall.lexer import LONGEST_LINE, half_word, lex
from turnout.recall.vocabulary import NEW_LINE, Frequency, Vocabulary


def written_back(lines: list[str], vocabulary: Vocabulary) -> list[str]:
    tokens, gaps = lex(lines, vocabulary)
    text = ""
    for token, gap in zip(tokens.tolist(), gaps.tolist(), strict=True):
        text += vocabulary.gap_texts[gap] * (token != NEW_LINE) + vocabulary.texts[token]
    return text.split("\n")[:-1]


@pytest.mark.parametrize(
    "line",
    [
        "    return self._find(key, default=None)  # why",
        "x\t=\t1.5e3",
        'print(f"{a!r:>10}")',
        "größe = 'ß' + \"\U0001f600\"",
        "a\x0bb\x0cc\x85d\u2028e",
        "\ud800 = '\udfff'",
        "nul = '\0'",
        "if (a->b && c::d || !e) { f(...); }",
    ],
)
def test_a_line_is_written_back_as_it_was(line: str):
    assert written_back([line], Vocabulary()) == [line]


def test_random_lines_are_written_back(seed: int):
    rng = random.Random(seed)
    alphabet = "ab_19 .()=\t\"'+-é\U0001f600\ud800\0\u2029\x1c"
    vocabulary = Vocabulary()
    for _ in range(300):
        lines = ["x" + "".join(rng.choices(alphabet, k=rng.randrange(30))) for _ in range(5)]
        expected = [line.rstrip() for line in lines]
        assert written_back(lines, vocabulary) == expected


def test_blank_and_overlong_lines_leave_nothing():
    vocabulary = Vocabulary()
    alone = lex(["a = 1", "b = 2"], vocabulary).tokens.tolist()
    among = lex(["", "a = 1", "  \t", "x" * (LONGEST_LINE + 1), "b = 2", ""], vocabulary)
    assert among.tokens.tolist() == alone


def test_many_chunks_are_one_text():
    vocabulary = Vocabulary()
    lines = [f"name_{number} = {number}" if number % 7 else "" for number in range(1000)]
    breaths = []
    whole = lex(lines, vocabulary, lambda: breaths.append(1))
    single = [token for line in lines for token in lex([line], vocabulary).tokens.tolist()]
    assert whole.tokens.tolist() == single
    assert len(breaths) > 10


@pytest.mark.parametrize(
    ("before", "half"),
    [("foo", "foo"), ("self.fo", "fo"), ("foo(", ""), ("foo ", ""), ("", ""), ("1.5", "5")],
)
def test_half_word(before: str, half: str):
    assert half_word(before) == half


def test_names_are_rare_until_many_files_share_them():
    vocabulary = Vocabulary()
    frequency = Frequency(vocabulary)
    files = [lex([f"import common; own_{n} = 1"], vocabulary).tokens for n in range(5)]
    for file in files:
        frequency.add(file)
    rare = {vocabulary.texts[t] for t in files[0][frequency.rare(files[0])].tolist()}
    assert rare == {"own_0"}
    for file in files[:3]:
        frequency.remove(file)
    rare = {vocabulary.texts[t] for t in files[4][frequency.rare(files[4])].tolist()}
    assert rare == {"own_4", "common"}
