"""36 things a provider can do wrong, for every dialect and kind of prompt.

Each ends in the right error within its deadline, with a sentence that names the provider and a
remedy where the user can act; never in a `Done`; and the next call works.
"""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import asdict, replace
from functools import cache

import httpx2
import pytest

from support.fault_cases import (
    DEADLINES,
    EXPECTED,
    LIMITS,
    SOON,
    WITHOUT_UPSTREAM,
    Expected,
    base_url,
    closed_port,
    faulty_url,
)
from support.upstream import Exchange, Upstream
from support.upstream_faults import AT_ACCEPT, FAULTS, bomb
from turnout_clients import errors
from turnout_clients.client import Client
from turnout_clients.types import (
    Call,
    Chat,
    Chunk,
    Deadlines,
    Done,
    Endpoint,
    Fill,
    Message,
    Model,
    Prompt,
    Secret,
    Text,
)

SLACK = 10  # seconds a busy machine may add; what no deadline ends lasts for ever
PATIENCE = Deadlines(connect=30, first_token=60, total=90)

CHAT = Chat((Message("system", "be brief"), Message("user", "hello")), max_tokens=64)
FILL = Fill("def add(a, b):\n    return ", "\n", max_tokens=64, path="add.py")
ASKED: dict[str, tuple[str, Prompt, str | None]] = {
    "anthropic-messages-chat": ("anthropic-messages", CHAT, None),
    "anthropic-messages-fill": ("anthropic-messages", FILL, None),
    "openai-responses-chat": ("openai-responses", CHAT, None),
    "openai-responses-fill": ("openai-responses", FILL, None),
    "openai-chat-chat": ("openai-chat", CHAT, None),
    "openai-chat-fill": ("openai-chat", FILL, None),
    "openai-completions-template": ("openai-completions", FILL, "qwen"),
    "openai-completions-native": ("openai-completions", FILL, "native"),
    "llamacpp-chat": ("llamacpp", CHAT, None),
    "llamacpp-fill": ("llamacpp", FILL, None),
    "gemini-chat": ("gemini", CHAT, None),
    "gemini-fill": ("gemini", FILL, None),
    "inception-chat": ("inception", CHAT, None),
    "inception-fill": ("inception", FILL, "native"),
    "mistral-chat": ("mistral", CHAT, None),
    "mistral-fill": ("mistral", FILL, "native"),
    "ollama-chat": ("ollama", CHAT, None),
    "ollama-native": ("ollama", FILL, "native"),
    "ollama-template": ("ollama", FILL, "qwen"),
    "deepseek-fill": ("openai-completions", FILL, "native"),
}


trust = cache(httpx2.create_ssl_context)  # to make one takes longer than most cases


def test_the_matrix_is_whole() -> None:
    assert len(EXPECTED) == 36
    assert set(EXPECTED) - WITHOUT_UPSTREAM - AT_ACCEPT == set(FAULTS)


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    bomb()
    async with Upstream() as upstream:
        yield upstream


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    monkeypatch.setattr(httpx2, "create_ssl_context", trust)
    client = Client()
    # The library is imported here, outside of any deadline.
    await client.warm(Endpoint("nobody", "openai-chat", f"http://127.0.0.1:{closed_port()}"))
    yield client
    await client.aclose()


def _call(asked: str, base_url: str, deadlines: Deadlines = DEADLINES) -> Call:
    dialect, prompt, fim = ASKED[asked]
    endpoint = Endpoint("mine", dialect, base_url, Secret("sk-canary-0123456789"))
    model = Model("mine/fast", "mine", "fake-small", fim=fim)
    return Call(endpoint, model, prompt, deadlines, LIMITS)


async def _drink(client: Client, call: Call) -> tuple[list[Chunk], errors.ProviderError | None]:
    chunks: list[Chunk] = []
    try:
        async with aclosing(client.stream(call)) as stream:
            async for chunk in stream:
                chunks.append(chunk)  # noqa: PERF401 - what came before the error counts
    except errors.ProviderError as error:
        return chunks, error
    return chunks, None


def _deadlines(expected: Expected) -> Deadlines:
    """Those to bring it about with: none is short but the one that is to end it."""
    short = [name for name, seconds in asdict(SOON).items() if seconds == expected.lasts]
    return replace(PATIENCE, **dict.fromkeys(short, expected.lasts))


def _address(fault: str, asked: str, upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> str:
    if fault not in WITHOUT_UPSTREAM:
        upstream.script(fault=fault, tokens=["a", " b", " c"], times=1)
    return faulty_url(fault, _base_url(asked, upstream), monkeypatch.setattr)


def _base_url(asked: str, upstream: Upstream) -> str:
    return base_url(upstream.url, asked.partition("-")[0])


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("fault", EXPECTED)
async def test_fault(
    fault: str, asked: str, upstream: Upstream, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = EXPECTED[fault]
    address = _address(fault, asked, upstream, monkeypatch)
    call = _call(asked, address, _deadlines(expected))
    if expected.lasts:
        gc.collect()  # or it would be counted
    started, processor = time.perf_counter(), time.process_time()
    chunks, error = await _drink(client, call)
    elapsed = time.perf_counter() - started
    processor = time.process_time() - processor

    assert type(error) is expected.error, error
    assert not any(isinstance(chunk, Done) for chunk in chunks)
    assert not expected.text or any(isinstance(chunk, Text) for chunk in chunks)
    assert "mine" in str(error)
    assert str(error).endswith(".")
    assert "canary" not in str(error) + error.detail + repr(error)
    assert not expected.remedy or error.remedy
    assert error.retry_after == expected.retry_after
    assert elapsed <= (expected.lasts or DEADLINES.total) * 1.25 + SLACK
    if expected.lasts:
        assert elapsed >= expected.lasts * 0.95
        assert processor < elapsed * 0.5
    monkeypatch.undo()
    await _works_again(client, asked, upstream)


async def _works_again(client: Client, asked: str, upstream: Upstream) -> None:
    upstream.script(text="fine again")
    chunks, error = await _drink(client, _call(asked, _base_url(asked, upstream)))
    assert error is None
    assert "".join(c.text for c in chunks if isinstance(c, Text)) == "fine again"
    assert isinstance(chunks[-1], Done)
    await client.aclose()
    await upstream.until(lambda: upstream.open_connections == 0)


async def test_completions_do_not_chat(upstream: Upstream, client: Client) -> None:
    model = Model("mine/fast", "mine", "fake-small", fim="qwen")
    endpoint = Endpoint("mine", "openai-completions", f"{upstream.url}/v1")
    chunks, error = await _drink(client, Call(endpoint, model, CHAT, DEADLINES))
    assert not chunks
    assert isinstance(error, errors.BadRequest)
    assert 'dialect = "openai-chat"' in error.remedy
    assert upstream.connections == 0


@pytest.mark.parametrize("answer", ["{}", "[]", "null", "3", '{"choices": 7}', '{"choices": [[]]}'])
@pytest.mark.parametrize("asked", ASKED)
async def test_strange_json_is_no_crash(
    asked: str, answer: str, upstream: Upstream, client: Client
) -> None:
    async def strange(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.event(json.loads(answer))
        await exchange.end()

    upstream.routes = dict.fromkeys(upstream.routes, strange)
    _, error = await _drink(client, _call(asked, _base_url(asked, upstream)))
    assert isinstance(error, errors.StreamCut | errors.MalformedStream)


async def test_many_faults_at_once_leave_nothing(upstream: Upstream, client: Client) -> None:
    tasks = asyncio.all_tasks()
    names = [name for name in FAULTS if name != "endless-tokens"]
    for name in names:
        upstream.script(fault=name, tokens=["a"], times=1)
    call = _call("openai-chat-chat", f"{upstream.url}/v1", SOON)
    ended = await asyncio.gather(*(_drink(client, call) for _ in names))
    assert all(error is not None for _, error in ended)
    await client.aclose()
    await upstream.until(lambda: upstream.open_connections == 0)
    await upstream.until(lambda: asyncio.all_tasks() == tasks)
