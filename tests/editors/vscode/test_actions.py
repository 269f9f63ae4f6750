"""Asked for in VS Code: a review and its fixes, a refactoring and its undo, an explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.acting import DONE, block, finding

if TYPE_CHECKING:
    from editors.vscode.conftest import Desk

pytestmark = pytest.mark.editor

SETTINGS = """\
[providers.fake]
dialect = "openai-chat"
base_url = "URL/v1"
key = "none"
[models."fake/large"]
price = { input = 5.0, output = 25.0 }
[routes]
inline = ["recall"]
default = ["fake/large"]
"""
SHOP = '''\
"""What an order comes to."""

from dataclasses import dataclass


@dataclass
class Line:
    """So many of one thing."""

    name: str
    price: float
    count: int = 1

    def total(self) -> float:
        return self.price * self.count


def mean(lines: list[Line]) -> float:
    """The mean of the lines' totals."""
    return sum(line.total() for line in lines) / len(lines)


def dearest(lines: list[Line]) -> Line:
    """The line with the highest total."""
    found = lines[0]
    for line in lines:
        if line.total() > found.total():
            found = line
    return found
'''
FAULT = "    return sum(line.total() for line in lines) / len(lines)"
MENDED = "    return sum(line.total() for line in lines) / len(lines) if lines else 0.0"
REVIEW = (
    finding(FAULT, "An empty order ends in ZeroDivisionError.", replacement=MENDED)
    + finding("    found = lines[0]", "An empty order has no first line.", severity="warning")
    + DONE
)
LOOP = """\
    found = lines[0]
    for line in lines:
        if line.total() > found.total():
            found = line
    return found
"""
SIMPLE = "    return max(lines, key=Line.total)\n"
EXPLANATION = """\
`dearest` returns the line with the highest **total**.

1. It begins with the first line, so an order without lines is an `IndexError`.
2. Of two lines with the same total the earlier one stays.

`max(lines, key=Line.total)` says the same in one line.
"""


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A project with something to find, and a model to ask."""
    desk.configure(SETTINGS)
    desk.file("shop.py", SHOP)
    return desk


async def test_review(shop: Desk) -> None:
    """To squiggles, the tree and the quick fix; from the tree it is dismissed."""
    shop.upstream.script(text=REVIEW)
    async with shop.window("shop.py") as window:
        await window.command("Turnout: Review Selection or File")
        await window.squiggled("error")
        await window.squiggled("warning")
        await window.click(".activitybar .badge[aria-label^='Turnout']")
        assert await window.rows("has no first line") == [
            "shop.py2 findings",
            "An empty order ends in ZeroDivisionError.bug, line 20",
            "An empty order has no first line.bug, line 25",
        ]
        await window.click(f".view-line:has-text('{FAULT.strip()}')")
        await window.quick_fix("Fix it", "findings")
        if await window.lost_command():
            await window.quick_fix("Fix it", "findings-again")
        await window.line(MENDED)
        await window.rows("shop.py1 finding")
        row = ".sidebar .monaco-list-row:has-text('no first line')"
        await window.page.hover(row)
        await window.shot("fixed")
        await window.click(f"{row} a[aria-label^='Dismiss']")
        await window.row_gone("no first line")


async def test_refactoring(shop: Desk) -> None:
    """Shown as a diff, applied by a key press, taken back by one undo."""
    text = "It is the maximum by total.\n\n" + block("shop.py", LOOP, SIMPLE)
    shop.upstream.script(text=text)
    async with shop.window("shop.py") as window:
        await window.click(".view-line:has-text('def dearest')")
        await window.command("Turnout: Refactor...")
        await window.shot("presets")
        await window.pick("Simplify")
        await window.there(".monaco-diff-editor")
        await window.message("Nothing is changed yet.")
        await window.shot("edit")
        await window.button("Apply")
        await window.line(SIMPLE.rstrip())
        await window.shot("applied")
        await window.key("Control+z")
        await window.line("    return found")
        await window.key("Control+s")
    assert (shop.folder / "shop.py").read_text() == SHOP


async def test_explanation(shop: Desk) -> None:
    """Streamed into a document beside the code."""
    shop.upstream.script(text=EXPLANATION, gap=0.04)
    async with shop.window("shop.py") as window:
        await window.click(".view-line:has-text('def dearest')")
        await window.command("Turnout: Explain")
        await window.line("returns the line")
        await window.shot("streaming")
        await window.line("says the same")
        await window.line("fake/large")
        await window.shot("explanation")
