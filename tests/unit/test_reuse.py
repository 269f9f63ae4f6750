"""A suggestion that was made is recognised for as long as it fits, and not a key longer."""

from __future__ import annotations

import random

import pytest

from turnout.document import Document, split_lines
from turnout.inline.cursor import Cursor
from turnout.inline.reuse import KEPT, KEPT_SECONDS, Known, Memory, Place
from turnout.inline.shape import Shaped, shape
from turnout.inline.suggestion import Suggestion, catch_up


def document(text: str, version: int = 1) -> Document:
    return Document("file:///x.py", version, "python", tuple(split_lines(text)))


def cursor_at(text: str) -> Cursor:
    before, _, after = text.partition("‸")
    return Cursor.at(document(before + after), len(before))


def known(place: str, text: str) -> Known:
    cursor = cursor_at(place)
    shaped = shape(text, cursor)
    assert shaped is not None
    return Known("1", "m", Place.of(cursor), shaped)


@pytest.mark.parametrize(
    ("place", "text", "then", "left"),
    [
        ("x = ‸", "foo(1)", "x = ‸", "foo(1)"),
        ("x = ‸", "foo(1)", "x = f‸", "oo(1)"),
        ("x = ‸", "foo(1)", "x = foo(‸", "1)"),
        ("x = ‸", "foo(1)", "x = foo(1)‸", None),
        ("x = ‸", "foo(1)", "x = g‸", None),
        ("x = ‸", "foo(1)", "x =‸", None),
        ("x = ‸", "foo(1)", "y = ‸", None),
        # the editor closes a bracket that is typed
        ("x = ‸", "foo(1)", "x = foo(‸)", "1"),
        ("x = ‸", "foo(1) + 2", "x = foo(‸)", "1) + 2"),
        ("x = ‸", "[1, 2]", "x = [‸]", "1, 2"),
        ("x = ‸", "'a'", "x = '‸'", "a"),
        ("x = ‸", "foo(1)", "x = foo(‸) + 2", None),
        ("x = ‸", "foo(1)", "x = f‸)", None),
        ("x = ‸", "foo('a')", "x = foo('‸')", "a"),
        ("x = ‸", "foo([1], 2)", "x = foo([‸])", "1], 2)"),
        ("f(‸)", "foo(1)", "f(foo(‸))", "1"),
        # the suggestion closes what is closed, and the user types over it
        ("def f(‸)", "a, b):\n    return a", "def f(a‸)", ", b):\n    return a"),
        ("def f(‸)", "a, b):\n    return a", "def f(a, b)‸", ":\n    return a"),
        ("def f(‸)", "a, b):\n    return a", "def f(a, b):‸", "\n    return a"),
        # over several lines
        ("def f():‸", "\n    a = 1\n    return a", "def f():\n    ‸", "a = 1\n    return a"),
        ("def f():‸", "\n    a = 1\n    return a", "def f():\n    a = 1\n    r‸", "eturn a"),
        ("def f():‸", "\n    a = 1\n    return a", "def f():\n  ‸", "  a = 1\n    return a"),
        ("def f():‸", "\n    a = 1\n    return a", "def f():\n\t‸", None),
        ("def f():‸", "\n    a = 1\n    return a", "def f():\n    b = 1\n    r‸", None),
        ("def f():‸\r\nz\r\n", "\n    a = 1\n    b", "def f():\r\n    a‸\r\nz\r\n", " = 1\n    b"),
        # the neighbourhood has changed
        ("a\nx = ‸\nb\n", "foo(1)", "a\nx = f‸\nb\n", "oo(1)"),
        ("a\nx = ‸\nb\n", "foo(1)", "A\nx = f‸\nb\n", None),
        ("a\nx = ‸\nb\n", "foo(1)", "a\nx = f‸\nB\n", None),
        # it has only moved
        ("\n\n\n\n\n\n\nx = ‸", "foo(1)", "\n\n\n\n\n\n\n\n\nx = f‸", "oo(1)"),
    ],
)
def test_what_is_left(place: str, text: str, then: str, left: str | None) -> None:
    remaining = known(place, text).remaining(cursor_at(then))
    assert (remaining.text if remaining else None) == left


def test_what_is_left_replaces_what_it_closes() -> None:
    made = known("def f(‸)", "a, b):\n    return a")
    assert made.shaped.covers == 1
    for typed, covers in [("a", 1), ("a, b", 1)]:
        left = made.remaining(cursor_at(f"def f({typed}‸)"))
        assert left is not None
        assert left.covers == covers
    left = made.remaining(cursor_at("def f(a, b)‸"))
    assert left == Shaped(":\n    return a", 0)


def test_typing_and_stepping_back_at_random(seed: int) -> None:
    """Whatever is typed of it and taken back, what is left is exactly the rest."""
    chance = random.Random(seed)
    letters = "ab(){}[]\"' \n:=,é日"
    checked = 0
    for _ in range(500):
        above = "".join(chance.choices("ab\n", k=20)) + "\n"
        below = chance.choice(["", "\n", "\nend\n", "\n\nz = 1\n"])
        head = "".join(chance.choices("ab =", k=chance.randrange(6)))
        cursor = cursor_at(f"{above}{head}‸{below}")
        shaped = shape("".join(chance.choices(letters, k=chance.randrange(1, 40))), cursor)
        if shaped is None:
            continue
        made = Known("1", "m", Place.of(cursor), shaped)
        text, typed = shaped.text, 0
        for _ in range(40):
            typed = min(max(typed + chance.choice([1, 1, 1, 2, 5, -1, -2]), 0), len(text))
            now = cursor_at(f"{above}{head}{text[:typed]}‸{below}")
            left = made.remaining(now)
            rest = text[typed:]
            assert (left.text if left else "") == (rest if rest.strip() else "")
            wrong = chance.choice("xyz")
            if not rest.startswith(wrong):
                now = cursor_at(f"{above}{head}{text[:typed]}{wrong}‸{below}")
                assert made.remaining(now) is None
            checked += 1
    assert checked > 5000


def test_memory_keeps_the_newest_and_a_fuller_version_in_its_place() -> None:
    memory, cursor = Memory(), cursor_at("x = ‸")
    place = Place.of(cursor)
    for number in range(KEPT + 5):
        memory.remember(Known(str(number), "m", place, Shaped(f"foo{number}"), made=10.0))
    texts = [left.text for _, left in memory.fitting(cursor, now=11.0)]
    assert texts[0] == f"foo{KEPT + 4}"
    assert len(texts) == KEPT
    memory.remember(Known(str(KEPT), "m", place, Shaped("foo and more"), made=11.0))
    texts = [left.text for _, left in memory.fitting(cursor, now=11.0)]
    assert texts[0] == "foo and more"
    assert f"foo{KEPT}" not in texts
    assert list(memory.fitting(cursor, now=11.5 + KEPT_SECONDS)) == []


@pytest.mark.parametrize(
    ("then", "replaces"),
    [
        ("x = f", "f"),
        ("x = foo", "foo"),
        ("x = g", None),
        ("x = ", None),
        ("x = f\n", None),
        ("y = f", None),
        ("x = ff", None),
    ],
)
def test_catching_up_with_what_was_typed(then: str, replaces: str | None) -> None:
    made_for = document("x = )\n")
    suggestion = Suggestion("foo(1", 4, 4, "m", "1", 0, 4)
    now = document(f"{then})\n", 2)
    caught = catch_up(suggestion, made_for, now)
    if replaces is None:
        assert caught is None
        return
    assert caught is not None
    assert now.text[caught.start : caught.end] == replaces
    assert caught.text.startswith(replaces)
