"""The catalogue of models, and how it completes what the user says."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest

from turnout.settings.load import load
from turnout.vocabulary import LAYERS
from turnout_clients.catalog import OFFERED, models
from turnout_clients.catalog.models import facts, fill_in, served_by
from turnout_clients.dialects import DIALECTS
from turnout_clients.fim import FAMILIES
from turnout_clients.types import Endpoint, Model

ROWS = sorted({row.id: row for row in models._read().values()}.values(), key=lambda row: row.id)
PROVIDERS = {row.name: row for row in OFFERED}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_holds_together(row: models.ModelFacts) -> None:
    assert row.title
    assert row.context >= 32_000
    assert row.max_output <= row.context
    assert set(row.layers) <= set(LAYERS)
    assert 0 < row.cache.read < 1
    assert all(times > 1 for times in row.cache.write.values())
    assert row.cache.breakpoints or row.cache.automatic
    assert date(2026, 1, 1) < row.seen <= date(2026, 12, 31)
    assert "none" not in row.efforts[1:]
    assert set(row.fim.values()) <= {*FAMILIES, "native"}


def test_every_place_is_a_provider_that_speaks_a_dialect() -> None:
    for provider, _ in models._read():
        assert PROVIDERS[provider].dialect in DIALECTS


def test_successors_are_known_and_not_ending_themselves() -> None:
    by_id = {row.id: row for row in ROWS}
    for row in ROWS:
        assert row.successor or row.ends is None
        if row.successor:
            assert by_id[row.successor].ends is None


def test_each_layer_has_a_model() -> None:
    assert {layer for row in ROWS for layer in row.layers} == set(LAYERS)


def test_an_end_is_said_before_and_after() -> None:
    old = facts("openai", "gpt-4o")
    assert old is not None
    assert old.ending(date(2026, 11, 21)) == "shuts down 2027-01-14: use gpt-6.1-terra"
    assert old.ending(date(2027, 1, 14)) == "was shut down 2027-01-14: use gpt-6.1-terra"
    assert ROWS[0].ends is not None or ROWS[0].ending(date(2030, 1, 1)) == ""


def test_a_model_is_known_by_the_name_it_has_at_a_provider() -> None:
    assert facts("openrouter", "anthropic/claude-opus-5.5") is facts("anthropic", "claude-opus-5-5")
    assert facts("anthropic", "anthropic/claude-opus-5.5") is None
    assert "codestral-latest" in served_by("codestral")
    assert served_by("") == {}


def test_what_the_user_said_stays() -> None:
    said = {"context": 50_000, "fim": "qwen"}
    own = Model("mistral/codestral-2508", "mistral", "codestral-2508", "qwen", 50_000)
    found = fill_in(own, "mistral", said)
    assert (found.context, found.fim, found.max_output) == (50_000, "qwen", 128_000)
    assert fill_in(own, "nobody", {}) == own


def test_a_server_on_this_machine_is_shown_less_between_two_keys() -> None:
    own = Model("ollama/mine", "ollama", "mine")
    assert fill_in(own, "ollama", {}).inline_context == 1_000
    said = replace(own, inline_context=9_000)
    assert fill_in(said, "ollama", {"inline_context": 9_000}) == said
    assert fill_in(own, "vllm", {}).inline_context is None


def read(tmp_path: Path, text: str) -> dict[str, Model]:
    file = tmp_path / "turnout.toml"
    file.write_text(text, encoding="utf-8")
    settings = load(file, [], None, {})
    assert settings.problems == ()
    return settings.models


def test_settings_are_filled_in(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
[providers.deepseek-fim]
[providers.anthropic]
[providers.work]
dialect = "openai-chat"
base_url = "https://api.openai.com/v1"
[models."anthropic/small"]
id = "claude-haiku-4-5"
max_output = 1_000
[routes]
inline = ["deepseek-fim/deepseek-flash"]
review = ["work/gpt-6.1-sol", "anthropic/small", "work/unheard-of"]
""",
    )
    assert found["deepseek-fim/deepseek-flash"].fim == "native"
    assert found["deepseek-fim/deepseek-flash"].max_output == 4_096
    small = found["anthropic/small"]
    assert (small.context, small.max_output, small.thinking_budget) == (200_000, 1_000, True)
    sol = found["work/gpt-6.1-sol"]
    assert (sol.context, sol.takes_stop, sol.efforts[-1]) == (1_050_000, False, "max")
    plain = {part.name: part.default for part in fields(Model)}
    assert found["work/unheard-of"].context == plain["context"]
    assert found["work/unheard-of"].max_output == plain["max_output"]


def test_a_model_that_fills_in_at_one_provider_only_asks_in_chat_at_another(tmp_path: Path) -> None:
    text = '[providers.deepseek]\n[routes]\ninline = ["deepseek/deepseek-flash"]'
    assert read(tmp_path, text)["deepseek/deepseek-flash"].fim is None


def test_every_offer_can_be_called() -> None:
    for row in OFFERED:
        dialect = DIALECTS[row.dialect]
        assert dialect.models_url(Endpoint(row.name, row.dialect, row.base_url)).startswith("http")


def test_importing_the_catalogue_reads_no_models() -> None:
    code = "import sys, turnout_clients.client; sys.exit('turnout_clients.catalog.models' in sys.modules)"  # noqa: E501
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
