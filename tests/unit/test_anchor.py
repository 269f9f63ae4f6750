"""Where quotes stand, and where they are after the text has moved. «» marks the place meant."""

from __future__ import annotations

import random

import pytest

from turnout.document import Document, split_lines
from turnout.edits.anchor import anchor, anchor_in
from turnout.edits.findings import Finding, FindingStore


def place(marked: str) -> tuple[str, tuple[int, int] | None]:
    if "«" not in marked:
        return marked, None
    start, end = marked.index("«"), marked.index("»") - 1
    return marked.replace("«", "").replace("»", ""), (start, end)


@pytest.mark.parametrize(
    ("marked", "quote"),
    [
        ("a = 1\n«b = c / d»\ne = 2\n", "b = c / d"),
        ("a = 1\n«b = c / d»\ne = 2\n", "\n  b = c / d  \n"),
        ("if x:\n    «return  f( a,b )»\n", "return f(a, b)"),
        ("«if x:\n\tgo()»\nend\n", "if x:\n    go()"),
        ("«if x:\r\n    go()»\r\n", "if x:\n    go()"),
        ("x = '«é\U0001f600ü'»\n", "é\U0001f600ü'"),
        ("pass\u200bword = «se\u200bcret»\n", "secret"),
        ("a = 1\na = 1\n", "a = 1"),
        ("a  =  1\na =   1\n", "a = 1"),
        ("a = 1\n", "b = 1"),
        ("a = 1\n", ""),
        ("a = 1\n", "  \n "),
        ("(a)\n", "("),
        ("max = 10\n", "x = 1"),  # a word goes on at either end
        ("ab = 1\n«b = 1»\nb = 12\n", "b = 1"),
        ("ab  = 1\n«b  = 1»\n", "b = 1"),
        ("items[0]\n«items[10]»\n", "items[10]"),
        ("naïve = 1\n", "ve = 1"),
        ("«a+b»c\n".replace("c", "-c"), "a+b"),
        ("«def f(x):\n    return x»\n\n\ndef f(y):\n    return y\n", "def f(x):\n  return x"),
        ("a = 1;\r\n«b = 2;\r\n\r\nc = 3;»\r\n", "b = 2;\n\nc = 3;"),
        ("x\u2028y = 1\n«z = 2»\u2028\n", "z = 2"),
    ],
)
def test_a_quote_is_anchored_where_it_is_unique(marked: str, quote: str) -> None:
    text, wanted = place(marked)
    assert anchor(text, quote, 0, len(text)) == wanted


def test_only_the_range_in_question_counts() -> None:
    text = "a = 1\nb = 2\na = 1\n"
    assert anchor(text, "a = 1", 6, len(text)) == (12, 17)
    assert anchor(text, "a = 1", 0, 8) == (0, 5)
    assert anchor(text, "a = 1", 6, 12) is None
    assert anchor(text, "a   = 1", 0, 14) == (0, 5)


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        (((0, 6), (12, 18)), None),  # in both
        (((0, 6), (6, 12)), (0, 5)),
        (((6, 12), (12, 18)), (12, 17)),
        (((6, 12),), None),
        ((), None),
    ],
)
def test_a_quote_is_unique_over_all_parts(
    parts: tuple[tuple[int, int], ...], wanted: tuple[int, int] | None
) -> None:
    assert anchor_in("a = 1\nb = 2\na = 1\n", "a = 1", parts) == wanted


def document(text: str, version: int = 1) -> Document:
    return Document("file:///a.py", version, "python", tuple(split_lines(text)))


def finding(text: str, quote: str) -> Finding:
    found = anchor(text, quote, 0, len(text))
    assert found is not None
    return Finding(*found, text[slice(*found)], "error", "bug", f"about {quote}")


def edit(store: FindingStore, text: str, start: int, end: int, new: str) -> str:
    """Apply an edit as the document store reports it: whole lines replaced."""
    before = document(text)
    line, column = before.line_column(start)
    last, _ = before.line_column(end)
    after = text[:start] + new + text[end:]
    old_lines, new_lines = split_lines(text), split_lines(after)
    # The lines that a change may have touched: from its line on, as many as differ in number.
    grown = len(new_lines) - len(old_lines)
    removed_lines = last - line + 1
    lines = new_lines[line : line + removed_lines + grown]
    store.edited("file:///a.py", line, column, end - start, len(new), removed_lines, lines)
    return after


TEXT = "import os\n\ndef f(a):\n    return a / 0\n\ndef g(b):\n    return b.missing\n"


def follow(text: str = TEXT) -> FindingStore:
    store = FindingStore()
    store.mark(document(text), 0, len(text))
    store.add("file:///a.py", [finding(text, "a / 0"), finding(text, "b.missing")])
    return store


def quotes(store: FindingStore, text: str) -> list[str]:
    store.settle("file:///a.py", text)
    return [text[f.start : f.end] for f in store.of("file:///a.py")]


def test_findings_move_with_the_text() -> None:
    store = follow()
    text = edit(store, TEXT, 0, 0, "# é\U0001f600\n\n")
    at = text.index("def g")
    text = edit(store, text, at, at, "\n\n")
    assert quotes(store, text) == ["a / 0", "b.missing"]


def test_a_finding_goes_when_its_code_goes() -> None:
    store = follow()
    at = TEXT.index("a / 0")
    text = edit(store, TEXT, at, at + 5, "a // 1")
    assert quotes(store, text) == ["b.missing"]


def test_a_finding_stays_when_only_white_space_changes() -> None:
    store = follow()
    at = TEXT.index("a / 0")
    text = edit(store, TEXT, at + 1, at + 2, "")
    assert quotes(store, text) == ["a/ 0", "b.missing"]


def test_a_finding_goes_with_code_that_is_moved_away() -> None:
    store = follow()
    line = "    return a / 0\n"
    at = TEXT.index(line)
    text = edit(store, TEXT, at, at + len(line), "")
    text = edit(store, text, len(text), len(text), "\n\ndef h(a):\n" + line)
    assert quotes(store, text) == ["b.missing"]


def test_a_finding_goes_when_its_code_goes_on_in_the_same_word() -> None:
    store = follow()
    at = TEXT.index("a / 0") + 5
    text = edit(store, TEXT, at, at, "7")
    assert quotes(store, text) == ["b.missing"]


def test_a_finding_stays_with_its_own_of_two_equal_lines() -> None:
    store = follow()
    copy = "def e(a):\n    return a / 0\n\n"
    at = TEXT.index("def f")
    text = edit(store, TEXT, at, at, copy)
    assert quotes(store, text) == ["a / 0", "b.missing"]
    assert store.of("file:///a.py")[0].start == TEXT.index("a / 0") + len(copy)


def test_other_line_ends_move_a_finding() -> None:
    store = follow()
    text = edit(store, TEXT, 0, len(TEXT), TEXT.replace("\n", "\r\n"))
    assert quotes(store, text) == ["a / 0", "b.missing"]


def test_the_whole_text_sent_anew_keeps_what_it_still_holds() -> None:
    store = follow()
    new = "# all new\n" + TEXT.replace("a / 0", "a / 1")
    text = edit(store, TEXT, 0, len(TEXT), new)
    assert quotes(store, text) == ["b.missing"]


def test_a_finding_never_speaks_of_other_code(seed: int) -> None:
    """Random edits; what remains always quotes, but for white space, what it was about."""
    chance = random.Random(seed)
    for _ in range(60):
        text = TEXT * 3
        text = text.replace("a / 0", "a1 / 0", 1).replace("b.missing", "b1.missing", 1)
        store = FindingStore()
        mark = store.mark(document(text), 0, len(text))
        store.add("file:///a.py", [finding(text, "a1 / 0"), finding(text, "b1.missing")])
        for _ in range(40):
            start = chance.randrange(len(text) + 1)
            end = min(len(text), start + chance.choice([0, 0, 0, 1, 2, 9]))
            text = edit(store, text, start, end, chance.choice(["", " ", "\n", "x", "q\nr", "é"]))
            if chance.random() < 0.3:
                store.settle("file:///a.py", text)
                for found in store.of("file:///a.py"):
                    assert "".join(text[found.start : found.end].split()) == "".join(
                        found.quote.split()
                    )
        assert 0 <= mark.start <= mark.end <= len(text)


def test_nothing_is_kept_of_a_document_without_findings() -> None:
    store = FindingStore()
    mark = store.mark(document(TEXT), 0, 10)
    store.add("file:///a.py", [finding(TEXT, "a / 0")])
    store.release("file:///a.py", mark)
    assert store.of("file:///a.py")
    store.remove("file:///a.py", [store.of("file:///a.py")[0].id])
    assert not store._followed
    assert not store.edited("file:///a.py", 0, 0, 0, 1, 1, ["x"])
