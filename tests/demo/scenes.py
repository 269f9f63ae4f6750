"""The scenes of the pictures: what a user sees of Turnout in a real Neovim."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from demo import stage, suggestion
from support.neovim import Neovim, binary
from support.neovim_desk import SETTINGS, edit, finding
from support.repository import git
from support.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.screen import Screen

WIDTH = 104
SHOP = '''\
"""What an order comes to."""

from shop.stock import Item


def total(items: list[Item], discount: float = 0.0) -> float:
    """Add up the prices of an order."""
    sum = 0.0
    for i in range(len(items)):
        if items[i].count > 0:
            sum = sum + items[i].price * items[i].count
    return sum * (1 - discount)


def average(items: list[Item]) -> float:
    """Return the mean price of an item."""
    return total(items) / len(items)
'''
LOOP = SHOP[SHOP.index("    sum = 0.0") : SHOP.index("\n\ndef average")]
SHORTER = """\
    prices = (item.price * item.count for item in items if item.count > 0)
    return sum(prices) * (1 - discount)
"""
QUOTE = "return total(items) / len(items)"
WHY = "An order without items divides by zero; the sum counts pieces, the length does not."


def suggested(folder: Path) -> tuple[Screen, str]:
    """Type in a copy of this project until there is ghost text worth a picture."""
    root = stage.workspace(folder)
    first, state = stage.sources(root)[0], folder / "state"
    size = (WIDTH, 22)
    with Neovim(binary("0.12"), first, state=state, size=size, setup=stage.SETUP) as editor:
        shown = suggestion.appear(editor, root, shortest=24)
    return shown.screen, shown.place.file.name


def reviewed(folder: Path) -> tuple[Screen, str]:
    """Have a file reviewed, and list what was found."""
    with _shop(folder, finding(quote=QUOTE, explanation=WHY)) as editor:
        editor.type(":Turnout review<CR>")
        editor.until("finding", lambda: "1 finding" in editor.said)
        editor.type(":Turnout findings<CR>")
        editor.until("list", lambda: editor.lua("return vim.bo.buftype") == "quickfix")
        editor.type("<CR>")
        editor.until("place", lambda: editor.api.current.window.cursor[0] > 1)
        editor.lua("vim.diagnostic.config({ virtual_text = true }) vim.cmd.echo()")
        return editor.screen(), "order.py"


def edited(folder: Path) -> tuple[Screen, str]:
    """Have a function made shorter, and look at the edit."""
    with _shop(folder, edit(LOOP, SHORTER, "shop/order.py")) as editor:
        editor.type("8G:Turnout refactor simplify<CR>")
        editor.until("preview", lambda: editor.lua("return vim.wo.diff"))
        editor.lua("vim.cmd.echo()")
        return editor.screen(), ":Turnout refactor simplify"


@contextmanager
def _shop(folder: Path, answer: str) -> Iterator[Neovim]:
    root = folder / "project"
    (root / "shop").mkdir(parents=True)
    file = root / "shop" / "order.py"
    file.write_text(SHOP, encoding="utf-8")
    git(root, "init", "-q")
    with _upstream() as upstream:
        upstream.script(text=answer)
        settings = folder / "settings.toml"
        settings.write_text(SETTINGS.format(url=upstream.url), encoding="utf-8")
        environ = {"TURNOUT_CONFIG": str(settings)}
        with Neovim(
            binary("0.12"),
            file,
            state=folder / "state",
            environ=environ,
            size=(WIDTH, 26),
            setup=stage.SETUP,
        ) as editor:
            editor.attached()
            yield editor


@contextmanager
def _upstream() -> Iterator[Upstream]:
    """A stand-in for a provider, on a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = Upstream()
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
    yield server
    asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
