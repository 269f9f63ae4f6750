"""Whatever a model says, as a comment it stays one."""

from __future__ import annotations

import ast
import random

import pytest

from turnout.edits.comment import as_comment, can_comment
from turnout.edits.plain import plain


def test_words_become_comment_lines() -> None:
    text = "It divides.\n\n" + "word " * 40
    made = as_comment(text, "python", "    ").splitlines()
    assert made[:2] == ["    # It divides.", "    #"]
    assert all(line.startswith("    #") and len(line) <= 92 for line in made)
    assert as_comment("x", "go", "\t") == "\t// x\n"
    assert as_comment("x", "sql", "") == "-- x\n"
    assert not can_comment("plaintext")


@pytest.mark.parametrize("language", ["python", "c", "sql"])
def test_no_line_becomes_code(language: str, seed: int) -> None:
    chance = random.Random(seed)
    parts = [
        "import os",
        "\n",
        "\r",
        "\u2028",
        "\x0b",
        "\x0c",
        "\x85",
        "\\",
        "*/",
        "'''",
        " ",
        "\x1e",
    ]
    leader = as_comment("x", language, "")[:-3]
    for _ in range(2_000):
        text = plain("".join(chance.choices(parts, k=chance.randrange(1, 20))), 2_000)
        made = as_comment(text, language, "")
        lines = made.splitlines()
        assert all(line.startswith(leader) and not line.endswith("\\") for line in lines)
        if language == "python":
            assert ast.parse(made).body == []
