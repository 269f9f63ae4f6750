"""Runs recall at every cursor and keeps what it found, how fast, and whether it was right."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.recall.corpus import GENERATED, Cursor, Source, cursors, sources, split
from turnout.recall.candidates import Candidate, candidates
from turnout.recall.early import EarlyRecall
from turnout.recall.lexer import lex
from turnout.recall.recall import Recall
from turnout.recall.segment import Piece


@dataclass
class Row:
    """One cursor and its candidates."""

    package: str
    truth: str
    candidates: list[Candidate]


@dataclass
class Measured:
    """Everything one run gives."""

    rows: list[Row] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    edits: list[float] = field(default_factory=list)
    early: list[bool] = field(default_factory=list)
    """Whether the early rule was right, where it had an answer."""
    source_bytes: int = 0
    index_bytes: int = 0
    build_seconds: float = 0.0


def measure(packages: dict[str, Path], seeds: int, per_file: int) -> Measured:
    """Hold files out, index the rest, complete the held-out ones."""
    measured = Measured()
    for seed in range(seeds):
        for package, root in packages.items():
            rng = random.Random(seed)
            indexed, held_out = split(sources(root), rng)
            recall = _indexed(indexed, measured)
            for file in held_out:
                places = cursors(file.text, rng, per_file)
                if not any(part in file.name.lower() for part in GENERATED):
                    _complete(recall, package, file, places, measured)
            print(f"seed {seed}, {package}: {len(measured.rows)} cursors", flush=True)
    return measured


def _indexed(files: list[Source], measured: Measured) -> Recall:
    recall = Recall(lambda text: False)
    index = recall._index
    start = time.process_time()
    index.add([Piece(f.name, lex(f.text.split("\n"), index.vocabulary)) for f in files])
    measured.build_seconds += time.process_time() - start
    measured.source_bytes += sum(len(file.text.encode()) for file in files)
    measured.index_bytes += index.nbytes
    return recall


def _complete(
    recall: Recall, package: str, file: Source, places: list[Cursor], measured: Measured
) -> None:
    """From the last cursor to the first: nothing behind a cursor is known to recall."""
    early = EarlyRecall(lambda text: False)
    lines = file.text.split("\n")
    recall.open("file:///held-out.py", lines)
    for cursor in sorted(places, key=lambda place: -place.line):
        start = time.perf_counter()
        recall.splice("file:///held-out.py", cursor.line, len(lines), [cursor.before])
        measured.edits.append(time.perf_counter() - start)
        lines = lines[: cursor.line]
        place = ("file:///held-out.py", cursor.line, cursor.column)
        wall, cpu = time.perf_counter(), time.thread_time()
        recall.propose(*place)
        measured.cpu.append(time.thread_time() - cpu)
        measured.wall.append(time.perf_counter() - wall)
        found = candidates(recall._query(*place))
        truth = cursor.truth.rstrip()
        measured.rows.append(Row(package, truth, found))
        early.open("file:///held-out.py", [*lines, cursor.before])
        measured.early += [proposal.text == truth for proposal in early.propose(*place)]
