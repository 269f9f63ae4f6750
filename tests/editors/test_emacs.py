"""Emacs, the real one: eglot and lsp-mode with the snippets as a user loads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.driven import (
    BOLD,
    FIXED,
    READERS,
    RECALLED,
    REFUSED,
    SIMPLER,
    Desk,
    answers,
    needs,
)
from support.upstream import Upstream

pytestmark = pytest.mark.editor

QUESTION = "Turnout: what is to be done with `first`?"
ASKED = {
    "eglot": f"[eglot] Server reports (type=3): {QUESTION}\nChoose an option: ",
    "lsp": f"{QUESTION} ",
}
JOURNEY = Path(__file__).with_name("emacs") / "journey.el"


@pytest.mark.parametrize("client", ["eglot", "lsp"])
async def test_emacs(home: Path, client: str) -> None:
    emacs = needs("emacs", "emacs-nox")
    async with Upstream() as upstream:
        answers(upstream)
        desk = Desk.make(home, upstream)
        desk.settings(BOLD)
        (desk.workspace / "pair.py").write_text(READERS)
        desk.environ["CLIENT"] = client
        seen = await desk.drive(emacs, "-Q", "--batch", "-l", str(JOURNEY))
    assert any("It fails for zero." in text for text in seen["finding"])
    assert seen["menu"][0] == 'Fix it: "It fails for zero."'
    assert seen["fixed"] == FIXED
    assert seen["explanation"] == "It takes the first.\nIt fails where there is none."
    assert seen["question"] == ASKED[client]
    assert f"-        return items[0]\n+{SIMPLER}" in seen["diff"]
    assert seen["untouched"] == FIXED
    assert seen["edited"] == FIXED.replace("        return items[0]\n", SIMPLER)
    assert seen["undone"] == FIXED
    assert seen["answer"] == "It divides two numbers, and knows a box."
    assert seen["refused"].endswith(REFUSED)
    assert seen["completions"] == [RECALLED]
