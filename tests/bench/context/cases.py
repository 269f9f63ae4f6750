"""True answers: the next hunk of real commits, and the bodies of this project's own functions."""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from turnout.context.gather import RecentEdit, Target
from turnout.context.syntax import Symbol, parse
from turnout.document import Document, Span, split_lines

REPOSITORY = Path(__file__).parents[3]
DATA = Path(os.environ.get("TURNOUT_DATA", REPOSITORY.parent / "shared" / "data"))
NEXT_EDITS = DATA / "next_edit" / "git_next_edit_dev.jsonl.gz"
SOURCES = ("server/turnout", "clients/turnout_clients")
SHORTEST = 4  # lines of a body
LANGUAGES = {"py": "python", "ts": "typescript", "go": "go", "rs": "rust"}


@dataclass(frozen=True)
class Case:
    """What is asked about, and the names that the true answer uses."""

    target: Target
    names: frozenset[str]


def next_edits() -> Iterator[Case]:
    """Yield the hunks: the file as it is, the hunks already made, and the names of the next one."""
    with gzip.open(NEXT_EDITS, "rt", encoding="utf-8") as file:
        for line in file:
            case = _next_edit(json.loads(line))
            if case.names:
                yield case


def own_functions(count: int, seed: int) -> Iterator[Case]:
    """Yield functions of this project without their bodies, and the names in the bodies."""
    found = [
        (path, name)
        for folder in SOURCES
        for path in sorted((REPOSITORY / folder).rglob("*.py"))
        for name in _functions(path.read_text(encoding="utf-8"))
    ]
    for path, symbol in random.Random(seed).sample(found, min(count, len(found))):
        yield _without_body(path, symbol)


def _next_edit(row: dict) -> Case:  # type: ignore[type-arg]
    language = LANGUAGES[row["lang"]]
    if row["path"].endswith("x"):
        language += "react"
    lines = split_lines(row["current"])
    document = Document(f"file:///workspace/{row['path']}", 1, language, tuple(lines))
    hunk = row["target"]
    first = hunk["start"] - 1
    last = first + len(hunk["old"])
    new = "".join(line + "\n" for line in hunk["new"])
    before = "".join(lines[:first])
    after = parse(before + new + "".join(lines[last:]), language)
    edits = [
        RecentEdit(document.uri, done["start"] - 1, "\n".join(done["old"]), "\n".join(done["new"]))
        for done in row["done"]
    ]
    span = Span(len(before), len(before) + len("".join(lines[first:last]).rstrip()))
    names = after.names(Span(len(before), len(before) + len(new)))
    return Case(Target(document, span, edits=edits), frozenset(names))


def _functions(text: str) -> Iterator[Symbol]:
    for symbol in parse(text, "python").symbols:
        if symbol.kind in ("function", "method") and symbol.body:
            body = text[symbol.body.start : symbol.body.end]
            if body.count("\n") + 1 >= SHORTEST:
                yield symbol


def _without_body(path: Path, symbol: Symbol) -> Case:
    assert symbol.body is not None
    text = path.read_text(encoding="utf-8")
    names = parse(text, "python").names(symbol.body)
    rest = f"{text[: symbol.body.start]}...{text[symbol.body.end :]}"
    document = Document(path.as_uri(), 1, "python", tuple(split_lines(rest)))
    span = Span(symbol.span.start, symbol.body.start + len("..."))
    return Case(Target(document, span), frozenset(names))
