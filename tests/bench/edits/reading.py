"""The same answers through the tasks: read in any form, placed, and judged."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.edits import commits
from bench.edits.applying import LANGUAGES, Tally, span_of_symbol
from bench.edits.commits import Commit
from turnout.document import Document, Span, split_lines
from turnout.engine.ask import Ask
from turnout.tasks import TASKS
from turnout.tasks.editing import Edits, EditTask
from turnout.vocabulary import Task
from turnout_clients.types import Model

TOOLS = Model("bench/tools", "bench", "tools", tools=True)
PLAIN = Model("bench/plain", "bench", "plain")


@dataclass
class Judged(Tally):
    """What became of some answers, and how many of the right ones passed the task's check."""

    passed: int = 0
    failed: list[str] = field(default_factory=list)


def measure(every: Sequence[Commit], seed: int) -> dict[str, Judged]:
    """Read every commit as a tool call, as blocks, and as its symbol written anew."""
    rows = {"refactor, tool call": Judged(), "refactor, blocks": Judged(), "docs, whole": Judged()}
    for commit in every:
        chance = random.Random(f"{seed} {commit.id}")
        made = commits.edits(commit, chance)
        path = commit.path.rpartition("/")[2]
        everything = Span(0, len(commit.before))
        edits = json.loads(commits.as_json(path, made, chance))
        called = json.dumps({"summary": "As the commit has it.", **edits})
        _answer(rows["refactor, tool call"], commit, "refactor", everything, TOOLS, called, chance)
        blocks = f"As the commit has it.\n\n{commits.as_blocks(path, made, chance)}"
        _answer(rows["refactor, blocks"], commit, "refactor", everything, PLAIN, blocks, chance)
        symbol = span_of_symbol(commit)
        if symbol is not None:
            first, last, span = symbol
            whole = commits.as_whole(commits.after(commit, first, last))
            _answer(rows["docs, whole"], commit, "docs", span, PLAIN, whole, chance)
    return rows


def _answer(
    row: Judged,
    commit: Commit,
    task: Task,
    span: Span,
    model: Model,
    text: str,
    chance: random.Random,
) -> None:
    language = LANGUAGES[commit.language]
    document = Document(f"file:///w/{commit.path}", 1, language, tuple(split_lines(commit.before)))
    ask = Ask(task, document, span, mark="m")
    spec = TASKS[task]
    assert isinstance(spec, EditTask)
    if task == "docs" and spec.form(ask, model) != "whole":
        return  # too long to be written anew
    reader = spec.reader(ask, model)
    for piece in commits.pieces(text, chance):
        reader.feed(piece)
    value = reader.finish("stop")
    if not isinstance(value, Edits) or value.refused or value.unread or not value.complete:
        why = [one.sentence for one in value.refused] if isinstance(value, Edits) else ["no form"]
        row.count(commit, None, why)
        return
    (file,) = value.edit_set.files
    row.count(commit, file.after, [])
    verdict = spec.check(ask, value)
    if verdict is not None and verdict.ok:
        row.passed += 1
    elif verdict is not None:
        row.failed.append(f"{commit.id}: {' '.join(verdict.failures)}")
