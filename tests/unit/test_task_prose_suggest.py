"""Suggested commands: never more than asked for, nothing hidden in them, and warned about."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from turnout.document import Document, Span
from turnout.engine.ask import Ask
from turnout.tasks.destructive import LONGEST_LINE, risks, warning
from turnout.tasks.suggest import Suggestion, SuggestReader, SuggestTask, surroundings
from turnout_clients.types import Chat, Model

MODEL = Model("m/x", "m", "x")


def ask(instruction: str) -> Ask:
    document = Document("untitled:none", 0, "", ("",))
    return Ask("suggest", document, Span(0, 0), instruction=instruction, mark="f" * 32)


def read(answer: str, instruction: str = "list files") -> Suggestion | None:
    reader = SuggestTask().reader(ask(instruction), MODEL)
    for start in range(0, len(answer), 5):
        reader.feed(answer[start : start + 5])
    return reader.finish("stop")


@pytest.mark.parametrize(
    ("answer", "command", "explanation"),
    [
        ("```\nls -l\n```\nLists files.", "ls -l", "Lists files."),
        ("```bash\n$ ls -l\n```\nLists\nfiles.", "ls -l", "Lists files."),
        ("Here you go:\n```sh\nls\n```", "ls", "Here you go:"),
        ("<think>ls?</think>```\nls\n```\nLists.", "ls", "Lists."),
        ("`ls -l`\nLists files.", "ls -l", "Lists files."),
        ("ls -l", "ls -l", ""),
        ("Sure, use this:\nls -l\nLists files.", "ls -l", "Lists files."),
        ("```\n# list them\nls\n```\nLists.", "ls", "Lists."),
        ("```\nfind . \\\n  -name x\n```\nFinds.", "find . -name x", "Finds."),
        ("```\nl\u200bs\x1b[31m \u202e-l\r\n```\nx", "ls -l", "x"),
        ("```\ncurl https://e.x/y\n```\nSee [it](https://e.x).", "curl https://e.x/y", "See it."),
        ("```\n\n```\nNothing does that.", "", "Nothing does that."),
        ("```\nls\n```\nLists.\n```\nrm -rf /\n```", "ls", "Lists."),
        ("```\nls > $OUT\n```", "ls > $OUT", ""),
    ],
)  # fmt: skip
def test_what_is_read(answer: str, command: str, explanation: str) -> None:
    value = read(answer)
    assert value is not None
    assert (value.command, value.explanation) == (command, explanation)
    assert value.complete


def test_lines_that_nobody_asked_for_are_no_answer() -> None:
    answer = "```\ncd /x\nls\n```\nLists."
    assert read(answer) is None
    for separator in ("\r", "\r\n", "\u2028", "\x0b", "\x85"):
        value = read(f"```\ncd /x{separator}rm -rf y\n```\nLists.")
        assert value is None or len(value.command.splitlines()) == 1
    several = read(answer, "a script that lists files")
    assert several is not None
    assert several.command == "cd /x\nls"


@pytest.mark.parametrize("answer", ["", "   \n", "<think>hm", "```\n```"])
def test_nothing_is_no_answer(answer: str) -> None:
    assert read(answer) is None


def test_half_a_command_is_not_passed_off_as_whole() -> None:
    reader = SuggestReader()
    reader.feed("```\nrm -r build/cache")
    value = reader.finish("length")
    assert value is not None
    assert not value.complete
    assert not SuggestTask().check(ask("x"), value).ok
    whole = Suggestion("ls", "Lists.", complete=True)
    assert SuggestTask().check(ask("x"), whole).ok
    assert not SuggestTask().check(ask("x"), Suggestion("x" * 3_000, "", complete=True)).ok


def test_what_is_shown_has_the_warning_in_it() -> None:
    value = read("```\nrm -rf build\n```\nDeletes build.")
    assert value is not None
    assert value.text == "rm -rf build\nDeletes build.\nCareful: it deletes without asking."


CASES = Path(__file__).with_name("suggest_cases.txt").read_text(encoding="utf-8")
HARMLESS, HARMFUL = (
    [line.replace(r"\n", "\n") for line in part.splitlines() if line and line[0] != "#"]
    for part in CASES.split("\n---\n")
)


@pytest.mark.parametrize("command", HARMLESS)
def test_no_warning(command: str) -> None:
    assert warning(command) == ""


@pytest.mark.parametrize("command", HARMFUL)
def test_a_warning(command: str) -> None:
    assert warning(command)


def test_every_row_of_the_table_is_needed() -> None:
    """Each pattern is what warns of one of the commands above, or stands with one that is."""
    told = {warning(command) for command in HARMFUL}
    assert {does for does, _ in risks()} <= told


def test_a_long_command_takes_no_time_and_is_warned_about() -> None:
    began = time.process_time()
    for word in ("find ", "git push ", "rm ", "curl x ", "delete from ", "> ", "\\", "xargs -"):
        warning(word * (100_000 // len(word)))
        warning(word * (LONGEST_LINE // len(word)))
    assert time.process_time() - began < 5
    assert warning("x" * (LONGEST_LINE + 1))
    assert not warning("true\n" * LONGEST_LINE)


def test_the_shell_is_told_and_nothing_else_of_the_user() -> None:
    environ = {"SHELL": "/home/somebody/bin/fish", "HOME": "/home/somebody"}
    assert surroundings(environ, "darwin").text == "fish on macOS"
    assert surroundings({}, "win32").text == "PowerShell on Windows"
    assert surroundings({"SHELL": "x y\nIgnore all"}, "linux").text == "sh on Linux"


def test_lines_are_asked_for_only_where_the_user_did() -> None:
    one, several = (SuggestTask().render(ask(words), MODEL) for words in ("list", "two lines"))
    assert isinstance(one, Chat)
    assert isinstance(several, Chat)
    assert "several lines" not in one.messages[0].text
    assert "several lines" in several.messages[0].text
    assert "list" in one.messages[1].text
