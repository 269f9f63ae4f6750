"""A change that was read from disk, brought to the text that is open and not yet saved."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff

from unidiff import patch as unidiff
from unidiff.errors import UnidiffParseError


def rebased(patch: str, saved: str, now: str) -> str | None:
    """Return what differs between the old side of a file's patch and its text as it is now.

    None where the patch does not lead to the saved text, which the file must have had since.
    """
    after, present = _lines(saved), _lines(now)
    before = _undone(patch, after)
    if before is None or after == present:
        return None if before is None else patch
    lines = unified_diff(before, present, "a/file", "b/file", lineterm="")
    return "".join(f"{line}\n" for line in lines)


def _undone(patch: str, lines: Sequence[str]) -> list[str] | None:
    """Take a patch back."""
    old = list(lines)
    try:
        (file,) = unidiff.PatchSet(patch)
    except (UnidiffParseError, ValueError):
        return None
    for hunk in reversed(file):
        new = [_bare(line.value) for line in hunk.target_lines()]
        at = max(hunk.target_start - 1, 0)
        if old[at : at + len(new)] != new:
            return None
        old[at : at + len(new)] = [_bare(line.value) for line in hunk.source_lines()]
    return old


def _lines(text: str) -> list[str]:
    r"""Return the lines as git sees them: it knows no end but ``\n``."""
    lines = [_bare(line) for line in text.split("\n")]
    return lines if lines[-1] else lines[:-1]


def _bare(line: str) -> str:
    """Return a line without its end, and without the mark at the start that editors hide."""
    return line.rstrip("\r\n").removeprefix("\ufeff")
