"""Plays a cell of the matrix and judges what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lsp.matrix.cases import LANGUAGES, Edit, Program, program
from lsp.matrix.stage import Stage, leader, staged
from lsp.matrix.ways import KINDS, NEWS, WAYS, Cell, file_of


async def play(language: str, task: str, way: str, folder: Path) -> None:
    """Play one cell; raises `AssertionError` where something else comes of it."""
    there = program(language)
    scenario = there.scenarios[task]
    cell = WAYS[KINDS[task]][way](there, scenario)
    annotates = LANGUAGES.index(language) % 2 == 0
    in_git = task == "commit_message"
    async with staged(there, folder, cell.route, git=in_git, annotates=annotates) as stage:
        before = stage.everything()
        result = await stage.play(scenario, cell)
        assert stage.everything() == before | expected(there, task, cell), result
        judge(stage, task, cell, result)


def expected(there: Program, task: str, cell: Cell) -> dict[str, str]:
    """The text of the task's file at the end."""
    file = file_of(there, task)
    if task == "commit_message":
        return {}
    news = f"{leader(file)} {NEWS}\n"
    if cell.meanwhile == "gone":
        return {file.path: news}
    above = f"{news}\n" if cell.meanwhile == "moved" else ""
    return {file.path: above + changed(file.text, cell.edits)}


def changed(text: str, edits: tuple[Edit, ...]) -> str:
    """The text with edits, each of which stands in one place."""
    for old, new in edits:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


def judge(stage: Stage, task: str, cell: Cell, result: Any) -> None:
    """What the command says, and what the user sees of it."""
    assert [len(model.calls) for model in stage.models] == [len(cell.first), len(cell.second)]
    wanted = bool(cell.edits or cell.found or cell.text or cell.result)
    assert cell.result.items() <= result.items()
    if cell.text:
        assert cell.text in (result.get("text"), result.get("command"))
    if KINDS[task] == "review":
        assert quotes(stage) == sorted(cell.found)
    messages = stage.editor.notifications("window/showMessage")
    if not wanted:  # somebody has to say so, in one sentence
        assert messages
        assert all("\n" not in message["message"] for message in messages)
    if cell.edits:
        assert len(stage.editor.applied) == 1  # one step to undo


def quotes(stage: Stage) -> list[str]:
    """The code under the diagnostics that the editor shows."""
    uri = stage.uri(stage.program.file)
    published = stage.editor.notifications("textDocument/publishDiagnostics")
    shown = [params for params in published if params["uri"] == uri]
    text = stage.editor.texts[uri]
    found = []
    for diagnostic in shown[-1]["diagnostics"] if shown else []:
        start, end = (
            text.offset(side["line"], side["character"])
            for side in (diagnostic["range"]["start"], diagnostic["range"]["end"])
        )
        found.append(text.value[start:end])
    return sorted(found)
