"""What is read of an answer, and what is said of the rest. Nothing is read in one of two ways."""

from __future__ import annotations

import json
import random

import pytest

from turnout.edits.answers import ObjectReader, WholeReader
from turnout.edits.blocks import BlockReader, Marks
from turnout.edits.limits import MOST_CHARACTERS
from turnout.edits.objects import Objects
from turnout.edits.proposed import Answer, Proposed

BLOCK = "<<<<<<< SEARCH\na = 1\n=======\na = 2\n>>>>>>> REPLACE\n"
WANTED = ("a = 1\n", "a = 2\n")


def read(text: str, *paths: str, marks: Marks | None = None, cut: bool = False) -> Answer:
    reader = BlockReader(paths or ("a.py",), marks)
    reader.feed(text)
    return reader.finish(cut=cut)


@pytest.mark.parametrize(
    ("above", "path"),
    [
        ("src/a.py\n", "src/a.py"),
        ("`src/a.py`\n", "src/a.py"),
        ("**src/a.py**\n", "src/a.py"),
        ("File: src/a.py\n", "src/a.py"),
        ("1. src/a.py:\n", "src/a.py"),
        ("# src/a.py\n", "src/a.py"),
        ("<!-- src/a.py -->\n", "src/a.py"),
        ("src/a.py\n```python\n", "src/a.py"),
        ("```src/a.py\n", "src/a.py"),
        ('```js title="src/a.js"\n', "src/a.js"),
        ("```\nsrc/a.py\n", "src/a.py"),
        ("Makefile\n", "Makefile"),
        ("with blanks.py\n", "with blanks.py"),
        ("../../etc/passwd\n", "../../etc/passwd"),
        (".git/config\n", ".git/config"),
        ("C:\\x\\a.py\n", "C:\\x\\a.py"),
        ("/etc/cron.d/x\n", "/etc/cron.d/x"),
    ],
)
def test_the_path_of_a_block(above: str, path: str) -> None:
    answer = read(f"I change this:\n\n{above}{BLOCK}", "Makefile", "with blanks.py", "x.py")
    assert [(p.path, p.search, p.replace) for p in answer.proposed] == [(path, *WANTED)]


def test_a_path_is_needed_only_where_there_are_several_files() -> None:
    assert [p.path for p in read(BLOCK, "a.py").proposed] == ["a.py"]
    answer = read(BLOCK, "a.py", "b.py")
    assert not answer.proposed
    assert answer.unread == ("Block 1 does not say which file it is for.",)


def test_new_text_is_never_put_into_the_file_of_the_block_before() -> None:
    empty = BLOCK.replace("a = 1\n", "")
    answer = read(f"a.py\n{BLOCK}\n{BLOCK}\n{empty}", "a.py", "b.py")
    assert [p.path for p in answer.proposed] == ["a.py", "a.py"]
    assert len(answer.unread) == 1


@pytest.mark.parametrize(
    "text",
    [
        BLOCK.replace("=======\n", ""),
        BLOCK.replace("=======\n", "=======\nTitle\n=======\n"),
        BLOCK.replace("=======\n", "========\nTitle\n=======\n"),
        BLOCK.replace("a = 1\n", "<<<<<<< SEARCH\na = 1\n"),
        BLOCK.replace(">>>>>>> REPLACE\n", "") + BLOCK,
    ],
)
def test_what_could_be_read_in_two_ways_is_not_read(text: str) -> None:
    answer = read(text)
    assert not answer.proposed
    assert answer.unread


@pytest.mark.parametrize("size", range(len(BLOCK) - len(">> REPLACE\n")))
def test_a_block_that_is_cut_off_is_incomplete_and_never_proposed(size: int) -> None:
    answer = read(BLOCK[:size], cut=True)
    assert not answer.proposed
    assert not answer.complete


def test_only_the_last_line_end_may_be_missing() -> None:
    answer = read(BLOCK.rstrip("\n"))
    assert len(answer.proposed) == 1
    assert answer.complete
    assert not read(BLOCK, cut=True).complete
    assert not read(f"{BLOCK}<<<<<<< SEARCH\nb").complete


def test_files_with_marks_of_their_own_get_longer_ones() -> None:
    conflict = "<<<<<<< HEAD\na = 1\n=======\na = 2\n>>>>>>> theirs\n"
    assert Marks.fit(["a = 1\n"]).length == 7
    marks = Marks.fit([conflict, "Title\n===========\n"])
    assert marks.length > 11
    text = f"{marks.head}\n{conflict}{marks.middle}\na = 3\n{marks.tail}\n"
    (proposed,) = read(text, marks=marks).proposed
    assert (proposed.search, proposed.replace) == (conflict, "a = 3\n")
    assert not read(BLOCK, marks=marks).proposed


def test_blocks_are_there_as_soon_as_they_are_complete(seed: int) -> None:
    chance = random.Random(seed)
    text = f"a.py\n{BLOCK}words\n{BLOCK}"
    for _ in range(50):
        reader, at = BlockReader(["a.py", "b.py"]), 0
        seen: list[Proposed] = []
        while at < len(text):
            size = chance.randint(1, 40)
            seen += reader.feed(text[at : at + size])
            at += size
            assert len(seen) == text[:at].count("REPLACE\n")
        assert reader.finish().proposed == tuple(seen)


def test_fifty_megabytes_are_cut_and_so_never_applied() -> None:
    for reader in (BlockReader(["a.py"]), ObjectReader(("a.py",)), WholeReader("a.py")):
        reader.feed(BLOCK)
        for _ in range(50):
            reader.feed("x" * 1024 * 1024)
        assert reader.enough
        assert not reader.finish().complete
        held = [x for x in vars(reader).values() if isinstance(x, str | list)]
        assert sum(len(x) for x in held) < MOST_CHARACTERS


# --- json --------------------------------------------------------------------------------------


def edits(text: str, *, cut: bool = False, paths: tuple[str, ...] = ("a.py",)) -> Answer:
    reader = ObjectReader(paths)
    for character in text:
        reader.feed(character)
    return reader.finish(cut=cut)


EDIT = {"path": "a.py", "search": "x = '{'\n", "replace": 'y = "}\\n"'}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"edits": [EDIT]}),
        json.dumps([EDIT], indent=2),
        json.dumps(EDIT),
        f"Here it is:\n```json\n{json.dumps({'edits': [EDIT]}, indent=1)}\n```\nThat is all.",
        json.dumps({"reason": "because {", "edits": [EDIT]}),
    ],
)
def test_json_edits(text: str) -> None:
    answer = edits(text)
    assert answer == Answer((Proposed("a.py", EDIT["search"], EDIT["replace"], "text"),), True)


@pytest.mark.parametrize("text", ["[]", '{"edits": []}', '```json\n{"edits": []}\n```'])
def test_nothing_to_change(text: str) -> None:
    assert edits(text) == Answer((), True, empty=True)


@pytest.mark.parametrize(
    ("text", "complete", "unread"),
    [
        ('{"edits": [{"path": "a.py", "search": "a", "repl', False, False),
        ('{"edits": [{"path": "a.py", "search": "a", "replace": "b"}, ', False, False),
        (r'[{"path": "a.py", "search": "\d", "replace": "b"}]', True, True),
        ('[{"path": "a.py", "search": "a\nb", "replace": "b"}]', True, True),
        ('[{"path": "a.py", "search": 7, "replace": "b"}]', True, True),
        ('[{"path": "a.py", "search": "a"}]', True, True),
        ('[{"path": "a.py", "replace": null, "search": "a"}]', True, True),
        ("no json at all", True, False),
    ],
)
def test_json_that_is_not_an_edit(text: str, complete: bool, unread: bool) -> None:
    answer = edits(text)
    assert (answer.complete, bool(answer.unread)) == (complete, unread)
    assert not answer.proposed or not complete


def test_json_without_a_path_needs_one_file() -> None:
    text = '{"search": "a", "replace": "b"}'
    assert [p.path for p in edits(text).proposed] == ["a.py"]
    assert edits(text, paths=("a.py", "b.py")).unread


def test_a_large_object_in_small_pieces_takes_linear_time() -> None:
    objects = Objects(300_000)
    text = json.dumps({"search": "x" * 250_000})
    found = [value for at in range(0, len(text), 2) for value in objects.feed(text[at : at + 2])]
    assert len(found) == 1
    assert not objects.open


# --- whole -------------------------------------------------------------------------------------


def whole(text: str) -> Answer:
    reader = WholeReader("a.py")
    for line in text.splitlines(keepends=True):
        reader.feed(line)
    return reader.finish()


def test_one_code_block() -> None:
    assert whole("So:\n```python\na = 1\n\n```\n").proposed == (
        Proposed("a.py", "", "a = 1\n\n", "whole"),
    )
    docs = "````markdown\n```sh\nls\n```\n````\n"
    assert whole(docs).proposed[0].replace == "```sh\nls\n```\n"
    indented = "```python\n'''\n    ```\n    x\n    ```\n'''\n```\n"
    assert "    ```\n" in whole(indented).proposed[0].replace


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("no code", True),
        ("```\na = 1\n", False),
        ("```\na = 1\n```\nor\n```\na = 2\n```\n", True),
        ("```markdown\n```sh\nls\n```\n```\n", False),
        ("```markdown\n```sh\nls\n```\n", True),
    ],
)
def test_not_one_code_block(text: str, complete: bool) -> None:
    answer = whole(text)
    assert not answer.proposed
    assert answer.unread
    assert answer.complete is complete
