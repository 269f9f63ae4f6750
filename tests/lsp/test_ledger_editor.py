"""The ledger behind an editor: what became of ghost text, and the word about the budget."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from support import prices_stand_in
from support.acting import until
from support.editor import Editor
from support.upstream import Upstream
from turnout.app import App
from turnout.settings.paths import ledger_file

URI = "file:///ws/x.py"
WARNING = 2


@pytest.fixture(autouse=True)
def prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "turnout_clients.prices", prices_stand_in.module())


def app(home: Path, upstream: Upstream, more: str = "") -> App:
    config = home / "turnout.toml"
    config.write_text(
        f'[providers.fake]\ndialect = "openai-chat"\nbase_url = "{upstream.url}/v1"\nkey = "none"\n'
        '[models."fake/big"]\nid = "big"\nfim = "qwen"\n[inline]\ndebounce_ms = 0\n'
        f'[routes]\ninline = ["recall", "fake/big"]\n{more}'
    )
    return App(config, {})


def rows(table: str = "calls") -> list[dict[str, Any]]:
    connection = sqlite3.connect(ledger_file())
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
    finally:
        connection.close()


async def test_ghost_text_that_was_accepted_and_that_was_not(home: Path) -> None:
    async with Upstream() as upstream:
        upstream.script(text="foo(1)")
        async with Editor.in_process(app(home, upstream)) as editor:
            await editor.open(URI, "x = \nz\n")
            [item] = await editor.inline(URI, 0, 4)
            await editor.change(URI, (0, 4, 0, 4), item["insertText"])
            command = item["command"]
            await editor.request(
                "workspace/executeCommand",
                {"command": command["command"], "arguments": command["arguments"]},
            )
            upstream.script(text="bar(2)")
            await editor.change(URI, (1, 0, 1, 1), "y = ")
            assert await editor.inline(URI, 1, 4)
            await editor.change(URI, (1, 0, 1, 4), "import this")
            await editor.inline(URI, 1, 11)
        found = rows()
    assert [row["outcome"] for row in found][:2] == ["accepted", "dismissed"]
    assert {row["task"] for row in found} == {"inline"}
    assert all(row["usd"] > 0 and row["workspace"] == "" for row in found)


async def test_recall_is_counted(home: Path) -> None:
    text = "def handler(request, response):\n    response.write(request.body)\n\n" * 9
    async with Editor.in_process(App(home / "none.toml", {})) as editor:
        await editor.open(URI, f"{text}def handler_x(request, response):\n    respo\n")
        async with asyncio.timeout(30):  # until recall is loaded
            while not (found := await editor.inline(URI, 28, 9)):
                await asyncio.sleep(0.05)
        command = found[0]["command"]
        await editor.request(
            "workspace/executeCommand",
            {"command": command["command"], "arguments": command["arguments"]},
        )
    assert {row["kind"]: row["count"] for row in rows("recall")} == {"answered": 1, "accepted": 1}
    assert rows() == []


async def test_a_newer_key_supersedes_a_call_and_it_is_booked(home: Path) -> None:
    async with Upstream() as upstream:
        upstream.script(text="foo(1)", delay=50)
        async with Editor.in_process(app(home, upstream)) as editor:
            await editor.open(URI, "x = \nz\n")
            first = asyncio.create_task(editor.inline(URI, 0, 4))
            await until(lambda: upstream.calls)
            await editor.change(URI, (0, 0, 0, 4), "import ")
            upstream.script(text="os")
            await editor.inline(URI, 0, 7)
            assert await first == []
        superseded = rows()[0]
    assert (superseded["outcome"], superseded["aborted"]) == ("superseded", 1)
    assert (superseded["known"], superseded["output"]) == ("estimated", 0)
    assert superseded["usd"] > 0


async def test_a_refusal_is_one_message_of_an_action_and_one_a_day_of_ghost_text(
    home: Path,
) -> None:
    def messages(editor: Editor) -> list[str]:
        return [p["message"] for p in editor.notifications("window/showMessage")]

    async with Upstream() as upstream:
        budget = "[budget]\nday = 0.0001\n"
        async with Editor.in_process(app(home, upstream, budget)) as editor:
            await editor.open(URI, "def f():\n    return 1\nx = \n")
            span = {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 12}}
            for n in range(1, 3):
                await editor.request(
                    "workspace/executeCommand",
                    {"command": "turnout.review", "arguments": [{"uri": URI, "range": span}]},
                )
                await until(lambda n=n: len(messages(editor)) == n)
                assert "today's budget does not allow it" in messages(editor)[-1]
            for _ in range(3):
                assert await editor.inline(URI, 2, 4) == []
            await until(lambda: len(messages(editor)) > 2)
            await asyncio.sleep(0.05)
            (told,) = messages(editor)[2:]
        assert upstream.calls == []
    assert told.startswith("Turnout: today's budget does not allow it")
    assert told.endswith("(fake/big); raise budget.day in turnout.toml.")


async def test_a_call_under_way_when_the_server_ends_is_booked(home: Path) -> None:
    """A real process, a real exit."""
    async with Upstream() as upstream:
        upstream.script(tokens=["1, "] * 500, gap=0.05)
        app(home, upstream)
        argv = [sys.executable, "-m", "turnout", "--config", str(home / "turnout.toml")]
        async with Editor.spawn(argv) as editor:
            await editor.open(URI, "x = \nz\n")
            asking = asyncio.create_task(editor.inline(URI, 0, 4))
            async with asyncio.timeout(30):
                while not upstream.calls or upstream.calls[0].sent < 3:
                    await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.wait([asking])
    (row,) = rows()
    assert (row["outcome"], row["aborted"], row["tokens_known"]) == ("superseded", 1, "estimated")
    assert row["output"] > 0
