"""Speaking with whoever runs a command at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence


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


def table(rows: Sequence[tuple[str, ...]]) -> None:
    """Write rows with their columns one under the other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join(cells).rstrip())


def complain(text: str) -> None:
    """Write a line about what went wrong."""
    sys.stderr.write(text + "\n")


def fail(text: str) -> int:
    """Write a line about what went wrong; return the exit code."""
    complain(text)
    return 1
