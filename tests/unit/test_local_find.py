"""`turnout local find`: looks on the user's word alone, knows who answers, adds what was shown."""

from __future__ import annotations

import asyncio
import socket
from argparse import Namespace
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from support.upstream import Exchange, Upstream
from turnout.local import find
from turnout.local.probe import Found, ask, ports, probe
from turnout.settings.load import load
from turnout.settings.paths import user_config_file

OLLAMA = {
    "/api/version": {"version": "0.20.1"},
    "/api/tags": {"models": [{"name": "qwen2.5-coder:7b"}, {"name": "llama4"}]},
}
LLAMACPP = {
    "/props": {"default_generation_settings": {"n_ctx": 4096}, "total_slots": 2},
    "/v1/models": {"object": "list", "data": [{"id": "mine", "owned_by": "llamacpp"}]},
}
LMSTUDIO = {
    "/api/v0/models": {"object": "list", "data": [{"id": "gemma", "state": "not-loaded"}]},
    "/v1/models": {"object": "list", "data": [{"id": "gemma", "owned_by": "organization_owner"}]},
    "/api/version": {"error": "Unexpected endpoint or method. (GET /api/version)"},
    "/props": {"error": "Unexpected endpoint or method. (GET /props)"},
}
VLLM = {
    "/version": {"version": "0.28.0"},
    "/v1/models": {"object": "list", "data": [{"id": "Qwen/Qwen3", "owned_by": "vllm"}]},
}
OTHER = {"/v1/models": {"data": [{"id": "gpt-6-sol", "owned_by": "openai"}]}, "/props": [1]}


async def nothing(exchange: Exchange) -> None:
    await exchange.json({"error": "not found"}, 404)


@pytest.fixture
async def upstream(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Upstream]:
    async with Upstream() as upstream:
        port = int(upstream.url.rpartition(":")[2])
        monkeypatch.setattr("turnout.local.probe.ports", lambda: (port,))
        monkeypatch.setattr("turnout.local.find.ports", lambda: (port,))
        monkeypatch.setattr("turnout.local.probe.ask", partial(ask, seconds=30))
        speak(upstream, {})
        yield upstream


def speak(upstream: Upstream, replies: dict[str, Any]) -> None:
    for path in ("/props", "/api/version", "/api/v0/models", "/v1/models", "/api/tags"):
        upstream.routes[path] = nothing
    for path, value in replies.items():
        upstream.routes[path] = partial(Exchange.json, value=value)


def options(**said: Any) -> Namespace:
    return Namespace(**{"yes": True, "enable": False, "config": None, **said})


@contextmanager
def typed(monkeypatch: pytest.MonkeyPatch, *answers: str) -> Iterator[None]:
    left = list(answers)
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        patch.setattr("builtins.input", lambda _: left.pop(0))
        yield
    assert not left


def test_the_default_ports() -> None:
    assert sorted(ports()) == [1234, 8000, 8080, 8377, 11434]


@pytest.mark.parametrize(
    ("replies", "name", "path", "models"),
    [
        (OLLAMA, "ollama", "/v1", ("qwen2.5-coder:7b", "llama4")),
        (LLAMACPP, "llamacpp", "", ("mine",)),
        (LMSTUDIO, "lmstudio", "/v1", ("gemma",)),
        (VLLM, "vllm", "/v1", ("Qwen/Qwen3",)),
    ],
)
async def test_each_is_known_by_what_only_it_has(
    upstream: Upstream, replies: dict[str, Any], name: str, path: str, models: tuple[str, ...]
) -> None:
    speak(upstream, replies)
    assert await probe() == [Found(name, upstream.url + path, models)]
    assert {call.method for call in upstream.calls} == {"GET"}


@pytest.mark.parametrize("replies", [{}, OTHER], ids=["nothing", "another"])
async def test_a_server_of_another_kind_is_not_taken_for_one(
    upstream: Upstream, replies: dict[str, Any]
) -> None:
    speak(upstream, replies)
    assert await probe() == []


async def test_a_server_that_points_elsewhere_is_not_followed(upstream: Upstream) -> None:
    async def elsewhere(exchange: Exchange) -> None:
        await exchange.reply(b"", 302, location="http://models.example.com/props")

    upstream.routes["/props"] = elsewhere
    assert await probe() == []


async def test_a_silent_server_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setattr("turnout.local.probe.ports", lambda: (port,))
        started = asyncio.get_running_loop().time()
        assert await probe() == []
        assert asyncio.get_running_loop().time() - started < 20


async def run(**said: Any) -> int:
    return await asyncio.to_thread(find.main, options(**said))


async def test_nothing_is_looked_for_unasked(
    upstream: Upstream, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    speak(upstream, OLLAMA)
    assert await run(yes=False) == 0  # nobody sits at this terminal
    with typed(monkeypatch, "n"):
        assert await run(yes=False) == 0
    assert upstream.connections == 0
    assert "--yes" in capsys.readouterr().out


async def test_what_it_would_add_is_shown_and_added_on_a_yes(
    upstream: Upstream,
    home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    speak(upstream, OLLAMA)
    file = user_config_file({})
    file.parent.mkdir()
    file.write_text("# mine\n[budget]\nday = 1", encoding="utf-8")
    with typed(monkeypatch, "y", "n"):
        await run(yes=False)
    shown = capsys.readouterr().out
    assert "qwen2.5-coder:7b, llama4" in shown
    assert f'base_url = "{upstream.url}/v1"' in shown
    assert file.read_text() == "# mine\n[budget]\nday = 1"
    await run(enable=True)
    assert "ollama/qwen2.5-coder:7b answers from now on" in capsys.readouterr().out
    settings = load(None, [], None, {})
    assert file.read_text().startswith("# mine\n[budget]\nday = 1\n")
    assert (settings.providers["ollama"].base_url, settings.providers["ollama"].dialect) == (
        f"{upstream.url}/v1",
        "ollama",
    )
    assert settings.problems == ()
    before = file.read_bytes()
    await run(enable=True)
    assert "is enabled" in capsys.readouterr().out
    assert file.read_bytes() == before


async def test_a_name_that_is_taken_is_left_alone(
    upstream: Upstream, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    speak(upstream, VLLM)
    file = user_config_file({})
    file.parent.mkdir()
    file.write_text('[providers.vllm]\nbase_url = "http://10.0.0.9:8000/v1"\n', encoding="utf-8")
    before = file.read_bytes()
    await run(enable=True)
    assert "another address, http://10.0.0.9:8000/v1" in capsys.readouterr().out
    assert file.read_bytes() == before


async def test_a_model_can_not_steer_the_terminal(
    upstream: Upstream, capsys: pytest.CaptureFixture[str]
) -> None:
    speak(upstream, {**OLLAMA, "/api/tags": {"models": [{"name": "\x1b]0;owned\x07"}, 7, {}]}})
    await run()
    out = capsys.readouterr().out
    assert "owned" in out
    assert "\x1b" not in out
