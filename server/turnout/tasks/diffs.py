"""A diff that fits a model: what nobody writes by hand goes first, by file, and it is said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import Final

from turnout_clients import tokens

_HEAD: Final = 2_000  # characters of a patch that are searched for the mark of a generator
_LEAST: Final = 60  # tokens below which a part of a file tells nothing
_NOTE: Final = 500  # tokens kept for the line that says what was left out
_NOTE_WORDS: Final = 20  # of them, for all but the names

_LOCK: Final = (
    r"(?:^|/)(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|bun\.lockb?|go\.sum"
    r"|packages\.lock\.json|conda-lock\.yml|\.terraform\.lock\.hcl|[\w.-]+\.(?:lock|lockfile))$"
)
_GENERATED: Final = (
    r"(?:^|/)(?:dist|build|out|__snapshots__|generated|__generated__|\.next)/"
    r"|\.min\.(?:js|css)$|\.map$|\.snap$|_pb2(?:_grpc)?\.pyi?$|\.pb\.(?:go|cc|h)$|\.g\.dart$"
    r"|\.freezed\.dart$|\.designer\.cs$|[._]generated\.\w+$|\.gen\.\w+$"
)
_VENDORED: Final = r"(?:^|/)(?:vendor|vendored|third[_-]party|node_modules|bower_components|Pods)/"
GOES_FIRST: Final = (
    ("a lock file", _LOCK),
    ("generated", _GENERATED),
    ("the code of others", _VENDORED),
)
"""What is left out first, in this order, by the path. After it the longest files are shortened."""
_KINDS: Final = tuple((why, re.compile(path, re.IGNORECASE)) for why, path in GOES_FIRST)
_CONTENTS: Final = re.compile(r"^index [0-9a-f]{4,64}\.\.[0-9a-f]{4,64}(?: \d{6})?\n", re.MULTILINE)
_BY_A_PROGRAM: Final = re.compile(r"@generated\b|Code generated .{0,80}DO NOT EDIT")
_FILE: Final = re.compile(r"^(?=diff --git )", re.MULTILINE)
_PLAIN_FILE: Final = re.compile(r"^(?=--- \S)", re.MULTILINE)
_NAME: Final = re.compile(
    r"^(?:\+\+\+ b?/?|--- a?/?|diff --git a/.* b/)(?!dev/null)(.+)$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class _Patch:
    path: str
    text: str
    kind: int  # its place in `GOES_FIRST`; one more for what people write
    size: int  # tokens

    def told(self, why: str) -> str:
        """Say in a few words what is not shown."""
        lines = self.text.splitlines()
        added = sum(line.startswith("+") and not line.startswith("+++") for line in lines)
        removed = sum(line.startswith("-") and not line.startswith("---") for line in lines)
        return f"{self.path} ({why}, +{added} -{removed})"


def fitted(diff: str, room: int) -> str:
    """Return a diff as it is where ``room`` tokens are enough, else what fits of it.

    The lines with git's own names of the contents go anyway: they tell a reader nothing.
    """
    diff = _CONTENTS.sub("", diff)
    if tokens.estimate(diff) <= room:
        return diff
    patches = list(_patches(diff))
    for_note = max(min(_NOTE, room // 4), 0)
    room = max(room - for_note, 0)
    out: dict[int, str] = {}
    for kind, (why, _) in enumerate(_KINDS):
        if _size(patches, out) > room:
            out |= {at: one.told(why) for at, one in enumerate(patches) if one.kind == kind}
    shown = _shortened({at: one for at, one in enumerate(patches) if at not in out}, room)
    for at, one in enumerate(patches):
        if not shown.get(at) and at not in out:
            out[at] = one.told("no room")
    kept = [text for _, text in sorted(shown.items()) if text]
    return "".join([*kept, _note([out[at] for at in sorted(out)], for_note)])


def _patches(diff: str) -> Iterator[_Patch]:
    by_file = _FILE if _FILE.search(diff) else _PLAIN_FILE
    for text in filter(str.strip, by_file.split(diff)):
        named = _NAME.findall(text[:_HEAD])
        path = named[-1].strip() if named else "a file"
        kind = next((at for at, (_, form) in enumerate(_KINDS) if form.search(path)), len(_KINDS))
        if kind == len(_KINDS) and _BY_A_PROGRAM.search(text[:_HEAD]):
            kind = 1
        yield _Patch(path, text, kind, tokens.estimate(text))


def _size(patches: Iterable[_Patch], out: dict[int, str]) -> int:
    return sum(one.size for at, one in enumerate(patches) if at not in out)


def _shortened(patches: dict[int, _Patch], room: int) -> dict[int, str]:
    """Share the room out: short patches whole, of longer ones the beginning, "" for no share."""
    shown: dict[int, str] = {}
    left = len(patches)
    for at, one in sorted(patches.items(), key=lambda item: item[1].size):
        share = room // left
        shown[at] = one.text if one.size <= share else _beginning(one.text, share)
        room -= tokens.estimate(shown[at])
        left -= 1
    return shown


def _beginning(text: str, room: int) -> str:
    if room < _LEAST:
        return ""
    lines = text.splitlines(keepends=True)
    sizes = accumulate(map(tokens.estimate, lines))
    kept = list(takewhile(lambda pair: pair[1] <= room, zip(lines, sizes, strict=True)))
    if not kept:
        return ""
    left_out = f"({len(lines) - len(kept):,} more lines of this file are left out)\n"
    return "".join(line for line, _ in kept) + left_out


def _note(left_out: list[str], room: int) -> str:
    """Say what was left out: by name as far as there is room, the rest as a number."""
    if not left_out:
        return ""
    sizes = accumulate(tokens.estimate(f", {name}") for name in left_out)
    named = sum(size <= room - _NOTE_WORDS for size in sizes)
    names = left_out[:named]
    if named < len(left_out):
        names.append(f"{len(left_out) - named} {'more ' if named else ''}files")
    return f"\n(Left out: {', '.join(names)})\n"
