"""Answers as models write them, made from the hunks of real commits."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

Hunk = tuple[int, int, list[str]]
"""Lines of the file from one to before another, and what the commit has there."""


@dataclass(frozen=True)
class Commit:
    """What a commit still has to do to a file."""

    id: str
    path: str
    language: str
    before: str
    after: str
    hunks: tuple[Hunk, ...]

    @property
    def lines(self) -> list[str]:
        return self.before.removesuffix("\n").split("\n")


def read(path: Path) -> list[Commit]:
    """Read the commits; every one is checked against the hash that git has for its result."""
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        return [_commit(json.loads(row)) for row in rows]


def _commit(row: dict[str, object]) -> Commit:
    hunks = []
    for target in row["all_targets"]:  # type: ignore[attr-defined]
        start = target["start"] - 1
        hunks.append((start, start + len(target["old"]), target["new"]))
    hunks.sort()
    lines = str(row["current"]).split("\n")
    for start, end, new in reversed(hunks):
        lines[start:end] = new
    after = "\n".join(lines)
    size = str(row["current"]).count("\n")  # what follows the last end is no line
    hunks = [_within(hunk, size) for hunk in hunks]
    blob = after.encode()
    assert hashlib.sha1(b"blob %d\0" % len(blob) + blob).hexdigest() == row["after_blob"]
    return Commit(
        str(row["id"]), str(row["path"]), str(row["lang"]), str(row["current"]), after, tuple(hunks)
    )


def _within(hunk: Hunk, size: int) -> Hunk:
    start, end, new = hunk
    if end <= size:
        return hunk
    if not new:  # then the blank line above is what follows the last end
        return start - 1, size, []
    return (start, size, new[:-1]) if start <= size else (size, size, ["", *new[:-1]])


@dataclass
class Edit:
    """The two sides of one block."""

    search: list[str]
    replace: list[str]


def edits(commit: Commit, chance: random.Random) -> list[Edit]:
    """Quote each hunk with some lines around it, and with more until the quote stands once."""
    return [_edit(commit, *quoted) for quoted in _quoted(commit, chance)]


def _quoted(commit: Commit, chance: random.Random) -> list[tuple[int, int]]:
    """Return the lines of each block; those that would overlap are one."""
    merged: list[tuple[int, int]] = []
    for start, end, _ in commit.hunks:
        first, last = _unique(commit.lines, start, end, chance.randint(0, 3))
        while merged and first < merged[-1][1]:
            earlier = merged.pop()
            first, last = min(first, earlier[0]), max(last, earlier[1])
        merged.append((first, last))
    return merged


def _edit(commit: Commit, first: int, last: int) -> Edit:
    return Edit(commit.lines[first:last], after(commit, first, last))


def after(commit: Commit, first: int, last: int) -> list[str]:
    """Return what the commit makes of some lines."""
    lines = commit.lines
    out: list[str] = []
    at = first
    for start, end, new in commit.hunks:
        if start < first or end > last:
            continue
        out += lines[at:start] + new
        at = end
    return out + lines[at:last]


def _unique(lines: Sequence[str], start: int, end: int, around: int) -> tuple[int, int]:
    joined = _bare(lines)
    while True:
        first, last = max(0, start - around), min(len(lines), end + around)
        quote = _bare(lines[first:last]).strip("\n")
        unique = quote and joined.count(quote) == 1
        if unique or (not first and last == len(lines)):
            return first, last
        around += 1


def _bare(lines: Sequence[str]) -> str:
    """What is unique is so whatever the indentation: that is what models are asked for."""
    return "".join(f"\n{line.strip()}" for line in lines)


# --- noise -------------------------------------------------------------------------------------


def dedented(edit: Edit, chance: random.Random) -> Edit:
    """Without the indentation that all the lines have."""
    lines = [line for line in edit.search + edit.replace if line.strip()]
    common = min((line[: len(line) - len(line.lstrip())] for line in lines), key=len)
    if not all(line.startswith(common) for line in lines):
        return edit
    size = len(common) if chance.random() < 0.7 else len(common) // 2
    if "\t" not in common:
        size -= size % 2
    return Edit([x[size:] for x in edit.search], [x[size:] for x in edit.replace])


def indented(edit: Edit, chance: random.Random) -> Edit:
    """One level deeper."""
    tabs = any(line.startswith("\t") for line in edit.search)
    more = "\t" if tabs else chance.choice(["  ", "    "])
    return Edit(*([more + x if x.strip() else x for x in side] for side in _sides(edit)))


def blanks(edit: Edit, chance: random.Random) -> Edit:
    """Blanks at the ends of lines: the same on a line of both sides."""
    marked = {line: chance.random() < 0.4 for line in edit.search + edit.replace}
    return Edit(*([x + "  " if marked[x] else x for x in side] for side in _sides(edit)))


def spaced(edit: Edit, chance: random.Random) -> Edit:
    """Blanks instead of tabs."""
    return Edit(*([_untabbed(x) for x in side] for side in _sides(edit)))


def _untabbed(line: str) -> str:
    rest = line.lstrip("\t")
    return "    " * (len(line) - len(rest)) + rest


def margins(edit: Edit, chance: random.Random) -> Edit:
    """Blank lines after the marks."""
    return Edit(*(["", *side, ""] for side in _sides(edit)))


def elided(commit: Commit, chance: random.Random) -> list[Edit]:
    """Each hunk below a line from further above, what is between left out on both sides."""
    lines, made = commit.lines, []
    mark = chance.choice(["...", "# ... existing code ...", "// ... rest of the code ..."])
    earlier = 0
    for first, last in _quoted(commit, chance):
        header = max(earlier, first - chance.randint(4, 15))
        while header < first and not lines[header].strip():
            header += 1
        edit = _edit(commit, first, last)
        if header < first - 2:
            gap = [lines[header], mark]
            edit = Edit(gap + edit.search, gap + edit.replace)
        made.append(edit)
        earlier = last
    return made


def _sides(edit: Edit) -> tuple[list[str], list[str]]:
    return edit.search, edit.replace


# --- the words around --------------------------------------------------------------------------


def as_blocks(path: str, made: Sequence[Edit], chance: random.Random) -> str:
    """Write search/replace blocks in one of the spellings that models have."""
    style = chance.choice(["above", "inside", "bare", "heading", "crlf", "info"])
    words = ["Here are the changes:\n"]
    for edit in made:
        body = ["<<<<<<< SEARCH", *edit.search, "=======", *edit.replace, ">>>>>>> REPLACE"]
        fence = "`" * (4 if any("```" in line for line in body) else 3)
        words += {
            "inside": [fence + "python", path, *body, fence],
            "info": [f"{fence}python {path}", *body, fence],
            "bare": [path, *body],
            "heading": [f"### `{path}`", "", fence, *body, fence],
        }.get(style, [path, fence + "python", *body, fence])
        words.append("")
    text = "\n".join([*words, "That is all."])
    return text.replace("\n", "\r\n") if style == "crlf" else text


def as_json(path: str, made: Sequence[Edit], chance: random.Random) -> str:
    """Write the arguments of a tool call; most models leave the last line end out."""
    edits = []
    for edit in made:
        ended = any(side and not side[-1].strip() for side in _sides(edit)) or not edit.replace
        end = "\n" if ended or chance.random() < 0.3 else ""
        search, replace = (
            "".join(f"{x}\n" for x in side)[: None if end else -1] for side in _sides(edit)
        )
        edits.append({"path": path, "search": search, "replace": replace})
    return json.dumps({"edits": edits})


def as_whole(lines: Sequence[str]) -> str:
    """Write one code block."""
    return "\n".join(["The new version:", "````", *lines, "````", ""])


def pieces(text: str, chance: random.Random) -> Iterator[str]:
    """Cut a text as a stream would bring it."""
    at = 0
    while at < len(text):
        size = chance.choice([1, 3, 4, 7, 30, 400])
        yield text[at : at + size]
        at += size
