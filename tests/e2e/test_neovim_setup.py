"""The first five minutes in Neovim, and what it says when something is wrong."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from support.neovim import PLUGIN
from support.neovim_desk import (
    BOLD,
    SETTINGS,
    Editing,
    asked,
    both,
    finding,
    recalled_at_end,
    said,
    server_of,
)
from support.upstream_wire import Held

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.neovim import Neovim
    from support.upstream import Upstream

pytestmark = pytest.mark.editor

RIGHT, WRONG = "sk-right-0123456789", "sk-wrong-0123456789"
KEYED = SETTINGS.replace('key = "none"', 'key = "env:TEAM_KEY"')
STATUS = "return require('turnout').status()"


class User:
    """Counts what a user does."""

    def __init__(self, editor: Neovim) -> None:
        self.editor = editor
        self.actions: list[str] = []

    def does(self, keys: str, wait: Callable[[], object]) -> None:
        """Take one action, and wait for what comes of it."""
        self.actions.append(keys)
        self.editor.type(keys)
        wait()


@both
def test_the_first_five_minutes(
    editing: Editing, tmp_path: Path, provider: Upstream, version: str
) -> None:
    provider.keys = (RIGHT,)
    provider.script(text=finding())
    environ = {
        "OPENAI_BASE_URL": f"{provider.url}/v1",
        "XDG_CONFIG_HOME": str(tmp_path / "conf"),
        "TURNOUT_CONFIG": "",
    }
    file = tmp_path / "conf" / "turnout" / "turnout.toml"
    start = time.monotonic()
    with editing(version, None, environ=environ, size=(100, 40)) as editor:
        recalled_at_end(editor, "    return name.strip().low")
        ghost = time.monotonic() - start
        editor.type("<Tab><Esc>")
        user = User(editor)
        user.does(":Turnout setup<CR>", lambda: asked(editor, "1: OpenAI: needs a key, about $"))
        user.does("1<CR>", lambda: asked(editor, "y enable it"))
        shown = str(editor.screen())
        assert "What. When you ask for a review" in shown
        assert provider.url.removeprefix("http://") in shown
        assert "[providers.openai]" in shown
        assert not file.exists()
        user.does("y", lambda: asked(editor, "The key of OpenAI (made at https://platform.openai"))
        assert "[providers.openai]" in file.read_text()
        editor.type(f"{WRONG}<CR>")
        asked(editor, "openai does not accept the key (401).")
        assert WRONG not in str(editor.glance())
        user.does(f"{RIGHT}<CR>", lambda: asked(editor, "1: Review this file"))
        assert "Turnout: the key is accepted, and kept in" in str(editor.glance())
        user.does("1<CR>", lambda: editor.until("findings", editor.diagnostics))
        took = time.monotonic() - start
        assert RIGHT not in editor.said
        assert RIGHT not in editor.lua("return vim.fn.execute('history all')")
    print(
        f"\nNeovim {version}: ghost text {ghost:.1f} s after the start, the first review after "
        f"{took:.1f} s and {len(user.actions)} actions, and a wrong key in between"
    )
    assert len(user.actions) <= 5
    assert took < 120


@both
def test_nothing_is_enabled_without_the_word(
    editing: Editing, tmp_path: Path, version: str
) -> None:
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "conf"), "TURNOUT_CONFIG": ""}
    with editing(version, None, environ=environ, size=(100, 40)) as editor:
        editor.type(":Turnout review<CR>")
        said(editor, "Set one up with :Turnout setup")
        editor.type(":Turnout setup anthropic<CR>")
        asked(editor, "Enable Anthropic?")
        editor.type("q")
        editor.until("file", lambda: editor.api.current.buffer.name.endswith("parser.py"))
        editor.type(":Turnout setup anthropic<CR>")
        asked(editor, "Enable Anthropic?")
        editor.type("y")
        asked(editor, "The key of Anthropic")
        editor.type("<CR>")
        said(editor, "Turnout: no key was entered. Later: :Turnout key anthropic")
        editor.until("status", lambda: editor.lua(STATUS) == "Turnout: no key for anthropic")
        editor.type(":Turnout setup nobody<CR>")
        said(editor, 'no provider is called "nobody". :Turnout setup lists them')
    assert (tmp_path / "conf" / "turnout" / "turnout.toml").exists()


@both
def test_no_key_a_wrong_key_and_a_dead_provider(
    editing: Editing, provider: Upstream, version: str
) -> None:
    provider.keys = (RIGHT,)
    settings = KEYED.format(url=provider.url)
    with editing(version, settings, size=(120, 30)) as editor:
        editor.type(":Turnout review<CR>")
        said(editor, "the key of provider chat is missing. Enter one with :Turnout key chat")
    with editing(version, settings, environ={"TEAM_KEY": WRONG}, size=(120, 30)) as editor:
        editor.type(":Turnout review<CR>")
        said(editor, "does not accept the key (401)")
        assert "Enter one with :Turnout key chat" in editor.said
        editor.until("status", lambda: editor.lua(STATUS) == "Turnout: check the key of chat")
        editor.type(":Turnout status<CR>")
        editor.until("page", lambda: "chat" in "\n".join(editor.lines[1:]))
        assert WRONG not in "\n".join(editor.lines)
    dead = SETTINGS.format(url="http://127.0.0.1:9")
    with editing(version, dead, size=(120, 30)) as editor:
        editor.type(":Turnout review<CR>")
        said(editor, "chat")
        assert "127.0.0.1:9" in editor.said or "reached" in editor.said, editor.said
        assert editor.mode == "n"


@both
def test_the_statusline_and_the_switches(
    editing: Editing, provider: Upstream, version: str
) -> None:
    held = Held()
    provider.script(text=finding(), held=held)
    setup = "lua vim.o.laststatus = 2 vim.o.statusline = \"%{%v:lua.require'turnout'.status()%}\""
    with editing(version, SETTINGS.format(url=provider.url), setup=setup) as editor:
        editor.until("status", lambda: editor.screen().line(22) == "Turnout")
        editor.type(":Turnout review<CR>")
        editor.until("busy", lambda: editor.screen().line(22) == "Turnout: reviewing")
        held.go_on()
        editor.until("done", lambda: editor.screen().line(22) == "Turnout")
        editor.type(":Turnout pause<CR>")
        said(editor, "Turnout: paused. :Turnout resume goes on")
        editor.until("paused", lambda: editor.screen().line(22) == "Turnout: paused")
        editor.type("Go    return name.str")
        editor.until("text", lambda: editor.lines[-1].endswith("name.str"))
        assert editor.ask()[1] == ""
        assert editor.ghost is None
        editor.type("<Esc>:Turnout resume<CR>")
        said(editor, "Turnout: suggestions go on.")
        editor.type(":Turnout mode economy<CR>")
        said(editor, "the mode is economy, until the server ends")
        assert editor.lua("return require('turnout.status').get().mode") == "economy"


@both
def test_the_pages(editing: Editing, provider: Upstream, version: str) -> None:
    provider.script(text="It splits at the sign.")
    with editing(version, SETTINGS.format(url=provider.url), size=(120, 40)) as editor:

        def is_file() -> bool:
            return str(editor.api.current.buffer.name).endswith("parser.py")

        def page(command: str, *wanted: str) -> None:
            keys = f":Turnout {command}<CR>"
            editor.type(keys)
            for text in wanted:  # a page is drawn once, of what is known by then
                editor.again(keys, text, lambda text=text: text in "\n".join(editor.lines))
            assert editor.mode == "n", editor.screen()
            editor.again("q", "file", is_file, "q")

        editor.type(":Turnout ask What is it for?<CR>")
        editor.until("answer", lambda: "It splits at the sign." in str(editor.screen()))
        editor.type("<C-w>lq")
        page("report", "1 call", "ask", "Each day")
        page("status", "mode balanced", "ask by chat/big")
        page("doctor", "chat/big")
        page("messages")
        page("", ":Turnout review", ":Turnout setup")
        editor.type(":Turnout route review<CR>")
        editor.until("route", lambda: "Route of review" in str(editor.screen()))
        editor.until("route", lambda: "chat/big" in str(editor.screen()))
        editor.type("<C-w>lq:Turnout session<CR>")
        asked(editor, "1: ")
        editor.type("1<CR>")
        editor.until("session", lambda: "What is it for?" in "\n".join(editor.lines))
        editor.type("q:Turnout session new<CR>")
        said(editor, "a new session has begun")
        editor.type(":Turnout nonsense<CR>")
        said(editor, 'there is no "nonsense". :Turnout alone lists what there is')


def test_messages_never_wait_for_a_key(editing: Editing, provider: Upstream) -> None:
    provider.keys = (RIGHT,)
    settings = KEYED.format(url=provider.url)
    with editing("0.11", settings, size=(60, 20), setup="set messagesopt&") as editor:
        editor.type(":Turnout review<CR>")
        said(editor, "Enter one with :Turnout key chat")
        editor.until("line", lambda: ":Turnout key chat" in editor.screen().line(19))
        server_of(editor).kill()
        said(editor, "it is started again")
        editor.attached()
        editor.type("Gox<Esc>")
        editor.until("key", lambda: editor.lines[-1] == "x")
        assert editor.mode == "n"


def test_options_that_make_no_sense_are_said_and_the_help_has_them_all(editing: Editing) -> None:
    with editing("0.12", BOLD, options={"gost": True, "split": "left"}) as editor:
        said(editor, 'vim.g.turnout: there is no option "gost" See :help turnout-options')
        said(editor, '"split" cannot be "left"')
        editor.api.command(f"helptags {PLUGIN / 'doc'}")
        editor.type(":help turnout-options<CR>")
        editor.until("help", lambda: editor.lua("return vim.bo.filetype") == "help")
        text = "\n".join(editor.lines)
        commands = editor.lua("return require('turnout.commands').names()")
        assert [name for name in commands if f"urnout {name}" not in text.replace("[!]", "")] == []
        options = editor.lua("return vim.tbl_keys(require('turnout.config').get())")
        assert [name for name in options if f"{name} = " not in text] == []


def test_every_subcommand_leads_somewhere(editing: Editing) -> None:
    source = (PLUGIN / "lua" / "turnout" / "commands.lua").read_text()
    places = [place.rpartition(".") for place in re.findall(r"(?:run|values) = '([\w.]+)'", source)]
    assert len(places) > 20
    with editing("0.12", BOLD) as editor:
        for module, _, name in places:
            kind = editor.lua(
                "return type(require('turnout.' .. ...)[select(2, ...)])", module, name
            )
            assert kind in ("function", "table"), f"{module}.{name} is a {kind}"
