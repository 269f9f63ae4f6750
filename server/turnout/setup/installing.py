"""Editors that install something: VS Code and its kin an extension, JetBrains IDEs a template."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from turnout.setup.change import Change
from turnout.setup.machine import Machine, shipped
from turnout.setup.plan import Plan, Wish

_NO_VSIX: Final = """\
The extension comes as one file, turnout.vsix, which is not part of this installation. Name it with
--vsix FILE, or choose it in the editor: Extensions, "...", Install from VSIX..."""
_VSCODE_THEN: Final = """\
Start the editor (or: Developer: Reload Window); the Turnout walkthrough leads on."""
_JETBRAINS_THEN: Final = """\
In the IDE, with the plugin LSP4IJ (Settings, Plugins) installed:
  1. View, Tool Windows, Language Servers; the plus sign; New Language Server
  2. Template: Import from custom template...; choose {folder}
  3. OK. Open a file and type; Alt+Enter has Turnout's actions."""

_TEMPLATE: Final = "template.json"
_START: Final = "turnout --stdio"
_PLAIN: Final = re.compile(r"[\w/.:~-]+")  # needs no quotes, neither in JSON nor in a shell

VSCODE_PROGRAMS: Final = (
    "code",
    "codium",
    "code-insiders",
    "code-server",
    "cursor",
    "windsurf",
    "/Applications/Visual Studio Code.app/Contents/Resources/app/bin/code",
    "/Applications/VSCodium.app/Contents/Resources/app/bin/codium",
)

_EXTENSIONS: Final = {
    "codium": ".vscode-oss",
    "code-insiders": ".vscode-insiders",
    "code-server": ".local/share/code-server",
    "cursor": ".cursor",
    "windsurf": ".windsurf",
}
"""Where, below the home folder, a kin of VS Code keeps its extensions."""


def vscode(machine: Machine, wish: Wish) -> Plan:
    """Plan to have the editor install the extension from its file."""
    ours = shipped("vscode", "turnout.vsix")
    vsix = Path(wish.vsix).absolute() if wish.vsix else ours
    program = machine.program(VSCODE_PROGRAMS) or "code"
    command = (program, "--install-extension", str(vsix))
    there = machine.home / _EXTENSIONS.get(Path(program).stem, ".vscode") / "extensions"
    if not wish.vsix and any(there.glob("turnout.turnout-*")):
        done = "its extension is installed; --vsix FILE installs another"
        return Plan(done=done, snippet=" ".join(command) + "\n", then=_VSCODE_THEN)
    if not vsix.is_file():
        missing = f"There is no file {vsix}." if wish.vsix else _NO_VSIX
        printed = f"{program} --install-extension turnout.vsix\n"
        return Plan(obstacle=missing, snippet=printed)
    return Plan(command=command, then=_VSCODE_THEN, snippet=" ".join(command) + "\n")


def jetbrains(machine: Machine, wish: Wish) -> Plan:
    """Plan to copy the template to where the import dialog can choose it."""
    source = shipped("jetbrains", "turnout")
    folder = Path(wish.to).absolute() if wish.to else Path.cwd() / "turnout-lsp4ij"
    if not source.is_dir():
        return Plan(obstacle="The template is not part of this installation.")
    files = sorted(path for path in source.rglob("*") if path.is_file())
    changes = tuple(
        Change.of(folder / path.relative_to(source), _text(path, machine)) for path in files
    )
    then = _JETBRAINS_THEN.format(folder=folder)
    return Plan(changes, then=then, snippet=f"{_JETBRAINS_THEN.format(folder=source)}\n")


def _text(path: Path, machine: Machine) -> str:
    """Return a file of the template. The server stands in it by its path: an IDE's own is short."""
    text = path.read_text(encoding="utf-8")
    program = machine.program(["turnout"]) or machine.server()[0]
    plain = _PLAIN.fullmatch(program) and Path(program).stem == "turnout"
    return text.replace(_START, f"{program} --stdio") if path.name == _TEMPLATE and plain else text
