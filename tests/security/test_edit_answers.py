"""Hostile answers come to nothing, each for its own reason; and every rule is needed for some."""

from __future__ import annotations

import ast
import io
import json
import random
import tokenize
import tomllib
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from turnout.edits import apply as applying
from turnout.edits import indentation, scope, verify
from turnout.edits.answers import ObjectReader, WholeReader
from turnout.edits.apply import Target
from turnout.edits.blocks import BlockReader, Marks
from turnout.edits.change import Swap
from turnout.edits.outcome import Outcome, Subject, outcome
from turnout.edits.proposed import Answer, Proposed
from turnout.edits.scope import Scope, admit
from turnout.edits.verify import Demands, Verdict

Case = dict[str, Any]
CASES: list[Case] = tomllib.loads(
    (Path(__file__).parent / "edit_cases.toml").read_text(encoding="utf-8")
)["case"]
LARGE = 100_000

APP = "a = 1\nb = 2\nmaximum = 9\n\ndef test_it():\n    assert a\n\n" + "".join(
    f"def f_{number}():\n    return a\n\n" for number in range(30)
)
MARKS = "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> theirs\n"
LINKS = {"linked/x.py": None, "hooked/pre-commit": ".git/hooks/pre-commit"}
SCOPE = Scope(
    ("src/app.py", "src/marks.py"),
    resolve=lambda path: LINKS.get(path, path),
    new_in=("",),  # the most that any task allows
    exists=lambda path: path in ("src/other.py", "vendor/src/app.py"),
)


def block(path: str, search: str, replace: str) -> str:
    return f"{path}\n<<<<<<< SEARCH\n{search}=======\n{replace}\n>>>>>>> REPLACE\n"


def pieces(case: Case) -> Iterator[str]:
    """The answer as it streams; a large one is never built as a whole."""
    if "times" in case and not case.get("as_new"):
        yield case["head"]
        at_once = max(1, LARGE // len(case["body"]))
        for left in range(case["times"], 0, -at_once):
            yield case["body"] * min(left, at_once)
        yield case["tail"]
    elif "new" in case or case.get("as_new"):
        path = case.get("new") or case["head"] + case["body"] * case["times"] + case["tail"]
        yield from as_json(path, "", "import os\n")
    elif "answer" in case:
        yield case["answer"]
    else:
        yield block(case.get("path", "src/app.py"), "a = 1\n", case.get("replace", "a = 2"))


def as_json(path: str, search: str, replace: str) -> Iterator[str]:
    yield json.dumps({"edits": [{"path": path, "search": search, "replace": replace}]})


def read(case: Case) -> Answer:
    form = "json" if "new" in case or case.get("as_new") else case.get("form", "blocks")
    reader: BlockReader | ObjectReader | WholeReader
    if form == "blocks":
        marked = case.get("path") == "src/marks.py"
        reader = BlockReader(SCOPE.asked, Marks.fit([APP, MARKS] if marked else [APP]))
    else:
        reader = ObjectReader(("src/app.py",)) if form == "json" else WholeReader("src/app.py")
    for piece in pieces(case):
        reader.feed(piece)
        if reader.enough:
            break
    return reader.finish(cut=case.get("cut", False))


def parses(before: str, after: str, language: str) -> bool:
    if language != "python":
        return True
    try:
        ast.parse(after)
    except (SyntaxError, ValueError):
        return False
    return True


def only_comments(before: str, after: str, language: str) -> bool:
    def code(text: str) -> list[str]:
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        return [token.string for token in tokens if token.type != tokenize.COMMENT]

    return code(before) == code(after)


DEMANDS = {
    "": Demands(parses),
    "docs": Demands(parses, only_comments),
    "tests": Demands(parses, keeps_tests=True),
}


def judge(case: Case) -> tuple[Outcome, Verdict]:
    span = case.get("span")
    target = (
        Target((APP.index(span), APP.index(span) + len(span)), only_span=True) if span else Target()
    )
    subjects = [
        Subject("src/app.py", "file:///w/src/app.py", 1, APP, "python", target),
        Subject("src/marks.py", "file:///w/src/marks.py", 1, MARKS, ""),
    ]
    answer = read(case)
    found = outcome(answer.proposed, subjects, SCOPE, "An edit")
    return found, verify.verify(answer, found, DEMANDS[case.get("task", "")])


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 60
    assert len({case["name"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_hostile_answer_comes_to_nothing(case: Case) -> None:
    found, verdict = judge(case)
    assert not verdict.ok
    assert any(case["caught"] in failure for failure in verdict.failures), verdict.failures
    # Whatever the verdict: nothing but what was asked about, or a new file of no danger.
    for file in found.edits.files:
        assert not file.new
        assert file.subject.path == "src/app.py"
    for failure in verdict.failures:
        assert not any(ord(character) < 32 for character in failure)


@pytest.mark.parametrize(
    "case",
    [
        {"replace": "a = 2  # see https://example.org"},
        {"new": "tests/unit/test_app.py"},
        {"path": "./src/app.py"},
        {"form": "json", "answer": '[{"search": "a = 1", "replace": "a = 2"}]'},
        {"task": "docs", "replace": "a = 1  # the first number"},
        {"span": "a = 1\n", "replace": "a = 2\nc = 3"},
    ],
    ids=str,
)
def test_an_honest_answer_passes(case: Case) -> None:
    found, verdict = judge(case)
    assert verdict.failures == ()
    assert len(found.edits.files) == 1


def test_marks_in_the_users_own_file() -> None:
    marks = Marks.fit([MARKS])
    text = f"src/marks.py\n{marks.head}\n{MARKS}{marks.middle}\nx = 3\n{marks.tail}\n"
    reader = BlockReader(SCOPE.asked, marks)
    reader.feed(text)
    subject = Subject("src/marks.py", "", 1, MARKS)
    (file,) = outcome(reader.finish().proposed, [subject], SCOPE, "x").edits.files
    assert file.after == "x = 3\n"


# --- every rule is needed -----------------------------------------------------------------------

Switch = Callable[[pytest.MonkeyPatch], None]


def without(table: dict[str, Any], name: str) -> Switch:
    return lambda monkeypatch: monkeypatch.setitem(table, name, lambda *_: "")  # in its place


def instead(module: Any, name: str, replacement: Any) -> Switch:
    return lambda monkeypatch: monkeypatch.setattr(module, name, replacement)


def first_place(spans: list[Any], target: Target) -> int | None:
    return 0 if spans else None


def last_middle(self: BlockReader, body: list[str]) -> None:
    at = max(n for n, line in enumerate(body) if line.startswith("=")) if "=======" in body else 0
    replace = "\n".join(body[at + 1 :]) + "\n"
    self._body = None
    self._proposed.append(Proposed("src/app.py", "a = 1\n", replace))


SWITCHES: dict[str, Switch] = {
    **{f"scope: {name}": without(scope.RULES, name) for name in scope.RULES},
    **{f"answer: {name}": without(verify.CHECKS, name) for name in verify.CHECKS},
    **{f"file: {name}": without(verify.FILE_CHECKS, name) for name in verify.FILE_CHECKS},
    "apply: one place": instead(applying, "_choose", first_place),
    "apply: whole words": instead(applying, "_cuts_word", lambda text, at: False),
    "apply: written in full": instead(applying, "new_elision", lambda before, after: None),
    "apply: apart": instead(applying, "_collide", lambda one, other: False),
    "apply: within the span": instead(applying, "core", lambda text, change: (10**9, 0)),
    "apply: certain indentation": instead(
        indentation, "_may_be_first_only", lambda pair, new: False
    ),
    "apply: a quote": instead(applying, "_append", lambda lines, new, target: (
        Swap(len(lines), len(lines), new),
    )),
    "blocks: the three lines once each": instead(BlockReader, "_end", last_middle),
}  # fmt: skip
SMALL = [case for case in CASES if case.get("times", 0) <= 2000 or case["caught"] == "adds"]


@pytest.mark.parametrize("switch", SWITCHES.values(), ids=SWITCHES.keys())
def test_without_any_one_rule_a_case_fails(switch: Switch, monkeypatch: pytest.MonkeyPatch) -> None:
    switch(monkeypatch)
    assert any(judge(case)[1].ok for case in SMALL)


# --- paths, memory ------------------------------------------------------------------------------


def test_where_links_lead_is_judged_too(tmp_path: Path) -> None:
    """With the real file system: a link to a folder outside, and one to git's hooks."""
    root = tmp_path / "w"
    (root / ".git" / "hooks").mkdir(parents=True)
    (root / "tests").mkdir()
    (tmp_path / "outside").mkdir()
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "tests" / "hooks").symlink_to(root / ".git" / "hooks")

    def resolve(path: str) -> str | None:
        real = (root / path).resolve()
        return (
            real.relative_to(root.resolve()).as_posix()
            if real.is_relative_to(root.resolve())
            else None
        )

    real = Scope((), resolve, new_in=("",))
    assert admit("tests/test_a.py", real).refusal == ""
    assert "leads out of the workspace" in admit("out/x.py", real).refusal
    assert "belongs to git" in admit("tests/hooks/pre-commit", real).refusal


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.get("times", 0) >= 10**6], ids=lambda c: c["name"]
)
def test_a_large_answer_takes_little_memory(case: Case) -> None:
    tracemalloc.start()
    try:
        read(case)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * 1024 * 1024


def test_random_answers_raise_nothing_and_stay_within(seed: int) -> None:
    """Cases cut up and put together anew."""
    chance = random.Random(seed)
    texts = ["".join(pieces(case)) for case in SMALL if "times" not in case]
    for _ in range(400):
        text = "".join(
            text[chance.randrange(len(text)) :][: chance.randint(1, 200)]
            for text in chance.choices(texts, k=chance.randint(1, 6))
        )
        case = {"answer": text, "form": chance.choice(["blocks", "json", "whole"])}
        found, verdict = judge(case)
        for file in found.edits.files:
            assert file.subject.path in SCOPE.asked or not admit(file.subject.path, SCOPE).refusal
        assert verdict.ok or verdict.failures


HOSTILE_TEXTS = {
    "one line": "x" * 1_000_000,
    "blanks": "it" + " " * 500_000,
    "href": "href=" + " " * 500_000,
    "open annotations": "@Test(" * 80_000,
    "open attributes": "#[test" * 80_000,
    "open links": "](" * 200_000,
    "same lines": "a\n" * 200_000,
    "open macros": "TEST(" * 80_000,
}


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())
def test_no_text_keeps_the_checks_busy(text: str) -> None:
    """Quadratic work on these would take minutes."""
    subject = Subject("src/app.py", "", 1, text, "")
    proposed = Proposed("src/app.py", "a\n" * 50_000, "b\n" * 50_000)
    found = outcome([proposed], [subject], SCOPE, "x")
    whole = outcome([Proposed("src/app.py", "", "b\n" + text, "whole")], [subject], SCOPE, "x")
    answer = Answer((proposed,), complete=True)
    assert not verify.verify(answer, found, Demands(keeps_tests=True)).ok
    verify.verify(answer, whole, Demands(keeps_tests=True))
