"""Asked for in VS Code: a review and its fixes, a refactoring and its undo, an explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.acting import DONE, block, finding
from support.upstream_wire import Held

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

This says the same:

```python
return max(lines, key=Line.total)
```
"""
MANY = 80  # paragraphs
HOSTILE = """<script>document.title = "mine"</script> <img src="https://example.net/?code">
![picture](https://example.net/?code) [run](command:workbench.action.quit)

See [the manual](https://example.org/max).
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
        await window.fixed("Fix it", "findings", MENDED)
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
        await window.saved(shop.folder / "shop.py", SHOP)


async def test_explanation(shop: Desk) -> None:
    """Rendered beside the code as it comes, while the code keeps the focus."""
    held = Held(after=12)
    shop.upstream.script(text=EXPLANATION, held=held)
    async with shop.window("shop.py") as window:
        await window.click(".view-line:has-text('def dearest')")
        await window.command("Turnout: Explain")
        assert "fake/large is writing..." in await window.web_view("returns the line")
        await window.shot("streaming")
        held.go_on()
        page = await window.web_page("says the same")
        await window.until("end of it", page.locator("footer:text-is('fake/large')").count)
        assert "with the highest total." in await page.inner_text()
        assert await page.locator("li").count() == 2
        await window.shot("explanation")
        await window.write("x")
        await window.line("-> Line:x")
        await page.click()
        await window.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await window.click(".action-label[aria-label='Copy Answer']")
        await window.status_item("the answer is on the clipboard")
        copied = await window.page.evaluate("navigator.clipboard.readText()")
        assert copied.strip() == EXPLANATION.strip()
        await window.shot("copied")
        await window.click(".action-label[aria-label='Open Answer as Text']")
        await window.line("**total**.")
        await window.line("_fake/large_")


async def test_long_explanation(shop: Desk) -> None:
    """The end is followed while the reader is there, and no more when they read above."""
    paragraphs = "\n\n".join(f"Paragraph {number} of {MANY}." for number in range(1, MANY + 1))
    held = Held(after=20)
    shop.upstream.script(text=paragraphs, gap=0.05, held=held)
    async with shop.window("shop.py") as window:
        await window.click(".view-line:has-text('def dearest')")
        await window.command("Turnout: Explain")
        await window.web_page("Paragraph 1 of")  # a page that opens on a long text shows its begin
        held.go_on()
        page = await window.web_page("Paragraph 40 of")
        await window.until("end in view", lambda: page.evaluate("() => window.scrollY > 0"))
        await page.evaluate("() => window.scrollTo(0, 20)")
        await window.until("end of it", page.locator("footer:text-is('fake/large')").count)
        assert await page.evaluate("() => window.scrollY") == 20


async def test_hostile_explanation(shop: Desk) -> None:
    """What the model makes is text, and nothing is loaded for it."""
    shop.upstream.script(text=HOSTILE)
    async with shop.window("shop.py") as window:
        asked: list[str] = []
        window.page.on("request", lambda request: asked.append(request.url))
        await window.click(".view-line:has-text('def dearest')")
        await window.command("Turnout: Explain")
        page = await window.web_page("fake/large")
        assert "<img src=" in await page.inner_text()
        assert "See the manual" in await page.inner_text()
        assert await page.locator("img, a, iframe, article script").count() == 0
        await window.shot("hostile")
        assert not [url for url in asked if "example" in url]
