"""What enabling a provider adds: enough for a first answer, and nothing that takes one away."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from turnout.onboarding.consent import consent, enabled
from turnout.onboarding.offering import offering
from turnout.routing.router import Router
from turnout.settings.add import add_tables, as_toml, has_table
from turnout.settings.enabling import Plan, plan
from turnout.settings.keys import KeyStore
from turnout.settings.load import load
from turnout.settings.offers import offers
from turnout.vocabulary import RECALL

TODAY = date(2026, 11, 30)
CHATS = ("openai", "openai-responses", "anthropic", "deepseek", "gemini", "mistral", "openrouter")
CHAT_LAYERS = {"layer:mechanical", "layer:analytical", "layer:hybrid"}
FILLS = ("deepseek-fim", "inception", "codestral", "mistral")


def planned(name: str, file: Path, found: tuple[str, ...] = (), **environ: str) -> Plan:
    settings = load(file, [], None, {})
    routed = has_table(file, "routes")
    return plan(offers()[name], settings, environ, TODAY, found=found, routed=routed)


def answering(file: Path, task: str) -> list[str]:
    settings = load(file, [], None, {})
    assert settings.problems == ()
    route = Router(settings, {}).route(task, path=None, language="python")  # type: ignore[arg-type]
    return [one.name for one in route.candidates]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "turnout.toml"
    file.write_text("")
    return file


@pytest.mark.parametrize("name", CHATS)
def test_every_chat_provider_gives_a_first_review(file: Path, name: str) -> None:
    add_tables(file, planned(name, file).tables)
    for task in ("review", "tests", "ask", "feature"):
        assert answering(file, task)[0].startswith(f"{name}/")
    assert answering(file, "inline")[0] == RECALL


@pytest.mark.parametrize("name", FILLS)
def test_what_fills_in_suggests_behind_recall(file: Path, name: str) -> None:
    add_tables(file, planned(name, file).tables)
    recall, model, *_ = answering(file, "inline")
    assert recall == RECALL
    assert model.startswith(f"{name}/")


def test_a_chat_model_is_not_asked_at_every_key(file: Path) -> None:
    add_tables(file, planned("openai", file).tables)
    assert answering(file, "inline") == [RECALL]


def test_a_server_on_this_machine_answers_with_what_it_has(file: Path) -> None:
    assert as_toml(planned("ollama", file).tables) == "[providers.ollama]\n"
    add_tables(file, planned("ollama", file, found=("qwen3:8b", "other")).tables)
    assert answering(file, "review") == ["ollama/qwen3:8b"]


@pytest.mark.parametrize(
    ("own", "added"),
    [
        ('review = ["mine/big"]', {"layer:mechanical", "layer:hybrid"}),
        ('"layer:analytical" = ["mine/big"]', {"layer:mechanical", "layer:hybrid"}),
        ('default = ["mine/big"]', set()),
        ('default = { only = ["mine/*"] }', set()),
        ('"lang:sql" = ["mine/big"]', CHAT_LAYERS),
        ('"path:x/**" = { never = ["*"] }', CHAT_LAYERS),
        ('review = { never = ["openai/*"] }', CHAT_LAYERS),
    ],
)  # fmt: skip
def test_routes_of_the_user_stand(file: Path, own: str, added: set[str]) -> None:
    mine = '[providers.mine]\ndialect = "openai-chat"\nbase_url = "http://127.0.0.1:1/v1"\n'
    file.write_text(f"[routes]\n{own}\n{mine}")
    before = tomllib.loads(file.read_text())
    made = planned("openai", file)
    assert set(made.routes) == added
    assert {*made.routes, *made.taken} == CHAT_LAYERS
    add_tables(file, made.tables)
    after = tomllib.loads(file.read_text())
    assert {key: after["routes"][key] for key in before["routes"]} == before["routes"]
    assert after["providers"]["mine"] == before["providers"]["mine"]


def test_what_fills_in_for_the_user_already_stays_first(file: Path) -> None:
    server = '[providers.local]\ndialect = "llamacpp"\nbase_url = "http://127.0.0.1:8377"\n'
    file.write_text(f'{server}key = "none"\n[models."local/mine"]\nfim = "native"\n')
    add_tables(file, planned("mistral", file).tables)
    assert answering(file, "inline") == [RECALL, "local/mine", "mistral/codestral-2508"]


def test_the_address_of_the_official_sdk(file: Path) -> None:
    made = planned("anthropic", file, ANTHROPIC_BASE_URL="https://gw.example/x/")
    assert as_toml(made.tables).startswith(
        '[providers.anthropic]\nbase_url = "https://gw.example/x"\napi_version = "2026-10-21"\n\n'
    )
    assert made.notes == ("The address is the one of ANTHROPIC_BASE_URL.",)
    said = consent(made, load(file, [], None, {}), KeyStore({}))
    assert "gw.example" in said.markdown
    assert "What is charged at this address is not known." in said.markdown
    usual = planned("anthropic", file, ANTHROPIC_BASE_URL=offers()["anthropic"].base_url)
    assert dict(usual.tables["providers", "anthropic"]) == {}


@pytest.mark.parametrize("url", ["ftp://x", "https://u:p@x", "nonsense", "https://x/?key=1"])
def test_an_address_that_is_none_is_said_and_not_used(file: Path, url: str) -> None:
    made = planned("openai", file, OPENAI_BASE_URL=url)
    assert made.provider.base_url == "https://api.openai.com/v1"
    assert made.notes[0].startswith("OPENAI_BASE_URL is set, but it is not ")
    assert "u:p" not in made.notes[0]


def test_a_key_of_the_environment_is_named_at_another_address(file: Path) -> None:
    """At the usual address it is found anyway; at another one only by the user's word."""
    environ = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "OPENAI_API_KEY": "sk-x"}
    made = planned("openai", file, **environ)
    assert made.tables["providers", "openai"]["key"] == "env:OPENAI_API_KEY"
    made = planned("openai", file, OPENAI_API_KEY="sk-x")
    assert dict(made.tables["providers", "openai"]) == {}


@pytest.mark.parametrize("name", offers())
def test_consent_says_who_what_and_how_much(file: Path, name: str) -> None:
    offer, made = offers()[name], planned(name, file, found=("m",) * offers()[name].local)
    keys, settings = KeyStore({}), load(file, [], None, {})
    said = consent(made, settings, keys)
    headings = [heading for heading, _ in said.paragraphs]
    assert headings[:4] == ["Who", "What", "Never", "Price"]
    assert offer.title in said.title
    assert said.needs_key == (not offer.local)
    assert said.toml == as_toml(made.tables)
    price = dict(said.paragraphs)["Price"]
    assert "unknown" not in price
    if name != "groq":  # of which the catalogue knows no model
        free = offer.local and not offer.forwards
        assert ("Nothing: it runs on this machine." in price) == free
        assert "costs about $" in price or "cost about $" in price or offer.local
    add_tables(file, made.tables)
    settings = load(file, [], None, {})
    told = enabled(settings.providers[name], settings, keys, str(file))
    assert told.toml == ""
    assert told.key_place == said.key_place


def test_offers_come_in_the_order_of_their_use(file: Path) -> None:
    file.write_text(
        '[providers.openai]\n[providers.mine]\ndialect = "ollama"\nbase_url = "http://h"\n'
    )
    file.write_text(file.read_text() + 'key = "none"\n')
    settings, environ = load(file, [], None, {}), {"GROQ_API_KEY": "x"}
    found = offering(settings, environ, KeyStore(environ), TODAY)
    assert [(one.name, one.state) for one in found][:3] == [
        ("mine", "enabled"), ("groq", "offered"), ("openai", "no-key"),
    ]  # fmt: skip
    assert {one.name for one in found} == {"mine", *offers()}
    by_name = {one.name: one for one in found}
    assert by_name["ollama"].price == "free"
    assert by_name["mistral"].price.endswith(" a review")
    assert by_name["codestral"].price.endswith(" for 1,000 suggestions")
