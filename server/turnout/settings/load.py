"""Read the settings from all their sources. Nothing raises: what cannot be read is a problem."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from turnout.settings.checks import Source
from turnout.settings.grammar import read_narrowing_tree, read_tree
from turnout.settings.model import Settings
from turnout.settings.narrow import narrow, shut
from turnout.settings.paths import WORKSPACE_FILE, user_config_file
from turnout.settings.settle import settle

_LARGEST: Final = 1_000_000  # bytes of a settings file
_POSITION: Final = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")


PLUGINS: Final = ("server", "trace", "trusted", "ui")
"""What stands among an editor's settings and is about its plugin, or read elsewhere."""


class _UnreadableError(Exception):
    """A settings file that says nothing because it cannot be read; carries where, what, remedy."""


def load(
    config: Path | None,
    workspaces: Sequence[Path],
    editor: Mapping[str, Any] | None,
    environ: Mapping[str, str],
) -> Settings:
    """Read the user's file, then let every workspace's file and the editor narrow it."""
    own_file = config or user_config_file(environ)
    named = config is not None or "TURNOUT_CONFIG" in environ
    settings = _load_own(own_file, named)
    files = [folder / WORKSPACE_FILE for folder in workspaces]
    for file in files:
        if not _same(file, own_file):
            settings = _load_workspace(settings, file, str(own_file))
    if editor is not None:
        settings = _load_editor(settings, editor, str(own_file))
    return replace(settings, places=tuple(map(str, (own_file, *files))))


def _load_own(file: Path, named: bool) -> Settings:
    source = Source(str(file))
    try:
        tree = _read_toml(file)
    except _UnreadableError as error:
        source.report(*error.args)
        return Settings(problems=tuple(source.problems))
    if tree is None:
        if named:
            source.report("", "there is no such file", "make it, or leave out `--config`")
        return Settings(problems=tuple(source.problems))
    settings = settle(read_tree(source, tree), source)
    return replace(settings, problems=tuple(source.problems), files=(str(file),))


def _load_workspace(settings: Settings, file: Path, own_file: str) -> Settings:
    source = Source(str(file))
    try:
        tree = _read_toml(file)
    except _UnreadableError as error:
        at, what, remedy = error.args
        closed = "; what it excludes is not known, so nothing is sent from this workspace"
        source.report(at, what + closed, remedy)
        return _add(shut(settings), source, str(file))
    if tree is None:
        return settings
    said = read_narrowing_tree(source, tree, own_file)
    return _add(narrow(settings, said, source, own_file), source, str(file))


def _load_editor(settings: Settings, tree: Any, own_file: str) -> Settings:
    source = Source("editor settings")
    if isinstance(tree, Mapping) and isinstance(tree.get("turnout"), Mapping):
        tree = tree["turnout"]
    if not isinstance(tree, Mapping):
        source.report("", "not a table, so it is ignored", "send the tree of docs/settings.md")
        return _add(settings, source)
    ours = {key: value for key, value in tree.items() if key not in PLUGINS}
    said = read_narrowing_tree(source, ours, own_file)
    return _add(narrow(settings, said, source, own_file), source)


def _add(settings: Settings, source: Source, *files: str) -> Settings:
    problems = settings.problems + tuple(source.problems)
    return replace(settings, problems=problems, files=settings.files + files)


def _read_toml(file: Path) -> dict[str, Any] | None:
    """Read a TOML file; None where there is none."""
    try:
        return tomllib.loads(_read(file).decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        what = f"cannot be read ({error.strerror})"
        raise _UnreadableError("", what, "mend its permissions") from None
    except tomllib.TOMLDecodeError as error:
        raise _UnreadableError(*_syntax(str(error))) from None
    except (ValueError, RecursionError):
        raise _UnreadableError("", "not a TOML file in UTF-8", "mend or remove it") from None


def _read(file: Path) -> bytes:
    """Read a regular file; a pipe or a device put in its place would block for ever."""
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as opened:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
            raise ValueError(file)
        return opened.read(_LARGEST)


def _syntax(message: str) -> tuple[str, str, str]:
    found = _POSITION.search(message)
    what = f"not valid TOML: {_POSITION.sub('', message)}"
    remedy = "mend it; until then nothing in this file counts"
    if found is None:
        return "", what, remedy
    at = f"line {found[1]}, column {found[2]}" if found[1] else "end of the file"
    return at, what, remedy


def _same(file: Path, other: Path) -> bool:
    try:
        return file.samefile(other)
    except (OSError, ValueError):
        return False
