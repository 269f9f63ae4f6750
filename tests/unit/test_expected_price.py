"""What a title says: the name of the model and about what it will cost, or nothing yet."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from turnout.ledger.entry import Source
from turnout.ledger.money import expected_price, load_prices
from turnout.settings.load import load
from turnout_clients import price_list
from turnout_clients.catalog.models import display_name, facts
from turnout_clients.types import Model

SETTINGS = """
[providers.anthropic]
[providers.ollama]
[providers.gateway]
dialect = "openai-chat"
base_url = "https://gateway.example/v1"
[models."anthropic/best"]
id = "claude-opus-5-5"
[models."gateway/house"]
price = { input = 0.4, output = 1.2 }
[routes]
review = ["best", "house", "gateway/other", "ollama/qwen"]
"""


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Source]:
    file = tmp_path / "turnout.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    settings = load(file, [], None, {})
    return {
        name: Source.of(model, settings.providers[model.provider])
        for name, model in settings.models.items()
    }


def expected(sources: dict[str, Source]) -> dict[str, float | None]:
    return {name: expected_price(source, 6_000, 800) for name, source in sources.items()}


def test_until_the_list_is_loaded_only_what_needs_none_is_known(
    sources: dict[str, Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_prices([])
    monkeypatch.setattr(price_list, "_loaded", [])
    monkeypatch.setattr(price_list, "load", lambda: pytest.fail("it is loaded on the way"))
    own = pytest.approx((6_000 * 0.4 + 800 * 1.2) / 1_000_000)
    known = {"anthropic/best": None, "gateway/house": own, "ollama/qwen": 0.0}
    assert expected(sources) == {**known, "gateway/other": None}


def test_then_all_that_has_a_price(sources: dict[str, Source]) -> None:
    load_prices(sources.values())
    found = expected(sources)
    assert found["anthropic/best"] == pytest.approx((6_000 * 4 + 800 * 20) / 1_000_000)
    assert found["gateway/other"] is None
    dear = replace(sources["anthropic/best"], id="claude-haiku-5-5")
    assert expected_price(dear, 100_001, 0) == pytest.approx(0.0500005)  # the tier counts


def test_asking_for_a_price_imports_nothing() -> None:
    code = (
        "import sys; from turnout.ledger.entry import Source;"
        "from turnout.ledger.money import expected_price;"
        "price = expected_price(Source('o/m', 'openai', 'openai-chat', 'gpt-4o'), 9, 9);"
        "sys.exit(price is not None or 'genai_prices' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_price_is_asked_for_while_a_thread_imports_the_prices() -> None:
    code = (
        "import sys, threading; from turnout.ledger.entry import Source;"
        "from turnout.ledger.money import expected_price;"
        "source = Source('o/m', 'openai', 'openai-chat', 'gpt-4o');"
        "sys.setswitchinterval(1e-6);"
        "thread = threading.Thread(target=__import__, args=('turnout_clients.prices',));"
        "thread.start();"
        "[expected_price(source, 9, 9) for _ in iter(thread.is_alive, False)]"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_names_for_people(sources: dict[str, Source], tmp_path: Path) -> None:
    models = load(tmp_path / "turnout.toml", [], None, {}).models
    assert display_name(models["anthropic/best"]) == "Opus 5.5"
    assert display_name(models["gateway/house"]) == "house"
    assert display_name(Model("recall", "", "")) == "recall"
    luna = facts("openrouter", "openai/gpt-6-luna")
    assert luna is not None
    assert luna.title == "GPT-6 Luna"
