"""The official SDK is the referee of the fake upstream: what it accepts is real enough."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest

from support.talk import KEY, QUESTION_JSON
from support.upstream import Upstream

ASKS: Any = QUESTION_JSON


@pytest.fixture
async def sdk(upstream: Upstream) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=f"{upstream.url}/v1", api_key=KEY, max_retries=0) as sdk:
        yield sdk


async def test_chat(sdk: openai.AsyncOpenAI, upstream: Upstream) -> None:
    upstream.script(text="one two", reason="length")
    reply = await sdk.chat.completions.create(model="fake-small", messages=ASKS)
    assert reply.choices[0].message.content == "one two"
    assert reply.choices[0].finish_reason == "length"
    assert reply.usage is not None
    assert reply.usage.prompt_tokens > 0
    assert upstream.calls[0].headers["authorization"] == f"Bearer {KEY}"
    assert upstream.calls[0].body["messages"] == ASKS


async def test_chat_streamed(sdk: openai.AsyncOpenAI, upstream: Upstream) -> None:
    upstream.script(tokens=["Zwölf ", "😀", "\n"], delay=0.01, gap=0.001, chunk_bytes=7)
    stream = await sdk.chat.completions.create(
        model="fake-small", messages=ASKS, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == "Zwölf 😀\n"
    usage = next(c.usage for c in chunks if c.usage)
    assert usage.total_tokens == usage.prompt_tokens + 3
    assert upstream.calls[0].finished


async def test_no_usage_unless_asked_for(sdk: openai.AsyncOpenAI) -> None:
    stream = await sdk.chat.completions.create(model="m", messages=ASKS, stream=True)
    assert not [chunk.usage async for chunk in stream if chunk.usage]


async def test_completions(sdk: openai.AsyncOpenAI, upstream: Upstream) -> None:
    upstream.script(answer=lambda call: f"{call.body['prompt']}|{call.body['suffix']}")
    whole = await sdk.completions.create(model="m", prompt="a", suffix="b")
    assert whole.choices[0].text == "a|b"
    stream = await sdk.completions.create(model="m", prompt="c", suffix="d", stream=True)
    assert "".join([chunk.choices[0].text async for chunk in stream]) == "c|d"


async def test_models(sdk: openai.AsyncOpenAI) -> None:
    assert [model.id async for model in sdk.models.list()] == ["fake-small", "fake-large"]


async def drink(sdk: openai.AsyncOpenAI) -> None:
    async for _ in await sdk.chat.completions.create(model="m", messages=ASKS, stream=True):
        pass


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("status-401", openai.AuthenticationError),
        ("status-403", openai.PermissionDeniedError),
        ("status-404-model", openai.NotFoundError),
        ("status-400-context", openai.BadRequestError),
        ("status-429-soon", openai.RateLimitError),
        ("status-500", openai.InternalServerError),
        ("status-503", openai.InternalServerError),
        ("rst-before-reply", openai.APIConnectionError),
        ("accept-close", openai.APIConnectionError),
        ("in-band-error", openai.APIError),
    ],
)
async def test_errors(
    sdk: openai.AsyncOpenAI, upstream: Upstream, fault: str, error: type[Exception]
) -> None:
    upstream.script(fault=fault, times=1)
    with pytest.raises(error):
        await drink(sdk)
    await sdk.chat.completions.create(model="m", messages=ASKS)


async def test_a_scripted_error_reply(sdk: openai.AsyncOpenAI, upstream: Upstream) -> None:
    upstream.script(status=402, error={"error": {"message": "pay", "code": "insufficient_quota"}})
    with pytest.raises(openai.APIStatusError) as caught:
        await sdk.chat.completions.create(model="m", messages=ASKS)
    assert (caught.value.status_code, caught.value.code) == (402, "insufficient_quota")


async def test_it_sees_the_client_go(sdk: openai.AsyncOpenAI, upstream: Upstream) -> None:
    upstream.script(tokens=["x"] * 1000, gap=0.005)
    stream = await sdk.chat.completions.create(model="m", messages=ASKS, stream=True)
    async for _ in stream:
        break
    await stream.close()
    await upstream.until(lambda: upstream.calls[0].closed_at is not None)
    assert not upstream.calls[0].finished
    assert upstream.calls[0].sent < 1000
