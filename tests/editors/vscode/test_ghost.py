"""Ghost text in VS Code: by recall and by a model, typed through, taken whole and by word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from editors.vscode.conftest import Desk

pytestmark = pytest.mark.editor

PARSER = '''\
def read_header(line: str) -> tuple[str, str]:
    """Split a header line."""
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def read_cookie(line: str) -> tuple[str, str]:
    """Split a cookie."""
    name, _, value = line.partition("=")
    return name.strip().lower(), value.strip()


def read_pair(line: str) -> tuple[str, str]:
    """Split a pair."""
    name, _, value = line.partition("/")
    '''


async def test_recall(desk: Desk) -> None:
    desk.file("parser.py", PARSER)
    async with desk.window("parser.py") as window:
        await window.status_item()
        await window.end_of_file()
        await window.write("return na")
        ghost = await window.ghost()
        await window.shot("ghost")
        assert ghost == "me.strip().lower(), value.strip()"
        await window.write("me.")
        assert await window.ghost() == "strip().lower(), value.strip()"
        await window.key("Tab")
        await window.key("Control+s")
        lines = await window.lines()
    assert lines[-1] == "    return name.strip().lower(), value.strip()"
    assert not desk.upstream.calls
