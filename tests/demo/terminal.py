"""Draws a part of the editor's screen, and everything else, into 80 columns of a terminal."""

from __future__ import annotations

import os
import sys
import textwrap
from typing import TYPE_CHECKING

from support.screen import runs

if TYPE_CHECKING:
    from support.screen import Cell, Look, Screen

WIDTH = 80
_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"


class Terminal:
    """Writes lines of at most 80 columns; in colour where that is wanted and understood."""

    def __init__(self) -> None:
        self._colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="replace")

    def title(self, text: str) -> None:
        """Begin a part."""
        self._write("")
        self._write(self._in(_BOLD, text))

    def say(self, text: str, indent: str = "  ", hanging: str = "  ") -> None:
        """Write a paragraph."""
        for line in textwrap.wrap(
            text, WIDTH, initial_indent=indent, subsequent_indent=hanging, break_long_words=False
        ):
            self._write(line)

    def row(self, label: str, text: str, width: int = 18) -> None:
        """Write a label and what belongs to it, in two columns."""
        self.say(text, indent="  " + label.ljust(width), hanging=" " * (width + 2))

    def block(self, text: str) -> None:
        """Write lines as they stand, set off."""
        for line in text.splitlines():
            self._write(f"      {line}".rstrip())

    def excerpt(self, screen: Screen, ghost: str, *, around: int = 3) -> None:
        """Draw the lines around the cursor, and point at the ghost text."""
        row, column = screen.cursor
        first = max(0, row - around)
        for number in range(first, min(len(screen.rows) - 2, row + around + 1)):
            self._write("  " + self._draw(screen.rows[number][: WIDTH - 4], screen))
            if number == row and ghost:
                pointer = " " * (column + 2) + "^" * len(ghost.splitlines()[0])
                named = f"{pointer} ghost text"
                self._write(self._in(_DIM, named if len(named) <= WIDTH else pointer[:WIDTH]))

    def _draw(self, row: tuple[Cell, ...], screen: Screen) -> str:
        if not self._colour:
            return "".join(cell.text for cell in row).rstrip()
        return "".join(f"{_paint(look)}{text}" for _, text, look in runs(row)) + _RESET

    def _in(self, style: str, text: str) -> str:
        return f"{style}{text}{_RESET}" if self._colour and text else text

    def _write(self, line: str) -> None:
        print(line, flush=True)


def _paint(look: Look) -> str:
    parts = ["0", _rgb(38, look.foreground), _rgb(48, look.background)]
    parts += [code for code, on in (("1", look.bold), ("3", look.italic)) if on]
    return f"\x1b[{';'.join(parts)}m"


def _rgb(kind: int, value: int) -> str:
    return f"{kind};2;{value >> 16};{value >> 8 & 255};{value & 255}"
