"""Which files of a workspace are worth indexing, and their lines."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

LARGEST_FILE: Final = 400_000
_NOT_ENTERED: Final = """
.git .hg .svn .venv venv .tox .nox .mypy_cache .ruff_cache .pytest_cache __pycache__
node_modules bower_components site-packages .cache .idea .gradle .terraform .next .nuxt
"""
_SKIPPED_FOLDERS: Final = frozenset(_NOT_ENTERED.split())
_SKIPPED_ENDS: Final = (
    ".lock", "-lock.json", ".min.js", ".min.css", ".map", ".svg", ".csv", ".tsv", ".ipynb",
    ".jsonl", ".log", ".po", ".snap", ".sum",
)  # fmt: skip
_MEAN_LINE: Final = 120
_HEAD: Final = 8192


def walk(
    root: Path, allowed: Callable[[str], str | None], breathe: Callable[[], None]
) -> Iterator[tuple[float, str]]:
    """The files below a folder with the time of their last change; links are not followed."""
    folders = [str(root)]
    while folders:
        try:
            entries = list(os.scandir(folders.pop()))
        except OSError:
            continue
        for entry in entries:
            breathe()
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _SKIPPED_FOLDERS and allowed(entry.path) is None:
                    folders.append(entry.path)
            elif entry.is_file(follow_symlinks=False) and allowed(entry.path) is None:
                yield _changed(entry), entry.path


def _changed(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat(follow_symlinks=False).st_mtime
    except OSError:
        return 0.0


def read_lines(path: str) -> list[str] | None:
    """The lines of a source file; None for what is binary, large, generated or gone."""
    if path.endswith(_SKIPPED_ENDS):
        return None
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a Path for each of 10,000 is slow
            if os.fstat(file.fileno()).st_size > LARGEST_FILE:
                return None
            data = file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE or b"\0" in data[:_HEAD]:
            return None
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines if len(text) <= _MEAN_LINE * len(lines) else None
