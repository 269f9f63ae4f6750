"""How many of the answers made from commits give the commit, byte for byte, when applied."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bench.edits import commits
from bench.edits.commits import Commit, Edit
from turnout.context.symbol import enclosing
from turnout.document import Document, Span, split_lines
from turnout.edits.answers import ObjectReader, WholeReader
from turnout.edits.apply import Target, apply
from turnout.edits.blocks import BlockReader, Marks
from turnout.edits.change import changed

Noise = Callable[[Edit, random.Random], Edit]
LANGUAGES = {"py": "python", "ts": "typescript", "go": "go", "rs": "rust"}
NOISES: dict[str, tuple[Noise, ...]] = {
    "as quoted": (),
    "dedented": (commits.dedented,),
    "one level deeper": (commits.indented,),
    "blanks for tabs": (commits.spaced,),
    "trailing blanks": (commits.blanks,),
    "blank lines at the marks": (commits.margins,),
    "dedented, trailing blanks": (commits.dedented, commits.blanks),
}


@dataclass
class Tally:
    """What became of some answers."""

    right: int = 0
    refused: int = 0
    wrong: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def all(self) -> int:
        return self.right + self.refused + self.wrong

    def count(self, commit: Commit, result: str | None, why: Iterable[str]) -> None:
        if result == commit.after:
            self.right += 1
        elif result is None:
            self.refused += 1
            self.notes.append(f"refused {commit.id}: {' '.join(why)}")
        else:
            self.wrong += 1
            self.notes.append(f"WRONG {commit.id}")


def measure(every: Sequence[Commit], seed: int) -> dict[str, Tally]:
    """Apply every commit in every form, with every kind of noise."""
    tallies = {}
    for name, noises in NOISES.items():
        for form in ("blocks", "json"):
            tallies[f"{form}, {name}"] = _run(every, seed, form, noises)
    tallies["blocks, elided"] = _run(every, seed, "blocks", (), elide=True)
    tallies["blocks, elided, dedented"] = _run(
        every, seed, "blocks", (commits.dedented,), elide=True
    )
    tallies["whole symbol, as it stands"] = _wholes(every, seed, ())
    tallies["whole symbol, dedented"] = _wholes(every, seed, (commits.dedented,))
    return tallies


def _run(
    every: Sequence[Commit], seed: int, form: str, noises: Sequence[Noise], *, elide: bool = False
) -> Tally:
    tally = Tally()
    for commit in every:
        chance = random.Random(f"{seed} {commit.id}")
        made = commits.elided(commit, chance) if elide else commits.edits(commit, chance)
        for noise in noises:
            made = [noise(edit, chance) for edit in made]
        tally.count(commit, *_applied(commit, made, form, chance))
    return tally


def _applied(
    commit: Commit, made: Sequence[Edit], form: str, chance: random.Random
) -> tuple[str | None, list[str]]:
    if form == "json":
        reader: BlockReader | ObjectReader = ObjectReader((commit.path,))
        text = commits.as_json(commit.path, made, chance)
    else:
        reader = BlockReader((commit.path, "other.py"), Marks())
        text = commits.as_blocks(commit.path, made, chance)
    for piece in commits.pieces(text, chance):
        reader.feed(piece)
    answer = reader.finish()
    if answer.unread or not answer.complete:
        return None, list(answer.unread)
    applied = apply(commit.before, answer.proposed, Target())
    if applied.refusals:
        return None, [refusal.sentence for refusal in applied.refusals]
    return changed(commit.before, applied.changes), []


def _wholes(every: Sequence[Commit], seed: int, noises: Sequence[Noise]) -> Tally:
    tally = Tally()
    for commit in every:
        chance = random.Random(f"{seed} {commit.id}")
        symbol = span_of_symbol(commit)
        if symbol is None:
            continue
        first, last, span = symbol
        new = commits.after(commit, first, last)
        for noise in noises:
            new = noise(Edit([], new), chance).replace
        reader = WholeReader(commit.path)
        for piece in commits.pieces(commits.as_whole(new), chance):
            reader.feed(piece)
        target = Target((span.start, span.end), only_span=True)
        applied = apply(commit.before, reader.finish().proposed, target)
        result = None if applied.refusals else changed(commit.before, applied.changes)
        tally.count(commit, result, [refusal.sentence for refusal in applied.refusals])
    return tally


def span_of_symbol(commit: Commit) -> tuple[int, int, Span] | None:
    """Return the lines of the one symbol that all the hunks are in, and where they are."""
    language = LANGUAGES[commit.language]
    document = Document("file:///x", 1, language, tuple(split_lines(commit.before)))
    found = enclosing(document, commit.hunks[0][0])
    if found is None:
        return None
    first, last = document.line_column(found.start)[0], document.line_column(found.end - 1)[0] + 1
    inside = all(first <= start and end <= last for start, end, _ in commit.hunks)
    if not inside:
        return None
    lines = commit.lines
    start = sum(len(line) + 1 for line in lines[:first])
    end = start + sum(len(line) + 1 for line in lines[first:last])
    return first, last, Span(start, min(end, len(commit.before)))
