"""What tests of the first five minutes share: a user with nothing set up, and the requests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.editor import CAPABILITIES, Editor
from support.upstream import Upstream
from turnout.app import App

PLUGIN: dict[str, Any] = {**CAPABILITIES, "experimental": {"turnout": {"problem": True}}}
RIGHT, WRONG = "sk-right-0123456789", "sk-wrong-0123456789"


def own_file(home: Path) -> Path:
    return home / ".config/turnout/turnout.toml"


def app(home: Path, upstream: Upstream, text: str | None = None, **environ: str) -> App:
    """An app of a user whose OPENAI_BASE_URL is the fake upstream."""
    if text is not None:
        own_file(home).parent.mkdir(exist_ok=True)
        own_file(home).write_text(text)
    return App(None, {"OPENAI_BASE_URL": f"{upstream.url}/v1", **environ})


async def set_key(editor: Editor, key: str, keep: str = "session", **more: Any) -> Any:
    params = {"provider": "openai", "key": key, "keep": keep, "check": True, **more}
    return await editor.request("turnout/setKey", params)


async def enabled(editor: Editor, provider: str = "openai") -> Any:
    await editor.request("turnout/consent", {"provider": provider})
    return await editor.request("turnout/enable", {"provider": provider})
