# ruff: noqa: E501 - one answer a line
"""Commit messages and pull requests: the diff that is shown, the message that is read, its form."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from turnout.document import Document, Span
from turnout.engine.ask import Ask, Material
from turnout.tasks import TASKS
from turnout.tasks.commit_message import SUBJECTS, CommitMessageTask, is_conventional
from turnout.tasks.diffs import fitted
from turnout.tasks.message import WIDTH, MessageReader, Shape, message
from turnout.tasks.prose import Prose
from turnout.vocabulary import Task
from turnout_clients import tokens
from turnout_clients.types import Chat, Model

MODEL = Model("m/x", "m", "x")
PLAIN = ["Count every cent", "Say where files come from", "Docs: say more"]
TYPED = [
    "feat(api): add a way",
    "fix: mend it",
    "Merge branch main",
    "docs!: say so",
    "chore: tidy",
]


def patch(path: str, lines: int = 3, word: str = "line") -> str:
    body = "".join(f"+{word} {number} of {path}\n" for number in range(lines))
    return (
        f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1,0 +1,{lines} @@\n{body}"
    )


def ask(diff: str = "", subjects: list[str] | None = None, task: Task = "commit_message") -> Ask:
    materials = [Material("diff", "What changed", diff or patch("a.py"))]
    if subjects is not None:
        materials.append(Material(SUBJECTS, "Subjects of recent commits", "\n".join(subjects)))
    document = Document("untitled:commit", 0, "", ("def unrelated(): ...",))
    return Ask(task, document, Span(0, 0), materials=tuple(materials), mark="f" * 32)


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("Add a cache\n", "Add a cache"),
        ("Add a cache.", "Add a cache"),
        ("`Add a cache`", "Add a cache"),
        ('"Add a cache"\n\nIt was slow.', "Add a cache\n\nIt was slow."),
        ("**Add a cache**", "Add a cache"),
        ("# Add a cache\n\nSlow before.", "Add a cache\n\nSlow before."),
        ("```\nAdd a cache\n```", "Add a cache"),
        ("```text\nAdd a cache\n\nIt was slow.\n```\nThis message is short.", "Add a cache\n\nIt was slow."),
        ("Sure! Here is the commit message:\n\n```\nAdd a cache\n```", "Add a cache"),
        ("Here's a commit message for the change:\n\nAdd a cache\n\nIt was slow.", "Add a cache\n\nIt was slow."),
        ("Okay, I looked at it.\nAdd a cache", "Add a cache"),
        ("Commit message: Add a cache", "Add a cache"),
        ("**Commit Message:**\nAdd a cache", "Add a cache"),
        ("Subject: Add a cache\n\nBody:\nIt was slow.", "Add a cache\n\nIt was slow."),
        ("Title: Add a cache\nDescription: It was slow.", "Add a cache\n\nIt was slow."),
        ("Add a cache\nIt was slow.", "Add a cache\n\nIt was slow."),
        ("Add a cache\n\nLet me know if you want it shorter.", "Add a cache"),
        ("Add a cache\n\nCo-authored-by: A Model <a@b.c>\nSigned-off-by: Me", "Add a cache"),
        ("Add a cache\n\nGenerated with Some Tool", "Add a cache"),
        ("<think>Cache?</think>Add a cache", "Add a cache"),
        ("feat(api): add `cache`", "feat(api): add `cache`"),
        ('Call it "cache"', 'Call it "cache"'),
        ("'a' and 'b' swapped", "'a' and 'b' swapped"),
        ("title: allow colons", "title: allow colons"),
        ("Suggested names are kept", "Suggested names are kept"),
        ("Wait...", "Wait..."),
        ("Mend \x1b[31mred\x1b[0m \u202etext", "Mend red text"),
        ("Add\n\n# Why\nSlow.", "Add\n\nWhy\nSlow."),
        ("```\n```", None),
        ("", None),
        ("Here is the message:", None),
    ],
)  # fmt: skip
def test_what_is_read(answer: str, wanted: str | None) -> None:
    reader = MessageReader(Shape())
    for start in range(0, len(answer), 7):
        reader.feed(answer[start : start + 7])
    value = reader.finish("stop")
    assert (value.text if value else None) == wanted


def test_long_lines_of_a_body_are_broken_and_code_is_not() -> None:
    words = "some words that go on and on " * 6
    code = "    run --with " + "x" * 80
    body = f"{words}\nand end.\n\n- {words}\n- short\n\n{code}\n\nshort\nlines stay"
    subject, _, wrapped = message(f"Add a cache\n\n{body}", Shape()).partition("\n\n")
    lines = wrapped.split("\n")
    assert subject == "Add a cache"
    assert [line for line in lines if len(line) > WIDTH] == [code]
    assert " ".join(wrapped.split()) == " ".join(body.split())
    items = [line for line in lines if line.startswith("- ")]
    assert items[1] == "- short"
    assert lines[lines.index(items[0]) + 1].startswith("  that go on")
    assert wrapped.endswith("short\nlines stay")


def test_a_pull_request_keeps_its_markdown() -> None:
    body = f"## Why\n\n{'long ' * 40}.\n\n```sh\nmake\n```\n\n- [ ] look"
    answer = f"Here is the text:\n\n```markdown\nAdd a cache\n\n{body}\n```\n"
    assert message(answer, Shape(markdown=True)) == f"Add a cache\n\n{body}"
    assert message(f"# Add a cache\n\n{body}", Shape(markdown=True)) == f"Add a cache\n\n{body}"


def test_no_answer_breaks_the_reader(seed: int) -> None:
    chance = random.Random(seed)
    parts = [
        "```", "\n", "\n\n", "Subject:", "Here is:", "- ", "# ", "word ", '"', "`", "**", "x" * 90, ".",
        "Body:", "Signed-off-by: x", "~~~", "    ", "1. ",
    ]  # fmt: skip
    for _ in range(2_000):
        answer = "".join(chance.choices(parts, k=chance.randrange(25)))
        for shape in (Shape(), Shape(markdown=True)):
            text = message(answer, shape)
            assert text == text.strip("\n")
            if "\n" in text:
                assert text.split("\n")[1] == ""
                assert text.split("\n")[0].strip()


@pytest.mark.parametrize(
    ("text", "subjects", "failures"),
    [
        ("Add a cache", None, []),
        ("Add a cache", PLAIN, []),
        ("Add a cache", TYPED, ["does not begin with a type"]),
        ("feat: add a cache", TYPED, []),
        ("feat(store)!: add a cache", TYPED, []),
        ("feat:add", TYPED, ["does not begin with a type"]),
        ("Feature: add", TYPED, ["does not begin with a type"]),
        ("a" * 73, None, ["73 characters"]),
        ("a" * 72 + "\n\n" + "b" * 200, None, []),
    ],
)
def test_the_form_is_checked(text: str, subjects: list[str] | None, failures: list[str]) -> None:
    verdict = CommitMessageTask().check(ask(subjects=subjects), Prose(text, complete=True))
    assert verdict.ok is not bool(failures)
    assert len(verdict.failures) == len(failures)
    for failure, part in zip(verdict.failures, failures, strict=True):
        assert part in failure
    assert not CommitMessageTask().check(ask(), Prose(text)).ok


def test_an_echo_of_the_prompt_is_no_message() -> None:
    echo = Prose(f"Subjects of recent commits\n\n<subjects {'f' * 32}>", complete=True)
    assert "repeats" in CommitMessageTask().check(ask(), echo).failures[0]


def test_a_pull_request_needs_no_type() -> None:
    asked = ask(subjects=TYPED, task="pull_request")
    verdict = TASKS["pull_request"].check(asked, Prose("Add a cache", complete=True))
    assert verdict is not None
    assert verdict.ok


def test_the_style_of_the_project_is_asked_for() -> None:
    assert is_conventional(ask(subjects=TYPED))
    assert not is_conventional(ask(subjects=PLAIN))
    assert not is_conventional(ask(subjects=TYPED[:2]))
    assert not is_conventional(ask())
    typed, untyped = (
        CommitMessageTask().render(ask(subjects=subjects), MODEL) for subjects in (TYPED, PLAIN)
    )
    assert isinstance(typed, Chat)
    assert isinstance(untyped, Chat)
    assert "conventional commits" in typed.messages[0].text
    assert "conventional commits" not in untyped.messages[0].text
    user = untyped.messages[1].text
    assert "Count every cent" in user
    assert "unrelated" not in user
    assert "line 2 of a.py" in user


def test_a_diff_that_fits_is_shown_as_it_is() -> None:
    diff = patch("a.py") + patch("package-lock.json")
    assert fitted(diff, 10_000) == diff


def test_what_nobody_writes_is_left_out_first_and_said() -> None:
    files = [
        "src/a.py",
        "uv.lock",
        "web/dist/app.js",
        "src/b.py",
        "vendor/x/y.go",
        "api/api_pb2.py",
    ]
    diff = "".join(patch(path, 100) for path in files)
    size = tokens.estimate(diff)
    left: list[list[str]] = []
    for room in range(size - 1, 2_000, -50):
        text = fitted(diff, room)
        shown = [path for path in files if f"+++ b/{path}" in text]
        note = text[text.rindex("(Left out:") :] if "(Left out:" in text else ""
        assert [path for path in files if path not in shown] == [p for p in files if p in note]
        assert tokens.estimate(text) <= room
        if not left or shown != left[-1]:
            left.append(shown)
    own = ["src/a.py", "src/b.py"]
    assert left[:3] == [
        [path for path in files if path != "uv.lock"],
        ["src/a.py", "src/b.py", "vendor/x/y.go"],
        own,
    ]
    assert "uv.lock (a lock file, +100 -0)" in fitted(diff, size - 1)


def test_long_patches_are_shortened_before_short_ones() -> None:
    diff = patch("big.py", 5_000) + patch("small.py", 5)
    text = fitted(diff, 3_000)
    assert patch("small.py", 5) in text
    assert "line 0 of big.py" in text
    assert "more lines of this file are left out" in text
    assert tokens.estimate(text) <= 3_000


def test_generated_code_is_known_by_its_mark() -> None:
    made = patch("src/made.go", 300).replace("line 0", "// Code generated by x. DO NOT EDIT.", 1)
    text = fitted(made + patch("src/b.go", 300), tokens.estimate(made) + 600)
    assert "src/made.go (generated, +300 -0)" in text
    assert patch("src/b.go", 300) in text


@pytest.mark.parametrize("context", [3_000, 8_000, 32_000])
def test_any_diff_fits_any_model(context: int, seed: int) -> None:
    chance = random.Random(seed)
    model = Model("m/x", "m", "x", context=context, max_output=1_024)
    for task in ("commit_message", "pull_request"):
        for _ in range(5):
            diff = "".join(
                patch(f"src/{'d/' * chance.randrange(9)}f{number}.py", chance.randrange(1, 400))
                for number in range(chance.randrange(1, 200))
            )
            asked = replace(ask(diff, PLAIN, task), instruction="mention the store")
            prompt = TASKS[task].render(asked, model)
            assert isinstance(prompt, Chat)
            sent = sum(tokens.estimate(turn.text) for turn in prompt.messages)
            assert sent + prompt.max_tokens <= context


def test_a_diff_without_git_is_known_by_its_files() -> None:
    one = "--- a.py\n+++ a.py\n@@ -1 +1 @@\n-x\n+y\n"
    lock = "--- uv.lock\n+++ uv.lock\n@@ -1 +1,900 @@\n" + "+z\n" * 900
    text = fitted(one + lock, 700)
    assert one in text
    assert "uv.lock (a lock file, +900 -0)" in text
