"""The document store against a plain string, and against everything a client can get wrong."""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from lsprotocol import types

from support.text import Text
from turnout.lsp.documents import DocumentStore, Edit
from turnout.lsp.positions import Positions

if TYPE_CHECKING:
    from turnout.document import Document

URI = "file:///a.py"
PIECES = [
    "\r", "\n", "\r\n", "\x0c", "\x0b", "\x85", "\u2028", "\u2029", "\x1c", "😀", "𝒳", "é", "漢",
    "e\u0301", "\t", "    ", "x", "foo(", ")", "\x00", "def f():\n", "",
]  # fmt: skip


def at(line: int, character: int) -> types.Position:
    return types.Position(line=line, character=character)


def replace(start: types.Position, end: types.Position, text: str) -> object:
    return types.TextDocumentContentChangePartial(range=types.Range(start, end), text=text)


def insert(line: int, character: int, text: str) -> object:
    return replace(at(line, character), at(line, character), text)


def whole(text: str) -> object:
    return types.TextDocumentContentChangeWholeDocument(text=text)


def opened(text: str, encoding: str = "utf-16", version: int = 1) -> DocumentStore:
    store = DocumentStore(Positions(encoding))
    store.open(types.TextDocumentItem(URI, "python", version, text))
    return store


def text_of(store: DocumentStore) -> str | None:
    document = store.snapshot(URI)
    return None if document is None else document.text


@dataclass
class Replica:
    """An observer that keeps its own copy, once by lines and once by code points."""

    lines: list[str] = field(default_factory=list)
    text: str = ""
    log: list[str] = field(default_factory=list)

    def opened(self, document: Document) -> None:
        self.lines, self.text = list(document.lines), document.text
        self.log.append("opened")

    def edited(self, edit: Edit) -> None:
        start = sum(map(len, self.lines[: edit.line])) + edit.column
        self.text = self.text[:start] + edit.text + self.text[start + edit.removed :]
        self.lines[edit.line : edit.line + edit.removed_lines] = edit.lines
        self.log.append(f"edited {edit.version}")

    def closed(self, uri: str) -> None:
        self.log.append("closed")

    def saved(self, uri: str) -> None:
        self.log.append("saved")


def random_change(chance: random.Random, model: Text) -> object:
    """Change the model; return the same change as a client sends it."""
    text = "".join(chance.choices(PIECES, k=chance.choice([0, 1, 1, 1, 2, 5])))
    if chance.random() < 0.01:
        model.replace(0, len(model.value), text)
        return whole(text)
    size = len(model.value)
    reach = 60 if size > 300 else 8
    first = chance.randint(0, size)
    second = min(size, first + chance.choice([0, 0, 1, chance.randint(0, reach)]))
    positions = [model.position(first), model.position(second)]
    for position in positions:
        if chance.random() < 0.02:
            position["character"] += 1000  # LSP: the end of the line
        if chance.random() < 0.01:
            position["line"] += 1000
    offsets = [model.offset(p["line"], p["character"]) for p in positions]
    if offsets[0] > offsets[1]:
        positions.reverse()
        offsets.reverse()
    model.replace(offsets[0], offsets[1], text)
    start, end = (at(p["line"], p["character"]) for p in positions)
    return replace(start, end, text)


@pytest.mark.parametrize("number", range(20))
def test_ten_thousand_random_edits(number: int, seed: int) -> None:
    chance = random.Random(seed)
    encoding = ("utf-16", "utf-8", "utf-32")[number % 3]
    model = Text("".join(chance.choices(PIECES, k=number * 3)), encoding)
    store, replica = DocumentStore(Positions(encoding)), Replica()
    store.observe(replica)
    store.open(types.TextDocumentItem(URI, "python", 1, model.value))
    done = 0
    while done < 10_000:
        changes = [random_change(chance, model) for _ in range(chance.choice([1, 1, 1, 2, 4]))]
        done += len(changes)
        store.change(URI, model.version, changes)
        document = store.snapshot(URI)
        assert document is not None
        assert document.text == model.value == replica.text
        assert document.lines == tuple(replica.lines)
        assert all(re.fullmatch(r"[^\r\n]*(\r\n|\r|\n)", line) for line in document.lines[:-1])
        assert not re.search(r"[\r\n]", document.lines[-1])
        assert document.version == model.version == store.version(URI)


def test_a_snapshot_stays_as_it_is_and_is_made_once_per_version() -> None:
    store = opened("a\n")
    before = store.snapshot(URI)
    assert store.snapshot(URI) is before
    store.change(URI, 2, [insert(0, 0, "b")])
    assert before is not None
    assert (before.text, before.version, text_of(store)) == ("a\n", 1, "ba\n")


@pytest.mark.parametrize(
    ("text", "version", "change"),
    [
        pytest.param("ab\n", 1, insert(0, 0, "x"), id="the same version again"),
        pytest.param("ab\n", 0, insert(0, 0, "x"), id="an older version"),
        pytest.param("ab\n", 2, replace(at(0, 2), at(0, 1), "x"), id="a range backwards"),
        pytest.param("a😀b", 2, insert(0, 2, "x"), id="inside a character"),
    ],
)
def test_on_doubt_there_is_no_text_until_it_is_sent_anew(
    text: str, version: int, change: object
) -> None:
    store = opened(text)
    store.change(URI, version, [change])
    assert (store.snapshot(URI), store.version(URI)) == (None, None)
    store.change(URI, 5, [insert(0, 0, "y")])
    assert store.snapshot(URI) is None
    store.change(URI, 6, [insert(0, 0, "y"), whole("new"), insert(0, 3, "!")])
    assert text_of(store) == "new!"
    store.change(URI, 3, [insert(0, 0, "y")])
    assert text_of(store) is None
    store.change(URI, 4, [whole("older than what was acknowledged")])
    assert text_of(store) is None
    store.open(types.TextDocumentItem(URI, "python", 1, "reopened"))
    assert text_of(store) == "reopened"


def test_after_a_loss_the_next_version_proves_that_nothing_is_missing() -> None:
    store = opened("a")
    store.doubt_all("a lost message")
    assert text_of(store) is None
    store.change(URI, 2, [insert(0, 1, "b")])
    assert text_of(store) == "ab"
    store.doubt_all("a lost message")
    store.change(URI, 4, [insert(0, 2, "c")])
    assert text_of(store) is None


def test_what_is_not_open_is_ignored() -> None:
    store, replica = DocumentStore(Positions()), Replica()
    store.observe(replica)
    store.change(URI, 1, [whole("x")])
    store.close(URI)
    store.save(URI)
    store.doubt(URI, "")
    store.doubt({"not": "a uri"}, "")
    assert (store.snapshot(URI), store.version(URI), replica.log) == (None, None, [])


def test_observers_are_told_in_order() -> None:
    store, replica = DocumentStore(Positions()), Replica()
    store.observe(replica)
    store.open(types.TextDocumentItem(URI, "python", 1, "a"))
    store.change(URI, 2, [insert(0, 1, "b"), whole("c")])
    store.save(URI)
    store.open(types.TextDocumentItem(URI, "python", 1, "d"))
    store.close(URI)
    assert replica.log == ["opened", "edited 2", "edited 2", "saved", "closed", "opened", "closed"]


def test_an_observer_that_fails_or_looks_costs_nothing() -> None:
    class Failing(Replica):
        def edited(self, edit: Edit) -> None:
            raise ValueError("canary")

    class Looking(Replica):
        def edited(self, edit: Edit) -> None:
            self.log.append(str(text_of(store)))

    store, looking = DocumentStore(Positions()), Looking()
    store.observe(Failing())
    store.observe(looking)
    store.open(types.TextDocumentItem(URI, "python", 1, "a"))
    store.change(URI, 2, [insert(0, 1, "b"), insert(0, 2, "c")])
    assert looking.log == ["opened", "abc", "abc"]
    assert text_of(store) == "abc"


def test_halves_of_a_pair_that_come_one_by_one() -> None:
    """A UTF-16 client may type an astral character in two changes."""
    store, replica = DocumentStore(Positions()), Replica()
    store.observe(replica)
    store.open(types.TextDocumentItem(URI, "python", 1, "ab"))
    store.change(URI, 2, [insert(0, 1, "\ud83d")])
    assert text_of(store) == "a\ud83db"
    store.change(URI, 3, [insert(0, 2, "\ude00")])
    assert text_of(store) == "a😀b" == replica.text
    store.change(URI, 4, [insert(0, 0, "\ude00"), insert(0, 0, "\ud83d")])
    assert text_of(store) == "😀a😀b" == replica.text


def test_a_thousand_sequences_in_bad_order(seed: int) -> None:
    """Whatever comes: no exception, and a snapshot is the client's text at that version or None."""
    chance = random.Random(seed)
    given = 0
    for _ in range(1000):
        store = DocumentStore(Positions())
        truth: Text | None = None  # the client's text while the server could know it
        newest = 0
        for _ in range(chance.randint(2, 12)):
            step = chance.choice(["open", "close", "change", "change", "older", "outside", "whole"])
            if step == "open":
                truth, newest = Text("ab\ncd😀\n", "utf-16"), 1
                store.open(types.TextDocumentItem(URI, "python", 1, truth.value))
            elif step == "close":
                truth, newest = None, 0
                store.close(URI)
            elif step == "older":
                store.change(URI, max(0, newest - chance.randint(0, 2)), [insert(0, 0, "old")])
                truth = None
            elif step == "outside":
                newest += 1
                store.change(URI, newest, [replace(at(1, 4), at(0, 0), "?")])
                truth = None
            elif step == "whole":
                newest += 1
                store.change(URI, newest, [whole("whole\n")])
                truth = Text("whole\n", "utf-16", newest) if store.version(URI) else None
            else:
                newest += 1
                text = chance.choice(PIECES)
                store.change(URI, newest, [insert(0, 1, text)])
                if truth is not None:
                    offset = truth.offset(0, 1)
                    truth.replace(offset, offset, text)
                    truth.version = newest
            document = store.snapshot(URI)
            if truth is None:
                assert document is None
            else:
                assert document is not None
                assert (document.text, document.version) == (truth.value, truth.version)
                given += 1
    assert given > 500


LINE = 5_000_000
LARGE = {
    "a line of 5 MB": "x" * LINE,
    "a line of 5 MB, latin": "é" * (LINE // 2),
    "a line of 5 MB, CJK": "漢" * (LINE // 3),
    "a line of 5 MB, astral": "😀" * (LINE // 4),
    "50,000 lines": "    value = compute(é)\n" * 50_000,
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", LARGE)
def test_one_edit_in_a_large_file(name: str, encoding: str) -> None:
    """The bar is 10 ms, snapshot included; a busy machine gets much slack."""
    text = LARGE[name]
    store, model = opened(text, encoding), Text(text, encoding)
    last = model.position(len(text) - 1)
    taken = []
    for version in range(2, 7):
        change = insert(last["line"], last["character"], "y")
        started = time.process_time()
        store.change(URI, version, [change])
        document = store.snapshot(URI)
        taken.append(time.process_time() - started)
        assert document is not None
    print(f"{name}, {encoding}: {min(taken) * 1e3:.2f} ms")
    assert text_of(store) == text[:-1] + "yyyyy" + text[-1:]
    assert min(taken) < 0.1
