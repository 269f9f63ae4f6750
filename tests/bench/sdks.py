"""Who streams the same text, by dialect: the official SDK, and our client.

Each is used as its own documentation shows for streaming text, and is given the same prompt.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from turnout_clients.client import Client
from turnout_clients.types import (
    Call,
    Chat,
    Deadlines,
    Endpoint,
    Fill,
    Limits,
    Message,
    Model,
    Prompt,
    Secret,
    Text,
)

KEY: Final = "sk-bench"
MODEL: Final = "fake-small"
HELLO: Final[list[Any]] = [{"role": "user", "content": "hello"}]
CHAT: Final = Chat((Message("user", "hello"),), max_tokens=1024)
FILL: Final = Fill("def add(a, b):\n    return ", "\n", max_tokens=1024)
DEADLINES: Final = Deadlines(connect=5, first_token=20, total=60)
LIMITS: Final = Limits()

Drink = Callable[[], Awaitable[str]]
"""Streams one answer to its end and returns its text."""


@dataclass(frozen=True)
class Pair:
    """One protocol: how ours asks, and the SDK's interface it is compared with."""

    name: str
    dialect: str
    root: str  # below the fake upstream's address
    prompt: Prompt
    interface: str
    theirs: Callable[[str, AsyncExitStack], Awaitable[Drink]]
    fim: str | None = None

    def ours(self, url: str, client: Client) -> Drink:
        """Our client on the same protocol."""
        endpoint = Endpoint("bench", self.dialect, url + self.root, Secret(KEY))
        model = Model("bench/fake", "bench", MODEL, self.fim)
        call = Call(endpoint, model, self.prompt, DEADLINES, LIMITS)

        async def drink() -> str:
            async with aclosing(client.stream(call)) as chunks:
                return "".join([chunk.text async for chunk in chunks if isinstance(chunk, Text)])

        return drink


async def _openai(url: str, stack: AsyncExitStack, root: str = "/v1") -> Any:
    import openai

    made = openai.AsyncOpenAI(base_url=url + root, api_key=KEY, max_retries=0)
    return await stack.enter_async_context(made)


async def _chat(url: str, stack: AsyncExitStack, root: str = "/v1") -> Drink:
    sdk = await _openai(url, stack, root)

    async def drink() -> str:
        options = {"include_usage": True}
        stream = await sdk.chat.completions.create(
            model=MODEL, messages=HELLO, max_tokens=1024, stream=True, stream_options=options
        )
        return await _joined(c.choices[0].delta.content async for c in stream if c.choices)

    return drink


async def _completions(url: str, stack: AsyncExitStack) -> Drink:
    sdk = await _openai(url, stack)

    async def drink() -> str:
        stream = await sdk.completions.create(
            model=MODEL, prompt=FILL.prefix, suffix=FILL.suffix, max_tokens=1024, stream=True
        )
        return await _joined(c.choices[0].text async for c in stream if c.choices)

    return drink


async def _responses(url: str, stack: AsyncExitStack) -> Drink:
    sdk = await _openai(url, stack)

    async def drink() -> str:
        stream = await sdk.responses.create(
            model=MODEL, input="hello", max_output_tokens=1024, stream=True
        )
        return await _joined(
            e.delta async for e in stream if e.type == "response.output_text.delta"
        )

    return drink


async def _anthropic(url: str, stack: AsyncExitStack) -> Drink:
    import anthropic

    sdk = await stack.enter_async_context(
        anthropic.AsyncAnthropic(base_url=url, api_key=KEY, max_retries=0)
    )

    async def drink() -> str:
        asked = sdk.messages.stream(model=MODEL, max_tokens=1024, messages=HELLO)
        async with asked as stream:
            return await _joined(stream.text_stream)

    return drink


async def _anthropic_raw(url: str, stack: AsyncExitStack) -> Drink:
    import anthropic

    sdk = await stack.enter_async_context(
        anthropic.AsyncAnthropic(base_url=url, api_key=KEY, max_retries=0)
    )

    async def drink() -> str:
        stream = await sdk.messages.create(
            model=MODEL, max_tokens=1024, messages=HELLO, stream=True
        )
        deltas = (e.delta async for e in stream if e.type == "content_block_delta")
        return await _joined(delta.text async for delta in deltas if delta.type == "text_delta")

    return drink


async def _gemini(url: str, stack: AsyncExitStack) -> Drink:
    from google import genai
    from google.genai import types

    options = types.HttpOptions(base_url=url, api_version="v1")
    sdk = genai.Client(api_key=KEY, http_options=options)
    stack.callback(sdk.close)
    stack.push_async_callback(sdk.aio.aclose)

    async def drink() -> str:
        stream = await sdk.aio.models.generate_content_stream(model=MODEL, contents="hello")
        return await _joined(response.text async for response in stream)

    return drink


async def _mistral_sdk(url: str, stack: AsyncExitStack) -> Any:
    from mistralai.client import Mistral

    return await stack.enter_async_context(Mistral(api_key=KEY, server_url=f"{url}/mistral"))


async def _mistral(url: str, stack: AsyncExitStack) -> Drink:
    sdk = await _mistral_sdk(url, stack)

    async def drink() -> str:
        stream = await sdk.chat.stream_async(model=MODEL, messages=HELLO)
        return await _joined(e.data.choices[0].delta.content async for e in stream)

    return drink


async def _mistral_fim(url: str, stack: AsyncExitStack) -> Drink:
    sdk = await _mistral_sdk(url, stack)

    async def drink() -> str:
        stream = await sdk.fim.stream_async(model=MODEL, prompt=FILL.prefix, suffix=FILL.suffix)
        return await _joined(e.data.choices[0].delta.content async for e in stream)

    return drink


async def _ollama_sdk(url: str, stack: AsyncExitStack) -> Any:
    import ollama

    sdk = ollama.AsyncClient(host=url)
    stack.push_async_callback(sdk.close)
    return sdk


async def _ollama(url: str, stack: AsyncExitStack) -> Drink:
    sdk = await _ollama_sdk(url, stack)

    async def drink() -> str:
        stream = await sdk.chat(model=MODEL, messages=HELLO, stream=True)
        return await _joined(part["message"]["content"] async for part in stream)

    return drink


async def _ollama_fill(url: str, stack: AsyncExitStack) -> Drink:
    sdk = await _ollama_sdk(url, stack)

    async def drink() -> str:
        stream = await sdk.generate(
            model=MODEL, prompt=FILL.prefix, suffix=FILL.suffix, stream=True
        )
        return await _joined(part["response"] async for part in stream)

    return drink


async def _joined(pieces: AsyncIterator[str | None]) -> str:
    return "".join([piece or "" async for piece in pieces])


PAIRS: Final = (
    Pair("openai-chat", "openai-chat", "/v1", CHAT, "openai chat.completions.create", _chat),
    Pair(
        "openai-completions", "openai-completions", "/v1", FILL,
        "openai completions.create", _completions, "native",
    ),
    Pair(
        "openai-responses", "openai-responses", "/v1", CHAT, "openai responses.create", _responses
    ),
    Pair(
        "anthropic-messages", "anthropic-messages", "/v1", CHAT,
        "anthropic messages.stream().text_stream", _anthropic,
    ),
    Pair(
        "anthropic-messages, raw", "anthropic-messages", "/v1", CHAT,
        "anthropic messages.create(stream=True)", _anthropic_raw,
    ),
    Pair("gemini", "gemini", "/v1", CHAT, "google-genai generate_content_stream", _gemini),
    Pair("mistral, chat", "mistral", "/mistral/v1", CHAT, "mistralai chat.stream_async", _mistral),
    Pair(
        "mistral, fill", "mistral", "/mistral/v1", FILL,
        "mistralai fim.stream_async", _mistral_fim, "native",
    ),
    Pair("ollama, chat", "ollama", "", CHAT, "ollama chat(stream=True)", _ollama),
    Pair(
        "ollama, fill", "ollama", "", FILL, "ollama generate(stream=True)", _ollama_fill, "native"
    ),
    Pair(
        "inception, chat", "inception", "/inception/v1", CHAT,
        "openai chat.completions.create", partial(_chat, root="/inception/v1"),
    ),
    Pair("llamacpp, chat", "llamacpp", "", CHAT, "openai chat.completions.create", _chat),
)  # fmt: skip
"""Inception and llama.cpp have no SDK of their own: their users take OpenAI's."""
