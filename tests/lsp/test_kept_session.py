"""The session behind an editor: what it keeps of an action, whole or stopped by the end of all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from support.editor import Editor
from support.upstream import Upstream
from turnout.app import App
from turnout.session.store import SessionStore
from turnout.session.transcript import Answered, Asked, Entry
from turnout.settings.paths import sessions_folder


def app(home: Path, upstream: Upstream) -> App:
    config = home / "turnout.toml"
    config.write_text(
        f'[providers.fake]\ndialect = "openai-chat"\nbase_url = "{upstream.url}/v1"\nkey = "none"\n'
        '[models."fake/big"]\n[routes]\nexplain = ["fake/big"]\n'
    )
    return App(config, {})


async def kept(folder: Path) -> tuple[Entry, ...]:
    store = SessionStore(sessions_folder())
    try:
        return await store.of(str(folder)).entries()
    finally:
        await store.aclose()


@pytest.fixture
def folder(home: Path) -> Path:
    made = home / "ws"
    made.mkdir()
    (made / "helper.py").write_text("def helper(x):\n    return x + 1\n", encoding="utf-8")
    return made


TEXT = "from helper import helper\n\n\ndef use(x):\n    return helper(x)\n"


async def test_the_whole_way_with_what_was_gathered(home: Path, folder: Path) -> None:
    uri = (folder / "a.py").as_uri()
    async with Upstream() as upstream:
        upstream.script(text="It adds one.")
        async with Editor.in_process(app(home, upstream), folders=[folder]) as editor:
            await editor.open(uri, TEXT)
            await editor.request(
                "workspace/executeCommand",
                {"command": "turnout.explain", "arguments": [{"uri": uri}]},
            )
        prompt = upstream.calls[0].body["messages"][-1]["content"]
    assert "return x + 1" in prompt
    asked, answered, *_ = await kept(folder)
    assert isinstance(asked.what, Asked)
    assert set(asked.what.paths) == {"a.py", "helper.py"}
    assert isinstance(answered.what, Answered)
    assert answered.what.text == "It adds one."
    assert answered.what.complete
    assert answered.model == "fake/big"


async def test_closing_the_editor_in_mid_task_keeps_what_was_paid_for(
    home: Path, folder: Path
) -> None:
    uri = (folder / "a.py").as_uri()
    async with Upstream() as upstream:
        upstream.script(tokens=["It adds ", "one.\n", *["And more. "] * 2_000], gap=0.005)
        async with Editor.in_process(app(home, upstream), folders=[folder]) as editor:
            await editor.open(uri, TEXT)
            running = asyncio.create_task(
                editor.request(
                    "workspace/executeCommand",
                    {"command": "turnout.explain", "arguments": [{"uri": uri}]},
                )
            )
            await upstream.until(lambda: bool(upstream.calls) and upstream.calls[0].sent > 9)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await upstream.until(lambda: upstream.calls[0].closed_at is not None)
    _, answered = await kept(folder)
    assert isinstance(answered.what, Answered)
    assert answered.what.text.startswith("It adds one.\nAnd more. ")
    assert not answered.what.complete
