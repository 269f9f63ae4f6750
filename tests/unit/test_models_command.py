"""`turnout models`: what is usable, what it costs, what ends."""

from __future__ import annotations

import json
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from turnout import cli, models_command
from turnout.settings.keys import KeyStore
from turnout.settings.load import load

SETTINGS = """
forbid = ["mistral"]
[providers.openai]
[providers.anthropic]
[providers.mistral]
[providers.mine]
dialect = "openai-chat"
base_url = "http://127.0.0.1:8080/v1"
key = "none"
[models."openai/old"]
id = "gpt-4o"
[routes]
review = ["openai/old", "anthropic/claude-sonnet-5-5"]
inline = ["recall", "mine/house-7b"]
default = { prefer = ["openai/old"], only = ["anthropic/*"] }
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    path = tmp_path / "turnout.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    return path


def as_json(file: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    assert cli.main(["models", "--json", "--config", str(file)]) == 0
    out = capsys.readouterr().out
    assert "canary" not in out
    return {row["name"]: row for row in json.loads(out)["models"]}


def test_what_can_be_used_and_what_it_costs(file: Path, capsys: Any) -> None:
    rows = as_json(file, capsys)
    old = rows["openai/old"]
    assert (old["usable"], old["routes"]) == (True, ["review", "default"])
    price = {"input": 2.5, "output": 10, "cache_read": 1.25, "cache_write": 2.5, "known": "priced"}
    assert old["price"] == price
    assert (old["ends"], old["successor"]) == ("2027-01-14", "gpt-6.1-terra")
    sonnet = rows["anthropic/claude-sonnet-5-5"]
    assert (sonnet["usable"], sonnet["tokens"], sonnet["context"]) == (False, 1.57, 1_000_000)
    assert "turnout key set anthropic" in sonnet["obstacle"]
    assert rows["anthropic/claude-opus-5-5"]["routes"] == []
    assert rows["mistral/codestral-2508"]["obstacle"] == "it is forbidden by `forbid`"


def test_an_unknown_model_is_listed_with_what_is_assumed(file: Path, capsys: Any) -> None:
    row = as_json(file, capsys)["mine/house-7b"]
    assert (row["known"], row["context"], row["usable"]) == (False, 32_768, True)
    assert row["price"]["input"] == 0
    assert cli.main(["models", "--config", str(file)]) == 0
    out = capsys.readouterr().out
    assert "mine/house-7b is not in the catalogue: 32,768 tokens of context" in out
    assert '[models."mine/house-7b"]' in out


def test_the_text_warns_of_what_ends_and_says_what_is_missing(file: Path, capsys: Any) -> None:
    assert cli.main(["models", "--config", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("! openai/old") and "2027-01-14" in line for line in lines)
    assert sum(line.startswith("! anthropic: There is no key") for line in lines) == 1
    assert all(line == line.rstrip() for line in lines)


def test_a_model_that_is_gone_is_listed_only_if_the_user_names_it(file: Path) -> None:
    settings = load(file, [], None, {"OPENAI_API_KEY": "x"})
    rows = models_command.find(settings, KeyStore({}), datetime(2027, 2, 1, tzinfo=UTC))
    found = {row.model.name: row.warning for row in rows}
    assert found["openai/old"] == "was shut down 2027-01-14: use gpt-6.1-terra"
    assert "openai/gpt-5" not in found
    assert "openai/gpt-6.1-sol" in found


def test_with_nothing_enabled_it_says_so(tmp_path: Path, capsys: Any) -> None:
    assert models_command.main(Namespace(config=str(tmp_path / "none.toml"), json=False)) == 0
    out = capsys.readouterr().out
    assert "No provider is enabled" in out
    assert "turnout provider enable NAME" in out


def test_with_nothing_enabled_the_object_is_empty(tmp_path: Path, capsys: Any) -> None:
    assert as_json(tmp_path / "none.toml", capsys) == {}
