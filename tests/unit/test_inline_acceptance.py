"""What became of a suggestion, from what clients report and from what happens to the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from turnout.document import Document, split_lines
from turnout.inline.acceptance import AcceptanceTracker, Outcome
from turnout.inline.suggestion import Suggestion

URI = "file:///x.py"


@dataclass
class Edit:
    uri: str
    line: int
    removed_lines: int
    lines: tuple[str, ...]


class Scene:
    """A document, and a tracker that is told of everything."""

    def __init__(self, text: str) -> None:
        before, _, after = text.partition("‸")
        self.text, self.at = before + after, len(before)
        self.tracker = AcceptanceTracker()
        self.outcomes: list[Outcome] = []
        self.tracker.observers.append(self.outcomes.append)

    @property
    def document(self) -> Document:
        return Document(URI, 1, "python", tuple(split_lines(self.text)))

    def offer(self, *suggested: str, first_id: int = 1, task: Any = "inline") -> None:
        line, column = self.document.line_column(self.at)
        self.tracker.offer(
            task,
            self.document,
            [
                Suggestion(text, self.at, self.at, "m", str(first_id + number), line, column)
                for number, text in enumerate(suggested)
            ],
        )

    def type(self, text: str, start: int | None = None, end: int | None = None) -> None:
        """Replace a range, by default the empty one at the cursor, as an incremental change."""
        start = self.at if start is None else start
        end = max(start, self.at) if end is None else end
        old = self.document
        first, last = old.line_column(start)[0], old.line_column(end)[0]
        self.text = self.text[:start] + text + self.text[end:]
        self.at = start + len(text)
        new = self.document
        count = len(new.lines) - len(old.lines) + last + 1 - first
        lines = new.lines[first : first + count]
        self.tracker.edited(Edit(URI, first, last + 1 - first, lines))

    def replace_all(self, text: str) -> None:
        before, _, after = text.partition("‸")
        old = self.document
        self.text, self.at = before + after, len(before)
        self.tracker.edited(Edit(URI, 0, len(old.lines), self.document.lines))

    @property
    def kinds(self) -> list[Any]:
        return [(outcome.id, outcome.kind, outcome.length) for outcome in self.outcomes]


def test_vs_code_says_so_after_the_change() -> None:
    scene = Scene("x = ‸\n")
    scene.offer("foo(1)")
    scene.type("foo(1)")
    scene.tracker.accepted("1")
    assert scene.kinds == [("1", "accepted", 6)]
    assert scene.tracker.counts == {"accepted": 1}


def test_a_client_that_runs_the_command_first() -> None:
    scene = Scene("x = ‸\n")
    scene.offer("foo(1)")
    scene.tracker.accepted("1")
    scene.type("foo(1)")
    scene.offer()
    assert scene.kinds == [("1", "accepted", 6)]


def test_lsp4ij_only_changes_the_text() -> None:
    scene = Scene("a\nx = ‸)\nb\n")
    scene.offer("foo(1)")
    scene.type("foo(1)")
    assert scene.kinds == [("1", "accepted", 6)]


def test_several_lines_at_once() -> None:
    scene = Scene("def f():‸\r\nb\r\n")
    scene.offer("\n    a = 1\n    return a")
    scene.type("\r\n    a = 1\r\n    return a")
    assert scene.kinds == [("1", "accepted", 23)]


def test_the_range_before_the_cursor_is_replaced_too() -> None:
    scene = Scene("x = ‸\n")
    scene.offer("foo(1)")
    scene.type("f")
    scene.offer("oo(1)")
    scene.type("foo(1)", start=4, end=5)
    assert scene.kinds == [("1", "accepted", 6)]


def test_the_closer_behind_the_cursor_is_replaced_too() -> None:
    scene = Scene("def f(‸)\n")
    scene.offer("a):\n    pass")
    scene.type("a):\n    pass", end=7)
    assert scene.kinds == [("1", "accepted", 12)]


def test_the_whole_text_comes_anew() -> None:
    scene = Scene("a\nx = ‸\nb\n")
    scene.offer("foo(1)")
    scene.replace_all("a\nx = foo(1)‸\nb\n")
    assert scene.kinds == [("1", "accepted", 6)]


def test_word_by_word() -> None:
    scene = Scene("x = ‸\n")
    scene.offer("foo(first, second)")
    for word in ("foo", "(first", ", second"):
        scene.type(word)
    assert scene.kinds == []
    scene.type(")")
    scene.offer()
    assert scene.kinds == [("1", "accepted", 18)]


def test_some_words_only() -> None:
    scene = Scene("x = ‸\n")
    scene.offer("foo(first, second)")
    scene.type("foo(first")
    scene.type("z")
    scene.offer("other", first_id=2)
    assert scene.kinds == [("1", "partly", 9)]


def test_typed_through_letter_by_letter() -> None:
    scene = Scene("x = ‸\n")
    scene.offer("foo(1)")
    for number, letter in enumerate("foo(1)"):
        scene.type(letter)
        scene.offer(*["foo(1)"[number + 1 :]][: number < 5])
    assert scene.kinds == [("1", "typed", 6)]


def test_an_editor_that_closes_brackets_and_indents_types_too() -> None:
    scene = Scene("def f‸\n")
    scene.offer("(a):\n    pass")
    scene.type("()")
    scene.at -= 1
    scene.type("a")
    scene.type("):", end=scene.at + 1)
    scene.type("\n    ")
    for letter in "pass":
        scene.type(letter)
    scene.offer()
    assert scene.kinds[0][1] in ("typed", "accepted")
    assert scene.tracker.counts.total() == 1


def test_a_step_back_and_on_again() -> None:
    scene = Scene("x = ‸\n")
    scene.offer("foo(1)")
    scene.type("f")
    scene.type("", start=4)
    scene.type("f")
    scene.type("oo(1)")
    assert scene.kinds == [("1", "accepted", 6)]


def test_dismissed_by_what_is_offered_next() -> None:
    scene = Scene("x = ‸\n")
    scene.offer("foo(1)", "bar(2)")
    scene.type("q")
    scene.offer("quux", first_id=3)
    assert scene.kinds == [("1", "dismissed", 0), ("2", "dismissed", 0)]


def test_one_of_several() -> None:
    scene = Scene("x = ‸\n")
    scene.offer("foo(1)", "bar(2)")
    scene.type("bar(2)")
    scene.offer()
    assert scene.kinds == [("2", "accepted", 6), ("1", "dismissed", 0)]


def test_ghost_text_and_menu_do_not_dismiss_each_other() -> None:
    scene = Scene("x = ‸\n")
    scene.offer("foo(1)")
    scene.offer("bar(2)", first_id=2, task="complete")
    scene.type("foo(1)")
    scene.offer("baz(3)", first_id=3, task="complete")
    assert scene.kinds == [("1", "accepted", 6), ("2", "dismissed", 0)]
    assert [outcome.task for outcome in scene.outcomes] == ["inline", "complete"]


def test_closing_the_document_ends_the_matter() -> None:
    scene = Scene("x = ‸\n")
    scene.offer("foo(1)")
    scene.tracker.closed(URI)
    scene.tracker.accepted("1")
    assert scene.kinds == [("1", "dismissed", 0)]


def test_what_happens_elsewhere_does_not_count() -> None:
    scene = Scene("a\nb\nx = ‸\ny\nz\n")
    scene.offer("foo(1)")
    at = scene.at
    scene.type("new line\n", start=0, end=0)
    scene.type("gone", start=len(scene.text), end=len(scene.text))
    scene.type("", start=0, end=2)
    scene.at = at + len("new line\n") - 2
    assert scene.kinds == []
    scene.type("foo(1)")
    assert scene.kinds == [("1", "accepted", 6)]


def test_shown_is_told_once() -> None:
    scene = Scene("x = ‸\n")
    scene.offer("foo(1)")
    scene.tracker.shown("1")
    scene.tracker.shown("1")
    scene.tracker.shown("unknown")
    assert scene.kinds == [("1", "shown", 0)]


def test_parts_that_the_client_reports_come_once() -> None:
    scene = Scene("x = ‸\n")
    scene.offer("foo(first, second)")
    scene.type("foo")
    scene.tracker.partly_accepted("1", 3)
    scene.type("(first")
    scene.tracker.partly_accepted("1", 9)
    scene.type("z")
    scene.offer()
    assert scene.kinds == [("1", "partly", 9)]


def test_the_last_part_that_the_client_reports_is_all_of_it() -> None:
    scene = Scene("x = ‸\n")
    scene.offer("foo(first)")
    scene.tracker.partly_accepted("1", 3)
    scene.tracker.partly_accepted("1", 10)
    scene.tracker.accepted("1")
    assert scene.kinds == [("1", "accepted", 10)]


def test_lengths_are_counted_from_what_was_shown_last() -> None:
    scene = Scene("x = ‸\n")
    scene.offer("foo(first)")
    scene.type("foo")
    scene.offer("(first)")
    scene.tracker.partly_accepted("1", 6)
    scene.tracker.closed(URI)
    assert scene.kinds == [("1", "partly", 9)]


def test_a_client_that_reports_is_believed_when_it_does_not() -> None:
    """Some clients send what was typed within a moment as one change."""
    scene = Scene("x = ‸\n")
    scene.offer("foo(1)")
    scene.type("foo(1)")
    scene.tracker.accepted("1")
    scene.type("\ny = ")
    scene.offer("bar(2)", first_id=2)
    scene.type("bar(2)")
    scene.offer()
    assert scene.kinds == [("1", "accepted", 6), ("2", "typed", 6)]


def test_a_fuller_text_under_the_same_id() -> None:
    scene = Scene("def f():\n    ‸\n")
    scene.offer("a = 1")
    scene.type("a")
    scene.offer(" = 1\n    return a")
    scene.type(" = 1\n    return a")
    assert scene.kinds == [("1", "accepted", 18)]


def test_white_space_that_stands_there_by_chance_was_not_typed() -> None:
    scene = Scene("def f():‸\n    pass\n")
    scene.offer("\n    return 1")
    scene.offer()
    assert scene.kinds == [("1", "dismissed", 5)]


def test_only_so_many_are_watched() -> None:
    scene = Scene("x = ‸\n")
    scene.offer(*(f"foo({number})" for number in range(500)))
    scene.tracker.accepted("500")
    scene.tracker.accepted("1")
    assert scene.kinds == [("500", "accepted", 8)]


@pytest.mark.parametrize("unknown", ["", "zzz"])
def test_ids_that_nobody_gave(unknown: str) -> None:
    scene = Scene("x = ‸\n")
    scene.tracker.accepted(unknown)
    scene.tracker.partly_accepted(unknown, 3)
    scene.tracker.shown(unknown)
    assert scene.kinds == []
