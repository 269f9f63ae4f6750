"""`turnout/session`: the sessions listed, shown and begun anew from an editor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.acting import TEXT, app
from support.editor import Editor, ResponseError
from support.upstream import Upstream
from turnout.app import App
from turnout.cli import main


async def ask(editor: Editor, uri: str, words: str) -> Any:
    arguments = [{"uri": uri, "instruction": words}]
    return await editor.request(
        "workspace/executeCommand", {"command": "turnout.ask", "arguments": arguments}
    )


async def session(editor: Editor, action: str, **more: Any) -> Any:
    return await editor.request("turnout/session", {"action": action, **more})


def prompts(upstream: Upstream) -> list[str]:
    return [json.dumps(call.body["messages"]) for call in upstream.calls]


async def test_a_new_session_knows_nothing_of_the_old_one(
    home: Path, upstream: Upstream, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = home / "ws"
    folder.mkdir()
    uri = (folder / "util.py").as_uri()
    upstream.script(text="It divides.")
    async with Editor.in_process(app(home, upstream.url), folders=[folder]) as editor:
        await editor.open(uri, TEXT)
        await ask(editor, uri, "what is wombat?")
        (old,) = (await session(editor, "list"))["sessions"]
        begun = await session(editor, "new")
        assert begun["id"] not in ("", old["id"])
        assert (await session(editor, "new")) == begun  # it is still empty
        await ask(editor, uri, "what is numbat?")
        await ask(editor, uri, "and what else?")
        listed = (await session(editor, "list"))["sessions"]
        shown = await session(editor, "show", id=old["id"])
        latest = await session(editor, "show")
    assert main(["session", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["sessions"]
    assert [{**one, "open": None} for one in listed] == [{**one, "open": None} for one in told]
    assert [(one["id"], one["open"]) for one in listed] == [(begun["id"], True), (old["id"], False)]
    assert "what is wombat?" in shown["text"]
    assert "numbat" not in shown["text"]
    assert (shown["title"], shown["text"][:2]) == (f"Session {old['id']}", "# ")
    assert "what is numbat?" in latest["text"]
    first, second, third = prompts(upstream)
    assert "wombat" in first
    assert "wombat" not in second + third
    assert "numbat" in third


async def test_before_there_is_any(home: Path) -> None:
    async with Editor.in_process(App(None, {})) as editor:
        assert await session(editor, "list") == {"sessions": []}
        assert (await session(editor, "show"))["text"] == "There are no sessions yet.\n"
        assert await session(editor, "new") == {"id": ""}  # nowhere is worked


async def test_a_file_without_a_folder_has_a_session_too(home: Path, upstream: Upstream) -> None:
    uri = (home / "alone.py").as_uri()
    upstream.script(text="It divides.")
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(uri, TEXT)
        await ask(editor, uri, "what is wombat?")
        (old,) = (await session(editor, "list"))["sessions"]
        assert (await session(editor, "new"))["id"] != old["id"]
        await ask(editor, uri, "what is numbat?")
    assert "wombat" not in prompts(upstream)[1]


@pytest.mark.parametrize(
    "params", [None, {}, {"action": "rm"}, {"action": "show", "id": "x"}, {"action": ["list"]}]
)
async def test_nonsense_is_invalid(home: Path, params: Any) -> None:
    async with Editor.in_process(App(None, {})) as editor:
        with pytest.raises(ResponseError) as raised:
            await editor.request("turnout/session", params)
        assert raised.value.code == -32602
