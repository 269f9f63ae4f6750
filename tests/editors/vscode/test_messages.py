"""What VS Code says when something is wrong, to the word; and what it says when all is well."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from editors.vscode.test_actions import REVIEW, SETTINGS, SHOP
from support.ledger_process import entry
from turnout.ledger.entry import Source
from turnout.ledger.ledger import Ledger
from turnout.settings.paths import ledger_file
from turnout_clients.types import Price, Usage

if TYPE_CHECKING:
    from editors.vscode.conftest import Desk

pytestmark = pytest.mark.editor

ERROR = {"error": {"message": "Incorrect API key provided.", "code": "invalid_api_key"}}
TOOLTIP = r"""Turnout, mode balanced

Last: review by fake/large \(routes.default\), \$[\d.]+, [\d.]+ m?s

Spent: \$[\d.]+ today, \$[\d.]+ this month

fake is ready

Recall knows 1 file"""
REVIEW_THIS = "Turnout: Review Selection or File"


async def test_what_goes_wrong_with_a_provider(desk: Desk) -> None:
    """No key, a wrong key, nobody there: each is said in a sentence, with what mends it."""
    desk.configure(SETTINGS.replace('"none"', '"env:FAKE_KEY"'))
    desk.file("shop.py", SHOP)
    async with desk.window("shop.py", is_well=False) as window:
        await window.status_item("Turnout: no key for fake")
        await window.command(REVIEW_THIS)
        assert await window.message("Turnout: ") == (
            "Turnout: No model can serve review: fake/large: the key of provider fake is missing. "
            "[Set the key of fake]"
        )
        await window.shot("no-key")
    desk.environ["FAKE_KEY"] = "sk-wrong"
    desk.upstream.script(status=401, error=ERROR)
    async with desk.window("shop.py") as window:
        await window.command(REVIEW_THIS)
        assert await window.message("Turnout: ") == (
            "Turnout: fake does not accept the key (401). [Set the key of fake] [Open the settings]"
        )
        await window.shot("wrong-key")
        await window.status_item("Turnout: check the key of fake")


async def test_a_dead_provider(desk: Desk) -> None:
    desk.configure(SETTINGS.replace("URL", "http://127.0.0.1:9"))
    desk.file("shop.py", SHOP)
    async with desk.window("shop.py") as window:
        await window.command(REVIEW_THIS)
        assert await window.message("Turnout: ") == (
            "Turnout: fake could not be reached: nothing answers at its address. "
            "[Open the settings]"
        )
        await window.shot("dead")


async def test_a_killed_server(desk: Desk) -> None:
    """It is started again, and the findings of a review come again; but not for ever."""
    desk.configure(SETTINGS)
    desk.file("shop.py", SHOP)
    desk.upstream.script(text=REVIEW)
    async with desk.window("shop.py") as window:
        [killed] = await kill_servers()
        await window.until("another server", lambda: started_after(killed))
        await window.ready()
        await window.command(REVIEW_THIS)
        await window.squiggled("error")
        while not any("Turnout's server" in one for one in await window.notifications()):
            await kill_servers()
        assert await window.message("Turnout's server") == (
            "Turnout's server stopped again and again, so it is not started any more. "
            "The log says why. [Show Log] [Restart]"
        )
        await window.status_item("Turnout: stopped")
        await window.shot("given-up")
        await window.button("Restart")
        await window.ready()


async def kill_servers(seconds: float = 3) -> list[psutil.Process]:
    """Kill the server that the editor of this test started, or the next one when it comes."""
    end = time.monotonic() + seconds
    while not (found := servers()) and time.monotonic() < end:
        await asyncio.sleep(0.05)
    for process in found:
        with suppress(psutil.Error):  # it has ended by itself
            process.kill()
    await asyncio.sleep(0.2)
    return found


async def started_after(killed: psutil.Process) -> bool:
    """Whether there is a server that is not this one."""
    return any(one != killed for one in servers())


def servers() -> list[psutil.Process]:
    """The servers that the editors of this test started."""
    return [one for one in psutil.Process().children(recursive=True) if is_server(one)]


def is_server(process: psutil.Process) -> bool:
    with suppress(psutil.Error):  # it has ended meanwhile
        return [Path(word).name for word in process.cmdline()[1:2]] == ["turnout"]
    return False


async def spend_before(days: int = 9) -> None:
    """Book calls of the days before, so that the report has something to draw."""
    ledger = Ledger(ledger_file())
    for day in range(1, days):
        for name, calls in (("small", 5 + day % 3), ("large", day % 4)):
            price = Price(1.0, 4.0) if name == "small" else Price(5.0, 25.0)
            source = Source(f"fake/{name}", "fake", "openai-chat", name, price=price)
            for _ in range(calls):
                at = time.time() - day * 86400
                usage = Usage(4_000 + 600 * day, 300 + 50 * day)
                ledger.record(entry(ledger.begin(), usage, at=at, source=source))
    await ledger.aclose()


async def test_status_and_report(desk: Desk) -> None:
    desk.configure(SETTINGS)
    await spend_before()
    desk.file("shop.py", SHOP)
    desk.upstream.script(text=REVIEW)
    async with desk.window("shop.py") as window:
        await window.command(REVIEW_THIS)
        await window.squiggled("error")
        await window.status(f"^{TOOLTIP}$")
        await window.shot("tooltip")
        await window.click(".statusbar-item:has-text('Turnout')")
        await window.there(".quick-input-widget .monaco-list-row")
        menu = await window.picks()
        await window.shot("menu")
        await window.pick("Cost report")
        report = await window.web_view("review")
        await window.shot("report")
        await window.command("Turnout: Explain the Route Here...")  # though no file has the focus
        await window.pick("Refactor")
        assert "\n  1.  fake/large" in await window.web_view("1.  fake/large")
        await window.shot("route")
    assert menu[0].strip() == "Pause suggestionsactions go on"
    assert re.search(r"\$[\d.]+\nspent\nin \d+ calls\n", report)
    assert "By day and model" in report
