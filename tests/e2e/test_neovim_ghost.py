"""Ghost text in a real Neovim: shown, typed through, accepted whole, by line and by word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.neovim_desk import BOLD, SETTINGS, Editing, both, recalled_at_end, type_at_end

if TYPE_CHECKING:
    from support.neovim import Neovim
    from support.upstream import Upstream
    from support.upstream_wire import Call

pytestmark = pytest.mark.editor

TYPED = "    return name.str"
REST = "ip().lower(), value.strip()"
PARTIAL = "textDocument/didPartiallyAcceptCompletion"
LONG = "[\n        name.strip(),\n        value.strip(),\n    ]"


def last_line(editor: Neovim, wanted: str) -> None:
    editor.until(f"line {wanted!r}", lambda: editor.lines[-1] == wanted)


@both
def test_recall_is_shown_typed_through_and_accepted(editing: Editing, version: str) -> None:
    with editing(version, BOLD) as editor:
        assert recalled_at_end(editor, TYPED) == REST
        screen = editor.screen()
        assert screen.line(screen.cursor[0]) == TYPED + REST
        ghost = screen.rows[screen.cursor[0]][screen.cursor[1] + 1]
        assert ghost.look != screen.default, "ghost text looks like text"
        editor.until("word to the server", lambda: "textDocument/didShowCompletion" in editor.sent)

        editor.settled()
        asked = len(editor.answers())
        for position, character in enumerate(REST[:8], start=1):
            # In the very redraw of the key: there is no moment without it.
            editor.write(character)
            editor.until("key", lambda at=position: editor.lines[-1] == TYPED + REST[:at])
            assert editor.ghost == REST[position:]
        editor.type("<BS>")
        editor.until("key", lambda: editor.lines[-1] == TYPED + REST[:7])
        assert editor.ghost == REST[7:], "what was typed and taken back is suggested again"
        assert len(editor.answers()) == asked, "nobody is asked while one types along"

        editor.type("<Tab>")
        last_line(editor, TYPED + REST)
        editor.until("command", lambda: editor.answers("workspace/executeCommand"))
        editor.type("<Esc>u")
        last_line(editor, TYPED + REST[:7])


@both
def test_word_by_word_and_line_by_line(editing: Editing, provider: Upstream, version: str) -> None:
    provider.script(text=LONG)
    with editing(version, SETTINGS.format(url=provider.url)) as editor:
        assert type_at_end(editor, "    return ") == LONG
        screen = str(editor.screen())
        assert "    return [\n        name.strip(),\n        value.strip(),\n    ]\n" in screen
        editor.type("<M-w>")
        last_line(editor, "    return [")
        editor.type("<M-w>")
        last_line(editor, "        name")
        assert editor.ghost == LONG.partition("name")[2]
        editor.type("<M-l>")
        last_line(editor, "        name.strip(),")
        editor.until("reports", lambda: editor.sent.count(PARTIAL) == 3)
        assert editor.told(PARTIAL)["acceptedLength"] == len("[\n        name.strip(),")
        # A line that is broken by hand goes on, and what the editor indents is typed along.
        editor.type("<Tab>")
        editor.until("all", lambda: editor.lines[-4:] == ["    return [", *LONG.split("\n")[1:]])
        editor.until("command", lambda: editor.answers("workspace/executeCommand"))


@both
def test_one_can_change_to_another_and_have_none(editing: Editing, version: str) -> None:
    with editing(version, BOLD) as editor:
        first = recalled_at_end(editor, "    name, _, value = line.partition(")
        editor.type("<M-n>")
        second = editor.until("another", lambda: editor.ghost if editor.ghost != first else None)
        editor.until("count", lambda: "(2/" in str(editor.screen()))
        editor.type("<M-p>")
        editor.until("the first", lambda: editor.ghost == first)
        editor.type("<M-n>")
        editor.until("the second", lambda: editor.ghost == second)
        editor.type("<M-d>")
        editor.until("none", lambda: editor.ghost is None)
        editor.lua("vim.api.nvim_exec_autocmds('CursorMovedI', { buffer = 0 })")
        assert editor.ghost is None, "what was sent away stays away"
        editor.type("<M-t>")
        editor.until("asked for", lambda: editor.ghost)
        editor.type("<Esc>")
        editor.until("none in normal mode", lambda: editor.ghost is None)


@both
def test_what_closes_the_line_is_kept_or_replaced_as_it_looks(
    editing: Editing, provider: Upstream, version: str
) -> None:
    provider.script(text="name, value)")
    with editing(version, SETTINGS.format(url=provider.url)) as editor:
        editor.type("GA    return dict()<Left>")
        editor.again("<Left><Right>", "ghost text", lambda: editor.ghost == "name, value")
        screen = editor.screen()
        assert screen.line(screen.cursor[0]) == "    return dict(name, value)"
        editor.type("<Tab>")
        last_line(editor, "    return dict(name, value)")
        assert editor.api.current.window.cursor[1] in (27, 28)


@both
def test_a_key_without_a_suggestion_is_itself(editing: Editing, version: str) -> None:
    with editing(version) as editor:
        editor.type("Go<Tab>x")
        editor.until("tab", lambda: editor.lines[-1].strip() == "x")
        assert editor.lines[-1] != "x"


@both
def test_a_late_answer_for_another_text_is_dropped(
    editing: Editing, provider: Upstream, version: str
) -> None:
    provider.script(text="late()", delay=0.5)
    with editing(version, SETTINGS.format(url=provider.url)) as editor:
        editor.type("GA    return ")
        call = editor.until("call", lambda: next(iter(_posts(provider)), None))
        editor.type("<Esc>")
        editor.until("end of the call", lambda: call.finished or call.closed_at)
        provider.script(text="late()")
        editor.type("ggO")
        editor.until("another call", lambda: len(_posts(provider)) > 1)
        assert editor.screen().line(len(editor.lines) - 1) == "    return"
        editor.again("x<BS>", "its own answer", lambda: editor.ghost == "late()")
        assert editor.screen().line(0) == "late()"
        assert editor.screen().line(len(editor.lines) - 1) == "    return"


def _posts(provider: Upstream) -> list[Call]:
    return [call for call in provider.calls if call.method == "POST"]


def test_nothing_is_mapped_that_is_not_asked_for(editing: Editing) -> None:
    with editing("0.12", BOLD, bare=True) as editor:
        maps = editor.lua("return vim.api.nvim_buf_get_keymap(0, 'i')")
        assert [one for one in maps if "Turnout" in one.get("desc", "")] == []
        editor.lua(
            """vim.keymap.set('i', '<C-l>', function()
              return require('turnout').visible() and '<Plug>(turnout-accept)' or 'L'
            end, { expr = true, remap = true })"""
        )
        editor.type("Go<C-l><Esc>")
        last_line(editor, "L")
        editor.type("dd")
        recalled_at_end(editor, TYPED.strip())
        editor.type("<C-l>")
        last_line(editor, TYPED.strip() + REST)


def test_neovims_own_ghost_text_is_used_where_one_prefers_it(editing: Editing) -> None:
    with editing("0.12", BOLD, options={"ghost": "native"}) as editor:
        editor.type("GA")
        editor.write(TYPED)
        editor.until("suggestion", lambda: editor.ask()[1])
        editor.lua("vim.api.nvim_exec_autocmds('CursorMovedI', { buffer = 0 })")
        editor.until("ghost text", lambda: editor.ghost == REST)
        assert not editor.lua("return require('turnout.ghost').visible()")
        editor.type("ip()")
        editor.until("keys", lambda: editor.lines[-1] == TYPED + "ip()")
        editor.type("<M-w>")
        last_line(editor, TYPED + "ip().")
        editor.until("ghost text again", lambda: editor.ghost == "lower(), value.strip()")
        editor.type("<Tab>")
        last_line(editor, TYPED + REST)
        editor.until("command", lambda: editor.answers("workspace/executeCommand"))


def test_neovims_own_is_used_where_it_is_on(editing: Editing) -> None:
    with editing("0.12", BOLD, setup="lua vim.lsp.inline_completion.enable()") as editor:
        editor.type("GA")
        editor.write(TYPED)
        editor.until("suggestion", lambda: editor.ask()[1])
        editor.lua("vim.api.nvim_exec_autocmds('CursorMovedI', { buffer = 0 })")
        editor.until("ghost text", lambda: editor.ghost == REST)
