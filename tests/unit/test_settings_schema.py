"""The schemas of the settings: they take what the reader takes, and are in step with the files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from turnout.settings import generate_schemas, grammar, schema
from turnout.settings.load import load

DOCS = Path(__file__).parents[2] / "docs"
USER = Draft7Validator(schema.user_schema())


@pytest.mark.parametrize(("name", "text"), generate_schemas.generated().items())
def test_the_files_are_in_step(name: str, text: str) -> None:
    there = (generate_schemas.ROOT / name).read_text(encoding="utf-8")
    assert json.loads(there) == json.loads(text), (
        "run `python -m turnout.settings.generate_schemas`"
    )


def test_they_are_schemas() -> None:
    for one in (schema.user_schema(), schema.editor_schema()):
        Draft7Validator.check_schema(one)
    for one in schema.vscode_properties().values():
        Draft7Validator.check_schema(one)


def test_every_setting_of_the_grammar_is_there() -> None:
    top = schema.user_schema()["properties"]
    assert set(top) == set(grammar.TOP)
    assert set(top["providers"]["additionalProperties"]["properties"]) == set(grammar.PROVIDER)
    assert set(top["models"]["additionalProperties"]["properties"]) == set(grammar.MODEL)
    for name in ("inline", "code_lens", "budget"):
        assert set(top[name]["properties"]) == set(getattr(grammar, name.upper()))


def test_the_examples_of_the_docs_fit() -> None:
    texts = re.findall(r"```toml\n(.*?)```", (DOCS / "settings.md").read_text(), re.DOTALL)
    assert len(texts) >= 2
    for text in texts:
        assert not list(USER.iter_errors(tomllib.loads(text)))


def problem_cases() -> list[tuple[str, bool]]:
    """What the reader says of many files: the text, and whether a value of it did not fit."""
    parts = (Path(__file__).parent / "settings_problems.txt").read_text().split("\n\n")
    found = []
    for part in parts[1:]:
        lines = part.strip().splitlines()
        text = "\n".join(line for line in lines if not line.startswith("=>"))
        said = [line for line in lines if line.startswith("=>")]
        unfit = any(re.search(r" is not |nothing reads this key", line) for line in said)
        found.append((text, unfit))
    return found


def test_it_refuses_what_the_reader_refuses(tmp_path: Path) -> None:
    """Of files with a problem: what does not fit by itself is seen; what fits is left alone."""
    seen = 0
    for text, unfit in problem_cases():
        try:
            tree = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            continue
        file = tmp_path / "turnout.toml"
        file.write_text(text)
        if not load(file, [], None, {}).problems:
            assert not list(USER.iter_errors(tree)), text
        elif unfit and list(USER.iter_errors(tree)):
            seen += 1
    assert seen > 15


def test_what_an_editor_has_not_set_is_not_said(tmp_path: Path) -> None:
    """VS Code sends every default; the user's own settings must stand all the same, but for one."""
    file = tmp_path / "turnout.toml"
    file.write_text(
        'mode = "economy"\n[inline]\ndebounce_ms = 7\nmax_tokens = 9\nenabled = false\n'
    )
    tree: dict[str, Any] = {}
    for name, one in schema.vscode_properties().items():
        *path, last = name.split(".")
        inner = tree
        for step in path:
            inner = inner.setdefault(step, {})
        inner[last] = one["default"]
    alone, sent = load(file, [], None, {}), load(file, [], tree, {})
    no_menu = replace(alone.inline, completion_menu=False)
    assert sent == replace(alone, inline=no_menu)


def test_the_command_prints_them() -> None:
    command = [sys.executable, "-m", "turnout", "schema"]
    for of, made in (("user", schema.user_schema), ("vscode", schema.vscode_properties)):
        done = subprocess.run([*command, of], capture_output=True, text=True, check=True)
        assert json.loads(done.stdout) == made()
