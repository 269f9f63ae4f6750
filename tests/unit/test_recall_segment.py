"""Segments: sorted as a naive sort would, searched as a naive search would, merged without loss."""

from __future__ import annotations

import random

import numpy as np
import pytest

from turnout.recall.index import Index
from turnout.recall.lexer import lex
from turnout.recall.segment import DEPTH, Piece, Sorted, sort_by_context
from turnout.recall.vocabulary import END_OF_FILE


def backwards(tokens: list[int], place: int) -> list[int]:
    return tokens[max(0, place - DEPTH + 1) : place + 1][::-1]


@pytest.mark.parametrize("kinds", [2, 5, 40])
def test_the_order_is_that_of_a_naive_sort(seed: int, kinds: int):
    rng = random.Random(seed)
    for size in (1, 2, 3, 50, 400):
        tokens = [END_OF_FILE, *(rng.randrange(1, kinds) for _ in range(size))]
        order = sort_by_context(np.array(tokens, np.int32)).tolist()
        assert sorted(order) == list(range(len(tokens)))
        contexts = [backwards(tokens, place) for place in order]
        assert contexts == sorted(contexts)


def test_levels_are_all_places_of_ever_longer_contexts(seed: int):
    rng = random.Random(seed)
    tokens = [END_OF_FILE, *(rng.randrange(1, 4) for _ in range(3000))]
    searched = Sorted(np.array(tokens, np.int32))
    for _ in range(50):
        context = [rng.randrange(1, 5) for _ in range(rng.randrange(1, 14))]
        expected = []
        for depth in range(1, len(context) + 1):
            end = context[-depth:]
            places = {p for p in range(len(tokens)) if tokens[max(0, p - depth + 1) : p + 1] == end}
            if not places:
                break
            expected.append(places)
        levels = searched.levels(context)
        assert [set(searched.order[at.start : at.stop].tolist()) for at in levels] == expected


def piece(index: Index, name: str, text: str) -> Piece:
    return Piece(name, lex(text.split("\n"), index.vocabulary))


def content(index: Index) -> dict[str, list[str]]:
    """What the index holds, file by file."""
    texts = index.vocabulary.texts
    held: dict[str, list[str]] = {}
    for segment in index.segments:
        for number in segment.alive.nonzero()[0].tolist():
            path = segment.paths[number]
            assert path not in held, "a file is held twice"
            assert index.view(path)[1] == (segment, number)
            held[path] = [texts[token] for token in segment.content(number).tokens.tolist()]
    return held


def test_adding_changing_forgetting_and_merging_never_lose_or_keep_too_much(seed: int):
    rng = random.Random(seed)
    index = Index()
    expected: dict[str, list[str]] = {}
    for step in range(150):
        names = [f"file{rng.randrange(40)}" for _ in range(rng.randrange(1, 4))]
        if rng.random() < 0.3:
            index.forget(names[0])
            expected.pop(names[0], None)
        else:
            for name in set(names):
                text = "\n".join(f"w{rng.randrange(30)} = {step}" for _ in range(rng.randrange(9)))
                expected[name] = [
                    t for line in text.split("\n") if line for t in (*line.split(), "\n")
                ]
            index.add(
                [piece(index, name, "\n".join(_lines(expected[name]))) for name in set(names)]
            )
        while rng.random() < 0.5 and index.merge():
            pass
        assert content(index) == expected
        assert index.frequency.files == len(expected)
    while index.merge():
        pass
    assert content(index) == expected
    assert len(index.segments) <= 8


def _lines(tokens: list[str]) -> list[str]:
    return " ".join(tokens).replace(" \n ", "\n").replace(" \n", "").split("\n")


def test_a_segment_of_empty_files_is_not_merged_for_ever():
    index = Index()
    index.add([piece(index, "empty.py", "")])
    assert not index.worn()
    index.add([piece(index, f"{number}.py", "x = 1\n" * 9) for number in range(3)])
    for number in range(3):
        index.forget(f"{number}.py")
    for _ in range(5):
        if not index.merge():
            break
    assert not index.worn()
    assert content(index) == {"empty.py": []}


def test_many_small_files_make_few_segments():
    index = Index()
    for number in range(300):
        index.add([piece(index, f"{number}.py", f"def f{number}(x):\n    return x + {number}")])
        while index.merge():
            pass
        assert len(index.segments) <= 8
    assert len(index) == 300


def test_a_segment_of_forgotten_files_is_given_up():
    index = Index()
    index.add([piece(index, name, f"{name} = 1") for name in "ab"])
    index.forget("a")
    index.forget("b")
    assert index.segments == ()
    assert index.tokens == 0


def test_a_file_forgotten_during_a_merge_stays_forgotten(monkeypatch: pytest.MonkeyPatch):
    index = Index()
    for name in "abc":
        index.add([piece(index, name, f"{name} = 1")])
    merged = index.segments[0].__class__

    def forget_meanwhile(*args: object):
        segment = merged(*args)
        index.forget("b")
        return segment

    monkeypatch.setattr("turnout.recall.index.Segment", forget_meanwhile)
    assert index.merge()
    assert set(content(index)) == {"a", "c"}
