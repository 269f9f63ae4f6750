"""What `turnout setup` wrote is what the real editors start with: nothing else is given to them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.driven import needs
from support.neovim import binary

pytestmark = pytest.mark.editor

SECONDS = 120  # until a start that hangs is a failure; the machine may be busy

_NEOVIM = """
vim.wait(60000, function()
  local client = vim.lsp.get_clients({ name = 'turnout' })[1]
  return client ~= nil and client.initialized
end)
local client = vim.lsp.get_clients({ name = 'turnout' })[1]
io.stdout:write(vim.json.encode({
  name = client and client.server_info and client.server_info.name or 'none',
  command = vim.fn.exists(':Turnout'),
  key = vim.fn.maparg('<Tab>', 'i') ~= '',
  cmd = client and client.config.cmd or {},
}))
vim.cmd('qall!')
"""

_EMACS = """
(progn
  (require 'eglot)
  (princ (cdr (seq-find (lambda (row) (equal (car-safe (car-safe row))
                                             '(python-mode :language-id "python")))
                        eglot-server-programs))))
"""


def set_up(home: Path, editor: str, program: str) -> None:
    """Have the command write what the editor needs; `turnout` itself is not on the PATH."""
    programs = home / "bin"
    programs.mkdir()
    (programs / editor_program(editor)).symlink_to(program)
    done = run([sys.executable, "-m", "turnout", "setup", editor, "--yes"], home, programs)
    assert "is written" in done


def editor_program(editor: str) -> str:
    return {"neovim": "nvim"}.get(editor, editor)


def run(command: list[str], home: Path, *path: Path) -> str:
    searched = os.pathsep.join([*map(str, path), "/usr/bin", "/bin"])
    done = subprocess.run(
        command,
        env={**os.environ, "HOME": str(home), "PATH": searched},
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("version", ["0.12", "0.11"])
def test_neovim_starts_turnout(home: Path, version: str) -> None:
    nvim = str(binary(version))
    set_up(home, "neovim", nvim)
    (home / "a.py").write_text("def alpha():\n    pass\n")
    (home / "look.lua").write_text(_NEOVIM)
    out = run([nvim, "--headless", "a.py", "-S", "look.lua"], home)
    assert '"name": "turnout"' in out.replace('":"', '": "')
    assert '"command":2' in out.replace(" ", "")
    assert '"key":true' in out.replace(" ", "")
    assert "--log-file" in out  # the plugin's own arguments are kept


def test_emacs_starts_turnout(home: Path) -> None:
    set_up(home, "emacs", needs("emacs", "emacs-nox"))
    out = run(["emacs", "--batch", "-l", ".emacs.d/init.el", "--eval", _EMACS], home)
    assert f"(turnout-eglot-server {Path(sys.executable).with_name('turnout')} --stdio)" in out


def test_vim_starts_turnout(home: Path) -> None:
    set_up(home, "vim", needs("vim", "vim-nox"))
    (home / "look.vim").write_text(
        "call writefile([exists(':TurnoutAsk'), g:turnout_command], 'seen')\nqall!\n"
    )
    run(["vim", "-N", "-u", ".vimrc", "-es", "-S", "look.vim"], home)
    found, program = (home / "seen").read_text().split("\n")[:2]
    assert found == "2"
    assert program == str(Path(sys.executable).with_name("turnout"))
