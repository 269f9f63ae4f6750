"""Neovim, the real one, with the plugin as a user installs it and the server as a user runs it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from support.neovim import Neovim, binary
from support.upstream import Upstream

if TYPE_CHECKING:
    from pathlib import Path

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

SETTINGS = """\
[providers.fake]
dialect = "openai-completions"
base_url = "{url}/v1"
key = "none"

[providers.chat]
dialect = "openai-chat"
base_url = "{url}/v1"
key = "none"

[models."fake/fast"]
provider = "fake"
id = "fake-small"
fim = "qwen"

[models."chat/big"]
provider = "chat"
id = "fake-large"

[routes]
inline = ["fake/fast"]
review = ["chat/big"]
"""

# One small file is little to go by, and recall says so.
BOLD = """\
[inline]
min_confidence = 0.2
"""

FINDING = {
    "severity": "error",
    "category": "bug",
    "quote": 'line.partition("/")',
    "explanation": "The pair is split at the wrong character.",
}

Editing = Callable[..., AbstractContextManager[Neovim]]


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """The fake upstream on a thread of its own: pynvim needs this one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = Upstream()
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
    yield server
    asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def editing(tmp_path: Path) -> Editing:
    """Open the parser in a Neovim of some version, with or without settings."""

    @contextmanager
    def edit(version: str, settings: str = "", setup: str = "") -> Iterator[Neovim]:
        root = tmp_path / "project"
        (root / ".git").mkdir(parents=True)
        file = root / "parser.py"
        file.write_text(PARSER)
        config = tmp_path / "turnout.toml"
        config.write_text(settings)
        with Neovim(
            binary(version),
            file,
            state=tmp_path / "state",
            environ={"TURNOUT_CONFIG": str(config)},
            setup=setup,
        ) as editor:
            editor.attached()
            yield editor

    return edit


def type_at_end(editor: Neovim, text: str) -> None:
    """Type below the last line, and wait until recall, which the server loads late, knows it."""
    editor.type("GA")
    editor.write(text)
    editor.until("suggestion", lambda: editor.ask()[1])


def ghost_text(editor: Neovim) -> str:
    """Have Neovim ask as if the cursor had moved, and wait for what it shows."""
    editor.lua("vim.api.nvim_exec_autocmds('CursorMovedI', { buffer = 0 })")
    return editor.until("ghost text", lambda: editor.ghost) or ""


both = pytest.mark.parametrize("version", ["0.11", "0.12"])


def test_ghost_text_from_recall_is_shown_typed_through_and_accepted(editing: Editing) -> None:
    with editing("0.12", BOLD) as editor:
        type_at_end(editor, "    return name.str")
        rest = "ip().lower(), value.strip()"
        assert ghost_text(editor) == rest
        screen = editor.screen()
        assert screen.line(screen.cursor[0]).endswith(
            "    return name.strip().lower(), value.strip()"
        )
        ghost = screen.rows[screen.cursor[0]][screen.cursor[1] + 1]
        assert ghost.look != screen.default, "ghost text looks like text"

        for position, character in enumerate(rest[:8], start=1):
            editor.write(character)
            editor.until("rest", lambda left=rest[position:]: editor.ghost == left, seconds=1)
        editor.next_answer()
        assert editor.ghost == rest[8:], "the server's own answer keeps what is typed through"

        editor.type("<Tab>")
        editor.until("accepted text", lambda: editor.lines[-1] == f"    return name.str{rest}")
        assert editor.ghost is None


def test_accepting_right_after_a_key_leaves_nothing_behind(editing: Editing) -> None:
    with editing("0.12", BOLD) as editor:
        type_at_end(editor, "    return name.str")
        ghost_text(editor)
        editor.type("ip()<Tab>")
        editor.until("command", lambda: editor.answers("workspace/executeCommand"))
        assert editor.lines[-1] == "    return name.strip().lower(), value.strip()"
        editor.write("x")
        editor.until("key", lambda: editor.lines[-1].endswith("value.strip()x"))


def test_the_key_that_accepts_is_itself_where_nothing_is_suggested(editing: Editing) -> None:
    with editing("0.12") as editor:
        editor.type("Go<Tab>x")
        editor.until("tab", lambda: editor.lines[-1].strip() == "x")
        assert editor.lines[-1] != "x"


def test_ghost_text_from_a_model_is_shown_and_accepted(
    editing: Editing, upstream: Upstream
) -> None:
    upstream.script(text="value.strip(), name.strip()")
    with editing("0.12", SETTINGS.format(url=upstream.url)) as editor:
        type_at_end(editor, "    return ")
        assert ghost_text(editor) == "value.strip(), name.strip()"
        editor.type("<Tab>")
        wanted = "    return value.strip(), name.strip()"
        editor.until("accepted text", lambda: editor.lines[-1] == wanted)
    asked = [call.body for call in upstream.calls if call.method == "POST"]
    assert asked
    assert all(body["model"] == "fake-small" for body in asked)
    assert "def read_pair" in asked[0]["prompt"]


@both
def test_the_completion_menu_offers_what_recall_knows(editing: Editing, version: str) -> None:
    with editing(version, BOLD, setup="set completeopt=menuone,noinsert") as editor:
        type_at_end(editor, "    return name.str")
        editor.type("<C-x><C-o>")
        editor.until("menu", lambda: editor.lua("return vim.fn.pumvisible()") == 1)
        assert "strip().lower(), value.strip()" in str(editor.screen()), editor.screen()
        editor.type("<C-y>")
        wanted = "    return name.strip().lower(), value.strip()"
        editor.until("accepted text", lambda: editor.lines[-1] == wanted)


@both
def test_a_review_becomes_diagnostics(editing: Editing, upstream: Upstream, version: str) -> None:
    upstream.script(text=f"{json.dumps(FINDING)}\n{json.dumps({'done': True})}\n")
    with editing(version, SETTINGS.format(url=upstream.url)) as editor:
        editor.type("15G")
        editor.lua(
            """vim.lsp.buf.code_action({ apply = true,
            filter = function(action) return action.title:find('^Review `read_pair`') end })"""
        )
        (found,) = editor.until("diagnostics", editor.diagnostics)
        assert FINDING["explanation"] in found["message"]
        assert (found["lnum"], found["severity"], found["source"]) == (14, 1, "turnout")
        line = PARSER.splitlines()[14]
        assert line[found["col"] : found["end_col"]] == FINDING["quote"]
        editor.until("end of the progress", lambda: "end" in editor.progress)
        editor.type("ggO# moved<Esc>")
        editor.until("moved", lambda: editor.diagnostics()[0]["lnum"] == 15)
        assert editor.mode == "n", editor.screen()


@both
def test_without_a_model_the_action_says_why_and_nothing_pops_up(
    editing: Editing, version: str
) -> None:
    with editing(version) as editor:
        actions = editor.lua(
            """local client = vim.lsp.get_clients({ name = 'turnout' })[1]
            local parameters = vim.lsp.util.make_range_params(0, client.offset_encoding)
            parameters.context = { diagnostics = {} }
            return client:request_sync('textDocument/codeAction', parameters, 5000, 0).result"""
        )
        reviews = [action for action in actions if action["title"].startswith("Review")]
        # 0.11 cannot show a disabled action, and does not get one.
        assert bool(reviews) == (version == "0.12")
        assert all("turnout.toml" in action["disabled"]["reason"] for action in reviews)
        assert editor.mode == "n", editor.screen()
        assert editor.messages == ""


def test_neovim_goes_on_when_the_server_dies(editing: Editing) -> None:
    with editing("0.12") as editor:
        (server,) = psutil.Process(editor.lua("return vim.fn.getpid()")).children()
        server.kill()
        editor.until(
            "end of the server", lambda: not editor.lua("return #vim.lsp.get_clients() > 0")
        )
        editor.type("Gostill here<Esc>")
        editor.until("text", lambda: editor.lines[-1].strip() == "still here")
