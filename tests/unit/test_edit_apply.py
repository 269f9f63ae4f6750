"""Answers, and what they make of a file: one case a paragraph of ``edit_cases.txt``."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from turnout.edits.answers import ObjectReader, WholeReader
from turnout.edits.apply import Target, apply
from turnout.edits.blocks import BlockReader
from turnout.edits.change import TextChange, changed, core
from turnout.edits.elision import leaves_out
from turnout.edits.proposed import Proposed

CASES = re.findall(
    r"=== (.+?) \| (\w+)(?: \| (.+?))?\n--- file\n(.*?)--- answer\n(.*?)"
    r"(?:--- becomes\n(.*?))?(?==== |\Z)",
    (Path(__file__).parent / "edit_cases.txt").read_text(encoding="utf-8"),
    re.DOTALL,
)
STANDS_FOR = str.maketrans({"⏎": "\r", "→": "\t", "·": " "})


def text_of(written: str) -> str:
    return written.translate(STANDS_FOR).replace("∎\n", "")


def reader_of(form: str) -> BlockReader | ObjectReader | WholeReader:
    if form == "blocks":
        return BlockReader(["a.py", "b.py"])
    return ObjectReader(("a.py",)) if form == "json" else WholeReader("a.py")


def test_there_are_enough_cases() -> None:
    text = (Path(__file__).parent / "edit_cases.txt").read_text(encoding="utf-8")
    assert len(CASES) == text.count("\n=== ") + 1 >= 45


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_case(case: tuple[str, ...], size: int) -> None:
    _, form, reason, file, answer, becomes = case
    before, target = text_of(file), Target()
    if "«" in before:
        span = before.index("«"), before.index("»") - 1
        before, target = before.replace("«", "").replace("»", ""), Target(span)
    reader = reader_of(form)
    answer = text_of(answer)
    for at in range(0, len(answer), size):
        reader.feed(answer[at : at + size])
    read = reader.finish()
    assert read.complete
    assert not read.unread
    assert {proposed.path for proposed in read.proposed} == {"a.py"}
    applied = apply(before, read.proposed, target)
    if reason:
        assert [refusal.reason for refusal in applied.refusals] == [reason]
        assert reason == "overlaps" or not applied.changes
        return
    assert applied.refusals == ()
    assert changed(before, applied.changes) == text_of(becomes)
    assert list(applied.changes) == sorted(applied.changes)


def block(search: str, replace: str) -> Proposed:
    return Proposed("a.py", search, replace)


def test_a_change_is_as_small_as_lines_allow() -> None:
    text = "a\nb\nc\nd\n"
    applied = apply(text, [block("a\nb\nc\nd\n", "a\nB\nc\nd\n")], Target())
    assert applied.changes == (TextChange(2, 4, "B\n"),)
    assert core("value = 10\n", TextChange(0, 11, "value = 12\n")) == (9, 10)


@pytest.mark.parametrize(
    ("replace", "fine"),
    [("    x = 1\n    y = 3\n", True), ("    x = 0\n    y = 2\n", False)],
)
def test_nothing_changes_outside_of_the_span(replace: str, fine: bool) -> None:
    text = "    x = 1\n    y = 2\n"
    span = (text.index("y"), len(text) - 1)
    applied = apply(text, [block(text, replace)], Target(span, only_span=True))
    assert [refusal.reason for refusal in applied.refusals] == ([] if fine else ["out of range"])


def test_a_line_may_be_added_at_either_end_of_the_span() -> None:
    text = "a\nb\nc\n"
    for replace in ("x\nb\n", "b\nx\n"):
        target = Target((2, 3), only_span=True)
        assert not apply(text, [block("b\n", replace)], target).refusals


def test_two_insertions_at_one_place_have_no_order() -> None:
    applied = apply("a\nb\n", [block("a\n", "a\nx\n"), block("b\n", "y\nb\n")], Target())
    assert [refusal.reason for refusal in applied.refusals] == ["overlaps"]


def test_appending_only_where_the_task_allows_it() -> None:
    assert apply("a\n", [block("", "b\n")], Target()).refusals
    applied = apply("a∎".rstrip("∎"), [block("", "b\n")], Target(may_append=True))
    assert changed("a", applied.changes) == "a\nb"


def test_the_span_may_begin_behind_the_indentation() -> None:
    text = "    a = 1\nif b:\n    a = 1\n"
    span = (text.rindex("a = 1"), len(text) - 1)
    applied = apply(text, [block("    a = 1\n", "    a = 2\n")], Target(span))
    assert changed(text, applied.changes) == "    a = 1\nif b:\n    a = 2\n"


def test_a_refusal_says_what_to_do() -> None:
    (refusal,) = apply("a = 1\n", [block("a = 1\nnope()\n", "x\n")], Target()).refusals
    assert refusal.sentence == (
        "a.py: the quoted lines do not stand in it: 'nope()' is no line of it."
    )


def test_a_quote_lands_where_it_was_taken_or_nowhere(seed: int) -> None:
    """Random texts of few lines, quoted at random with noise: right or refused."""
    chance = random.Random(seed)
    landed = 0
    for _ in range(400):
        lines = [
            " " * chance.choice([0, 4, 8]) + chance.choice(["a", "b", "c", "d()", "}", ""])
            for _ in range(chance.randint(3, 30))
        ]
        first = chance.randrange(len(lines))
        last = min(len(lines), first + chance.randint(1, 5))
        quoted = lines[first:last]
        if not any(line.strip() for line in quoted):
            continue
        shift = min(len(x) - len(x.lstrip()) for x in quoted if x.strip())
        cut = chance.choice([0, shift])
        search = "".join(f"{line[cut:]}\n" for line in quoted)
        replace = (
            search + f"{quoted[-1][cut:][: len(quoted[-1][cut:]) - len(quoted[-1].lstrip())]}new\n"
        )
        text = "".join(f"{line}\n" for line in lines)
        applied = apply(text, [block(search, replace)], Target())
        if applied.refusals:
            continue
        landed += 1
        after = changed(text, applied.changes).split("\n")
        assert [line.strip() for line in after if line.strip() != "new"] == [
            line.strip() for line in text.split("\n")
        ]
        assert after[last].strip() == "new"
    assert landed > 50


@pytest.mark.parametrize(
    "line",
    [
        "...",
        "    ...",
        "  …",
        "# ...",
        "// ... existing code ...",
        "/* ... */",
        "<!-- ... rest of the file ... -->",
        "# rest of the function unchanged",
        "// rest of your code remains the same",
        "-- existing code here",
        "# (existing implementation)",
        "# unchanged",
        "# code omitted for brevity",
        "// same as before...",
        "{/* existing code */}",
    ],
)
def test_lines_that_leave_code_out(line: str) -> None:
    assert leaves_out(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "x = [...]",
        "...args,",
        "# wait for the rest",
        "# remaining items go to the next page...",
        "# Same as the other one, but faster",
        "# Existing methods take bytes; this one takes text.",
        "rest = existing_code",
        "// unchanged rows are skipped",
        "print('...')",
    ],
)
def test_lines_that_only_look_like_it(line: str) -> None:
    assert not leaves_out(line)
