"""The screen of an embedded Neovim, put together from its redraw events (`:help ui-linegrid`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell is drawn; colours are 0xRRGGBB."""

    foreground: int
    background: int
    bold: bool = False
    italic: bool = False
    underline: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. The second half of a wide character has no text."""

    text: str
    look: Look


@dataclass(frozen=True, slots=True)
class Screen:
    """The screen at one moment."""

    rows: tuple[tuple[Cell, ...], ...]
    cursor: tuple[int, int]
    default: Look

    def __str__(self) -> str:
        return "\n".join(self.line(row) for row in range(len(self.rows)))

    def line(self, row: int) -> str:
        """Return the text of one row, without the blanks at its end."""
        return "".join(cell.text for cell in self.rows[row]).rstrip()

    def find(self, text: str) -> int | None:
        """Return the first row that shows this text."""
        return next((row for row in range(len(self.rows)) if text in self.line(row)), None)


def runs(row: tuple[Cell, ...]) -> Iterator[tuple[int, str, Look]]:
    """Cells that look the same, joined: column, text, look."""
    column = 0
    for look, group in groupby(row, key=lambda cell: cell.look):
        cells = list(group)
        yield column, "".join(cell.text or " " for cell in cells), look
        column += len(cells)


class Grid:
    """Takes redraw events in; gives the screen out."""

    def __init__(self) -> None:
        self._default = Look(0xFFFFFF, 0)
        self._looks: dict[int, dict[str, Any]] = {}
        self._rows: list[list[tuple[str, int]]] = []
        self._cursor = (0, 0)

    def redraw(self, events: Iterable[Sequence[Any]]) -> None:
        """Apply the events of one redraw notification, in order."""
        for name, *calls in events:
            if handler := getattr(self, f"_on_{name}", None):
                for arguments in calls:
                    handler(*arguments)

    def screen(self) -> Screen:
        """Return what is shown now."""
        looks = {number: self._look(attributes) for number, attributes in self._looks.items()}
        looks[0] = self._default
        rows = tuple(tuple(Cell(text, looks[look]) for text, look in row) for row in self._rows)
        return Screen(rows, self._cursor, self._default)

    def _look(self, attributes: dict[str, Any]) -> Look:
        look = Look(
            attributes.get("foreground", self._default.foreground),
            attributes.get("background", self._default.background),
            bool(attributes.get("bold")),
            bool(attributes.get("italic")),
            bool(attributes.get("underline") or attributes.get("undercurl")),
        )
        if attributes.get("reverse"):
            return replace(look, foreground=look.background, background=look.foreground)
        return look

    def _on_default_colors_set(self, foreground: int, background: int, *_: Any) -> None:
        self._default = Look(foreground, background)

    def _on_hl_attr_define(self, number: int, rgb: dict[str, Any], *_: Any) -> None:
        self._looks[number] = rgb

    def _on_grid_resize(self, _grid: int, width: int, height: int) -> None:
        self._rows = [[(" ", 0)] * width for _ in range(height)]

    def _on_grid_clear(self, _grid: int) -> None:
        self._rows = [[(" ", 0)] * len(row) for row in self._rows]

    def _on_grid_cursor_goto(self, _grid: int, row: int, column: int) -> None:
        self._cursor = (row, column)

    def _on_grid_line(
        self, _grid: int, row: int, start: int, cells: list[list[Any]], *_: Any
    ) -> None:
        column, look = start, 0
        for text, *rest in cells:
            look = rest[0] if rest else look
            for _repeat in range(rest[1] if len(rest) > 1 else 1):
                self._rows[row][column] = (text, look)
                column += 1

    def _on_grid_scroll(
        self, _grid: int, top: int, bottom: int, left: int, right: int, rows: int, _columns: int
    ) -> None:
        moved = [row[left:right] for row in self._rows]
        for row in range(top, bottom):
            if top <= row + rows < bottom:
                self._rows[row][left:right] = moved[row + rows]
