"""Edits that reach beyond the open file, or that the user decides about, in every language."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lsp.matrix.cases import LANGUAGES, program
from lsp.matrix.playing import changed, quotes
from lsp.matrix.stage import Stage, place, staged
from lsp.matrix.ways import blocks, finding
from support.upstream_wire import Call

each_language = pytest.mark.parametrize("language", LANGUAGES)


async def run(stage: Stage, task: str, **script: Any) -> Any:
    stage.models[0].script(**script)
    _, future = stage.begin(stage.program.scenarios[task])
    return await future


@each_language
async def test_the_first_tests_are_a_new_file(language: str, tmp_path: Path) -> None:
    """Where the model was told that they go."""
    there = program(language)
    tests = there.suite.text

    def answer(call: Call) -> str:
        told = call.body["messages"][-1]["content"]
        found = re.search(r"<files \w+>\n(\S+)\n</files", told)
        assert found
        assert "which does not exist yet" in told
        return blocks(found[1], [("", tests)])

    async with staged(replace(there, suite=there.other), tmp_path) as stage:
        before = stage.everything()
        result = await run(stage, "tests", answer=answer)
        assert stage.everything() == before, result
        ((uri, text),) = stage.editor.files.items()
        assert text == tests
        assert uri.startswith(stage.folder.as_uri())
        assert uri.endswith(Path(there.file.path).suffix)
        assert len(stage.editor.applied) == 1, result


@each_language
async def test_tests_are_added_to_a_file_that_is_not_open(language: str, tmp_path: Path) -> None:
    there = program(language)
    scenario = there.scenarios["tests"]
    async with staged(there, tmp_path) as stage:
        await stage.editor.close(stage.uri(there.suite))
        before = stage.everything()
        await run(stage, "tests", text=blocks(there.suite.path, scenario.edits))
        assert stage.everything() == before  # the editor keeps what is not saved yet
        wanted = changed(there.suite.text, tuple(scenario.edits))
        assert stage.editor.files == {stage.uri(there.suite): wanted}


@each_language
@pytest.mark.parametrize("annotates", [True, False], ids=["confirms", "is asked"])
async def test_a_refactoring_of_two_files_is_one_step(
    language: str, annotates: bool, tmp_path: Path
) -> None:
    there = program(language)
    edits = {
        there.file: there.scenarios["refactor"].edits,
        there.suite: there.scenarios["tests"].edits,
    }
    text = "\n".join(blocks(file.path, its) for file, its in edits.items())
    async with staged(there, tmp_path, annotates=annotates) as stage:
        result = await run(stage, "refactor", text=text)
        assert result["files"] == [there.file.path, there.suite.path], result
        for file, its in edits.items():
            assert stage.text(file) == changed(file.text, tuple(its))
            assert stage.disk(file) == file.text
        assert len(stage.editor.applied) == 1, result


@each_language
@pytest.mark.parametrize("annotates", [True, False], ids=["confirms", "is asked"])
async def test_what_the_user_declines_changes_nothing(
    language: str, annotates: bool, tmp_path: Path
) -> None:
    there = program(language)
    async with staged(there, tmp_path, annotates=annotates) as stage:
        stage.editor.confirms = False
        stage.editor.answers["window/showMessageRequest"] = {"result": {"title": "Discard"}}
        before = stage.everything()
        edits = there.scenarios["refactor"].edits
        await run(stage, "refactor", text=blocks(there.file.path, edits))
        assert stage.everything() == before
        assert stage.editor.applied == []


@each_language
async def test_the_fix_of_a_finding_is_the_edit_that_was_shown(
    language: str, tmp_path: Path
) -> None:
    there = program(language)
    scenario = there.scenarios["review"]
    quote, fix = scenario.get("quote"), scenario.get("fix")
    told = finding(quote, scenario.get("explanation"), replacement=fix) + '{"done": true}\n'
    async with staged(there, tmp_path) as stage:
        await run(stage, "review", text=told)
        assert quotes(stage) == [quote]
        action = await fix_of(stage, quote)
        await stage.editor.request("workspace/executeCommand", action["command"])
        assert stage.text(there.file) == changed(there.file.text, ((quote, fix),))
        assert len(stage.models[0].calls) == 1  # the fix came with the finding


async def fix_of(stage: Stage, quote: str) -> Any:
    """The action that mends what a quote shows."""
    uri = stage.uri(stage.program.file)
    at = stage.editor.text(uri).index(quote)
    shown = stage.editor.notifications("textDocument/publishDiagnostics")[-1]["diagnostics"]
    params = {
        "textDocument": {"uri": uri},
        "range": place(stage.editor.text(uri), at, at + len(quote)),
        "context": {"diagnostics": shown, "only": ["quickfix"]},
    }
    menu = await stage.editor.request("textDocument/codeAction", params)
    return next(action for action in menu if action["title"].startswith("Fix it"))
