"""Emacs, the real one: eglot and lsp-mode with the snippets as a user loads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.driven import (
    BOLD,
    EDITED,
    FIXED,
    KEPT,
    READERS,
    RECALLED,
    REFUSED,
    Desk,
    answers,
    needs,
)
from support.upstream import Upstream

pytestmark = pytest.mark.editor

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
    assert any("It takes the first." in text for text in seen["note"])
    assert seen["kept"] == KEPT
    assert "p0/big: Takes any iterable. (1 edit: util.py)" in seen["question"]
    assert seen["edited"] == EDITED
    assert seen["undone"] == KEPT
    assert seen["answer"] == "It divides two numbers, and knows a box."
    assert seen["refused"].endswith(REFUSED)
    assert seen["completions"] == [RECALLED]
