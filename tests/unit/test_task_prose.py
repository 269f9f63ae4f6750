"""Tasks that are answered in words: what they ask, and what is made of any answer."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import pytest

from turnout.context.pieces import Context, Piece
from turnout.document import Document, Span, split_lines
from turnout.edits.plain import plain
from turnout.engine.ask import Ask, Material
from turnout.tasks import TASKS
from turnout.tasks.prompts import HOUSE_RULES
from turnout.tasks.prose import LONGEST, Prose, ProseReader
from turnout.vocabulary import Task
from turnout_clients.types import Chat, Model

MODEL = Model("m/x", "m", "x")
TEXT = "import os\n\n\ndef size(path):\n    found = os.stat(path)\n    return found.st_size\n"
MARK = "f" * 32
IN_SESSION: tuple[Task, ...] = ("explain", "ask", "design", "debug")


def ask(task: Task, start: int = 0, end: int = len(TEXT), instruction: str = "") -> Ask:
    document = Document("file:///ws/a.py", 1, "python", tuple(split_lines(TEXT)))
    return Ask(task, document, Span(start, end), instruction=instruction, mark=MARK)


def rendered(asked: Ask, model: Model = MODEL) -> Chat:
    prompt = TASKS[asked.task].render(asked, model)
    assert isinstance(prompt, Chat)
    return prompt


def read(answer: str, sizes: list[int] | None = None) -> tuple[list[Prose], Prose | None]:
    """Feed an answer in pieces; return what was shown meanwhile, and the end."""
    reader, shown = ProseReader(), []
    for size in sizes or [len(answer)]:
        piece, answer = answer[:size], answer[size:]
        if value := reader.feed(piece):
            shown.append(value)
    if answer and (value := reader.feed(answer)):
        shown.append(value)
    return shown, reader.finish("stop")


def test_all_that_is_a_conversation_has_the_same_system_text() -> None:
    systems = {rendered(ask(task)).messages[0].text for task in IN_SESSION}
    assert len(systems) == 1
    assert systems.pop().startswith(HOUSE_RULES)
    assert all(TASKS[task].in_session for task in IN_SESSION)
    users = {rendered(ask(task)).messages[1].text for task in IN_SESSION}
    assert len(users) == len(IN_SESSION)


@pytest.mark.parametrize("task", IN_SESSION)
def test_what_is_asked_stands_last_and_the_same_ask_is_the_same_prompt(task: Task) -> None:
    asked = ask(task, instruction=f"Why stat? {MARK}")
    asked = replace(asked, materials=(Material("trace", "What was seen", f"boom {MARK}"),))
    first, second = rendered(asked), rendered(asked)
    assert first == second
    user = first.messages[1].text
    parts = [f"<trace {MARK}>", f"<code {MARK}>", "What the user asks for:\nWhy stat? (mark)"]
    places = [user.index(part) for part in parts]
    assert places == sorted(places)
    assert "boom (mark)" in user
    assert user.endswith(("?", "."))
    assert user.rindex("\n\n") > places[-1]


def test_without_a_selection_there_is_a_cursor_and_no_empty_code() -> None:
    user = rendered(ask("ask", 40, 40, "What is this?")).messages[1].text
    assert "The cursor is in a.py (language python), in line 5." in user
    assert "<code" not in user
    document = Document("untitled:none", 0, "", ("",))
    bare = Ask("ask", document, Span(0, 0), instruction="What is a monad?", mark=MARK)
    user = rendered(bare).messages[1].text
    assert "none" not in user
    assert "What is a monad?" in user


def test_the_symbol_around_a_selection_is_told_unless_it_is_the_selection() -> None:
    symbol = TEXT[TEXT.index("def") :].rstrip()
    context = Context.of([Piece("target", "a.py", 4, symbol, 100)])
    at = TEXT.index("os.stat")
    part = replace(ask("ask", at, at + 7), context=context)
    assert "return found.st_size" in rendered(part).messages[1].text
    whole = replace(ask("ask", TEXT.index("def")), context=context)
    assert rendered(whole).messages[1].text.count("return found.st_size") == 1


def test_what_is_shown_is_how_the_end_begins(seed: int) -> None:
    """Whatever the answer and however it comes in pieces: one text, clean, and only added to."""
    chance = random.Random(seed)
    parts = [
        "word ", "\n", "\n\n", "\r\n", "\r", "\x1b]8;;", "\x07", "\x1b[31m", "[a](https://e.x)",
        "](", "https://", "command:run", "\u202e", "\U000e0041", "`x`", "```\n", "é", "😀",
        "[r]: http://e.x\n",
    ]  # fmt: skip
    for _ in range(500):
        answer = "".join(chance.choices(parts, k=chance.randrange(60)))
        sizes = [chance.randrange(1, 9) for _ in range(len(answer))]
        shown, end = read(answer, sizes)
        _, at_once = read(answer)
        assert end == at_once
        text = end.text if end else ""
        texts = [*(one.text for one in shown), text]
        for earlier, later in pairwise(texts):
            assert later.startswith(earlier.rstrip() if later is text else earlier)
        for line in text.split("\n"):
            assert plain(line, LONGEST) == line


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("Yes", "Yes"),
        ("<think>Hm.\nOr not?</think>\n\nYes.\n", "Yes."),
        ("\n <thinking>Hm.</thinking>Yes.", "Yes."),
        ("<think>Hm", None),
        ("<thin", "<thin"),
        ("<T> is a type.\n", "<T> is a type."),
        ("In <think> tags", "In <think> tags"),
        ("", None),
        ("\n \n", None),
        ("calls `on[name](self.x)` here", "calls `on[name] (self.x)` here"),
    ],
)
def test_what_is_read(answer: str, wanted: str | None) -> None:
    for sizes in ([], [1] * len(answer), [5] * len(answer)):
        _, end = read(answer, sizes)
        assert (end.text if end else None) == wanted


def test_a_thought_is_never_shown() -> None:
    reader = ProseReader()
    for piece in ("<thi", "nk>\nsecret\n", "more\n</thi", "nk>\nThe "):
        assert reader.feed(piece) is None
    assert reader.feed("answer.\n") == Prose("The answer.\n")


@pytest.mark.parametrize("answer", ["word " * 100 + "\n", "x" * 500, "<think>" + "x" * 500])
def test_an_endless_answer_is_enough_at_some_point(answer: str) -> None:
    reader = ProseReader()
    fed = 0
    while not reader.enough and fed < 4_000:
        reader.feed(answer if not fed or "think" not in answer else "x" * 500)
        fed += 1
    assert reader.enough
    end = reader.finish("stop")
    assert end is None or (len(end.text) <= LONGEST and not end.complete)


def test_a_cut_answer_is_not_complete() -> None:
    reader = ProseReader()
    reader.feed("It begins\nand")
    assert reader.finish("length") == Prose("It begins\nand", complete=False)


@pytest.mark.parametrize("task", [*IN_SESSION, "commit_message", "pull_request", "suggest"])
def test_what_the_session_keeps_is_what_was_shown(task: Task) -> None:
    spec = TASKS[task]
    reader = spec.reader(ask(task), MODEL)
    reader.feed("```sh\nls [a](https://e.x)\n```\n\x1b[31mLists files.\n")
    value = reader.finish("stop")
    assert value is not None
    kept = spec.record(ask(task), value)
    assert kept == value.text
    assert kept
    assert "\x1b" not in kept
