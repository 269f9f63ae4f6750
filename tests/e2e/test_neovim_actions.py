"""`:Turnout` in a real Neovim: review, fix, refactor with a preview, answers, commit messages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from support.neovim_desk import (
    BAD,
    GOOD,
    PARSER,
    SETTINGS,
    Editing,
    asked,
    both,
    edit,
    finding,
    said,
)
from support.repository import git
from support.upstream_wire import Held

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.neovim import Neovim
    from support.upstream import Upstream

pytestmark = pytest.mark.editor

AFTER = PARSER.replace(BAD, GOOD)

wide = pytest.mark.parametrize("size", [(120, 30)], ids=["wide"])


@pytest.fixture
def version() -> str:
    """The Neovim of a test that does not say `both`."""
    return "0.12"


@pytest.fixture
def size() -> tuple[int, int]:
    """The screen of a test that does not say `wide`."""
    return (80, 24)


@pytest.fixture
def working(editing: Editing, provider: Upstream, version: str, size: tuple[int, int]) -> Editing:
    """Open a file with settings for the provider."""
    return partial(editing, version, SETTINGS.format(url=provider.url), size=size)


@pytest.fixture
def editor(working: Editing) -> Iterator[Neovim]:
    """The parser in a Neovim."""
    with working() as editor:
        yield editor


def buffers(editor: Neovim) -> list[str]:
    """The names of the buffers that windows of this tab show."""
    code = """return vim.tbl_map(function(window)
      return vim.api.nvim_buf_get_name(vim.api.nvim_win_get_buf(window))
    end, vim.api.nvim_tabpage_list_wins(0))"""
    return [name.rpartition("//")[2] for name in editor.lua(code)]


def answer(editor: Neovim) -> list[str]:
    """The lines of the answer on the screen, besides the file."""
    code = """for _, window in ipairs(vim.api.nvim_list_wins()) do
      local buffer = vim.api.nvim_win_get_buf(window)
      if vim.api.nvim_buf_get_name(buffer):find('^turnout://') then
        return vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
      end
    end
    return {}"""
    return list(editor.lua(code))


@both
@wide
def test_a_review_becomes_diagnostics_and_a_list_and_is_mended(
    editor: Neovim, provider: Upstream
) -> None:
    provider.script(text=finding(replacement='line.partition(",")'))
    editor.type(":Turnout review<CR>")
    (found,) = editor.until("diagnostics", editor.diagnostics)
    assert "split at the wrong character" in found["message"]
    assert (found["lnum"], found["severity"], found["source"]) == (14, 1, "turnout")
    line = PARSER.splitlines()[14]
    assert line[found["col"] : found["end_col"]] == 'line.partition("/")'
    said(editor, "Turnout: chat/big: 1 finding. ]d goes there, :Turnout findings lists them")

    editor.type(":Turnout findings<CR>")
    editor.until("quickfix", lambda: editor.lua("return vim.bo.buftype") == "quickfix")
    assert "parser.py|15 col" in editor.lines[0]
    editor.type("<CR>:cclose<CR>")
    editor.until("place", lambda: editor.api.current.window.cursor[0] == 15)

    editor.type("ggO# moved<Esc>")
    editor.until("moved", lambda: [one["lnum"] for one in editor.diagnostics()] == [15])
    editor.type("G:Turnout fix<CR>")
    said(editor, "nothing is reported on this line")
    editor.type("16G:Turnout fix<CR>")
    editor.until("fix", lambda: editor.lines[15] == GOOD.rstrip("\n"))
    editor.until("no finding", lambda: not editor.diagnostics())
    editor.type("u")
    editor.until("undone in one step", lambda: editor.lines[15] == BAD.rstrip("\n"))


@both
def test_a_finding_is_dismissed_for_good(editor: Neovim, provider: Upstream) -> None:
    provider.script(text=finding())
    editor.type(":Turnout review<CR>")
    editor.until("diagnostics", editor.diagnostics)
    editor.type("15G:Turnout dismiss<CR>")
    editor.until("none", lambda: not editor.diagnostics())
    editor.type(":Turnout! review<CR>")
    said(editor, "has found nothing")
    assert not editor.diagnostics()


@both
@wide
def test_a_refactoring_is_shown_side_by_side_applied_and_undone(
    editor: Neovim, provider: Upstream
) -> None:
    provider.script(text=edit())
    editor.type("15G:Turnout refactor split at the comma<CR>")
    editor.until("preview", lambda: len(buffers(editor)) == 2)
    assert buffers(editor) == ["before/parser.py", "after/parser.py"]
    assert editor.lua("return vim.wo.diff")
    assert editor.api.current.window.cursor[0] == 15
    screen = editor.screen()
    assert "ga apply  gd discard  q later" in screen.line(1), screen
    row = screen.find('partition(",")')
    assert row is not None
    assert 'partition("/")' in screen.line(row), "both, side by side"
    asked = provider.calls[-1].body["messages"]
    assert "split at the comma" in str(asked)
    assert "def read_pair" in str(asked)

    editor.type("q")
    editor.until("file", lambda: buffers(editor) == [buffers(editor)[0]])
    assert editor.lines == PARSER.splitlines()
    editor.type(":Turnout preview<CR>")
    editor.until("preview", lambda: len(buffers(editor)) == 2)
    editor.type("ga")
    editor.until("applied", lambda: editor.lines == AFTER.splitlines())
    said(editor, "Turnout: applied: parser.py. u takes it back, :wa writes")
    editor.type("u")
    editor.until("undone", lambda: editor.lines == PARSER.splitlines())


@both
def test_an_edit_that_is_discarded_is_gone(editor: Neovim, provider: Upstream) -> None:
    provider.script(text=edit())
    editor.type(":15Turnout refactor simplify<CR>")
    editor.until("preview", lambda: len(buffers(editor)) == 2)
    editor.type("gd")
    editor.until("file", lambda: len(buffers(editor)) == 1)
    editor.type(":Turnout preview<CR>")
    said(editor, "no edit waits for you. Ask for one: :Turnout refactor")
    assert editor.lines == PARSER.splitlines()


def test_the_keys_are_about_the_edit_that_is_looked_at(editor: Neovim, provider: Upstream) -> None:
    other = "# another\n"
    provider.script(text=edit(), times=1)
    provider.script(text=edit(BAD, f"    {other}{BAD}"))
    for number in (2, 3):
        editor.type(":1tabnext<CR>15G:Turnout refactor simplify<CR>")
        tabs = "return #vim.api.nvim_list_tabpages()"
        editor.until("preview", lambda n=number, code=tabs: editor.lua(code) == n)
    first = "return vim.fn.getbufline(vim.fn.winbufnr(2), 1, '$')"
    editor.type(":2tabnext<CR>")
    editor.until("an edit", lambda: len(buffers(editor)) == 2)
    wanted = list(editor.lua(first))
    editor.type("ga")
    editor.until("that very one", lambda: editor.lines == wanted)


@both
def test_what_the_server_asks_is_asked_in_a_list(editor: Neovim, provider: Upstream) -> None:
    provider.script(text="It splits.")
    editor.type(":Turnout explain model=?<CR>")
    asked(editor, "Turnout: which model is to answer?\n1: ")
    editor.type("1<CR>")
    editor.until("answer", lambda: answer(editor) == ["It splits."])
    calls = len(provider.calls)
    editor.type(":%Turnout refactor<CR>")
    asked(editor, "Turnout: what is to be done with this file?\n1: Extract a function\n")
    editor.type("q<CR>")
    editor.until("file", lambda: editor.mode == "n")
    assert len(provider.calls) == calls, "who chooses nothing has stopped it"


def test_whoever_types_is_not_taken_elsewhere(editor: Neovim, provider: Upstream) -> None:
    held = Held()
    provider.script(text=edit(), held=held)
    editor.type(":Turnout refactor simplify<CR>")
    editor.until("call", lambda: provider.calls)
    editor.type("ggO# typing")
    editor.until("keys", lambda: editor.lines[0] == "# typing")
    held.go_on()
    said(editor, "an edit is ready. :Turnout preview shows it")
    editor.write(" on")
    editor.type("<Esc>")
    editor.until("text", lambda: editor.lines[0] == "# typing on")
    editor.type(":Turnout preview<CR>")
    editor.until("preview", lambda: len(buffers(editor)) == 2)
    editor.type("ga")
    wanted = ["# typing on", *AFTER.splitlines()]
    editor.until("placed in the text as it is now", lambda: editor.lines == wanted)


@both
@wide
def test_tests_are_written_into_a_new_file(
    editor: Neovim, project: Path, provider: Upstream
) -> None:
    text = "from parser import read_pair\n\n\ndef test_it():\n    assert read_pair('a/b')\n"
    provider.script(text=edit("", text, "tests/test_parser.py"))
    editor.type("15G:Turnout tests<CR>")
    editor.until("preview", lambda: len(buffers(editor)) == 2)
    assert buffers(editor)[1] == "after/tests/test_parser.py"
    assert "tests/test_parser.py (new)" in str(editor.screen())
    editor.type("ga")
    said(editor, "applied: tests/test_parser.py (new)")
    editor.type(":wa<CR>")
    made = project / "tests" / "test_parser.py"
    editor.until("file", lambda: made.exists() and made.read_text() == text)


@both
@wide
def test_an_answer_is_streamed_beside_the_code(editor: Neovim, provider: Upstream) -> None:
    held = Held(after=30)
    text = "# How it works\n\nIt **splits** at the sign.\n" + "\nAnd more.\n" * 30
    provider.script(text=text, gap=0.02, held=held)
    editor.type("15G:Turnout explain<CR>")
    editor.until("beginning", lambda: len(answer(editor)) in range(3, 50))
    assert "parser.py" in editor.api.current.buffer.name, "the cursor stays where it is"
    assert editor.api.current.window.cursor[0] == 15
    editor.until("how to stop", lambda: "<C-c> stop" in str(editor.screen()))
    held.go_on()
    editor.until("end", lambda: "Explain `read_pair` - chat/big" in str(editor.screen()))
    editor.until("end", lambda: "<C-c> stop" not in str(editor.screen()))
    assert answer(editor)[0] == "# How it works"
    editor.until("the end on view", lambda: editor.screen().find("And more.") is not None)
    editor.type("<C-w>l")
    editor.until("answer", lambda: editor.lua("return vim.bo.filetype") == "markdown")
    assert not editor.lua("return vim.bo.modifiable")
    editor.type("q")
    editor.until("closed", lambda: len(buffers(editor)) == 1)
    editor.type(":Turnout answer<CR>")
    editor.until("shown again", lambda: editor.lines[0] == "# How it works")


@both
def test_an_answer_is_stopped_by_a_key(editor: Neovim, provider: Upstream) -> None:
    provider.script(text="A line.\n\n" * 200, held=Held(after=20))
    editor.type(":Turnout ask What is it for?<CR>")
    editor.until("beginning", lambda: answer(editor) not in ([], [""]))
    editor.type(":Turnout stop<CR>")
    (call,) = [call for call in provider.calls if call.method == "POST"]
    editor.until("end of the call", lambda: call.closed_at)
    assert "What is it for?" in str(call.body)
    assert editor.mode == "n"


@both
def test_what_is_missing_is_asked_for(editor: Neovim, provider: Upstream) -> None:
    provider.script(text="By its sign.")
    editor.type(":Turnout ask<CR>")
    editor.until("question", lambda: "What do you want to know?" in str(editor.screen()))
    editor.type("How is it split?<CR>")
    editor.until("answer", lambda: answer(editor) == ["By its sign."])
    assert "How is it split?" in str(provider.calls[-1].body)
    editor.type(":Turnout! ask And here?<CR>")
    editor.until("answer", lambda: "And here?" in str(provider.calls[-1].body))
    editor.settled()  # what comes while a command is typed may take the command from view
    assert "def read_pair" not in str(provider.calls[-1].body["messages"][-1])
    editor.type(":Turnout re<C-a>")
    editor.until("completed", lambda: "refactor" in str(editor.screen()))
    assert "review" in editor.lua("return vim.fn.getcmdline()")
    editor.type("<C-c>")
    assert editor.lua(COMPLETE, "Turnout refactor s") == ["simplify", "split"]
    assert "staged" in editor.lua(COMPLETE, "Turnout review ")


COMPLETE = "return vim.fn.getcompletion(..., 'cmdline')"


@both
def test_a_commit_message_is_put_where_git_wants_it(
    working: Editing, project: Path, provider: Upstream
) -> None:
    (project / "parser.py").write_text(AFTER)
    git(project, "add", ".")
    provider.script(text="Split pairs at the comma\n\nSlashes are part of names.")
    template = "\n# Please enter the commit message for your changes.\n"
    (project / ".git" / "COMMIT_EDITMSG").write_text(template)
    with working(file=".git/COMMIT_EDITMSG") as editor:
        editor.type(":Turnout commit<CR>")
        wanted = ["Split pairs at the comma", "", "Slashes are part of names.", ""]
        editor.until("message", lambda: editor.lines[:4] == wanted)
        assert editor.lines[4].startswith("# Please enter")
        assert len(buffers(editor)) == 1, "and nowhere else"
        assert "+    name" in str(provider.calls[-1].body)


@both
def test_a_commit_message_is_shown_elsewhere(
    working: Editing, project: Path, provider: Upstream
) -> None:
    (project / "parser.py").write_text(AFTER)
    provider.script(text="Split pairs at the comma")
    with working() as editor:
        editor.type(":Turnout commit<CR>")
        editor.until("message", lambda: answer(editor) == ["Split pairs at the comma"])


@both
def test_what_other_servers_report_is_mended_by_a_model(editor: Neovim, provider: Upstream) -> None:
    provider.script(text=edit())
    editor.lua(
        """vim.diagnostic.set(vim.api.nvim_create_namespace('other'), 0, { {
          lnum = 14, col = 4, end_col = 8, message = 'name is odd', source = 'lint' } })"""
    )
    editor.type("15G:Turnout fix<CR>")
    editor.until("preview", lambda: len(buffers(editor)) == 2)
    assert "name is odd" in str(provider.calls[-1].body)
    editor.type("ga")
    editor.until("applied", lambda: editor.lines == AFTER.splitlines())


@both
def test_the_range_is_what_is_asked_about(editor: Neovim, provider: Upstream) -> None:
    provider.script(text="It splits.")
    editor.type("8GVj:Turnout explain<CR>")
    editor.until("answer", lambda: answer(editor) == ["It splits."])
    editor.until("title", lambda: "Explain the selection" in str(editor.screen()))
    assert 'partition("=")' in str(provider.calls[-1].body)


def test_the_lenses_are_shown_where_one_wants_them(working: Editing) -> None:
    with working(options={"code_lens": True}) as editor:
        editor.until("lenses", lambda: "Tests" in str(editor.screen()))
