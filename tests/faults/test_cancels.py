"""Invariant 3: a cancelled call closes its socket at once and leaves nothing behind."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import psutil
import pytest

from support.upstream import Upstream
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
)

CANCELS = 500
AT_ONCE = 10
PROMPTS: tuple[Prompt, ...] = (
    Chat((Message("user", "hi"),), max_tokens=64),
    Fill("a = ", "\n", max_tokens=64),
)


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with Upstream() as upstream:
        upstream.script(tokens=["x "] * 200, delay=0.02, gap=0.005)
        yield upstream


@pytest.fixture
async def client(upstream: Upstream) -> AsyncIterator[Client]:
    client = Client()
    await client.warm(_call(upstream, 0).endpoint)
    yield client
    await client.aclose()


def _call(upstream: Upstream, number: int) -> Call:
    endpoint = Endpoint(
        "mine", "openai-chat", f"{upstream.url}/v1", headers=(("x-number", str(number)),)
    )
    model = Model("mine/fast", "mine", "fake-small", fim="qwen")
    return Call(endpoint, model, PROMPTS[number % 2], Deadlines(30, 60, 90))


async def _drink(client: Client, call: Call) -> list[Chunk]:
    async with aclosing(client.stream(call)) as chunks:
        return [chunk async for chunk in chunks]


async def _cancelled(
    client: Client, call: Call, after: float, seen_by: Upstream | None = None
) -> float:
    """Start a call and cancel it a while later, or after it was seen; say when that was."""
    task = asyncio.create_task(_drink(client, call))
    if seen_by:
        number = dict(call.endpoint.headers)["x-number"]
        await seen_by.until(
            lambda: any(one.headers["x-number"] == number for one in seen_by.calls[-2 * AT_ONCE :]),
            30,
        )
    await asyncio.sleep(after)
    cancelled_at = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return cancelled_at


async def test_500_cancels(upstream: Upstream, client: Client, seed: int) -> None:
    chance = random.Random(seed)
    process = psutil.Process()
    tasks, files = asyncio.all_tasks(), process.num_fds()
    cancelled_at: list[float] = []
    for first in range(0, CANCELS, AT_ONCE):
        numbers = range(first, first + AT_ONCE)
        cancelled_at += await asyncio.gather(
            *(
                _cancelled(client, _call(upstream, n), chance.uniform(0, 0.1), seen_by)
                # Every other one is seen first, however long a busy machine takes to send it.
                for n, seen_by in zip(numbers, (upstream, upstream, None, None) * 3, strict=False)
            )
        )
    # Only the connection that was warmed and has not been used up may be left.
    await upstream.until(lambda: upstream.open_connections <= 1)
    delays = sorted(
        call.closed_at - cancelled_at[int(call.headers["x-number"])]
        for call in upstream.calls
        if call.closed_at is not None
    )
    p50, p99 = delays[len(delays) // 2], delays[int(len(delays) * 0.99)]
    print(
        f"{len(delays)} of {CANCELS} had reached the upstream; socket closed after "
        f"p50 {p50 * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms, max {delays[-1] * 1e3:.1f} ms"
    )
    assert len(delays) > CANCELS * 0.4
    assert not [call for call in upstream.calls if call.finished]
    # The promise of 50 ms is held by `make bench`; this machine may be busy.
    assert p50 <= 0.25
    assert p99 <= 2.5
    await upstream.until(lambda: asyncio.all_tasks() == tasks)
    await client.aclose()
    await upstream.until(lambda: upstream.open_connections == 0)
    assert process.num_fds() <= files


async def test_closing_the_iterator_closes_the_socket(upstream: Upstream, client: Client) -> None:
    async with aclosing(client.stream(_call(upstream, 1))) as chunks:
        async for _ in chunks:
            break
    closed_at = time.monotonic()
    await upstream.until(lambda: upstream.calls[0].closed_at is not None)
    assert upstream.calls[0].closed_at is not None
    assert upstream.calls[0].closed_at - closed_at < 5
    assert upstream.calls[0].sent < 200


async def test_a_cancel_before_anything_was_sent(upstream: Upstream) -> None:
    client = Client()
    for _ in range(5):  # the library is being imported in a thread meanwhile
        await _cancelled(client, _call(upstream, 0), 0)
    upstream.script(text="there")
    chunks = await _drink(client, _call(upstream, 0))
    assert isinstance(chunks[-1], Done)
    await client.aclose()


async def test_a_cancelled_tls_handshake(upstream: Upstream, client: Client) -> None:
    call = _call(upstream, 0)
    endpoint = replace(call.endpoint, base_url=call.endpoint.base_url.replace("http:", "https:"))
    for _ in range(5):  # the upstream never answers a TLS greeting
        await _cancelled(client, replace(call, endpoint=endpoint), 0.05)
        await upstream.until(lambda: upstream.open_connections <= 1, seconds=15)


async def test_50_streams_at_once(upstream: Upstream, client: Client) -> None:
    upstream.script(tokens=["x"] * 40, delay=0.06, gap=0.005)
    answers = await asyncio.gather(*(_drink(client, _call(upstream, n)) for n in range(50)))
    assert all(len(chunks) == 41 for chunks in answers)
    assert all(call.finished for call in upstream.calls)
