"""`turnout setup`: what is here, what would be done, and that nothing is done unseen."""

from __future__ import annotations

import argparse
import json
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from turnout.setup import command, machine
from turnout.setup.change import Change
from turnout.setup.editors import EDITORS
from turnout.setup.machine import Machine, shipped


@pytest.fixture(autouse=True)
def bare(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with no editor on its PATH; the test puts there what it needs."""
    programs = home / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.chdir(home)
    return programs


def put(programs: Path, name: str, body: str = "exit 0") -> None:
    file = programs / name
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)


def run(editor: str | None = None, **said: Any) -> int:
    usual = {"yes": False, "only_print": False, "vsix": "", "to": ""}
    return command.main(argparse.Namespace(editor=editor, **{**usual, **said}))


def files(home: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_alone_it_lists_the_editors_and_changes_nothing(
    bare: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(bare, "nvim")
    (home / ".config/JetBrains").mkdir()
    before = files(home)
    assert run() == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line}
    assert set(EDITORS) <= set(rows)
    assert f"{bare}/nvim" in rows["neovim"]
    assert f"would write {home}/.config/nvim/plugin/turnout.lua" in rows["neovim"]
    assert "JetBrains" in rows["jetbrains"]
    assert rows["emacs"].endswith("not found")
    assert files(home) == before


def test_an_editor_that_is_not_here(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("helix", yes=True) == 1
    assert capsys.readouterr().err == (
        "Helix was not found: none of hx, helix is on the PATH, and it has no settings here. "
        "`turnout setup --print helix` prints what it needs.\n"
    )
    assert files(home) == {}


def test_without_a_yes_nothing_changes(
    bare: Path, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(bare, "nvim")
    before = files(home)
    assert run("neovim") == 1  # no terminal to ask on
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "n")
    assert run("neovim") == 1
    out = capsys.readouterr().out
    assert out.count("+vim.lsp.enable('turnout')") == 2
    assert out.count("Nothing was changed; --yes does it without asking.") == 2
    assert files(home) == before


def test_neovim_gets_a_file_of_our_own_and_once(
    bare: Path, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(bare, "nvim")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "y")
    assert run("neovim") == 0
    file = home / ".config/nvim/plugin/turnout.lua"
    text = file.read_text()
    assert str(shipped("neovim")) in text
    assert "vim.lsp.config" in text  # turnout is not on the PATH
    assert ":Turnout setup" in capsys.readouterr().out
    assert run("neovim") == 0
    assert "is set up" in capsys.readouterr().out
    put(bare, "turnout")
    assert run("neovim", yes=True) == 0
    assert "-vim.lsp.config" in capsys.readouterr().out
    assert "vim.lsp.config" not in file.read_text()


def test_a_file_of_the_users_own_is_not_overwritten(
    bare: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(bare, "nvim")
    file = home / ".config/nvim/plugin/turnout.lua"
    file.parent.mkdir(parents=True)
    file.write_text("-- mine\n")
    assert run("neovim", yes=True) == 1
    assert "Add this to it yourself" in capsys.readouterr().err
    assert file.read_text() == "-- mine\n"


@pytest.mark.parametrize(
    ("editor", "program", "name"), [("vim", "vim", ".vimrc"), ("emacs", "emacs", ".emacs")]
)
def test_lines_at_the_end_of_a_startup_file(
    bare: Path, home: Path, capsys: pytest.CaptureFixture[str], editor: str, program: str, name: str
) -> None:
    put(bare, program)
    file = home / name
    mine = f"{'set hidden' if editor == 'vim' else '(setq a 1)'}\r\n no end of line"
    file.write_bytes(mine.encode())
    file.chmod(0o600)
    assert run(editor, yes=True) == 0
    once = file.read_bytes().decode()
    assert once.startswith(mine)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run(editor, yes=True) == 0
    assert "is set up" in capsys.readouterr().out
    put(bare, "turnout")  # the block is put in place of the old one, the rest stays
    file.write_bytes((once + "last\n").encode())
    assert run(editor, yes=True) == 0
    text = file.read_bytes().decode()
    assert text.startswith(mine)
    assert text.endswith("last\n")
    assert text.count("`turnout setup") == 1
    assert "turnout_command" not in text
    assert "turnout-command" not in text


@pytest.mark.parametrize(
    ("editor", "program", "name"),
    [
        ("kate", "kate", "kate/lspclient/settings.json"),
        ("zed", "zed", "zed/settings.json"),
        ("sublime", "subl", "sublime-text/Packages/User/LSP.sublime-settings"),
        ("helix", "hx", "helix/languages.toml"),
    ],
)
def test_an_entry_of_a_settings_file(
    bare: Path, home: Path, capsys: pytest.CaptureFixture[str], editor: str, program: str, name: str
) -> None:
    put(bare, program)
    file = home / ".config" / name
    assert run(editor, yes=True) == 0
    assert file.read_text() == EDITORS[editor].plan(Machine.this(), command.Wish()).snippet
    assert run(editor, yes=True) == 0
    assert "is set up" in capsys.readouterr().out
    mine, read, broken = ('{"mine": {"deep": [1, 2]}}\n', json.loads, "// mine\n{}\n")
    if editor == "helix":
        mine, read, broken = ('theme = "x"\n', tomllib.loads, "[[language\n")
    file.write_text(mine)
    assert run(editor, yes=True) == 0
    tree = read(file.read_text())
    assert {**tree, **read(mine)} == tree
    assert "turnout" in file.read_text()
    file.write_text(broken)
    assert run(editor, yes=True) == 1
    assert "cannot be added to by a program" in capsys.readouterr().err
    assert file.read_text() == broken


def test_vs_code_installs_the_extension_itself(
    bare: Path, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    put(
        bare,
        "code",
        'echo "$@" >> "$HOME/ran"; exit "$(/bin/cat "$HOME/code" 2>/dev/null || echo 0)"',
    )
    vsix = home / "turnout.vsix"
    assert run("vscode", yes=True, vsix=str(vsix)) == 1
    assert "There is no file" in capfd.readouterr().err
    vsix.write_bytes(b"PK")
    assert run("vscode", vsix=str(vsix)) == 1  # nobody said yes
    assert not (home / "ran").exists()
    assert run("vscode", yes=True, vsix=str(vsix)) == 0
    assert (home / "ran").read_text() == f"--install-extension {vsix}\n"
    (home / "code").write_text("3")
    assert run("vscode", yes=True, vsix=str(vsix)) == 1
    assert "did not install it (exit code 3)" in capfd.readouterr().err
    (home / ".vscode/extensions/turnout.turnout-0.1.0").mkdir(parents=True)
    assert run("vscode") == 0
    assert "its extension is installed" in capfd.readouterr().out


def test_without_a_vsix_it_says_how(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(bare, "code")
    if not shipped("vscode", "turnout.vsix").exists():
        assert run("vscode", yes=True) == 1
        assert "--vsix FILE" in capsys.readouterr().err


def test_jetbrains_gets_a_copy_of_the_template(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / ".config/JetBrains/IdeaIC2026.2").mkdir(parents=True)
    assert run("jetbrains", yes=True, to="here") == 0
    source = shipped("jetbrains", "turnout")
    names = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
    copied = home / "here"
    assert names == {path.relative_to(copied) for path in copied.rglob("*") if path.is_file()}
    template = json.loads((copied / "template.json").read_text())
    program = Path(sys.executable).with_name("turnout")
    assert template["programArgs"]["default"] == f'sh -c "exec {program} --stdio"'
    assert f"choose {copied}" in capsys.readouterr().out


@pytest.mark.parametrize("editor", EDITORS)
def test_printing_changes_nothing(
    home: Path, editor: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(editor, only_print=True) == 0
    assert "turnout" in capsys.readouterr().out.lower()
    assert files(home) == {}


def test_a_file_that_changes_meanwhile_is_left_alone(home: Path) -> None:
    file = home / "x"
    change = Change.of(file, "new")
    file.write_text("somebody else's")
    with pytest.raises(ValueError, match="changed meanwhile"):
        change.write()
    assert file.read_text() == "somebody else's"


def test_other_systems_have_other_places(home: Path) -> None:
    mac = Machine(home, {}, "darwin")
    assert mac.applications == home / "Library/Application Support"
    assert mac.config == home / ".config"
    windows = Machine(home, {"APPDATA": "R", "LOCALAPPDATA": "L"}, "win32")
    assert (windows.applications, windows.config) == (Path("R"), Path("L"))


def test_the_wheel_brings_what_setup_writes(tmp_path: Path) -> None:
    """What a user has who installed from PyPI: the same files, found beside the package."""
    root = Path(__file__).parents[2]
    tree = tomllib.loads((root / "pyproject.toml").read_text())
    included = tree["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for folder in ("neovim", "jetbrains/turnout", "others"):
        assert included[f"editors/{folder}"] == f"turnout/editors/{folder}"
    assert machine.__file__ is not None
    copied = tmp_path / "site/turnout"
    shutil.copytree(root / "server/turnout", copied)
    shutil.copytree(root / "editors/neovim", copied / "editors/neovim")
    code = "from turnout.setup.machine import shipped; print(shipped('neovim'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(copied / "editors/neovim")
