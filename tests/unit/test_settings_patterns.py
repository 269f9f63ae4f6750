"""Gitignore patterns: git itself is the judge, and no pattern takes long."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path

import pytest

from turnout.settings.patterns import Patterns

# No bracket is left open: git lets it run on over slashes. ASCII only: git counts bytes.
PIECES = [
    "a",
    "b",
    "ab",
    "*",
    "?",
    "**",
    "[ab]",
    "[!a]",
    "[^b]",
    "a*",
    "*b",
    "*a*",
    "a?b",
    "[a-c]",
    "a**b",
    "***",
    "[[:alpha:]]",
    "[]a]",
    "\\a",
    "\\*",
    "x",
    " ",
    "a ",
    "a\\ ",
    "[b-a]",
    "*.b",
    "[\\]a]",
    "[a\\-c]",
    "?*",
    "*?*a",
    "[!]a]",
    "\\",
    "[[:foo:]]",
    "*.a.b",
    "a.b",
]
NAMES = [
    "a",
    "b",
    "ab",
    "abb",
    "aab",
    "x",
    "a]",
    "]",
    "*",
    "[",
    "a ",
    "-",
    "axb",
    "ba",
    "c",
    "a.b",
    ".b",
    "x.a.b",
]


def pattern(rng: random.Random) -> str:
    text = "/".join(rng.choice(PIECES) for _ in range(rng.choice([1, 1, 1, 2, 2, 3, 4])))
    text = rng.choice(["", "", "", "", "/"]) + text + rng.choice(["", "", "", "", "/"])
    return rng.choice(["", "", "", "", "!"]) + text


def path(rng: random.Random) -> str:
    return "/".join(rng.choice(NAMES) for _ in range(rng.choice([1, 1, 2, 3, 4, 5])))


def ignored_by_us(patterns: Patterns, path: str) -> bool:
    parts = path.split("/")
    decisions = [
        patterns.decide("/".join(parts[:end]), folder=end < len(parts))
        for end in range(1, len(parts) + 1)
    ]
    return any(decision and not decision.negated for decision in decisions)


def ignored_by_git(folder: Path, paths: list[str]) -> dict[str, bool]:
    """Ask git; of its answers only whether, not by which pattern."""
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "-v", "-n", "-z", "--stdin"],
        cwd=folder,
        input="\0".join(paths) + "\0",
        capture_output=True,
        text=True,
        check=False,
    )
    fields = done.stdout.split("\0")
    return {
        fields[at + 3]: bool(fields[at + 2]) and not fields[at + 2].startswith("!")
        for at in range(0, len(fields) - 3, 4)
    }


def test_as_git_does(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    ignored = 0
    for _ in range(150):
        lines = [pattern(rng) for _ in range(rng.choice([1, 1, 2, 3]))]
        (tmp_path / ".gitignore").write_text("\n".join(lines) + "\n", encoding="utf-8")
        paths = sorted({path(rng) for _ in range(40)})
        patterns = Patterns(lines)
        for name, expected in ignored_by_git(tmp_path, paths).items():
            assert ignored_by_us(patterns, name) == expected, (lines, name)
            ignored += expected
    assert ignored > 100


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("secret", "SECRET", True),
        ("SECRET", "secret", True),
        ("caf\u00e9", "cafe\u0301", True),
        ("cafe\u0301", "CAF\u00c9", True),
        ("*.PEM", "a.pem", True),
        ("Stra\u00dfe", "STRASSE", True),
        ("secret", "secrets", False),
        ("# secret", "# secret", False),
        ("\\#a", "#a", True),
        ("a" * 2_000, "a" * 2_000, False),
    ],
)
def test_case_and_unicode_form_do_not_matter(pattern: str, path: str, matches: bool) -> None:
    assert (Patterns([pattern]).decide(path, folder=False) is not None) is matches


def test_a_negation_in_another_case_takes_nothing_back() -> None:
    decided = Patterns(["foo", "!FOO"]).decide("foo", folder=False)
    assert decided is not None
    assert not decided.negated


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 20 + "b",
        "*a*/" * 20 + "b",
        "?*" * 100 + "b",
        "**/a/" * 20 + "b",
        "a**" * 50 + "b",
        "[a-z]*" * 50 + "b",
        "**/" * 100 + "*b*c*d*e",
    ],
)
def test_no_pattern_takes_long(pattern: str) -> None:
    patterns = Patterns([pattern])
    for path in ("a" * 255, "/".join(["a"] * 500), "/".join(["a" * 30] * 100)):
        start = time.process_time()
        patterns.decide(path, folder=False)
        taken = time.process_time() - start
        print(f"{taken * 1e3:.1f} ms")
        assert taken < 5  # one that tries every way takes for ever
