"""The first five minutes in VS Code: from nothing to ghost text, to a provider, to a review."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from editors.vscode.test_actions import REVIEW, SHOP
from editors.vscode.test_ghost import PARSER
from support.upstream import Exchange, list_models

if TYPE_CHECKING:
    from editors.vscode.conftest import Desk
    from support.vscode import Window

pytestmark = pytest.mark.editor

KEY = "sk-right-4711"
WRONG = "sk-wrong-0815"


async def guarded_models(exchange: Exchange) -> None:
    """The models, for those who have the key."""
    if exchange.call.headers.get("authorization") == f"Bearer {KEY}":
        await list_models(exchange)
    else:
        error = {"message": "Incorrect API key provided.", "code": "invalid_api_key"}
        await exchange.json({"error": error}, 401)


@dataclass
class Stage:
    """What a stage takes the user; more than this is too much."""

    window: Window
    name: str
    most_actions: int = 5
    most_seconds: float = 120

    def __enter__(self) -> None:
        self.actions, self.began = self.window.actions, time.monotonic()

    def __exit__(self, *error: object) -> None:
        actions, seconds = self.window.actions - self.actions, time.monotonic() - self.began
        print(f"{self.name}: {actions} actions, {seconds:.1f} s")
        assert actions <= self.most_actions
        assert seconds < self.most_seconds


async def test_first_minutes(desk: Desk) -> None:
    desk.upstream.routes["/v1/models"] = guarded_models
    desk.upstream.script(text=REVIEW)
    desk.environ["OPENAI_BASE_URL"] = f"{desk.upstream.url}/v1"
    (desk.home / ".profile").unlink()  # where nothing is installed
    desk.file("parser.py", PARSER)
    desk.file("shop.py", SHOP)
    async with desk.window("parser.py", is_well=False) as window:
        with Stage(window, "from nothing to ghost text"):
            await window.message("Turnout's server comes with this extension.")
            await window.shot("install")
            await window.button("Install")
            await window.ready(seconds=270)
            await window.knows_the_code()
            await window.end_of_file()
            await window.write("return na")
            await window.ghost()
            await window.shot("ghost")
            await window.key("Tab")
        await window.open("shop.py")
        with Stage(window, "to a provider, with a wrong key in between", most_actions=6):
            await window.command("Turnout: Set Up a Provider...")
            await window.shot("providers")
            await window.pick("OpenAI")
            await window.there(".monaco-dialog-box")
            await window.shot("consent")
            await window.button("Enable")
            await window.enter(WRONG)
            refused = await window.validation()
            await window.shot("refused")
            await window.enter(KEY)
            await window.message("accepted the key")
            await window.shot("accepted")
        with Stage(window, "to the first review"):
            await window.button("Review shop.py")
            await window.squiggled("error")
            await window.shot("reviewed")
    assert refused == "openai does not accept the key (401). Paste another one, or press Escape."
    assert WRONG not in desk.config.read_text()
    assert KEY not in desk.config.read_text()
    assert desk.asked("/v1/chat/completions") == 1
