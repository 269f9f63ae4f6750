"""Ghost text in VS Code: by recall and by a model, typed through, taken whole and by word."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from editors.vscode.conftest import Desk
    from support.vscode import Window

pytestmark = pytest.mark.editor

SPLIT = '''\
def read_NAME(line: str) -> tuple[str, str]:
    """Split the line of a NAME."""
    name, _, value = line.partition("=")
    return name.strip().lower(), value.strip()


'''
NAMES = ("header", "cookie", "setting", "field", "token", "variable")
BEGUN = '''\
def read_pair(line: str) -> tuple[str, str]:
    """Split the line of a pair."""
    name, _, value = line.partition("/")
    '''
# Code that says the same often enough for recall to be sure of the next time.
PARSER = "".join(SPLIT.replace("NAME", name) for name in NAMES) + BEGUN


async def test_recall(desk: Desk) -> None:
    path = desk.file("parser.py", PARSER)
    async with desk.window("parser.py") as window:
        await window.knows_the_code()
        await window.end_of_file()
        await window.write("return na")
        ghost = await window.ghost()
        await window.shot("ghost")
        assert ghost == "me.strip().lower(), value.strip()"
        await window.write("me")
        assert await window.ghost(beginning=".") == ".strip().lower(), value.strip()"
        await window.key("Tab")
        await window.saved(path, f"{PARSER}return name.strip().lower(), value.strip()")
    assert not desk.upstream.calls


SETTINGS = """\
[providers.fake]
dialect = "openai-completions"
base_url = "URL/v1"
key = "none"
[models."fake/fast"]
provider = "fake"
id = "fake-small"
fim = "qwen"
[routes]
inline = ["fake/fast"]
"""


async def test_a_model(desk: Desk) -> None:
    desk.configure(SETTINGS)
    desk.upstream.script(text="total = price * count\n    return total\n")
    desk.file("shop.py", "def cost(price, count):")
    async with desk.window("shop.py") as window:
        await window.end_of_file()
        await window.key("Enter")
        ghost = await typed_again(window, "total")
        await window.shot("ghost")
        assert ghost == "total = price * count\n    return total"
        calls = len(desk.upstream.calls)
        await window.write("tot")
        await window.ghost()
        assert len(desk.upstream.calls) == calls, "text typed through is answered without a call"
        await window.key("Control+ArrowRight")
        await window.ghost(beginning=" = price * count")
        await window.shot("by-word")
        await window.key("Tab")
        await window.line("    total = price * count")


async def typed_again(window: Window, beginning: str) -> str:
    """Wait for a model's text; type anew where a stall of the machine took its time."""
    due = time.monotonic() + 10

    async def look() -> str:
        nonlocal due
        if time.monotonic() > due:
            due = time.monotonic() + 10
            await window.write("x")
            await window.key("Backspace")
        shown = await window.shown_ghost()
        return shown if shown.startswith(beginning) else ""

    return await window.until(f"ghost text {beginning!r}", look)
