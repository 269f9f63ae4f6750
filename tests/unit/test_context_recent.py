"""Recent edits: what touches is one edit, and old and new text are what really stood there."""

from __future__ import annotations

import random

from turnout.context.recent import RecentEdits


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _after(*edits: tuple[int, int, str, float]) -> list[tuple[int, str, str]]:
    recent = RecentEdits()
    recent.open("file:///a", _lines("a\nb\nc\nd\ne\nf\ng\nh\n"))
    for line, removed, new, at in edits:
        recent.splice("file:///a", line, removed, _lines(new), at)
    return [(edit.line, edit.old, edit.new) for edit in recent.edits()]


def test_keys_on_one_line_are_one_edit() -> None:
    typed = _after((1, 1, "bx\n", 0), (1, 1, "bxy\n", 1), (1, 1, "bxyz\n", 2))
    assert typed == [(1, "b\n", "bxyz\n")]


def test_edits_that_touch_grow_together_in_both_directions() -> None:
    assert _after((3, 1, "D\n", 0), (2, 1, "C\n", 1), (4, 1, "E\nE\n", 2)) == [
        (2, "c\nd\ne\n", "C\nD\nE\nE\n")
    ]


def test_edits_apart_in_place_or_time_stay_apart() -> None:
    assert _after((1, 1, "B\n", 0), (6, 1, "G\n", 1)) == [(1, "b\n", "B\n"), (6, "g\n", "G\n")]
    assert _after((1, 1, "B\n", 0), (1, 1, "BB\n", 99)) == [(1, "b\n", "B\n"), (1, "B\n", "BB\n")]


def test_what_was_taken_back_is_no_edit() -> None:
    assert _after((1, 1, "B\n", 0), (1, 1, "b\n", 1)) == []


def test_a_whole_text_that_is_sent_for_one_key_is_that_edit() -> None:
    assert _after((0, 8, "a\nb\nc\nD\ne\nf\ng\nh\n", 0)) == [(3, "d\n", "D\n")]


def test_a_reload_is_no_edit() -> None:
    assert _after((0, 8, "x\n" * 200, 0)) == []


def test_a_closed_file_keeps_its_edits_and_a_forgotten_one_does_not() -> None:
    recent = RecentEdits()
    recent.open("file:///a", ["a\n"])
    recent.splice("file:///a", 0, 1, ["b\n"], 0)
    recent.close("file:///a")
    recent.splice("file:///a", 0, 1, ["c\n"], 1)
    assert [edit.new for edit in recent.edits()] == ["b\n"]
    recent.forget("file:///a")
    assert recent.edits() == ()


def test_undoing_the_edits_backwards_gives_the_first_text(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(200):
        first = [f"{chance.randrange(9)}\n" for _ in range(chance.randrange(30))]
        text = list(first)
        recent = RecentEdits()
        recent.open("u", text)
        for at in range(chance.randrange(12)):
            line = chance.randrange(len(text) + 1)
            removed = chance.randrange(min(4, len(text) - line) + 1)
            new = [f"{chance.randrange(9)}\n" for _ in range(chance.randrange(4))]
            recent.splice("u", line, removed, new, at * chance.choice((1, 100)))
            text[line : line + removed] = new
        for edit in reversed(recent.edits()):
            old, new = _lines(edit.old), _lines(edit.new)
            assert text[edit.line : edit.line + len(new)] == new
            text[edit.line : edit.line + len(new)] = old
        assert text == first
