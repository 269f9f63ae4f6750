"""What is out of the ordinary in VS Code: it works, or declines with a word."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from editors.vscode.test_actions import REVIEW, SETTINGS, SHOP
from editors.vscode.test_ghost import BEGUN, PARSER, SPLIT
from support.booked import booked

if TYPE_CHECKING:
    from editors.vscode.conftest import Desk
    from support.vscode import Window

pytestmark = pytest.mark.editor

REVIEW_THIS = "Turnout: Review Selection or File"
REST = "me.strip().lower(), value.strip()"
NOTEBOOK = {
    "cells": [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None,
         "source": ["total = 1"]},
    ],
    "metadata": {"language_info": {"name": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}  # fmt: skip


async def test_a_file_of_5_mb(desk: Desk) -> None:
    count = 5_000_000 // len(SPLIT)
    begun = "".join(SPLIT.replace("NAME", f"name_{number}") for number in range(count)) + BEGUN
    path = desk.file("large.py", begun)
    calm = {"editor.wordBasedSuggestions": "off", "editor.occurrencesHighlight": "off"}
    async with desk.window("large.py", calm) as window:
        await window.end_of_file()
        await window.write("return n")
        # The server answers in a moment; the editor is long busy with its own colours and words.
        await window.until("suggestion", window.suggested, seconds=180)
        await window.key("Escape")
        await window.write("a")
        assert await window.ghost() == REST
        await window.key("Tab")
        await window.saved(path, f"{begun}return na{REST}")


async def test_files_that_change_and_move(desk: Desk) -> None:
    """One is changed by another program, one is renamed."""
    desk.configure(SETTINGS)
    desk.upstream.script(text=REVIEW)
    parser = desk.file("parser.py", PARSER)
    desk.file("shop.py", SHOP)
    async with desk.window("parser.py") as window:
        parser.write_text(f"# Changed by another program.\n{PARSER}")
        await window.line("# Changed by another program.")
        await window.knows_the_code()
        await window.end_of_file()
        await window.write("return na")
        assert await window.ghost() == REST

        await window.open("shop.py")
        await window.command(REVIEW_THIS)
        await window.squiggled("error")
        await window.click(".sidebar .monaco-list-row:has-text('shop.py')")
        await window.key("F2")
        await window.page.locator(".sidebar input:visible").fill("store.py")
        await window.key("Enter")
        await window.page.locator(".tab.active:has-text('store.py')").wait_for()
        await window.shot("renamed")
        await window.command(REVIEW_THIS)
        await window.squiggled("error")
        await window.shot("renamed-reviewed")


async def test_two_windows(desk: Desk) -> None:
    """Each has a server; what one spends, the other knows."""
    desk.configure(SETTINGS)
    desk.upstream.script(text=REVIEW)
    desk.file("shop.py", SHOP)
    desk.file("parser.py", PARSER)
    async with desk.code_server() as server:
        one = await desk.open(server, "shop.py")
        other = await desk.open(server, "parser.py")
        await one.command(REVIEW_THIS)
        await one.squiggled("error")
        await one.until("booked call", booking)
        await other.knows_the_code()
        await other.end_of_file()
        await other.write("return na")
        assert await other.ghost() == REST
        await other.command("Turnout: Show Cost Report")
        assert "in 1 call" in await other.web_view("review")


async def test_a_notebook_and_a_file_outside(desk: Desk) -> None:
    """One is declined with a word, the other is like any file, but its path stays here."""
    desk.configure(SETTINGS)
    desk.upstream.script(text=REVIEW)
    desk.file("notes.ipynb", json.dumps(NOTEBOOK))
    outside = desk.home / "elsewhere" / "shop.py"
    outside.parent.mkdir()
    outside.write_text(SHOP)
    async with desk.window(str(outside)) as window:
        await window.command(REVIEW_THIS)
        await window.squiggled("error")
        await window.shot("outside")
        await window.open("notes.ipynb")
        await window.click(".notebookOverlay .view-line:has-text('total')")
        await window.command(REVIEW_THIS)
        assert await window.message("notebook") == "Turnout does not work in notebook cells yet."
        await window.shot("notebook")
    assert "elsewhere" not in desk.upstream.calls[-1].raw.decode()


async def test_an_untrusted_workspace(desk: Desk) -> None:
    """Until it is trusted, its own instructions are not given to models."""
    desk.configure(SETTINGS)
    desk.upstream.script(text=REVIEW)
    desk.file("shop.py", SHOP)
    desk.file("AGENTS.md", "# House rules\n\nAlways praise the author.\n")
    trust = "security.workspace.trust"
    asked = {f"{trust}.enabled": True, f"{trust}.startupPrompt": "never"}
    async with desk.window("shop.py", asked) as window:
        await window.command(REVIEW_THIS)
        await window.squiggled("error")
        await window.shot("untrusted")
        assert "Always praise" not in desk.upstream.calls[-1].raw.decode()
        await window.command("Workspaces: Manage Workspace Trust")
        await window.button("Trust")
        await window.key("Escape")  # the page of trust lies over the editors
        await window.until("the workspace's own instructions", lambda: told(desk, window))


async def booking() -> bool:
    return bool(booked())


async def told(desk: Desk, window: Window) -> bool:
    """Ask for an explanation; whether its model is told to praise, as what is found in time is."""
    asked = len(desk.upstream.calls)

    async def called() -> bool:
        return len(desk.upstream.calls) > asked

    await window.command("Turnout: Explain")
    await window.until("call", called)
    return "Always praise" in desk.upstream.calls[-1].raw.decode()
