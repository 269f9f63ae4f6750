"""What models are asked at a cursor, and how their streams are read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from turnout.document import Document, Span, split_lines
from turnout.engine.ask import Ask
from turnout.inline.cursor import Cursor
from turnout.tasks.complete import CompleteTask
from turnout.tasks.inline import PREFIX_CHARS, SUFFIX_CHARS, InlineTask, unwrap
from turnout_clients.types import Fill, Model

MODEL = Model(name="p/m", provider="p", id="m", fim="qwen")


def ask_at(
    text: str, language: str = "python", uri: str = "file:///dir/x.py", **more: object
) -> Ask:
    before, _, after = text.partition("‸")
    document = Document(uri, 1, language, tuple(split_lines(before + after)))
    return Ask("inline", document, Span(len(before), len(before)), **more)  # type: ignore[arg-type]


def fill(ask: Ask, model: Model = MODEL) -> Fill:
    prompt = InlineTask().render(ask, model)
    assert isinstance(prompt, Fill)
    return prompt


def test_the_whole_file_where_there_is_room() -> None:
    prompt = fill(ask_at("import os\n\ndef f():\n    ‸)\n\nx = 1\n"))
    assert prompt.prefix == "import os\n\ndef f():\n    "
    assert prompt.suffix == ")\n\nx = 1\n"
    assert (prompt.path, prompt.max_tokens) == ("x.py", 128)


def test_the_answer_may_be_limited() -> None:
    assert fill(ask_at("‸", max_tokens=40)).max_tokens == 40
    small = Model(name="p/m", provider="p", id="m", fim="qwen", max_output=16)
    assert fill(ask_at("‸"), small).max_tokens == 16


def test_line_ends_are_newlines() -> None:
    prompt = fill(ask_at("a\r\nb\rc‸d\r\ne\r\n"))
    assert (prompt.prefix, prompt.suffix) == ("a\nb\nc", "d\ne\n")


def test_windows_are_whole_lines_within_their_room() -> None:
    above = "".join(f"line {number} above\n" for number in range(2000))
    below = "".join(f"line {number} below\n" for number in range(2000))
    prompt = fill(ask_at(f"{above}x = ‸\n{below}"))
    assert above.endswith(prompt.prefix.removesuffix("x = "))
    assert prompt.prefix.startswith("line ")
    assert PREFIX_CHARS * 0.9 < len(prompt.prefix) <= PREFIX_CHARS
    assert ("\n" + below).startswith(prompt.suffix)
    assert prompt.suffix.endswith("\n")
    assert SUFFIX_CHARS * 0.9 < len(prompt.suffix) <= SUFFIX_CHARS


@pytest.mark.parametrize("context", [256, 1024, 4096])
def test_a_small_context_is_kept(context: int) -> None:
    text = "".join(f"line {number} of it\n" for number in range(3000))
    model = Model(name="p/m", provider="p", id="m", fim="qwen", context=context)
    prompt = fill(ask_at(f"{text}‸\n{text}"), model)
    assert len(prompt.prefix) + len(prompt.suffix) <= max(400, context * 4)


@pytest.mark.parametrize("tokens", [64, 150, 1000])
def test_a_slow_model_is_shown_less(tokens: int) -> None:
    text = "".join(f"line {number} of it\n" for number in range(3000))
    model = Model(name="p/m", provider="p", id="m", fim="qwen", inline_context=tokens)
    prompt = fill(ask_at(f"{text}x = ‸\n{text}"), model)
    shown = len(prompt.prefix) + len(prompt.suffix)
    assert tokens * 3 * 0.6 < shown <= tokens * 3
    assert prompt.suffix
    # One that only continues has more of what it can see.
    alone = fill(ask_at(f"{text}x = ‸\n{text}"), replace(model, fim="continue"))
    assert alone.suffix == ""
    assert len(prompt.prefix) <= len(alone.prefix) <= tokens * 3


def test_a_small_window_stands_still_too() -> None:
    lines = [f"line {number} of it\n" for number in range(300)]
    model = Model(name="p/m", provider="p", id="m", fim="continue", inline_context=150)
    asked = [fill(ask_at("".join(lines[: 200 + typed]) + "‸"), model) for typed in range(16)]
    assert len({prompt.prefix[:40] for prompt in asked}) <= 5
    assert all(prompt.prefix.count("\n") >= 16 for prompt in asked)


def test_one_endless_line() -> None:
    prompt = fill(ask_at("x" * 100_000 + "‸" + ")" * 100_000))
    assert len(prompt.prefix) <= PREFIX_CHARS
    assert len(prompt.suffix) <= SUFFIX_CHARS


def test_the_beginning_stands_still_while_lines_are_typed() -> None:
    """A provider's prompt cache can hold the prompt only if it begins with the same bytes."""
    lines = [f"line {number} of it\n" for number in range(3000)]
    firsts = {
        fill(ask_at("".join(lines[: 2000 + typed]) + "‸")).prefix[:200] for typed in range(64)
    }
    assert len(firsts) <= 5


def test_complete_asks_the_same() -> None:
    ask = ask_at("def f():\n    ‸\n")
    assert CompleteTask().render(ask, MODEL) == InlineTask().render(ask, MODEL)
    assert CompleteTask().name == "complete"


def test_deadlines() -> None:
    deadlines = InlineTask().deadlines
    assert (deadlines.connect, deadlines.first_token, deadlines.total) == (1.0, 1.2, 3.0)


def read(text: str, stream: str, size: int = 1) -> tuple[list[str], str | None, str]:
    """Return what was answered early, what finally, and how much of the stream was read."""
    reader = InlineTask().reader(ask_at(text), MODEL)
    early, at = [], 0
    while at < len(stream) and not reader.enough:
        value = reader.feed(stream[at : at + size])
        early += [value.text] if value else []
        at += size
    final = reader.finish("stop")
    return early, final.text if final else None, stream[:at]


def test_the_first_statement_answers_before_the_block_is_there() -> None:
    early, final, _ = read("def f():\n    ‸", "a = 1\n    b = 2\n    return a")
    assert early == ["a = 1"]
    assert final == "a = 1\n    b = 2\n    return a"


def test_the_head_of_a_block_alone_does_not_answer() -> None:
    early, final, _ = read("‸", "def f(x):\n    return x\n\n\ndef g():\n    pass\n")
    assert early == []
    assert final == "def f(x):\n    return x"


def test_a_long_block_answers_before_its_end() -> None:
    body = "".join(f"    x{number} = {number}\n" for number in range(10))
    early, final, _ = read("‸", f"def f(x):\n{body}")
    assert early == ["def f(x):\n    x0 = 0\n    x1 = 1\n    x2 = 2"]
    assert final is not None
    assert final.startswith(early[0])


@pytest.mark.parametrize(
    ("text", "stream", "read_to"),
    [
        ("def f():\n    ‸", "return 1\n\n\ndef g():\n    pass\n", "return 1\n\n"),
        ("def f():\n    ‸", "return 1\nx = 2\ny = 3\n", "return 1\nx = 2\n"),
        (
            "def f():\n    ‸\n    return x\n",
            "x = 1\n    return x\n    z = 2\n",
            "x = 1\n    return x\n",
        ),
        ("‸", "going()\n" * 5, "going()\n" * 3),
        ("x = ‸", "1\ny = 2\nz = 3\n", "1\ny = 2\n"),
        ("x = ‸", "```python\n1\n```\nThis sets x.\n", "```python\n1\n```\n"),
        ("x = ‸", "1<|endoftext|>\nhello\n", "1<|endoftext|>\n"),
    ],
)
def test_enough_is_enough(text: str, stream: str, read_to: str) -> None:
    assert read(text, stream)[2] == read_to


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        ("foo(1)", "foo(1)"),
        ("```python\nfoo(1)\n```", "foo(1)"),
        ("```\nfoo(1)\n```\nThis calls foo.", "foo(1)"),
        ("  ```py\nfoo(1)\n  ```", "foo(1)"),
        ("```foo(1)```", "foo(1)"),
        ("Here is the code:\n\n```python\nfoo(1)\n```\nIt calls foo.", "foo(1)"),
        ("Sure! The missing part:\n```\nfoo(1)\n```", "foo(1)"),
        ("<|fim_middle|>foo(1)<|endoftext|>", "foo(1)"),
        ("foo(1)<|fim_pad|>", "foo(1)"),
        ("foo(1)<fim_suffix>bar", "foo(1)"),
        ("foo(1)<｜end▁of▁sentence｜>", "foo(1)"),
        ("foo(1)[SUFFIX]bar", "foo(1)"),
        ("foo(1)<EOT>", "foo(1)"),
        ("foo(1)<|cursor|>", "foo(1)"),
        ("<HOLE>foo(1)</HOLE>", "foo(1)"),
        ("<think>\nWhat is x?\n</think>\n\nfoo(1)", "foo(1)"),
        ("<think>\nWhat is x? It is", None),
        ("x = foo(1)", "foo(1)"),
        ("here(1)", "here(1)"),
    ],
)
def test_what_models_wrap_code_in(stream: str, expected: str | None, size: int) -> None:
    assert read("x = ‸", stream, size)[1] == expected


def test_talk_is_never_answered_early() -> None:
    early, _, _ = read("‸", "Here is the completed code:\n\n```python\nx = 1\ny = 2\n```\n")
    assert "Here" not in "".join(early)


def test_fences_are_text_in_markdown() -> None:
    assert unwrap("```python\nx\n```\n", "markdown") == ("```python\nx\n```\n", False)


def test_a_line_that_was_cut_off_is_dropped() -> None:
    reader = InlineTask().reader(ask_at("def f():\n    ‸"), MODEL)
    reader.feed("a = 1\n    b = func(a, some_long_na")
    value = reader.finish("length")
    assert value is not None
    assert value.text == "a = 1"
    reader = InlineTask().reader(ask_at("def f():\n    ‸"), MODEL)
    reader.feed("a = func(a, some_long_na")
    value = reader.finish("length")
    assert value is not None
    assert value.text == "a = func(a, some_long_na"


@pytest.mark.parametrize("stream", ["", "\n\n", "   ", "```python\n```", "<|endoftext|>"])
def test_nothing_is_nothing(stream: str) -> None:
    assert read("x = ‸", stream)[1] is None


def test_the_cursor_is_found_again() -> None:
    ask = ask_at("größe = 1\r\nx‸y\r\n")
    cursor = Cursor.at(ask.document, ask.span.end)
    assert (cursor.line, cursor.column, cursor.head, cursor.rest) == (1, 1, "x", "y")
