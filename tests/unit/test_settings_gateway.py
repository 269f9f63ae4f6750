"""A gateway of one's own: how it differs, what its models cost, whether the way there is open."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from support.upstream import Upstream
from turnout.settings.keys import KeyStore
from turnout.settings.load import load
from turnout.settings.model import Settings
from turnout_clients.catalog import OFFERED, SETTABLE, quirks
from turnout_clients.client import Client
from turnout_clients.types import Call, Chat, Deadlines, Fill, Message, Model, Price, Prompt

CHAT = Chat((Message("user", "hi"),), 64, effort="none")


def read(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "turnout.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, [], None, {})


async def sent(
    settings: Settings, upstream: Upstream, prompt: Prompt = CHAT, **facts: Any
) -> dict[str, Any]:
    """The body of a call to the provider ``mine``, and its headers below ``headers``."""
    endpoint = KeyStore({"MINE": "sk-1"}).endpoint(settings.providers["mine"])
    model = Model("mine/m", "mine", "fake-small", **facts)
    call = Call(endpoint, model, prompt, Deadlines(1, 5, 5), cache_key="folder")
    client = Client()
    try:
        async for _ in client.stream(call):
            pass
    finally:
        await client.aclose()
    return {**upstream.calls[-1].body, "headers": upstream.calls[-1].headers}


def provider(upstream: Upstream, dialect: str, *lines: str) -> str:
    head = f'dialect = "{dialect}"\nbase_url = "{upstream.url}/v1"\nkey = "env:MINE"'
    return "\n".join(("[providers.mine]", head, *lines))


async def test_what_the_user_says_of_it_is_how_it_is_asked(
    tmp_path: Path, upstream: Upstream
) -> None:
    plain = await sent(read(tmp_path, provider(upstream, "openai-chat")), upstream)
    assert plain["max_tokens"] == 64
    assert "prompt_cache_key" not in plain
    assert plain["stream_options"] == {"include_usage": True}
    assert plain["headers"]["authorization"] == "Bearer sk-1"
    settings = read(
        tmp_path,
        provider(
            upstream,
            "openai-chat",
            'output_limit = "max_completion_tokens"',
            "stream_options = false",
            "thinking_switch = true",
            'key_header = "Api-Key"',
            "cache_fields = true",
            "grammar = true",
        ),
    )
    assert settings.problems == ()
    own = await sent(settings, upstream, efforts=("none", "high"))
    assert own["max_completion_tokens"] == 64
    assert own["thinking"] == {"type": "disabled"}
    assert not {"max_tokens", "stream_options"} & set(own)
    assert own["prompt_cache_key"] == "folder"
    assert own["headers"]["api-key"] == "sk-1"
    assert "authorization" not in own["headers"]
    filled = await sent(settings, upstream, Fill("x = pri", "", 8), fim="qwen")
    assert "pri" in filled["grammar"]


@pytest.mark.parametrize("written", ['"2026-10-21"', "2026-10-21"])
async def test_the_version_of_messages(tmp_path: Path, upstream: Upstream, written: str) -> None:
    text = provider(upstream, "anthropic-messages")
    old = await sent(read(tmp_path, text), upstream)
    assert old["headers"]["anthropic-version"] == "2023-06-01"
    assert old["headers"]["x-api-key"] == "sk-1"
    new = await sent(read(tmp_path, f"{text}\napi_version = {written}"), upstream)
    assert new["headers"]["anthropic-version"] == "2026-10-21"
    assert new["headers"]["authorization"] == "Bearer sk-1"


def test_it_is_said_over_what_the_catalogue_knows() -> None:
    known = quirks("https://api.deepseek.com")
    assert known.thinking_switch
    assert not quirks("https://api.deepseek.com", {"thinking_switch": False}).thinking_switch
    assert quirks("https://api.deepseek.com", {"stream_options": False}).prices == "deepseek"
    assert all(hasattr(known, name) for name in SETTABLE)
    assert all(row.seen > date(2026, 1, 1) for row in OFFERED)


def test_a_price_is_read_whole(tmp_path: Path) -> None:
    models = read(
        tmp_path,
        """
[providers.openai]
[models."openai/a"]
price = { input = 1, output = 2.5 }
[models."openai/b"]
price = { input = 0, output = 0, cache_read = 0.1, cache_write = 0 }
""",
    ).models
    assert models["openai/a"].price == Price(1.0, 2.5)
    assert models["openai/b"].price == Price(0.0, 0.0, 0.1, 0.0)


def test_nobody_else_may_set_a_price_or_a_quirk(tmp_path: Path) -> None:
    tree = {
        "models": {"openai/gpt-4o": {"price": {"input": 0, "output": 0}}},
        "providers": {"openai": {"key_header": "x-leak"}},
    }
    file = tmp_path / "turnout.toml"
    file.write_text('[providers.openai]\n[routes]\nreview = ["openai/gpt-4o"]', encoding="utf-8")
    settings = load(file, [], tree, {})
    assert settings.models["openai/gpt-4o"].price is None
    assert settings.providers["openai"].quirks == ()
    assert len(settings.problems) == 2


@pytest.mark.parametrize(
    ("host", "open_to_others"),
    [
        ("gateway.example", True),
        ("8.8.8.8", True),
        ("[2606:4700::1]", True),
        ("localhost.example.com", True),
        ("10.example.com", True),
        ("localhost", False),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("[::1]", False),
        ("10.0.0.7", False),
        ("172.20.1.1", False),
        ("192.168.1.9", False),
        ("169.254.1.1", False),
        ("100.64.3.4", False),
        ("[fd00::1]", False),
        ("gateway", False),
        ("gateway.local", False),
        ("llm.corp.internal.", False),
    ],
)
def test_a_key_in_plain_text_is_warned_about(
    tmp_path: Path, host: str, open_to_others: bool
) -> None:
    text = '[providers.mine]\ndialect = "openai-chat"\nbase_url = "{}://{}:8080/v1"'
    assert read(tmp_path, text.format("https", host)).problems == ()
    problems = read(tmp_path, text.format("http", host)).problems
    assert bool(problems) is open_to_others
    if problems:
        assert (problems[0].severity, problems[0].remedy) == (
            "warning",
            "write https:// if the server can",
        )
    settings = read(tmp_path, text.format("http", host))
    assert "mine" in settings.providers  # a word, and not a refusal
    assert read(tmp_path, text.format("http", host) + '\nkey = "none"').problems == ()
