"""`make demo`: what Turnout does, seen in a real Neovim. Exit 0 only if all of it happened."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from pynvim import NvimError

from demo import headless, reviewing, routes, stage, suggestion
from demo.terminal import Terminal
from support.neovim import STATE_VARIABLES, Neovim, binary

if TYPE_CHECKING:
    from demo.routes import Found
    from demo.stage import Place

EXAMPLE = """\
[providers.local]
dialect = "openai-chat"
base_url = "http://127.0.0.1:11434/v1"
key = "none"

[models."local/coder"]
provider = "local"
id = "qwen2.5-coder:7b"
"""


SHOWN = 5  # lines of findings


def main() -> int:
    """Play the demo; say plainly where it failed."""
    terminal = Terminal()
    start = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="turnout-demo-") as folder:
            play(terminal, Path(folder))
    except (AssertionError, OSError, NvimError) as error:
        print(f"\nFAILED: {error}", flush=True)
        return 1
    terminal.title(f"All of this happened just now, in {time.monotonic() - start:.0f} s.")
    return 0


def play(terminal: Terminal, folder: Path) -> None:
    """Show the parts, one after the other."""
    root = stage.workspace(folder)
    program, state = binary("0.12"), folder / "state"
    first = stage.sources(root)[0]
    with Neovim(
        program, first, state=state, command=bare_server(folder), setup=stage.SETUP
    ) as editor:
        opened(terminal, editor, root)
        place = suggested(terminal, editor, root)
    found = asyncio.run(routes.find())
    routed(terminal, found)
    with Neovim(
        program, place.file, state=state, command=users_server(), setup=stage.SETUP
    ) as editor:
        editor.attached()
        editor.type(f"{place.number}G")
        reviewed(terminal, editor, found)
    without_an_editor(terminal, folder, found)


def bare_server(folder: Path) -> list[str]:
    """Return the command of a server without any settings: recall is all it has."""
    settings = folder / "turnout.toml"
    settings.touch()
    return ["env", "-u", "TURNOUT_MODEL", f"TURNOUT_CONFIG={settings}", "turnout", "--stdio"]


def users_server() -> list[str]:
    """Return the command of a server with the user's own folders, which Neovim does not have."""
    own = [f"{name}={os.environ[name]}" for name in STATE_VARIABLES if name in os.environ]
    unset = [name for name in STATE_VARIABLES if name not in os.environ]
    return ["env", *(part for name in unset for part in ("-u", name)), *own, "turnout", "--stdio"]


def opened(terminal: Terminal, editor: Neovim, root: Path) -> None:
    """Wait for the server."""
    start = time.perf_counter()
    editor.attached()
    waited = suggestion.milliseconds(start)
    files = stage.sources(root)
    lines = sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)
    terminal.title("A real editor, the real server, no settings and no key")
    terminal.row("editor", f"Neovim {editor.version}, with the plugin of editors/neovim")
    terminal.row("server", f"turnout --stdio, attached {waited:.0f} ms after the file was open")
    terminal.row("workspace", f"a copy of this project: {len(files)} files, {lines:,} lines")


def suggested(terminal: Terminal, editor: Neovim, root: Path) -> Place:
    """Ghost text appears, is typed through and is accepted; return where."""
    shown = suggestion.appear(editor, root)
    terminal.title("1. Ghost text, recalled from the code of this workspace")
    terminal.say(f"{shown.place.file.relative_to(root)}, typed {shown.place.typed!r}:")
    terminal.excerpt(shown.screen, shown.text)
    terminal.row("last key to text", f"{shown.key_ms:.0f} ms")
    terminal.row("server's answer", f"{shown.server_ms:.1f} ms, as Neovim saw it")

    keys = suggestion.type_through(editor, shown.text, len(shown.text) // 2)
    rest = shown.text[len(keys) :]
    terminal.title(f"2. Typed through: {len(keys)} keys, the rest stood there after each")
    terminal.excerpt(editor.screen(), rest, around=0)
    terminal.row("key to text", f"{_spread(keys)}; nobody was asked")

    took = suggestion.accept(editor, rest)
    terminal.title("3. Accepted with <Tab>")
    terminal.excerpt(editor.screen(), "", around=0)
    terminal.row("key to line", f"{took:.1f} ms")
    terminal.row("the server", f"was told, and had noted it in {suggestion.told(editor):.1f} ms")
    assert suggestion.sockets(editor) == 0, "the server has opened a socket"
    terminal.row("its sockets", "none: nothing left this machine")
    return shown.place


def _spread(times: list[float]) -> str:
    return f"median {median(times):.1f} ms, slowest {max(times):.1f} ms"


def routed(terminal: Terminal, found: Found) -> None:
    """Say for every task who would answer it, and what to do where nobody would."""
    terminal.title("4. Who would answer each task, with your own settings")
    state = "" if found.files else " (not there: nothing is enabled)"
    terminal.row("settings", ", ".join(found.files) or found.config + state)
    for problem in found.problems:
        terminal.row("problem", problem)
    for name, what in found.enabled.items():
        terminal.row("provider", f"{name}: {what}")
    for name, why in found.offered.items():
        terminal.row("offered", f"{name} ({why}): `turnout provider enable {name}`")
    for task, route in found.routes.items():
        if route.candidates:
            names = ", then ".join(candidate.name for candidate in route.candidates)
            terminal.row(task, f"{names} ({route.candidates[0].reason})")
    for remedy, tasks in found.unserved().items():
        terminal.row("nobody for", ", ".join(tasks))
        terminal.row("what to do", remedy)
    if not found.enabled:
        terminal.say(f"For a model server on this machine, write to {found.config}:")
        terminal.block(EXAMPLE)


def reviewed(terminal: Terminal, editor: Neovim, found: Found) -> None:
    """Make a real review where a model is configured for it."""
    route = found.routes["review"]
    if not route.candidates:
        terminal.title("5. A review: no model is configured, so none was made")
        reason = reviewing.refusal(editor)
        terminal.row("in the editor", f"the action is there, disabled: {reason}")
        return
    terminal.title(f"5. A review by {route.candidates[0].name}")
    took, findings = reviewing.review(editor)
    terminal.row("time", f"{took:.1f} s, {len(findings)} finding(s)")
    for finding in findings:
        terminal.row(f"line {finding.line}", f"{finding.severity}: {finding.message}")


def without_an_editor(terminal: Terminal, folder: Path, found: Found) -> None:
    """Review this project's own last commit from a shell."""
    stand_in = not found.routes["review"].candidates
    terminal.title("6. Without an editor: this project's own last commit, reviewed from a shell")
    place = headless.clone(folder)
    if place is None:
        terminal.say("This copy of the project has no commit to compare with, so none was made.")
        return
    if stand_in:
        terminal.say(
            "No model is enabled: a stand-in on this machine answers, so that the way can be seen. "
            "What it says of the code means nothing."
        )
    shown = asyncio.run(headless.review(place, folder, stand_in=stand_in))
    terminal.row("command", "turnout " + " ".join(headless.COMMAND))
    for line in shown.findings[:SHOWN]:
        terminal.say(line, indent="      ", hanging="        ")
    if len(shown.findings) > SHOWN:
        terminal.say(f"and {len(shown.findings) - SHOWN} more", indent="      ")
    for line in shown.said[-SHOWN:]:
        terminal.say(line, indent="      ", hanging="        ")
    terminal.row("time", f"{shown.seconds:.1f} s, exit code {shown.code}")
    terminal.row("as SARIF", f"{shown.results} result(s); the published schema accepts the log")


if __name__ == "__main__":
    sys.exit(main())
