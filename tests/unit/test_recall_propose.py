"""What recall proposes: examples with the cursor as a bar, and what it must never propose."""

from __future__ import annotations

import random
from math import log

import pytest

from turnout.recall.candidates import candidates
from turnout.recall.fit import fit
from turnout.recall.lexer import lex
from turnout.recall.recall import Recall
from turnout.recall.segment import Piece

URI = "file:///open.py"


def recall_with(*files: str, secret=lambda text: False) -> Recall:
    recall = Recall(secret)
    index = recall._index
    pieces = [
        Piece(f"/{n}.py", lex(text.split("\n"), index.vocabulary)) for n, text in enumerate(files)
    ]
    if pieces:
        index.add(pieces)
    return recall


def found(recall: Recall, marked: str) -> dict[str, str]:
    """All candidates at the bar, with the proposers that found them."""
    before, after = marked.split("|")
    recall.open(URI, (before + after).split("\n"))
    query = recall._query(URI, before.count("\n"), len(before.split("\n")[-1]))
    return {c.text: c.proposer for c in candidates(query)} if query else {}


def proposed(recall: Recall, marked: str, limit: int = 3) -> list[str]:
    before, after = marked.split("|")
    recall.open(URI, (before + after).split("\n"))
    place = before.count("\n"), len(before.split("\n")[-1])
    return [p.text for p in recall.propose(URI, *place, limit)]


CLIENT = """
def get(self, url, timeout=None):
    return self.request("GET", url, timeout=timeout)

def load(path):
    with open(path, encoding="utf-8") as file:
        return file.read()
"""


@pytest.mark.parametrize(
    ("marked", "expected", "proposer"),
    [
        # the longest match, from another file
        ("with open(path, enc|", 'oding="utf-8") as file:', "suffix"),
        ("with open(path,|", ' encoding="utf-8") as file:', "suffix"),
        ("with open(path, |", 'encoding="utf-8") as file:', "suffix"),
        # the file itself, without any index
        ("alpha = make(1, 2)\nbeta = 3\nalpha = m|", "ake(1, 2)", "suffix"),
        # lines below the cursor are known as well
        ("alpha = m|\nbeta = 3\nalpha = make(1, 2)", "ake(1, 2)", "suffix"),
        # copy and rename
        (
            (
                "def set_width(self, width):\n    self._w = 1\n    self.width = width\n"
                "def set_height(self, height):\n    self._w = 1\n    self.height = |"
            ),
            "height",
            "rename",
        ),
        # the whole line, whatever stood above
        ("zzz = 1\n    return file.|", "read()", "line"),
    ],
)
def test_is_found(marked: str, expected: str, proposer: str):
    by_text = found(recall_with(CLIENT), marked)
    assert proposer in by_text[expected].split("+")
    assert expected in proposed(recall_with(CLIENT), marked)


def test_a_copy_knows_how_much_it_renamed():
    recall = recall_with()
    recall.open(URI, ["width = box.width + box.left", "height = box.height + "])
    query = recall._query(URI, 1, 22)
    changes = {c.text: c.features.get("rename_changes") for c in candidates(query)}
    assert changes == {"box.left": 0}
    recall.open(URI, ["check(width, box, width)", "check(height, crate, "])
    query = recall._query(URI, 1, 21)
    changes = {c.text: c.features.get("rename_changes") for c in candidates(query)}
    assert changes["height)"] == pytest.approx(log(2))


def test_an_edit_is_searchable_at_the_next_key():
    recall = recall_with()
    recall.open(URI, ["", "compute_"])
    assert recall.propose(URI, 1, 8) == []
    recall.splice(URI, 0, 1, ["compute_total(items, tax)"])
    assert [p.text for p in recall.propose(URI, 1, 8)] == ["total(items, tax)"]
    recall.splice(URI, 0, 1, ["nothing"])
    assert recall.propose(URI, 1, 8) == []


def test_confidence_is_a_probability_and_falls():
    recall = recall_with(CLIENT, CLIENT.replace("utf-8", "latin-1"))
    recall.open(URI, ["with open(path, enc"])
    proposals = recall.propose(URI, 0, 19, limit=5)
    confidences = [proposal.confidence for proposal in proposals]
    assert len(proposals) >= 2
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 < confidence < 1 for confidence in confidences)
    assert len(recall.propose(URI, 0, 19)) == 1


def test_what_is_often_written_is_proposed_with_more_confidence():
    def confidence(*files: str) -> float:
        recall = recall_with(*files)
        recall.open(URI, ["import os", "with open(path, encoding="])
        return recall.propose(URI, 1, 25)[0].confidence

    alike = [f"x{n} = {n}\n{CLIENT}" for n in range(4)]
    different = [text.replace("utf-8", f"code{n}") for n, text in enumerate(alike)]
    assert confidence(*alike) > confidence(*different)


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("a, b)", "", "a, b)"),
        ("a, b)", "   ", "a, b)"),
        ("a, b)", ")", "a, b"),
        ("foo(x))", ")", "foo(x)"),
        ("foo(x)", ")", "foo(x)"),
        ("a, b) -> None:", "):", "a, b"),
        ("a, b) -> None:", ") -> None:", "a, b"),
        ("value", ")", "value"),
        (")", ")", ""),
        ("foo:", ":", "foo"),
        ('utf-8")', '")', "utf-8"),
        ('utf-8", x)', '")', "utf-8"),
        ("foo(1) + bar", "+ bar", "foo(1) "),
        ("foo(1)", "bar(2)", ""),
        ("foo(1)", "foo(1)", ""),
        ("1.51.5", "1.5", ""),  # what is left would repeat it all the same
    ],
)
def test_what_follows_the_cursor_is_not_repeated(text: str, after: str, expected: str):
    assert fit(text, after) == expected


def test_what_follows_the_cursor_is_not_a_source():
    assert found(recall_with(), "secret_word(1)\nvalue = |unheard_of(1)") == {}
    texts = found(recall_with(), "call(first)\nother = 1\ncall(|unheard_of, 1)")
    assert not any("unheard_of" in text for text in texts)


def test_the_files_own_copy_on_disk_is_not_a_source():
    recall = Recall(lambda text: False)
    index = recall._index
    index.add([Piece("/open.py", lex(["call(stale_argument)"], index.vocabulary))])
    assert found(recall, "call(|") == {}
    index.add([Piece("/other.py", lex(["call(fresh_argument)"], index.vocabulary))])
    assert list(found(recall, "call(|")) == ["fresh_argument)"]


def test_a_forgotten_file_is_not_a_source():
    recall = recall_with("call(first_argument)", "call(second_argument)")
    recall._index.forget("/0.py")
    assert list(found(recall, "call(|")) == ["second_argument)"]


@pytest.mark.parametrize("marked", ["token = |", "token = 's|", "token = 'sk-|", "tok|"])
def test_a_secret_is_never_proposed(marked: str):
    recall = recall_with("token = 'sk-12345'\n" * 3, secret=lambda text: "sk-12345" in text)
    assert found(recall, marked)
    assert not any("12345" in text for text in proposed(recall, marked, limit=9))


@pytest.mark.parametrize("marked", ["|", "    |", "foo\n|\nbar", "|foo"])
def test_nothing_is_proposed_where_nothing_is_written(marked: str):
    assert proposed(recall_with(CLIENT, "foo\nbar"), marked) == []


def test_an_unknown_file_or_a_place_outside_gives_nothing():
    recall = recall_with(CLIENT)
    assert recall.propose("file:///unknown.py", 0, 0) == []
    recall.splice("file:///unknown.py", 0, 1, ["x"])
    recall.open(URI, ["with open("])
    for line, column in [(-1, 0), (1, 0), (0, -5)]:
        assert recall.propose(URI, line, column) == []
    assert recall.propose(URI, 0, 10_000) == recall.propose(URI, 0, 10)
    recall.close(URI)
    recall.close(URI)
    assert recall.propose(URI, 0, 10) == []


def test_no_text_makes_it_raise(seed: int):
    rng = random.Random(seed)
    pieces = [
        "foo", "bar_baz", " ", "\t", "(", ")", '"', "'''", "\0", "\ud800", "\udc00", "\U0001f600",
        "é", "e\u0301", "\u2028", "\x85", "\x0b", "\x0c", "\ufeff", "1.5", "->", ":", ",", "\\",
        "if", "self", ".",
    ]  # fmt: skip

    def line() -> str:
        return "".join(rng.choices(pieces, k=rng.randrange(12))) + rng.choice(
            ["\n", "\r\n", "\r", ""]
        )

    recall = recall_with(*("\n".join(line() for _ in range(30)) for _ in range(4)))
    recall.open(URI, [line() for _ in range(20)])
    for _ in range(600):
        lines = recall._live[URI].lines
        at = rng.randrange(len(lines) + 2)
        recall.splice(URI, at, rng.randrange(3), [line() for _ in range(rng.randrange(3))])
        row, column = rng.randrange(-1, len(lines) + 2), rng.randrange(-2, 30)
        for proposal in recall.propose(URI, row, column, limit=3):
            assert proposal.text
            assert "\n" not in proposal.text
            after = lines[row][max(column, 0) :].strip()
            # "foo(x)" before ")" repeats nothing: its own bracket is closed.
            closing = after.startswith((")", "]", "}"))
            assert not after or closing or not proposal.text.endswith(after)
