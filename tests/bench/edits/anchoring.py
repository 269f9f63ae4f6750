"""How often a finding about a diff lands on its line, and where it is after edits around it."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from turnout.document import Document, split_lines
from turnout.edits.anchor import squeeze
from turnout.edits.diff_anchor import anchor_in_diff
from turnout.edits.findings import Finding, FindingStore
from turnout.edits.unified import FileDiff, read_diff

URI = "file:///reviewed"
ERRORS = (0, 5, 10, 20, 40)


@dataclass(frozen=True)
class Gold:
    """What a reviewer spoke of: lines of the new side that are seen in the diff."""

    file: FileDiff
    lines: dict[int, str]  # all that are seen
    spoken: tuple[int, ...]  # those with anything on them that the comment is about


def read(path: Path) -> list[Gold]:
    """Read the comments whose lines are in the diff at all."""
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        return [gold for row in rows for gold in _golds(json.loads(row))]


def _golds(row: dict[str, object]) -> Iterator[Gold]:
    files, problem = read_diff(str(row["diff"]))
    assert not problem, problem
    by_path = {file.path: file for file in files}
    for comment in row["comments"]:  # type: ignore[attr-defined]
        file = by_path[comment["path"]]
        lines = {
            number: line
            for hunk in file.hunks
            for number, line in enumerate(hunk.lines, hunk.start)
        }
        asked = range(comment["from_line"], comment["to_line"] + 1)
        spoken = tuple(n for n in asked if len(squeeze(lines.get(n, ""))) >= 3)
        if spoken:
            yield Gold(file, lines, spoken)


def landing(golds: Sequence[Gold], seed: int, off: int, *, telling: bool) -> Counter[str]:
    """Quote one gold line each, the number off by up to ``off``; 30 % with other white space.

    ``telling``: of the gold lines, quote one that stands in the file's diff as rarely as any, which
    is what models are asked for.
    """
    chance = random.Random(f"{seed} {off} {telling}")
    counts: Counter[str] = Counter()
    for gold in golds:
        number = chance.choice(_rarest(gold) if telling else gold.spoken)
        quote = _noisy(gold.lines[number], chance)
        claimed = number + chance.randint(-off, off)
        place = anchor_in_diff(gold.file.hunks, quote, claimed)
        right = place is not None and place.first == place.last == number
        counts["right" if right else "none" if place is None else "wrong"] += 1
    return counts


def _rarest(gold: Gold) -> list[int]:
    times = Counter(map(squeeze, gold.lines.values()))
    least = min(times[squeeze(gold.lines[number])] for number in gold.spoken)
    return [n for n in gold.spoken if times[squeeze(gold.lines[n])] == least]


def _noisy(line: str, chance: random.Random) -> str:
    if chance.random() >= 0.3:
        return line
    words = line.split()
    return chance.choice(
        [" ".join(words), "".join(words), f"\t{line.strip()}  ", "   ".join(words)]
    )


def lasting(golds: Sequence[Gold], seed: int, edits: int = 20) -> Counter[str]:
    """Make random edits around each finding, each followed by hand, and see where it is then."""
    chance = random.Random(f"{seed} lasting")
    return Counter(_last(gold, chance, edits) for gold in golds)


def _last(gold: Gold, chance: random.Random, edits: int) -> str:
    number = chance.choice(gold.spoken)
    text = _file(gold)
    document = Document(URI, 0, "", tuple(split_lines(text)))
    place = anchor_in_diff(gold.file.hunks, gold.lines[number], number)
    span = place.within(document) if place else None
    if place is None or span is None or place.first != number:
        return "not placed"
    store = FindingStore()
    store.mark(document, 0, len(text))
    store.add(URI, [Finding(*span, text[slice(*span)], "warning", "bug", "that")])
    origin: list[int | None] = list(range(len(text)))
    for _ in range(edits):
        text = _edit(store, text, origin, span, chance)
        store.settle(URI, text)
    left = store.of(URI)
    if not left:
        return "gone"
    start, end = left[0].start, left[0].end
    visible = [origin[at] for at in range(start, end) if text[at].strip()]
    # A character that was typed anew may stand for one that was deleted, but never elsewhere.
    own = [at for at in visible if at is not None]
    right = all(span[0] <= at < span[1] for at in own)
    return "right" if right else "wrong"


def _file(gold: Gold) -> str:
    """The new side as a file; what the diff does not show is filled with lines of no meaning."""
    size = max(gold.lines) + 3
    return "".join(f"{gold.lines.get(n, f'~ {n} ~')}\n" for n in range(1, size))


def _edit(
    store: FindingStore, text: str, origin: list[int | None], span: tuple[int, int],
    chance: random.Random,
) -> str:  # fmt: skip
    """One edit near the finding, told to the store as the document store tells it."""
    middle = (span[0] + span[1]) // 2
    start = min(len(text), max(0, middle + round(chance.gauss(0, 500))))
    end = min(len(text), start + chance.choice([0, 0, 1, 3, 12, 80]))
    new = chance.choice(["", " ", "\n", "x", "x = 1\n", "\n\n", text[span[0] : span[1]] + "\n"])
    after = text[:start] + new + text[end:]
    origin[start:end] = [None] * len(new)
    before = Document(URI, 0, "", tuple(split_lines(text)))
    line, column = before.line_column(start)
    last, _ = before.line_column(end)
    lines = split_lines(after)
    removed = last - line + 1
    grown = len(lines) - len(before.lines)
    store.edited(
        URI, line, column, end - start, len(new), removed, lines[line : line + removed + grown]
    )
    return after
