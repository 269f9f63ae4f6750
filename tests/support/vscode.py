"""A window of VS Code: keys and clicks go in as a user's, what is on the screen comes out."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, TypeVar

from support.code_server import ROOT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from playwright.async_api import Locator, Page

Found = TypeVar("Found")

SHOTS = ROOT / "build" / "vscode"
GHOST = ".ghost-text-decoration"  # in the line of the cursor
_NOTIFICATIONS = """items => items.map(item => [
  item.querySelector('.notification-list-item-message').textContent,
  ...[...item.querySelectorAll('.monaco-text-button')].map(button => `[${button.textContent}]`)
].join(' '))"""
GHOST_BELOW = ".suggest-preview-text .view-line"


class Window:
    """One window. Where something does not come, the error says what is there instead."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.actions = 0  # of the user: a click, a chord, a text with its Enter
        self._name = name
        self._shots = 0

    # Reading

    async def opened(self) -> None:
        """Wait until the extension says something of itself."""
        await self.page.wait_for_selector(".statusbar-item:has-text('Turnout')", timeout=90_000)

    async def ready(self, seconds: float = 90) -> None:
        """Wait until the server has said how it is, and is well."""
        item = ".statusbar-item:has-text('Turnout'):not(:has(.codicon-loading), :has-text(': '))"
        await self.page.wait_for_selector(item, timeout=seconds * 1000)

    async def knows_the_code(self) -> None:
        """Wait until recall has read the workspace: before that the menu may be quicker."""
        await self.status("Recall knows")
        await self.page.mouse.move(0, 0)

    async def texts(self, selector: str) -> list[str]:
        """What stands in these elements, as it is read."""
        found = await self.page.locator(selector).all_text_contents()
        return [text.replace("\xa0", " ") for text in found]

    async def ghost(self, beginning: str = "") -> str:
        """Wait for ghost text that begins like this; return it."""

        async def look() -> str:
            shown = await self.shown_ghost()
            return shown if shown.startswith(beginning) else ""

        return await self.until(f"ghost text {beginning!r}", look)

    async def shown_ghost(self) -> str:
        """The ghost text on the screen now."""
        lines = ["".join(await self.texts(GHOST)), *await self.texts(GHOST_BELOW)]
        return "\n".join(lines) if any(lines) else ""

    async def no_ghost(self) -> bool:
        """Whether there is no ghost text on the screen now."""
        return not await self.shown_ghost()

    async def suggested(self) -> bool:
        """Whether something is suggested now, as ghost text or in the menu."""
        menu = self.page.locator(".suggest-widget.visible .monaco-list-row:has-text('recall')")
        return bool(await self.shown_ghost() or await menu.count())

    async def lines(self) -> list[str]:
        """The lines on the screen, editor by editor, from top to bottom."""
        rows = await self.page.locator(".view-lines .view-line").evaluate_all(
            "rows => rows.map(row => [row.getBoundingClientRect().top, row.textContent])"
        )
        return [text.replace("\xa0", " ") for _, text in sorted(rows)]

    async def has_line(self, part: str) -> bool:
        """Whether a line on the screen holds these words."""
        return any(part in line for line in await self.lines())

    async def line(self, part: str) -> None:
        """Wait for a line with these words."""
        await self.until(f"line with {part!r}", lambda: self.has_line(part))

    async def squiggled(self, kind: str) -> None:
        """Wait for a squiggle of this severity: `error`, `warning`, `info`."""
        await self.until(f"squiggle: {kind}", self.page.locator(f".squiggly-{kind}").count)

    async def rows(self, part: str) -> list[str]:
        """Wait for a row of the side bar with these words; return all rows, once all are drawn."""

        async def look() -> list[str]:
            rows = await self.texts(".sidebar .monaco-list-row")
            await asyncio.sleep(0.3)
            drawn = rows == await self.texts(".sidebar .monaco-list-row")
            return rows if drawn and any(part in row for row in rows) else []

        return await self.until(f"row with {part!r}", look)

    async def row_gone(self, part: str) -> None:
        """Wait until no row of the side bar holds these words."""

        async def look() -> bool:
            return not any(part in row for row in await self.texts(".sidebar .monaco-list-row"))

        await self.until(f"end of the row with {part!r}", look)

    async def notifications(self) -> list[str]:
        """The messages on the screen, each with its buttons in brackets behind it."""
        items = self.page.locator(".notifications-toasts .notification-list-item")
        return await items.evaluate_all(_NOTIFICATIONS)

    async def message(self, part: str) -> str:
        """Wait for a message that holds these words; return it whole, once all of it is drawn."""

        async def look() -> str:
            shown = await self.notifications()
            await asyncio.sleep(0.3)
            drawn = shown == await self.notifications()
            return next((one for one in shown if drawn and part in one), "")

        return await self.until(f"message with {part!r}", look)

    async def validation(self) -> str:
        """Wait for what an input box says against what was typed."""

        async def look() -> str:
            widget = ".quick-input-widget:has(.monaco-inputbox.error)"
            return "".join(await self.texts(f"{widget} .quick-input-message"))

        return await self.until("word on what was typed", look)

    async def status_item(self, part: str = "Turnout") -> str:
        """Wait for the item of the status bar with these words; return its text."""

        async def look() -> str:
            return next((one for one in await self.texts(".statusbar-item") if part in one), "")

        return await self.until(f"status item with {part!r}", look)

    async def tooltip(self) -> str:
        """Wait for what hovers; return its text."""
        return await self.until("tooltip", lambda: self._text(".workbench-hover:visible"))

    async def status(self, pattern: str) -> str:
        """Wait until the tooltip of the status item says this, which is drawn once; return it."""
        said = ""

        async def look() -> bool:
            nonlocal said
            await self.page.mouse.move(0, 0)
            await self.page.hover(".statusbar-item:has-text('Turnout')")
            said = await self.tooltip()
            return re.search(pattern, said) is not None

        await self.until(f"word of {pattern!r}", look)
        return said

    async def web_view(self, part: str) -> str:
        """Wait for a web view whose page holds these words; return its text."""
        return await (await self.web_page(part)).inner_text()

    async def web_page(self, part: str) -> Locator:
        """Wait for a web view whose page holds these words; return its body."""

        async def look() -> Locator | None:
            views = self.page.locator("iframe.webview.ready")
            for at in range(await views.count()):
                body = views.nth(at).content_frame.frame_locator("#active-frame").locator("body")
                if await body.count() and part in await body.inner_text():
                    return body
            return None

        return await self.until(f"web view with {part!r}", look)

    async def _text(self, selector: str) -> str:
        return "\n".join(await self.page.locator(selector).all_inner_texts())

    async def picks(self) -> list[str]:
        """The rows that the quick pick shows."""
        return await self.texts(".quick-input-widget:visible .monaco-list-row")

    # Doing

    async def key(self, chord: str) -> None:
        """Press a key or a chord: `Control+s`, `Tab`."""
        self.actions += 1
        await self.page.keyboard.press(chord)

    async def write(self, text: str, delay: float = 0.03) -> None:
        """Type, key by key."""
        self.actions += 1
        await self.page.keyboard.type(text, delay=delay * 1000)

    async def enter(self, text: str) -> None:
        """Paste into the box that is open, and Enter: one action."""
        await self.page.locator(".quick-input-widget input:enabled:visible").focus()
        await self.page.keyboard.insert_text(text)
        await self.key("Enter")

    async def click(self, selector: str) -> None:
        """Wait for the element, and click it."""
        self.actions += 1
        await (await self.there(selector)).click()

    async def button(self, title: str) -> None:
        """Click a button of a message or a dialog."""
        await self.click(f".monaco-button:has-text('{title}')")

    async def clear_notifications(self) -> None:
        """Take all messages from the screen."""
        await self.command("Notifications: Clear All Notifications")

    async def command(self, title: str) -> None:
        """Run a command by the palette: one chord, one text with Enter."""
        await self._choose("F1", f">{title}", title)

    async def pick(self, part: str) -> None:
        """Choose a row of the quick pick by what it says."""
        await self.click(f".quick-input-widget .monaco-list-row:has-text('{part}')")

    async def quick_fix(self, title: str, picture: str) -> None:
        """Choose from the menu of what can be done at the cursor."""
        await self.key("Control+.")
        await self.there(".action-widget")
        await self.shot(picture)
        await self.click(f".action-widget .monaco-list-row:has-text('{title}')")

    async def fixed(self, title: str, picture: str, line: str) -> None:
        """Choose from that menu until this line is there.

        VS Code loses the command of an action whose menu it draws anew meanwhile, and says so.
        """

        async def look() -> bool:
            if any("Actual command not found" in one for one in await self.notifications()):
                await self.clear_notifications()
                await self.quick_fix(title, f"{picture}-again")
            return await self.has_line(line)

        await self.quick_fix(title, picture)
        await self.until(f"line with {line!r}", look)

    async def open(self, name: str) -> None:
        """Open a file of the workspace by its name."""
        await self._choose("Control+p", name, name)
        await self.there(f".tab.active:has-text('{name}')")

    async def _choose(self, chord: str, text: str, part: str) -> None:
        await self.key(chord)
        box = await self.there(".quick-input-widget input")
        await box.fill(text)
        await self.there(f".quick-input-widget .monaco-list-row.focused:has-text('{part}')")
        await self.key("Enter")

    async def saved(self, path: Path, text: str) -> None:
        """Save what is open until the file holds this: an edit may come a moment after its key."""

        async def look() -> bool:
            await self.key("Control+s")
            await asyncio.sleep(0.2)
            return path.read_text() == text

        try:
            await self.until(f"saved text in {path.name}", look)
        except AssertionError:
            assert path.read_text() == text
            raise

    async def end_of_file(self) -> None:
        """Put the cursor behind the last character of the file that is open."""
        await self.click(".editor-instance .view-lines")
        await self.key("Control+End")

    # Waiting and looking

    async def there(self, selector: str) -> Locator:
        """Wait until the element is on the screen; return it."""
        element = self.page.locator(f"{selector} >> visible=true").first

        async def look() -> bool:
            return await element.count() > 0

        await self.until(selector, look)
        return element

    async def until(
        self, what: str, look: Callable[[], Awaitable[Found | None]], seconds: float = 90
    ) -> Found:
        """Look until there is something to see; fail with what is on the screen."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := await look():
                return found
            await asyncio.sleep(0.05)
        await self.shot("missing")
        raise AssertionError(f"after {seconds:g} s still no {what}\n{await self._account()}")

    async def shot(self, name: str) -> None:
        """Keep a picture of the window, in `build/vscode/`."""
        self._shots += 1
        await asyncio.sleep(0.4)  # what was just asked for is drawn
        SHOTS.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=SHOTS / f"{self._name}-{self._shots}-{name}.png")

    async def _account(self) -> str:
        seen = await self.page.locator("body").inner_text()
        return "on the screen:\n" + "\n".join(line for line in seen.splitlines() if line.strip())
