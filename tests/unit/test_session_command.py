"""`turnout session`: what it prints, writes and deletes."""

from __future__ import annotations

import argparse
import functools
import io
import json
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from turnout.session.command import add_parser, main
from turnout.session.shelf import Shelf
from turnout.session.transcript import (
    Answered,
    Applied,
    Asked,
    Dismissed,
    Entry,
    Judged,
    Returned,
    Seen,
)
from turnout.settings.paths import sessions_folder
from turnout_clients.types import Text, Thinking, ToolCall, ToolResult

HOSTILE = "\x1b]0;title\x07\x1b[31mred \u202eevil [click](command:rm) https://evil.example \u2028"
CODE = "# see https://docs.example\nx = '''\n```\n'''\x1b[2J\n"
TURN = [
    Entry(Asked("What is " + HOSTILE), "t", "ask"),
    Entry(Seen("src/a.py", CODE, 3), "t"),
    Entry(
        Answered((Thinking("hm"), Text(HOSTILE), ToolCall("1", "grep", '{"for": "x"}'))),
        "t", "ask", "anthropic/opus", "call",
    ),
    Entry(Returned(ToolResult("1", "grep", "found " + HOSTILE)), "t"),
    Entry(Judged(False, "does not parse " + HOSTILE), "t"),
    Entry(Judged(True), "t"),
    Entry(Applied("src/a.py", "+x = 2"), "t"),
    Entry(Dismissed("slow", "src/a.py"), "t"),
]  # fmt: skip


@pytest.fixture
def shelf(home: Path) -> Iterator[Shelf]:
    shelf = Shelf(sessions_folder(), 2**24)
    yield shelf
    shelf.close()


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command")
    add_parser(functools.partial(commands.add_parser, argument_default=argparse.SUPPRESS))
    return main(parser.parse_args(["session", *arguments]))


def two(shelf: Shelf) -> tuple[str, str]:
    shelf.append("/home/me/old \x1b[31m", [Entry(Asked("old"), at=1.0)])
    shelf.append("/home/me/new", TURN)
    return shelf.open_id("/home/me/old \x1b[31m"), shelf.open_id("/home/me/new")


def is_clean(text: str) -> bool:
    return not any((ord(c) < 32 and c != "\n") or c in "\x7f\x9b\u202e\u2028" for c in text)


def test_list(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0
    assert capsys.readouterr().out == "No sessions.\n"
    old, new = two(shelf)
    shelf.close_session(old)
    assert run("list") == 0
    out = capsys.readouterr().out
    assert is_clean(out)
    first, second = out.splitlines()
    assert first.split()[:2] == [new, "open"]
    assert first.endswith("/home/me/new")
    assert second.split()[:2] == [old, "closed"]
    assert "8 entries" in first


def test_list_for_programs(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = two(shelf)
    assert run("list", "--json") == 0
    out = capsys.readouterr().out
    assert is_clean(out)
    answer = json.loads(out)
    assert answer["schema"] == 1
    assert [one["id"] for one in answer["sessions"]] == [new, old]
    assert set(answer["sessions"][0]) == {
        "id", "workspace", "begun", "last", "entries", "size", "open",
    }  # fmt: skip
    assert answer["sessions"][1]["workspace"] == "/home/me/old \x1b[31m"


def test_show(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = two(shelf)
    assert run("show") == 0
    out = capsys.readouterr().out
    assert run("show", new) == 0
    assert capsys.readouterr().out == out
    assert is_clean(out)
    for word in (
        new, "asked", "What is red", "ask  anthropic/opus", "saw excerpt of src/a.py, from line 3",
        "thought", "answered", "called grep", "grep returned", "did not pass a check",
        "passed the checks", "applied to src/a.py", "dismissed in src/a.py",
    ):  # fmt: skip
        assert word in out
    assert "https://evil" not in out
    assert "](command" not in out
    assert run("show", old[:-1]) == 0
    assert "  old" in capsys.readouterr().out


def test_export_as_markdown(
    shelf: Shelf, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    two(shelf)
    assert run("export") == 0
    out = capsys.readouterr().out
    assert is_clean(out)
    assert "````\n# see https://docs.example\nx = '''\n```\n'''[2J\n````\n" in out
    assert out.count("https://evil.example") == 1, "in the fence around what a tool returned"
    file = tmp_path / "session.md"
    assert run("export", "--output", str(file)) == 0
    assert file.read_text(encoding="utf-8") == out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run("export", "--output", str(tmp_path / "no" / "such.md")) == 1
    assert "could not be written" in capsys.readouterr().err


def test_export_as_json_holds_all(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    _, new = two(shelf)
    assert run("export", new, "--format", "json") == 0
    out = capsys.readouterr().out
    assert is_clean(out)
    answer = json.loads(out)
    assert answer["session"]["id"] == new
    assert [entry["what"]["kind"] for entry in answer["entries"]] == [
        "asked", "seen", "answered", "returned", "judged", "judged", "applied", "dismissed",
    ]  # fmt: skip
    assert answer["entries"][1]["what"]["text"] == CODE
    assert run("show", new, "--json") == 0
    assert json.loads(capsys.readouterr().out) == answer


def test_rm(
    shelf: Shelf, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = two(shelf)
    assert run("rm") == 1
    assert "Which session?" in capsys.readouterr().err
    assert run("rm", old) == 1  # nobody can be asked
    assert "--yes" in capsys.readouterr().err
    answers = io.StringIO("n\ny\n")
    monkeypatch.setattr(answers, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", answers)
    assert run("rm", old) == 1
    assert "Nothing was deleted" in capsys.readouterr().err
    assert len(shelf.list()) == 2
    assert run("rm", old) == 0
    assert capsys.readouterr().out.endswith("1 deleted.\n")
    assert [head.id for head in shelf.list()] == [new]
    assert run("rm", "--all", "--yes") == 0
    assert shelf.list() == ()
    assert run("rm", "--all", "--yes") == 0


def test_rm_all_takes_what_was_set_aside(shelf: Shelf) -> None:
    two(shelf)
    shelf.close()
    (sessions_folder() / "cache.db").write_bytes(b"damaged\n" * 100)
    assert run("list") == 0
    assert list(sessions_folder().glob("damaged-*"))
    assert run("rm", "--all", "--yes") == 0
    assert not list(sessions_folder().glob("damaged-*"))


@pytest.mark.parametrize("action", ["show", "export", "rm"])
def test_what_is_not_there(shelf: Shelf, capsys: pytest.CaptureFixture[str], action: str) -> None:
    two(shelf)
    assert run(action, "19990101") == 1
    assert "There is no session '19990101'" in capsys.readouterr().err
    if action != "rm":
        assert run(action, "20") == 1
        assert "several" in capsys.readouterr().err
    assert len(shelf.list()) == 2


@pytest.mark.parametrize("action", ["show", "export"])
def test_where_there_are_none(home: Path, capsys: pytest.CaptureFixture[str], action: str) -> None:
    assert run(action) == 1
    assert "There are no sessions" in capsys.readouterr().err
