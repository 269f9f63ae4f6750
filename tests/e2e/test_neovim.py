"""Neovim, the real one, with the plugin as a user installs it: what may happen in a day's work."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from support.neovim_desk import (
    BOLD,
    PARSER,
    SETTINGS,
    Editing,
    both,
    finding,
    recalled_at_end,
    said,
    server_of,
)  # fmt: skip

if TYPE_CHECKING:
    from pathlib import Path

    from support.upstream import Upstream

pytestmark = pytest.mark.editor

REST = "ip().lower(), value.strip()"
TYPED = "    return name.str"
CLIENT = "return vim.lsp.get_clients({ name = 'turnout' })[1].id"
GONE = "return vim.lsp.get_client_by_id(...) == nil"
ATTACHED = "return #vim.lsp.get_clients({ name = 'turnout', bufnr = 0 })"


@both
def test_the_completion_menu_offers_what_recall_knows(editing: Editing, version: str) -> None:
    with editing(version, BOLD, setup="set completeopt=menuone,noinsert") as editor:
        recalled_at_end(editor, TYPED)
        keys = "<C-x><C-o>"
        editor.again(keys, "menu", lambda: editor.lua("return vim.fn.pumvisible()") == 1, keys)
        editor.until("entry", lambda: "strip().lower(), value.strip()" in str(editor.screen()))
        editor.until("one thing at a time", lambda: editor.ghost is None)
        editor.type("<C-y>")
        editor.until("accepted text", lambda: editor.lines[-1] == TYPED + REST)


@both
def test_a_server_that_is_killed_is_started_again_and_one_is_told(
    editing: Editing, version: str
) -> None:
    with editing(version, BOLD) as editor:
        first = server_of(editor)
        first.kill()
        said(editor, "Turnout: the server had stopped; it is started again. :Turnout log says why")
        editor.attached()
        assert server_of(editor).pid != first.pid
        assert recalled_at_end(editor, TYPED) == REST


def test_a_server_that_crashes_again_and_again_is_left_alone(editing: Editing) -> None:
    with editing("0.12", BOLD) as editor:
        for _ in range(4):
            editor.attached()
            client = editor.lua(CLIENT)
            server_of(editor).kill()
            editor.until("end of the server", lambda one=client: editor.lua(GONE, one))
        said(editor, "the server has crashed too often. :Turnout log says why, :Turnout restart")
        editor.type("Gostill here<Esc>")
        editor.until("text", lambda: editor.lines[-1].strip() == "still here")
        editor.type(":Turnout restart<CR>")
        editor.attached()


@both
def test_without_the_server_one_is_told_once_what_to_do(
    editing: Editing, project: Path, version: str
) -> None:
    (project / "other.py").write_text("x = 1\n")
    nowhere = ("no-such-turnout", "--stdio")
    with editing(version, command=nowhere, wait=False) as editor:
        wanted = "Turnout: `no-such-turnout` is not on the PATH. Install it, then :Turnout restart"
        said(editor, wanted)
        editor.type(":edit other.py<CR>")
        editor.until("other file", lambda: editor.lines == ["x = 1"])
        assert editor.said.count("PATH") == 1
        editor.type(":Turnout review<CR>")
        editor.until("again, as it was asked for", lambda: editor.said.count("PATH") == 2)
        editor.type(":checkhealth turnout<CR>")
        editor.until("health", lambda: "is not on the PATH" in "\n".join(editor.lines))


def test_checkhealth_says_what_is_there(editing: Editing) -> None:
    with editing("0.12", BOLD) as editor:
        editor.type(":checkhealth turnout<CR>")
        text = editor.until(
            "health", lambda: "what it can use" in (t := "\n".join(editor.lines)) and t
        )
        assert "turnout 0." in text
        assert "attached to 1 buffer(s) in" in text
        assert "ghost text is drawn by the plugin" in text
        assert "ERROR" not in text


def test_the_log_is_one_of_its_own(editing: Editing, tmp_path: Path) -> None:
    with editing("0.12") as editor:
        editor.type(":Turnout log<CR>")
        assert "/nvim/turnout.log" in said(editor, "nothing was logged yet")
    log = ("--log-file", str(tmp_path / "own.log"), "--log-level", "DEBUG")
    with editing("0.12", command=("turnout", "--stdio", *log)) as editor:
        editor.until("log", (tmp_path / "own.log").exists)
        editor.type(":Turnout log<CR>")
        editor.until("log", lambda: editor.api.current.buffer.name.endswith("own.log"))
        editor.type("q")
        editor.until("file", lambda: editor.api.current.buffer.name.endswith("parser.py"))


@both
def test_five_megabytes(editing: Editing, project: Path, provider: Upstream, version: str) -> None:
    provider.script(text="ues[index] * weights[index]")
    line = "    total = total + values[index] * weights[index]\n"
    (project / "big.py").write_text("def f(values, weights):\n" + line * 100_000)
    settings = SETTINGS.format(url=provider.url)
    with editing(version, settings, file="big.py", setup="syntax off") as editor:
        editor.type("Go")
        typed, slowest = "rest = total + val", 0.0
        for number in range(1, len(typed) + 1):
            wanted, start = typed[:number].strip(), time.monotonic()
            editor.write(typed[number - 1])
            editor.until("key", lambda w=wanted: editor.api.current.line.strip() == w)
            slowest = max(slowest, time.monotonic() - start)
        rest = editor.again("<BS>l", "ghost text", lambda: editor.ghost)
        editor.type("<Tab><Esc>")
        editor.until("line", lambda: editor.api.current.line.strip() == typed + rest)
        assert typed in str([call.body for call in provider.calls if call.method == "POST"])
    print(f"\nNeovim {version}: 5 MB, the slowest of {len(typed)} keys {slowest * 1e3:.0f} ms")


@both
def test_a_file_that_changes_on_disk(
    editing: Editing, project: Path, provider: Upstream, version: str
) -> None:
    provider.script(text=finding())
    with editing(version, SETTINGS.format(url=provider.url)) as editor:
        (project / "parser.py").write_text("# new on the disk\n" + PARSER)
        os.utime(project / "parser.py", (2e9, 2e9))
        editor.api.command("silent checktime | edit")
        editor.until("new text", lambda: editor.lines[0] == "# new on the disk")
        editor.attached()
        editor.type(":Turnout review<CR>")
        (found,) = editor.until("diagnostics", editor.diagnostics)
        assert found["lnum"] == 15


@both
def test_two_on_one_workspace(
    editing: Editing, tmp_path: Path, provider: Upstream, version: str
) -> None:
    provider.script(text=finding())
    settings = SETTINGS.format(url=provider.url)
    with editing(version, settings) as one, editing(version, settings) as two:
        for editor in (one, two):
            editor.type(":Turnout review<CR>")
        for editor in (one, two):
            (found,) = editor.until("diagnostics", editor.diagnostics)
            assert found["lnum"] == 14


@both
def test_a_file_gets_another_name(editing: Editing, version: str) -> None:
    with editing(version, BOLD) as editor:
        editor.type(":saveas reader.py<CR>")
        editor.until("name", lambda: editor.api.current.buffer.name.endswith("reader.py"))
        editor.until("server", lambda: editor.lua(ATTACHED) == 1)
        assert recalled_at_end(editor, TYPED) == REST
        editor.type("<Esc>u:file writer.py<CR>")
        editor.until("name", lambda: editor.api.current.buffer.name.endswith("writer.py"))
        assert recalled_at_end(editor, TYPED) == REST


@both
def test_a_file_outside_any_workspace(
    editing: Editing, tmp_path: Path, provider: Upstream, version: str
) -> None:
    provider.script(text=finding())
    alone = tmp_path / "alone" / "parser.py"
    alone.parent.mkdir()
    alone.write_text(PARSER)
    with editing(version, SETTINGS.format(url=provider.url), file=str(alone)) as editor:
        assert editor.lua("return vim.lsp.get_clients({ name = 'turnout' })[1].root_dir") is None
        editor.type(":Turnout review<CR>")
        assert editor.until("diagnostics", editor.diagnostics)
