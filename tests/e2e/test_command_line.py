"""The command line as a stranger finds it: what is wrong is a sentence, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = [
    *("doctor", "models", "report --json", "route review", "session list", "schema"),
    *("setup", "key list", "provider list", "local find --yes"),
]


def run(folder: Path, line: str, **more: object) -> tuple[int, str]:
    """Run a command with an output of its own; return the exit code and what it says of it."""
    command = [sys.executable, "-m", "turnout", *line.split()]
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **more
    )  # type: ignore[call-overload]
    return done.returncode, done.stderr


@pytest.mark.parametrize("line", COMMANDS)
def test_an_output_that_nobody_reads(line: str, tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    code, err = run(tmp_path, line, stdout=writer)
    os.close(writer)
    assert (code, err) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="it is Linux that has it")
@pytest.mark.parametrize("line", COMMANDS)
def test_an_output_that_is_full(line: str, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        code, err = run(tmp_path, line, stdout=full)
    assert (code, err) == (
        1, "turnout: the output could not be written: No space left on device\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("models", "(make it, or leave out `--config`)"),
        ("report", "(make it, or leave out `--config`)"),
        ("route review", "(make it, or leave out `--config`)"),
        ("provider list", "(make it, or leave out `--config`)"),
        ("review a.py", "(make it, or leave out `--config`)"),
    ],
)
def test_settings_that_are_not_there(line: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    _, err = run(tmp_path, f"{line} --config gone.toml", stdout=subprocess.DEVNULL)
    first = err.splitlines()[0]
    assert "gone.toml: there is no such file" in first
    assert said in first


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("a.py:0", "a.py:0: lines are counted from 1"),
        ("a.py:2", "a.py has 1 lines, of which a.py:2 names none"),
        ("a.py:1-9", ""),
        ("gone.py", "gone.py: no such file or directory"),
    ],
)
def test_places_that_are_not_there(place: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    code, err = run(tmp_path, f"route review {place}", stdout=subprocess.DEVNULL)
    assert (code, err) == ((2, f"turnout: {said}\n") if said else (1, ""))
