"""`turnout/mode` and the setting: who is asked first, on the real wire."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.acting import DONE, TEXT, URI, execute, finding
from support.editor import Editor
from support.upstream import Upstream
from turnout.ahead import load_prices
from turnout.app import App
from turnout.cli import main


def app(home: Path, url: str, more: str = "", routes: str = "") -> App:
    routes = routes or (
        'review = ["p/dear", "p/cheap"]\ninline = ["recall", "p/dear", "p/cheap"]\n'
        'explain = { try = ["p/dear", "p/cheap"], escalate = "p/great" }\n'
    )
    models = "".join(
        f'[models."p/{name}"]\nfim = "qwen"\nprice = {{ input = {usd}, output = {usd} }}\n'
        for name, usd in (("dear", 3.0), ("cheap", 1.0), ("great", 0.5))
    )
    config = home / "turnout.toml"
    config.write_text(
        f'{more}\n[providers.p]\ndialect = "openai-chat"\nbase_url = "{url}/v1"\n'
        f'key = "none"\n{models}[inline]\ndebounce_ms = 0\n[routes]\n{routes}'
    )
    return App(config, {})


async def route(editor: Editor, task: str) -> Any:
    return await editor.request(
        "workspace/executeCommand",
        {"command": "turnout.explainRoute", "arguments": [{"task": task, "uri": URI}]},
    )


async def test_the_key_press_counts_from_the_next_request_on(
    home: Path, upstream: Upstream
) -> None:
    made = app(home, upstream.url)
    async with Editor.in_process(made) as editor:
        await load_prices(made.settings)
        await editor.open(URI, TEXT)
        order = {}
        for mode in ("balanced", "economy", "best"):
            status = await editor.request("turnout/mode", {"mode": mode})
            assert status["mode"] == mode
            assert f"mode {mode}" in status["tooltip"]
            order[mode] = (await route(editor, "explain"))["models"]
            made.reconfigure()  # as when a settings file changes
        upstream.script(text=finding("a / b") + DONE)
        await editor.request("turnout/mode", {"mode": "economy"})
        assert (await execute(editor, "turnout.review"))["model"] == "p/cheap"
        explained = await route(editor, "review")
    assert order == {
        "balanced": ["p/dear", "p/cheap", "p/great"],
        "economy": ["p/cheap", "p/dear", "p/great"],
        "best": ["p/great", "p/dear", "p/cheap"],
    }
    assert "routes.review, the cheapest first (mode economy)" in explained["text"]
    assert [call.body["model"] for call in upstream.calls] == ["cheap"]


async def test_ghost_text_asks_the_cheapest_too(home: Path, upstream: Upstream) -> None:
    upstream.script(text="foo(1)")
    made = app(home, upstream.url, 'mode = "economy"')
    async with Editor.in_process(made) as editor:
        await load_prices(made.settings)
        await editor.open(URI, "x = \n")
        assert await editor.inline(URI, 0, 4)
        assert not editor.notifications("window/showMessage")
    assert [call.body["model"] for call in upstream.calls] == ["cheap"]


@pytest.mark.parametrize(
    ("own", "workspace", "expected"),
    [("balanced", "economy", "economy"), ("balanced", "best", "balanced")],
)
async def test_a_workspace_may_only_make_it_cheaper(
    home: Path, upstream: Upstream, own: str, workspace: str, expected: str
) -> None:
    folder = home / "ws"
    folder.mkdir()
    (folder / "turnout.toml").write_text(f'mode = "{workspace}"\n')
    made = app(home, upstream.url, f'mode = "{own}"')
    async with Editor.in_process(made, folders=[folder]) as editor:
        assert (await editor.request("turnout/status", None))["mode"] == expected
        assert (await editor.request("turnout/mode", {"mode": "best"}))["mode"] == "best"


def test_the_shell_says_the_same(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app(home, "http://127.0.0.1:9", 'mode = "best"')
    assert main(["route", "explain", "--config", str(home / "turnout.toml")]) == 0
    shown = capsys.readouterr().out
    assert "1.  p/great  " in shown
    assert "routes.explain, asked at once (mode best)" in shown
