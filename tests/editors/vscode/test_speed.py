"""How long ghost text takes in VS Code from the key to the screen, and what of that is ours."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import TYPE_CHECKING

import pytest

from editors.vscode.test_ghost import PARSER
from support.tap import replies
from support.vscode import GHOST, Window

if TYPE_CHECKING:
    from editors.vscode.conftest import Desk

pytestmark = pytest.mark.editor

INLINE = "textDocument/inlineCompletion"

WATCH = """(selector) => {
  const ghost = () => [...document.querySelectorAll(selector)].some(one => one.textContent);
  let pressed = null;
  window.took = [];
  addEventListener('keydown', event => {
    if (event.key.length === 1) pressed = performance.now();
  }, true);
  new MutationObserver(() => {
    if (pressed === null || !ghost()) return;
    const since = pressed;
    pressed = null;
    requestAnimationFrame(() => setTimeout(() => window.took.push(performance.now() - since)));
  }).observe(document, { subtree: true, childList: true, characterData: true });
}"""

ENOUGH = 50
LINE = "return name.strip().lower(), value.strip()"


async def test_keystroke_to_ghost_text(desk: Desk) -> None:
    desk.file("parser.py", PARSER)
    settings, log = desk.tapped()
    settings["editor.autoClosingBrackets"] = "never"
    async with desk.window("parser.py", settings) as window:
        await window.knows_the_code()
        await window.end_of_file()
        await window.write("return na")
        await window.ghost()
        await window.page.evaluate(WATCH, GHOST)
        since = time.monotonic()
        took: list[float] = []
        while len(took) < ENOUGH:
            for character in LINE.removeprefix("return na"):
                await hide(window)
                await window.write(character)
                await shown(window)
            await window.key("Shift+Home")
            await window.write("return na")
            took = await window.page.evaluate("window.took")
    ours = [
        1000 * seconds
        for seconds, answer in replies(log, INLINE, since)
        if answer and answer["items"]
    ]
    show("key to visible ghost text", took)
    show("of it ours, from request to answer", ours)
    assert len(took) >= ENOUGH


async def shown(window: Window, seconds: float = 3) -> None:
    """Wait for ghost text; not every key has one."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and await window.no_ghost():
        await asyncio.sleep(0.05)


async def hide(window: Window) -> None:
    """Press Escape until the ghost text is gone: the first may have closed the menu."""

    async def gone() -> bool:
        await window.key("Escape")
        return await window.no_ghost()

    await window.until("an end of the ghost text", gone)


def show(what: str, milliseconds: list[float]) -> None:
    """Print the figures of a series."""
    cuts = statistics.quantiles(milliseconds, n=100)
    print(f"{what}: p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms ({len(milliseconds)} keys)")
