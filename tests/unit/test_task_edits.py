"""The edit tasks: whatever form an answer has, it comes to the same edit, or to none."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from turnout.context.pieces import Context, Kind, Original, Piece
from turnout.context.target import Diagnostic
from turnout.document import Document, Span, split_lines
from turnout.engine.ask import Ask, Material
from turnout.tasks import TASKS
from turnout.tasks.editing import Edits, EditTask, Progress
from turnout.tasks.refactor import PRESETS
from turnout.vocabulary import Task
from turnout_clients.types import Chat, Model, StopReason

ROOT = "/w"
CART = (
    "import os\n\nclass Cart:\n    def total(self):\n        return 1\n\n"
    "    def last(self):\n        return 9\n"
)
PAGE = "from cart import Cart\n\nprint(Cart().total())\n"
TEST = "from cart import Cart\n\n\ndef test_last():\n    assert Cart().last() == 9\n"
TOOLS = Model("a/tools", "a", "tools", tools=True)
PLAIN = Model("a/plain", "a", "plain")
EDIT_TASKS: tuple[Task, ...] = ("refactor", "fix", "tests", "docs", "boilerplate", "dependency")


def original(path: str, text: str, root: str) -> Original:
    return Original(path, f"file://{root}/{path}", None, text, "python")


def context(*files: tuple[Kind, str, str], root: str = ROOT) -> Context:
    pieces = [Piece(kind, path, 1, f"shown of {path}", 50) for kind, path, _ in files]
    originals = tuple(original(path, text, root) for _, path, text in files)
    return Context.of(pieces, root=root, files=originals)


def ask(task: Task, about: str = "    def total(self):\n        return 1", **more: object) -> Ask:
    document = Document(f"file://{ROOT}/cart.py", 7, "python", tuple(split_lines(CART)))
    at = CART.index(about)
    made = Ask(task, document, Span(at, at + len(about)), mark="m" * 32, context=context())
    return replace(made, **more)  # type: ignore[arg-type]


def spec(task: Task) -> EditTask:
    found = TASKS[task]
    assert isinstance(found, EditTask)
    return found


def tool(*edits: tuple[str, str, str], summary: str = "Did it.") -> str:
    rows = [{"path": path, "search": old, "replace": new} for path, old, new in edits]
    return json.dumps({"summary": summary, "edits": rows})


def blocks(*edits: tuple[str, str, str], summary: str = "Did it.") -> str:
    parts = [
        f"{path}\n```python\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n```\n"
        for path, old, new in edits
    ]
    return "\n".join([f"{summary}\n", *parts])


def whole(code: str) -> str:
    return f"Did it.\n\n````python\n{code}````\n"


def answered(
    one: Ask, answer: str, model: Model = TOOLS, reason: StopReason = "stop", seed: int = 0
) -> Edits | None:
    """Read an answer in random pieces."""
    reader = spec(one.task).reader(one, model)
    chance = random.Random(seed)
    at = 0
    while at < len(answer):
        step = chance.randint(1, 40)
        seen = reader.feed(answer[at : at + step])
        assert seen is None or isinstance(seen, Progress)
        at += step
    value = reader.finish(reason)
    assert value is None or isinstance(value, Edits)
    return value


def after(value: Edits | None, path: str = "cart.py") -> str:
    assert value is not None
    (file,) = (one for one in value.edit_set.files if one.subject.path == path)
    return file.after


def failures(one: Ask, value: Edits | None) -> tuple[str, ...]:
    verdict = spec(one.task).check(one, value)
    assert verdict is not None
    return verdict.failures


OLD, NEW = "        return 1\n", "        return 2\n"


@pytest.mark.parametrize("model", [TOOLS, PLAIN], ids=["tools", "plain"])
@pytest.mark.parametrize("write", [tool, blocks])
@pytest.mark.parametrize("task", ["refactor", "fix", "dependency"])
def test_every_form_is_read_whichever_was_asked_for(
    task: Task, write: object, model: Model, seed: int
) -> None:
    one = ask(task, instruction="x")
    answer = write(("cart.py", OLD, NEW))  # type: ignore[operator]
    value = answered(one, answer, model, seed=seed)
    assert after(value) == CART.replace(OLD, NEW)
    assert failures(one, value) == ()
    assert value is not None
    assert (value.summary, value.complete, value.refused) == ("Did it.", True, ())
    assert value.edit_set.files[0].subject.version == 7


def test_words_before_a_tool_call_do_no_harm() -> None:
    one = ask("fix")
    value = answered(one, "I'll mend {it}: \"a\nfor you.\n" + tool(("cart.py", OLD, NEW)))
    assert after(value) == CART.replace(OLD, NEW)


@pytest.mark.parametrize("write", [tool, blocks])
def test_what_a_model_thinks_is_no_edit(write: object, seed: int) -> None:
    draft = write(("cart.py", OLD, "        return 3\n"))  # type: ignore[operator]
    answer = f"<think>\n{draft}\n</think>\n" + write(("cart.py", OLD, NEW))  # type: ignore[operator]
    assert after(answered(ask("fix"), answer, PLAIN, seed=seed)) == CART.replace(OLD, NEW)


@pytest.mark.parametrize(
    "answer", ["", "I am sorry, I cannot do that.", "{}", '{"a": 1}', "```python\nreturn 2\n```\n"]
)
@pytest.mark.parametrize("model", [TOOLS, PLAIN], ids=["tools", "plain"])
def test_what_has_no_form_is_no_answer(answer: str, model: Model) -> None:
    assert answered(ask("refactor"), answer, model) is None


def test_a_broken_block_is_told() -> None:
    one = ask("refactor")
    value = answered(one, "cart.py\n<<<<<<< SEARCH\n        return 1\n>>>>>>> REPLACE\n", PLAIN)
    assert any("exactly once each" in why for why in failures(one, value))


def test_a_cut_answer_fails_its_check() -> None:
    one = ask("refactor")
    value = answered(one, tool(("cart.py", OLD, NEW)), reason="length")
    assert "The answer was cut off before its end." in failures(one, value)
    half = tool(("cart.py", OLD, NEW), ("cart.py", "        return 9\n", "        return 8\n"))
    value = answered(one, half[:-12], reason="stop")
    assert "The answer was cut off before its end." in failures(one, value)


def test_progress_tells_files_and_counts() -> None:
    reader = spec("refactor").reader(ask("refactor"), TOOLS)
    answer = tool(("cart.py", OLD, NEW), ("page.py", "a", "b"))
    seen = [reader.feed(character) for character in answer]
    assert [one for one in seen if one] == [
        Progress(("cart.py",), 1),
        Progress(("cart.py", "page.py"), 2),
    ]


def test_refactor_changes_what_was_shown_and_nothing_else() -> None:
    one = ask(
        "refactor",
        context=context(("caller", "page.py", PAGE), ("instructions", "AGENTS.md", "x\n")),
    )
    value = answered(
        one, tool(("cart.py", "total", "sum_"), ("page.py", "Cart().total()", "Cart().sum_()"))
    )
    assert after(value, "page.py") == PAGE.replace("total", "sum_")
    assert failures(one, value) == ()
    assert value is not None
    assert value.edit_set.needs_confirmation
    for path, words in (("AGENTS.md", "agent"), ("other.py", "not asked about")):
        value = answered(one, tool((path, "x\n", "y\n")))
        assert value is not None
        assert not value.edit_set.files
        assert any(words in why for why in failures(one, value))
        assert value.refused[0].proposed.replace == "y\n"


def test_what_stands_twice_is_refused_with_what_was_proposed() -> None:
    one = ask("refactor", about=CART)
    value = answered(one, tool(("cart.py", "self", "this")))
    assert value is not None
    assert [refusal.reason for refusal in value.refused] == ["ambiguous"]
    assert not value.edit_set.files


def test_presets_are_told_in_words() -> None:
    assert set(PRESETS) >= {"extract", "rename", "simplify", "split", "types", "async"}
    assert PRESETS["types"].with_words("Use Protocols.").endswith("\nUse Protocols.")
    assert PRESETS["types"].with_words("") == PRESETS["types"].words


def test_syntax_errors_fail_the_check() -> None:
    one = ask("refactor")
    value = answered(one, tool(("cart.py", OLD, "        return (2\n")))
    assert any("syntax errors" in why for why in failures(one, value))


def test_fix_is_told_what_is_reported() -> None:
    at = CART.index("return 1")
    found = Diagnostic(Span(at, at + 8), "error", "one\nis   not two", "mypy")
    one = ask("fix", diagnostics=(found, found))
    text = said(one)
    assert "line 5: error: one is not two [mypy] (about `return 1`)" in text
    assert text.count("one is not two") == 1
    value = answered(one, tool(summary="It is right."))
    assert failures(one, value) == ()
    assert value is not None
    assert value.empty
    assert value.summary == "It is right."


@pytest.mark.parametrize("task", ["refactor", "tests", "boilerplate"])
def test_no_edit_is_no_answer_where_one_was_asked_for(task: Task) -> None:
    one = ask(task)
    assert failures(one, answered(one, tool())) == ("The answer has no edit.",)


DOCUMENTED = '    def total(self):\n        """Return the sum."""\n        return 1\n'


@pytest.mark.parametrize(
    ("answer", "model"),
    [
        (tool(("cart.py", "    def total(self):\n        return 1\n", DOCUMENTED)), TOOLS),
        (whole(DOCUMENTED), PLAIN),
        (whole("\n".join(line[4:] for line in DOCUMENTED.split("\n"))), PLAIN),
        (blocks(("cart.py", "    def total(self):\n", DOCUMENTED.removesuffix(OLD))), PLAIN),
    ],
    ids=["tool", "whole", "whole without indentation", "blocks"],
)
def test_docs(answer: str, model: Model) -> None:
    one = ask("docs")
    value = answered(one, answer, model)
    assert failures(one, value) == ()
    assert after(value) == CART.replace("    def total(self):\n        return 1\n", DOCUMENTED)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (("cart.py", OLD, NEW), "it changes code"),
        (("cart.py", "        return 9\n", "        return 9  # nine\n"), "outside of what"),
    ],
)
def test_docs_change_no_code_and_nothing_elsewhere(edit: tuple[str, str, str], words: str) -> None:
    one = ask("docs")
    assert any(words in why for why in failures(one, answered(one, tool(edit))))


def test_docs_that_need_nothing() -> None:
    one = ask("docs")
    value = answered(one, whole("    def total(self):\n        return 1\n"), PLAIN)
    assert failures(one, value) == ()
    assert value is not None
    assert value.empty


TESTS = "\n\ndef test_total():\n    assert Cart().total() == 1\n"


@pytest.mark.parametrize("write", [tool, blocks])
def test_tests_go_to_the_end_of_the_file_that_has_them(write: object) -> None:
    one = ask("tests", context=context(("sibling", "tests/test_cart.py", TEST)))
    value = answered(one, write(("tests/test_cart.py", "", TESTS)))  # type: ignore[operator]
    assert failures(one, value) == ()
    assert after(value, "tests/test_cart.py") == TEST + TESTS
    assert TEST.rstrip() in said(one)


def test_tests_of_code_that_has_none(tmp_path: Path) -> None:
    found = context(("example", "tests/unit/test_page.py", PAGE), root=str(tmp_path))
    document = Document(f"{tmp_path.as_uri()}/cart.py", 7, "python", tuple(split_lines(CART)))
    one = ask("tests", context=found, document=document)
    for answer, model in (
        (tool(("tests/unit/test_cart.py", "", TEST)), TOOLS),
        (whole(TEST), PLAIN),
    ):
        value = answered(one, answer, model)
        assert failures(one, value) == ()
        assert after(value, "tests/unit/test_cart.py") == TEST
        assert value is not None
        assert value.edit_set.files[0].new
        assert value.edit_set.needs_confirmation
    (tmp_path / "tests" / "unit").mkdir(parents=True)
    (tmp_path / "tests" / "unit" / "test_cart.py").write_text("theirs")
    assert "tests/unit/test_cart_2.py" in said(one), "what exists and was not shown stays"


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([("cart.py", OLD, NEW)], "not asked about"),
        ([("tests/test_other.py", "", TESTS)], "not asked about"),
        ([("tests/test_cart.py", TEST[TEST.index("def") :], TESTS)], "deletes tests"),
    ],
)
def test_tests_touch_no_source_and_no_test_that_exists(
    edits: list[tuple[str, str, str]], words: str
) -> None:
    one = ask("tests", context=context(("sibling", "tests/test_cart.py", TEST)))
    assert any(words in why for why in failures(one, answered(one, tool(*edits))))


@pytest.mark.parametrize(
    "code",
    ["x = 1\nif x:\n    y = 2\n", "        x = 1\n        if x:\n            y = 2\n"],
    ids=["without", "with"],
)
@pytest.mark.parametrize("model", [TOOLS, PLAIN], ids=["tools", "plain"])
def test_boilerplate_is_as_deep_as_the_line_of_the_cursor(code: str, model: Model) -> None:
    text = "def f():\n    if a:\n        # x and y\n\n    return 1\n"
    document = Document(f"file://{ROOT}/cart.py", 7, "python", tuple(split_lines(text)))
    at = text.index("x and y") + 4
    one = ask("boilerplate", document=document, span=Span(at, at))
    answer = tool(("cart.py", "", code)) if model is TOOLS else whole(code)
    value = answered(one, answer, model)
    assert failures(one, value) == ()
    wanted = "        x = 1\n        if x:\n            y = 2\n"
    assert after(value) == text.replace("        # x and y\n", f"        # x and y\n{wanted}")
    assert "# x an<CURSOR>d y" in said(one)


@pytest.mark.parametrize(
    ("text", "at", "wanted"),
    [
        ("", 0, "new()\n"),
        ("a\n", 2, "a\nnew()\n"),
        ("a", 1, "a\nnew()"),
        ("a\n\nb\n", 2, "a\nnew()\nb\n"),
        ("if a:\n    \nb\n", 10, "if a:\n    new()\nb\n"),
        ("a\r\nb\r\n", 0, "a\r\nnew()\r\nb\r\n"),
        ("if a:\n\tb\n", 8, "if a:\n\tb\n\tnew()\n"),
    ],
)
def test_where_new_code_goes(text: str, at: int, wanted: str) -> None:
    document = Document(f"file://{ROOT}/cart.py", 7, "python", tuple(split_lines(text)))
    one = ask("boilerplate", document=document, span=Span(at, at))
    assert after(answered(one, tool(("cart.py", "", "new()\n")))) == wanted


def test_boilerplate_with_an_import_of_its_own() -> None:
    one = ask("boilerplate", span=Span(len(CART), len(CART)))
    value = answered(
        one, tool(("cart.py", "import os\n", "import os\nimport re\n"), ("cart.py", "", "re.x\n"))
    )
    assert after(value) == CART.replace("import os\n", "import os\nimport re\n") + "re.x\n"


def test_dependency_changes_the_files_that_use_the_package() -> None:
    change = Material("changelog", "pricelib 1 -> 2", "`total` is now `sum_`.")
    found = context(("use", "page.py", PAGE), ("definition", "item.py", "total = 1\n"))
    one = ask("dependency", materials=(change,), context=found)
    value = answered(one, tool(("page.py", "total", "sum_")))
    assert after(value, "page.py") == PAGE.replace("total", "sum_")
    value = answered(one, tool(("item.py", "total", "sum_")))
    assert any("not asked about" in why for why in failures(one, value))
    assert failures(one, answered(one, tool())) == ()


@pytest.mark.parametrize("task", EDIT_TASKS)
@pytest.mark.parametrize("model", [TOOLS, PLAIN], ids=["tools", "plain"])
def test_the_same_ask_gives_the_same_bytes(task: Task, model: Model) -> None:
    one = ask(task, materials=(Material("changelog", "a 1", "b"),))
    rendered = [spec(task).render(one, model) for _ in range(2)]
    assert rendered[0] == rendered[1]
    assert isinstance(rendered[0], Chat)
    assert bool(rendered[0].tools) == (model is TOOLS)
    assert ROOT not in rendered[0].messages[1].text


def test_marks_are_longer_where_the_file_has_such_lines() -> None:
    text = "a\n<<<<<<< SEARCH\nb\n=======\nc\n>>>>>>> REPLACE\n"
    document = Document(f"file://{ROOT}/cart.py", 7, "markdown", tuple(split_lines(text)))
    one = ask("refactor", document=document, span=Span(0, len(text)))
    chat = spec("refactor").render(one, PLAIN)
    assert isinstance(chat, Chat)
    assert "<" * 12 + " SEARCH" in chat.messages[1].text


def test_what_is_recorded_is_no_code() -> None:
    one = ask("refactor")
    value = answered(one, tool(("cart.py", OLD, NEW)))
    assert spec("refactor").record(one, value) == "Proposed edits of cart.py. Did it."
    assert spec("refactor").record(one, None) == ""


def said(one: Ask) -> str:
    chat = spec(one.task).render(one, TOOLS)
    assert isinstance(chat, Chat)
    return chat.messages[1].text
