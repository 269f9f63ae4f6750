"""Unified diffs: where the new side's lines are, and an edit as one for people to look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from typing import Final

from unidiff import patch
from unidiff.errors import UnidiffParseError

from turnout.document import split_lines
from turnout.edits.outcome import EditSet, FileEdit

_MOST: Final = 4 * 1024 * 1024  # characters of a diff that is read
_NO_END: Final = "\\ No newline at end of file\n"


@dataclass(frozen=True, slots=True)
class Hunk:
    """What is seen of the new side at one place: lines that are there after the change."""

    start: int  # line number, from 1
    lines: tuple[str, ...]
    added: tuple[bool, ...]

    @property
    def changed(self) -> list[tuple[int, int]]:
        """The runs of added lines, as line numbers; the last is included."""
        runs: list[tuple[int, int]] = []
        for number, added in enumerate(self.added, self.start):
            if added and runs and runs[-1][1] == number - 1:
                runs[-1] = (runs[-1][0], number)
            elif added:
                runs.append((number, number))
        return runs


@dataclass(frozen=True, slots=True)
class FileDiff:
    """One file of a diff. ``path`` is the new one; a file that goes has no hunks."""

    path: str
    hunks: tuple[Hunk, ...]

    @property
    def changed(self) -> list[tuple[int, int]]:
        """The line numbers of the new side that the change brought, in runs."""
        return [run for hunk in self.hunks for run in hunk.changed]


def read_diff(text: str) -> tuple[list[FileDiff], str]:
    """Read a diff; return its files, and what is wrong with it (nothing, if all is well)."""
    if len(text) > _MOST:
        return [], f"The diff is larger than {_MOST:,} characters."
    try:
        files = list(patch.PatchSet(text))
    except (UnidiffParseError, ValueError, IndexError, AttributeError) as error:
        return [], f"The diff cannot be read ({type(error).__name__})."
    return [_file(file) for file in files], ""


def _file(file: patch.PatchedFile) -> FileDiff:
    gone = file.is_removed_file or file.is_binary_file
    return FileDiff(_unquoted(file.path), () if gone else tuple(map(_hunk, file)))


def _hunk(hunk: patch.Hunk) -> Hunk:
    lines = list(hunk.target_lines())
    return Hunk(
        hunk.target_start,
        tuple(line.value.rstrip("\r\n") for line in lines),
        tuple(line.is_added for line in lines),
    )


def _unquoted(path: str) -> str:
    """Read a path as git writes those with unusual characters: in quotes, bytes as octal."""
    if not path.startswith('"'):
        return path
    raw = path.strip('"').encode("latin-1", "replace").decode("unicode_escape")
    return raw.encode("latin-1", "replace").decode("utf-8", "replace")


def render(edits: EditSet) -> str:
    """Write an edit as a unified diff."""
    return "".join(line for file in edits.files for line in _rendered(file))


def _rendered(file: FileEdit) -> Iterator[str]:
    path = file.subject.path
    before, after = (_numbered(text) for text in (file.subject.text, file.after))
    source = "/dev/null" if file.new else f"a/{path}"
    for line in unified_diff(before, after, source, f"b/{path}"):
        yield line if line.endswith("\n") else f"{line}\n{_NO_END}"


def _numbered(text: str) -> list[str]:
    lines = split_lines(text)
    return lines if lines[-1] else lines[:-1]
