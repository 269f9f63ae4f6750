"""Editors whose language servers stand in a settings file: Kate, Helix, Zed, Sublime Text."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from turnout.setup.change import Change, read
from turnout.setup.machine import Machine, shipped
from turnout.setup.plan import Plan, Wish

_NAME: Final = "turnout"


def kate(machine: Machine, _: Wish) -> Plan:
    """Plan an entry of the LSP client's settings."""
    path = machine.applications / "kate/lspclient/settings.json"
    if machine.platform == "darwin":
        path = machine.config / "kate/lspclient/settings.json"
    then = "Switch the plugin LSP Client on (Settings, Plugins), and allow `turnout` when it asks."
    return _json(path, shipped("others", "kate", "settings.json"), then)


def zed(machine: Machine, _: Wish) -> Plan:
    """Plan an entry of the settings."""
    folder = machine.applications if machine.platform == "win32" else machine.config
    then = "Zed starts only servers that it knows by name: what it calls pylsp is Turnout now."
    return _json(folder / "zed/settings.json", shipped("others", "zed", "settings.json"), then)


def sublime(machine: Machine, _: Wish) -> Plan:
    """Plan an entry of the settings of the package LSP."""
    user = "Packages/User/LSP.sublime-settings"
    folder = next(
        (
            one
            for name in ("sublime-text", "sublime-text-3", "Sublime Text")
            if (one := machine.applications / name).is_dir()
        ),
        machine.applications / "sublime-text",
    )
    then = "It needs the package LSP (Package Control: Install Package, LSP)."
    return _json(folder / user, shipped("others", "sublime", "LSP.sublime-settings"), then)


def helix(machine: Machine, _: Wish) -> Plan:
    """Plan the language server and the languages that it is for."""
    folder = machine.applications if machine.platform == "win32" else machine.config
    path, snippet = (
        folder / "helix/languages.toml",
        _text(shipped("others", "helix", "languages.toml")),
    )

    def merged(before: str) -> str:
        after = f"{before.rstrip()}\n\n{snippet}"
        names = [row["name"] for row in tomllib.loads(after).get("language", [])]
        if len(names) != len(set(names)):
            raise ValueError("it names languages already")
        return after

    then = "A [[language]] replaces Helix's own list of servers: name there the ones that you use."
    return _merged(path, snippet, merged, then)


def _json(path: Path, source: Path, then: str = "") -> Plan:
    snippet = _text(source)

    def merged(before: str) -> str:
        tree = json.loads(before)
        return json.dumps(_joined(tree, json.loads(snippet)), indent=_indent(before)) + "\n"

    return _merged(path, snippet, merged, then)


def _merged(path: Path, snippet: str, merge: Callable[[str], str], then: str = "") -> Plan:
    """Plan the file with the snippet in it; where they cannot be joined, say what to do by hand."""
    before = read(path)
    if before is not None and f'"{_NAME}"' in before.replace("'", '"'):
        return Plan(done=f"{path} has it already", snippet=snippet, then=then)
    try:
        after = snippet if not (before or "").strip() else merge(before or "")
    except (ValueError, TypeError) as error:
        why = f"{path} cannot be added to by a program ({error}). Add this to it yourself:\n\n"
        return Plan(obstacle=why + snippet, snippet=snippet, then=then)
    return Plan((Change.of(path, after),), then=then, snippet=snippet)


def _joined(old: Any, new: Any) -> Any:
    """Join two trees; what stands in the old one stays."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _joined(old.get(key), one) for key, one in new.items()}}
    if isinstance(old, list) and isinstance(new, list):
        return [*old, *(one for one in new if one not in old)]
    return new if old is None else old


def _indent(text: str) -> int:
    """Return how far the first level of a JSON text is indented."""
    lines = (line for line in text.splitlines()[1:] if line.strip())
    first = next(lines, "  ")
    return max(1, len(first) - len(first.lstrip()))


def _text(source: Path) -> str:
    return source.read_text(encoding="utf-8")
