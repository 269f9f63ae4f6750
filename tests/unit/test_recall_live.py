"""A live file after any edits is the same as one opened anew; large ones stay fast."""

from __future__ import annotations

import random
import time

import pytest

from turnout.recall.lexer import LONGEST_LINE, lex
from turnout.recall.live import LiveFile
from turnout.recall.recall import Recall
from turnout.recall.vocabulary import Frequency, Vocabulary

URI = "file:///live.py"


def same(left: LiveFile, right: LiveFile) -> bool:
    return (
        left.lines == right.lines
        and left.tokens.tolist() == right.tokens.tolist()
        and left.gaps.tolist() == right.gaps.tolist()
        and left.renamed.tolist() == right.renamed.tolist()
        and all(left.place(n, n + 1) == right.place(n, n + 1) for n in range(len(left.lines)))
    )


@pytest.mark.parametrize("round_", range(5))
def test_splices_give_what_a_rebuild_gives(seed: int, round_: int):
    rng = random.Random(seed)
    vocabulary = Vocabulary()
    frequency = Frequency(vocabulary)
    pieces = ["foo", " ", "\t", "(", "x", "12", "\U0001f600", "\ud800", "\0", "", "a" * 401]

    def line() -> str:
        text = "".join(rng.choices(pieces, weights=[9] * 10 + [1], k=rng.randrange(6)))
        return text + rng.choice(["", "\n", "\r\n", "\r"])

    live = LiveFile(None, [line() for _ in range(10)], vocabulary, frequency)
    for _ in range(300):
        at = rng.randrange(len(live.lines) + 1)
        live.splice(at, rng.randrange(4), [line() for _ in range(rng.randrange(4))])
        assert same(live, LiveFile(None, live.lines, vocabulary, frequency))


def test_a_full_sync_is_only_the_lines_that_differ(monkeypatch: pytest.MonkeyPatch):
    vocabulary = Vocabulary()
    live = LiveFile(
        None, [f"value_{n} = {n}" for n in range(100)], vocabulary, Frequency(vocabulary)
    )
    changed = [*live.lines]
    changed[50] = "other = 1"
    lexed = []
    monkeypatch.setattr(
        "turnout.recall.live.lex", lambda lines, words: lexed.append(lines) or lex(lines, words)
    )
    live.splice(0, 100, changed)
    assert lexed == [["other = 1"]]
    assert live.lines == changed


def timed(work) -> float:
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    print(f"{best * 1e3:.1f} ms")
    return best


def test_a_file_of_50000_lines_is_edited_and_searched_in_milliseconds():
    recall = Recall(lambda text: False)
    lines = [f"    result_{n % 700} = compute(value_{n % 90}, {n % 13})\n" for n in range(50_000)]
    recall.open(URI, lines)
    text = "    result_9 = compute(value_"
    assert timed(lambda: recall.splice(URI, 25_000, 1, [text, "x"])) < 0.05
    assert timed(lambda: recall.propose(URI, 25_000, len(text))) < 0.15


def test_a_line_of_5_megabytes_is_followed_but_not_searched():
    recall = Recall(lambda text: False)
    recall.open(URI, ["x = 1\n", "y = 2"])
    line = "word " * 1_000_000
    assert timed(lambda: recall.splice(URI, 0, 1, [line])) < 0.25
    assert timed(lambda: recall.propose(URI, 0, len(line) - 3)) < 0.05
    assert recall.propose(URI, 0, LONGEST_LINE + 1) == []
