"""Speaking with whoever runs a command at a terminal."""

from __future__ import annotations

import sys


def agreed(question: str) -> bool:
    """Ask on the terminal; where there is none, the answer is no."""
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def say(text: str) -> None:
    """Write a line for the user, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """Write a line about what went wrong."""
    sys.stderr.write(text + "\n")


def fail(text: str) -> int:
    """Write a line about what went wrong; return the exit code."""
    complain(text)
    return 1
