"""Every task through the editor, in every dialect in which one can hold a conversation."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from lsp.matrix.cases import LANGUAGES, Program, Scenario, program
from lsp.matrix.playing import expected, judge
from lsp.matrix.stage import Stage, staged
from lsp.matrix.ways import KINDS, Cell, file_of, fine, outcome
from support.fault_cases import base_url
from support.fault_engine import FILLING, WITHOUT_CHAT
from support.upstream_wire import Asked

DIALECTS: Final = sorted(set(FILLING) - WITHOUT_CHAT)


def by_tool(there: Program, scenario: Scenario) -> Cell:
    """The answer of a model that does it well, as a call of the tool that it is offered."""
    if KINDS[scenario.task] == "edit":
        path = file_of(there, scenario.task).path
        edits = [{"path": path, "search": old, "replace": new} for old, new in scenario.edits]
        asked = Asked("propose_edits", {"summary": "As asked.", "edits": edits}, "a00000001")
    else:
        found = {
            "severity": "warning",
            "category": "bug",
            "quote": scenario.get("quote"),
            "explanation": scenario.get("explanation"),
            "replacement": scenario.get("fix"),
        }
        asked = Asked("report_findings", {"findings": [found]}, "a00000001")
    return Cell(({"tokens": (), "tools": (asked,)},), **outcome(scenario))


GRID = [
    (dialect, task, tools)
    for dialect in DIALECTS
    for task in KINDS
    for tools in (False, True)
    if not (tools and KINDS[task] in ("words", "line"))
]


@pytest.mark.parametrize(
    ("dialect", "task", "tools"), GRID, ids=lambda part: {True: "tools", False: "text"}.get(part)
)
async def test_every_task_in_every_dialect(
    dialect: str, task: str, tools: bool, tmp_path: Path
) -> None:
    # Each dialect and task in another language: all of them come up with each dialect.
    number = DIALECTS.index(dialect) + list(KINDS).index(task)
    there = program(LANGUAGES[number % len(LANGUAGES)])
    scenario = there.scenarios[task]
    cell = (by_tool if tools else fine)(there, scenario)
    git, base = task == "commit_message", base_url("", dialect)
    async with staged(there, tmp_path, tools=tools, git=git, dialect=dialect, base=base) as stage:
        before = stage.everything()
        result = await stage.play(scenario, cell)
        assert result["outcome"] == "answered", result
        assert stage.everything() == before | expected(there, task, cell)
        judge(stage, task, cell, result)
        if tools:
            assert offered(stage) == {cell.first[0]["tools"][0].name}


def offered(stage: Stage) -> set[str]:
    """The tools that the model was offered, whatever the dialect calls them."""
    body: Any = stage.models[0].calls[0].body
    return set(names(body.get("tools")))


def names(tools: Any) -> list[str]:
    """Every "name" of a function or tool."""
    found: list[str] = []
    for tool in tools or []:
        inner = tool.get("function") or tool
        if declared := tool.get("functionDeclarations"):
            found += names(declared)
        elif isinstance(name := inner.get("name"), str):
            found.append(name)
    return found
