"""`turnout/report`: the same as `turnout report --json`, for the web view of a plugin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.acting import DONE, TEXT, URI, app, execute, finding
from support.editor import Editor, ResponseError
from support.upstream import Upstream
from turnout.app import App
from turnout.cli import main
from turnout.settings.paths import ledger_file


async def test_it_says_what_the_command_says(
    home: Path, upstream: Upstream, capsys: pytest.CaptureFixture[str]
) -> None:
    upstream.script(text=finding("a / b") + DONE)
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.review")
        await execute(editor, "turnout.explain")
        found = await editor.request("turnout/report", {"since": "1d", "by": "model"})
    config = str(home / "turnout.toml")
    assert main(["report", "--since", "1d", "--by", "model", "--json", "--config", config]) == 0
    told = json.loads(capsys.readouterr().out)
    assert main(["report", "--since", "1d", "--by", "model", "--config", config]) == 0
    text = capsys.readouterr().out
    for moving in ("since", "until"):
        found.pop(moving), told.pop(moving)
    assert found.pop("text").splitlines()[1:] == text.splitlines()[1:]
    assert found == told
    assert found["total"]["calls"] == 2
    assert [(one["model"], one["task"], one["calls"]) for one in found["series"]] == [
        ("p0/big", "explain", 1), ("p0/big", "review", 1),
    ]  # fmt: skip


async def test_without_parameters_it_is_the_last_week_by_task(home: Path) -> None:
    async with Editor.in_process(App(None, {})) as editor:
        found = await editor.request("turnout/report", None)
    assert (found["by"], found["groups"], found["series"]) == ("task", [], [])
    assert found["text"].startswith("$0.00 for 0 calls since")
    assert not ledger_file().exists()


@pytest.mark.parametrize("params", [{"by": "moon"}, {"since": "soon"}, {"against": 3}])
async def test_nonsense_is_invalid(home: Path, params: Any) -> None:
    async with Editor.in_process(App(None, {})) as editor:
        with pytest.raises(ResponseError, match="the request takes") as raised:
            await editor.request("turnout/report", params)
        assert raised.value.code == -32602


async def test_a_damaged_ledger_is_said_and_costs_nothing_else(home: Path) -> None:
    ledger_file().parent.mkdir(parents=True)
    ledger_file().write_bytes(b"no database, whatever the name says " * 200)
    async with Editor.in_process(App(None, {})) as editor:
        found = await editor.request("turnout/report", {})
        status = await editor.request("turnout/status", None)
    assert "it can not be read" in found["text"]
    assert found["total"]["calls"] == 0
    assert status["spend"]["day"] == 0


def test_series_are_by_day_the_oldest_first() -> None:
    from turnout.ledger.read import Books
    from turnout.ledger.summary import Point, _series

    def call(day: int, model: str, usd: float | None) -> dict[str, Any]:
        return {"at": 86_400.0 * day + 43_200, "model": model, "task": "review", "usd": usd}

    found = _series(Books([call(2, "b", 1.0), call(1, "a", 0.5), call(2, "b", None)], {}).calls)
    assert found == [
        Point("1970-01-02", "a", "review", 1, 0.5), Point("1970-01-03", "b", "review", 2, 1.0),
    ]  # fmt: skip
