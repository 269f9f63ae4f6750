"""Draws screens of a real Neovim as SVG: `python -m demo.picture FOLDER [SCENE ...]`."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from demo import scenes
from support.screen import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.screen import Look, Screen

CELL, LINE, MARGIN, TITLE = 8.4, 21, 18, 38
FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
_WORDS = re.compile(r"\S+(?: \S+)*")  # SVG makes one space of several


def colour(value: int) -> str:
    """Write a colour as SVG does."""
    return f"#{value:06x}"


def _background(top: float, column: int, text: str, look: Look) -> str:
    return (
        f'<rect x="{MARGIN + column * CELL:.1f}" y="{top:.1f}" width="{len(text) * CELL:.1f}" '
        f'height="{LINE}" fill="{colour(look.background)}"/>'
    )


def _texts(top: float, column: int, text: str, look: Look) -> Iterator[str]:
    """Draw the words; their width is said, so that any font keeps to the grid."""
    style = "".join(
        [
            ' font-style="italic"' if look.italic else "",
            ' font-weight="bold"' if look.bold else "",
            ' text-decoration="underline"' if look.underline else "",
        ]
    )
    for words in _WORDS.finditer(text):
        yield (
            f'<text x="{MARGIN + (column + words.start()) * CELL:.1f}" y="{top + 15:.1f}" '
            f'textLength="{len(words[0]) * CELL:.1f}" fill="{colour(look.foreground)}"{style}>'
            f"{escape(words[0])}</text>"
        )


def svg(screen: Screen, title: str) -> str:
    """Draw a screen with its window around it."""
    width = MARGIN * 2 + len(screen.rows[0]) * CELL
    height = TITLE + len(screen.rows) * LINE + MARGIN / 2
    shapes = []
    for number, row in enumerate(screen.rows):
        top = TITLE + number * LINE
        pieces = list(runs(row))
        shapes += [
            _background(top, *piece)
            for piece in pieces
            if piece[2].background != screen.default.background
        ]
        shapes += [text for piece in pieces for text in _texts(top, *piece)]
    line, column = screen.cursor
    shapes.append(
        f'<rect x="{MARGIN + column * CELL:.1f}" y="{TITLE + line * LINE + 2}" width="2" '
        f'height="{LINE - 4}" fill="#ecc97e"/>'
    )
    dots = "".join(
        f'<circle cx="{22 + 20 * index}" cy="{TITLE / 2}" r="6" fill="{fill}"/>'
        for index, fill in enumerate(("#ec6a5e", "#f4bf4f", "#61c554"))
    )
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
                f'width="{width:.0f}" height="{height:.0f}" font-family="{FONT}" font-size="14">'
            ),
            (
                f'<rect width="{width:.0f}" height="{height:.0f}" rx="10" '
                f'fill="{colour(screen.default.background)}"/>'
            ),
            dots,
            (
                f'<text x="{width / 2:.0f}" y="{TITLE / 2 + 5}" text-anchor="middle" '
                f'fill="#7d879b" font-size="13">{escape(title)}</text>'
            ),
            *shapes,
            "</svg>\n",
        ]
    )


SCENES = {
    "neovim": scenes.suggested,
    "neovim-review": scenes.reviewed,
    "neovim-edit": scenes.edited,
}


def main(folder: Path, names: list[str]) -> None:
    """Draw every scene, or those that are named."""
    for name in names or SCENES:
        with tempfile.TemporaryDirectory(prefix="turnout-picture-") as place:
            screen, title = SCENES[name](Path(place))
        target = folder / f"{name}.svg"
        target.write_text(svg(screen, title), encoding="utf-8")
        print(f"{target}: {target.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
