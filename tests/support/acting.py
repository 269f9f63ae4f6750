"""What tests of actions share: an app with models at fake upstreams, the menu, the commands."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

from support.editor import Editor
from turnout.app import App

URI = "file:///ws/util.py"
TEXT = """import os


def ratio(a, b):
    return a / b


class Box:
    def first(self, items):
        return items[0]
"""
DONE = '{"done": true}\n'


def finding(quote: str, explanation: str = "It breaks.", **more: Any) -> str:
    value = {"severity": "error", "category": "bug", "quote": quote, "explanation": explanation}
    return json.dumps({**value, **more}) + "\n"


def app(home: Path, *urls: str, routes: str = "") -> App:
    """An app whose user has enabled a provider with a model "big" at each address."""
    config = home / "turnout.toml"
    parts = []
    for number, url in enumerate(urls):
        parts.append(
            f'[providers.p{number}]\ndialect = "openai-chat"\nbase_url = "{url}/v1"\nkey = "none"\n'
            f'[models."p{number}/big"]\nprovider = "p{number}"\nid = "big"\n'
        )
    config.write_text("\n".join([*parts, routes]))
    return App(config, {})


def where(text: str, quote: str) -> dict[str, Any]:
    """The range of a quote, in the units of ASCII text."""
    start = text.index(quote)

    def position(offset: int) -> dict[str, int]:
        before = text[:offset]
        return {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}

    return {"start": position(start), "end": position(start + len(quote))}


async def actions(
    editor: Editor, line: int = 4, end: int | None = None, only: list[str] | None = None,
    diagnostics: list[Any] | None = None, uri: str = URI,
) -> list[Any]:  # fmt: skip
    context: dict[str, Any] = {"diagnostics": diagnostics or [], "triggerKind": 1}
    if only is not None:
        context["only"] = only
    return await editor.request(
        "textDocument/codeAction",
        {
            "textDocument": {"uri": uri},
            "range": {
                "start": {"line": line, "character": 0},
                "end": {"line": line if end is None else end, "character": 0},
            },
            "context": context,
        },
    )


def run(editor: Editor, action: Any) -> tuple[int, asyncio.Future[Any]]:
    command = action.get("command", action)
    command = command if isinstance(command, dict) else action
    return editor.begin(
        "workspace/executeCommand",
        {"command": command["command"], "arguments": command["arguments"]},
    )


async def execute(editor: Editor, command: str, **arguments: Any) -> Any:
    _, future = editor.begin(
        "workspace/executeCommand", {"command": command, "arguments": [{"uri": URI, **arguments}]}
    )
    return await asyncio.wait_for(future, 60)


def shown(editor: Editor, uri: str = URI) -> list[Any]:
    """The diagnostics that the editor shows now."""
    published = [
        p for p in editor.notifications("textDocument/publishDiagnostics") if p["uri"] == uri
    ]
    return published[-1]["diagnostics"] if published else []


async def until(condition: Any, seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def progress(editor: Editor) -> list[str]:
    return [params["value"]["kind"] for params in editor.notifications("$/progress")]


def titles(menu: list[Any]) -> list[str]:
    """The titles without prices: those are known once they are loaded, in the background."""
    return [re.sub(r", (free|about \$[\d.]+)$", "", action["title"]) for action in menu]


def block(path: str, search: str, replace: str) -> str:
    """One edit as a model without tools writes it."""
    return f"{path}\n```\n<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n```\n"
