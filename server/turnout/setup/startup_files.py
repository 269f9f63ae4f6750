"""Editors that read a program of the user's when they start: Neovim, Vim, Emacs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from turnout.setup.change import Change, read
from turnout.setup.machine import Machine, shipped
from turnout.setup.plan import Plan, Wish

_MARK: Final = "Turnout, by `turnout setup"
_END: Final = "Turnout ends"
_NEOVIM_THEN: Final = """\
Start Neovim, open a file and type. Tab accepts what is shown; `:Turnout setup` leads to a model,
`:help turnout` and `:checkhealth turnout` say the rest."""
_EMACS_THEN: Final = (
    "Start Emacs, open a file; M-x {start} starts Turnout, M-x turnout-review asks."
)
_VIM_THEN: Final = "Start Vim with ALE, open a file; :ALECodeAction has Turnout's actions."


def neovim(machine: Machine, _: Wish) -> Plan:
    """Plan a file of our own among the user's: nothing of theirs is touched."""
    folder = shipped("neovim")
    command = machine.server()
    lines = [
        f"-- {_MARK} neovim`; remove this file to be rid of it.",
        f"local plugin = {_lua(str(folder))}",
        "vim.opt.runtimepath:append(plugin)",
        "vim.g.turnout = vim.g.turnout or { keys = { accept = '<Tab>' } }",
        "vim.cmd.source(plugin .. '/plugin/turnout.lua')",
        "if vim.fn.filereadable(plugin .. '/doc/tags') == 0 then",
        "  pcall(vim.cmd.helptags, plugin .. '/doc')  -- for :help turnout",
        "end",
    ]
    if command != ["turnout"]:
        words = ", ".join(map(_lua, command))
        lines += [
            "local command = vim.list_slice(require('turnout.server').command(), 2)",
            f"vim.lsp.config('turnout', {{ cmd = vim.list_extend({{ {words} }}, command) }})",
        ]
    snippet = "\n".join([*lines, "vim.lsp.enable('turnout')"]) + "\n"
    path = machine.config / machine.environ.get("NVIM_APPNAME", "nvim") / "plugin" / "turnout.lua"
    if (before := read(path)) and _MARK not in before:
        why = f"{path} is there, and not by `turnout setup`. Add this to it yourself:\n\n{snippet}"
        return Plan(obstacle=why, snippet=snippet)
    return Plan((Change.of(path, snippet),), then=_NEOVIM_THEN, snippet=snippet)


def vim(machine: Machine, _: Wish) -> Plan:
    """Plan lines at the end of the user's vimrc, behind whatever loads ALE."""
    lines = [f'" {_MARK} vim`']
    if machine.server() != ["turnout"]:
        lines.append(f"let g:turnout_command = {_vim(machine.server()[0])}")
    source = _vim(str(shipped("others", "vim", "turnout.vim")))
    # ALE may be a package that Vim loads only behind the vimrc.
    loaded = "silent! packadd! ale"
    lines += [loaded, f"execute 'source' fnameescape({source})", f'" {_END}']
    home = machine.home
    usual = home / "_vimrc" if machine.platform == "win32" else home / ".vimrc"
    path = _first([home / ".vimrc", home / "_vimrc", home / ".vim/vimrc"], usual)
    return _appended(path, lines, _VIM_THEN)


def emacs(machine: Machine, _: Wish) -> Plan:
    """Plan lines at the end of the user's init file: for lsp-mode where it is there, else eglot."""
    home = machine.home
    client, start = ("turnout-lsp", "lsp") if _has_lsp_mode(home) else ("turnout-eglot", "eglot")
    lines = [
        f";; {_MARK} emacs`",
        f"(add-to-list 'load-path {json.dumps(str(shipped('others', 'emacs')))})",
        f"(with-eval-after-load '{'lsp-mode' if start == 'lsp' else 'eglot'} (require '{client}))",
        f";; {_END}",
    ]
    if machine.server() != ["turnout"]:
        words = " ".join(map(json.dumps, [*machine.server(), "--stdio"]))
        lines.insert(1, f"(setq turnout-command '({words}))")
    usual = home / ".emacs.d/init.el"
    places = [home / ".emacs", home / ".emacs.el", usual, machine.config / "emacs/init.el"]
    return _appended(_first(places, usual), lines, _EMACS_THEN.format(start=start))


def _has_lsp_mode(home: Path) -> bool:
    return any(home.glob(".emacs.d/elpa/lsp-mode-*")) or any(
        home.glob(".config/emacs/elpa/lsp-mode-*")
    )


def _first(places: Sequence[Path], otherwise: Path) -> Path:
    """Return the file that is there, in the order that the editor looks for it."""
    return next((place for place in places if place.exists()), otherwise)


def _appended(path: Path, lines: Sequence[str], then: str) -> Plan:
    """Plan a block at the end of a file, or in place of the one that is there."""
    first, last = lines[0], lines[-1]
    snippet = "\n".join(lines) + "\n"
    before = read(path) or ""
    start = before.find(first)
    end = before.find(last, start)
    if 0 <= start < end:
        after = before[:start] + snippet + before[end + len(last) :].removeprefix("\n")
    else:
        gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
        after = before + gap + snippet
    return Plan((Change.of(path, after),), then=then, snippet=snippet)


def _lua(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _vim(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
