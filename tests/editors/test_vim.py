"""Vim with ALE, the real ones: no edits from the server, no questions, no action is resolved."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.driven import EDITED, FIXED, KEPT, REFUSED, SIMPLER, Desk, answers, needs
from support.upstream import Upstream

pytestmark = pytest.mark.editor

SCRIPTS = Path(__file__).with_name("vim")
ALE = Path("/usr/share/vim-ale")


async def test_vim(home: Path) -> None:
    vim = needs("vim", "vim-nox")
    if not ALE.is_dir():
        pytest.skip("vim-ale cannot be had here")
    async with Upstream() as upstream:
        answers(upstream)
        desk = Desk.make(home, upstream)
        desk.environ["TERM"] = "xterm"
        journey = str(SCRIPTS / "journey.vim")
        seen = await desk.drive(vim, "-N", "-u", str(SCRIPTS / "vimrc"), "-S", journey)
    assert seen["finding"] == ["It fails for zero."]
    assert seen["fix_menu"][1] == '1) Fix it: "It fails for zero."'
    assert len([line for line in seen["fix_menu"] if "It fails for zero." in line]) == 1
    assert seen["fixed"] == FIXED
    assert seen["note"] == ["It takes the first. It fails where there is none."]
    assert seen["kept"] == KEPT
    assert f"+{SIMPLER.rstrip()}" in seen["diff"]
    assert seen["proposed"].endswith(
        'Turnout: p0/big: Takes any iterable. (1 edit: util.py) To apply it, choose "Apply" among '
        "the actions of the file."
    )
    assert seen["edited"] == EDITED
    assert seen["undone"] == KEPT
    assert seen["answer"] == ["It divides two numbers, and knows a box."]
    assert seen["refused"].endswith(REFUSED)
