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
SHOP = """\
def ratio(a, b):
    return a / b


def first(items):
    return items[0]
"""
REVIEW = (
    finding(
        "    return a / b", "It fails where b is 0.", replacement="    return a / b if b else 0"
    )
    + finding("    return items[0]", "It fails for no items.", severity="warning")
    + DONE
)


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A project with something to find, and a model to ask."""
    desk.configure(SETTINGS)
    desk.file("shop.py", SHOP)
    return desk


async def test_review(shop: Desk) -> None:
    shop.upstream.script(text=REVIEW)
    async with shop.window("shop.py") as window:
        await window.command("Turnout: Review Selection or File")
        await window.squiggled("error")
        await window.squiggled("warning")
        await window.click(".activitybar .badge[aria-label^='Turnout']")
        tree = await window.rows("It fails for no items.")
        await window.shot("findings")
        assert tree == [
            "shop.py2 findings",
            "It fails where b is 0.bug, line 2",
            "It fails for no items.bug, line 6",
        ]
        await window.click(".view-line:has-text('return a / b')")
        await window.key("Control+.")
        await window.page.wait_for_selector(".action-widget")
        await window.shot("actions")
        await window.click(".action-widget .monaco-list-row:has-text('Fix it')")
        await window.line("    return a / b if b else 0")
        await window.rows("shop.py1 finding")
        await window.page.hover(".sidebar .monaco-list-row:has-text('no items')")
        await window.shot("fixed")
        await window.click(
            ".sidebar .monaco-list-row:has-text('no items') a[aria-label^='Dismiss']"
        )
        await window.row_gone("no items")


async def test_refactor(shop: Desk) -> None:
    better = "def first(items, default=None):\n    return items[0] if items else default\n"
    old = "def first(items):\n    return items[0]\n"
    shop.upstream.script(text="It takes a default.\n\n" + block("shop.py", old, better))
    async with shop.window("shop.py") as window:
        await window.click(".view-line:has-text('def first')")
        await window.command("Turnout: Refactor...")
        await window.shot("presets")
        await window.pick("implify")
        await window.until("diff", window.page.locator(".monaco-diff-editor").count)
        await window.shot("preview")
        await window.command("Turnout: Apply")
        await window.line("    return items[0] if items else default")
        await window.shot("applied")
        await window.key("Control+z")
        await window.line("    return items[0]")
        await window.key("Control+s")
    assert (shop.folder / "shop.py").read_text() == SHOP


async def test_explanation(shop: Desk) -> None:
    shop.upstream.script(text="It takes the **first** item.\n\nNothing is checked.\n", gap=0.5)
    async with shop.window("shop.py") as window:
        await window.click(".view-line:has-text('def first')")
        await window.command("Turnout: Explain")
        await window.line("It takes the")
        await window.shot("streaming")
        await window.line("Nothing is checked.")
        await window.until("signature", lambda: window.has_line("_fake/large_"))
        await window.shot("whole")
