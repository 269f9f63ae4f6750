"""The official SDK and our dialect of chats hold the same conversations with tools."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import openai
import pytest

from support.upstream import Upstream
from support.upstream_wire import Asked
from turnout_clients.client import Client
from turnout_clients.types import (
    Call,
    Chat,
    Chunk,
    Deadlines,
    Done,
    Endpoint,
    Message,
    Model,
    Prompt,
    Secret,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    answered,
)

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"path": {"type": "string"}}}
READ = Tool("read", "Read a file.", SCHEMA)
HELLO = Message("user", "hello")
ASKED = (Asked("read", {"path": "Zwölf 😀.py"}, "call_1"), Asked("list", {}, "call_2"))
THINKS = Model("mine/deep", "mine", "fake-small", efforts=("none", "low", "high"))
PLAIN = Model("mine/fast", "mine", "fake-small")


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with Upstream() as upstream:
        yield upstream


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    client = Client()
    yield client
    await client.aclose()


@pytest.fixture
async def sdk(upstream: Upstream) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        base_url=f"{upstream.url}/v1", api_key="sk-test", max_retries=0
    ) as sdk:
        yield sdk


def _call(upstream: Upstream, prompt: Prompt, model: Model) -> Call:
    endpoint = Endpoint("mine", "openai-chat", f"{upstream.url}/v1", Secret("sk-test"))
    return Call(endpoint, model, prompt, Deadlines(1, 2, 5))


async def _drink(client: Client, call: Call) -> list[Chunk]:
    async with aclosing(client.stream(call)) as stream:
        return [chunk async for chunk in stream]


@pytest.mark.parametrize("size", [None, 7])
async def test_tools_in_a_chat(
    size: int | None, upstream: Upstream, sdk: openai.AsyncOpenAI, client: Client
) -> None:
    upstream.script(
        text="I look.", thinking=("Hm.",), tools=ASKED, reason="tool_calls", chunk_bytes=size
    )
    chat = Chat((HELLO,), 64, tools=(READ,), tool_choice="required", effort="low")
    chunks = await _drink(client, _call(upstream, chat, THINKS))
    question: Any = {"role": "user", "content": "hello"}
    async with sdk.chat.completions.stream(
        model="fake-small", messages=[question], stream_options={"include_usage": True}
    ) as stream:
        heard = await stream.get_final_completion()
    said = heard.choices[0]
    ours = [part for part in answered(chunks).parts if isinstance(part, ToolCall)]
    assert [(call.id, call.name, call.arguments) for call in ours] == [
        (call.id, call.function.name, call.function.arguments)
        for call in said.message.tool_calls or ()
        if call.type == "function"
    ]
    assert len(ours) == 2
    assert "".join(c.text for c in chunks if isinstance(c, Text)) == said.message.content
    done = chunks[-1]
    assert isinstance(done, Done)
    assert (done.reason, said.finish_reason) == ("tool_use", "tool_calls")
    assert done.usage
    assert heard.usage
    assert (done.usage.input, done.usage.output) == (
        heard.usage.prompt_tokens, heard.usage.completion_tokens,
    )  # fmt: skip
    sent = upstream.calls[0].body
    assert (sent["tool_choice"], sent["reasoning_effort"]) == ("required", "low")
    function = {"name": "read", "description": "Read a file.", "parameters": SCHEMA}
    assert sent["tools"] == [{"type": "function", "function": function}]


async def test_the_next_turn_of_a_chat(upstream: Upstream, client: Client) -> None:
    upstream.script(text="I look.", thinking=("Hm", "."), tools=ASKED, reason="stop", times=1)
    upstream.script(text="It says 12.")
    chat = Chat((HELLO,), 64, tools=(READ,), effort="low")
    chunks = await _drink(client, _call(upstream, chat, PLAIN))
    assert chunks[-1].reason == "tool_use"  # type: ignore[union-attr] # though the server says stop
    results = tuple(
        ToolResult(one.id, one.name, "12") for one in chunks if isinstance(one, ToolCall)
    )
    turns = (HELLO, answered(chunks), Message("user", "And now?", results))
    await _drink(client, _call(upstream, Chat(turns, 64, tools=(READ,)), PLAIN))
    first, second = (call.body for call in upstream.calls)
    assert "reasoning_effort" not in first
    calls = [
        {"id": one.id, "type": "function",
         "function": {"name": one.name, "arguments": json.dumps(one.arguments)}}
        for one in ASKED
    ]  # fmt: skip
    assert second["messages"] == [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "I look.", "reasoning_content": "Hm.",
         "tool_calls": calls},
        {"role": "tool", "tool_call_id": "call_1", "content": "12"},
        {"role": "tool", "tool_call_id": "call_2", "content": "12"},
        {"role": "user", "content": "And now?"},
    ]  # fmt: skip


async def test_tool_calls_without_an_index(upstream: Upstream, client: Client) -> None:
    def delta(**call: Any) -> Any:
        return {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}

    upstream.script(
        tokens=(),
        extra=(
            delta(id="a", function={"name": "read", "arguments": '{"path": '}),
            delta(function={"arguments": '"x"}'}),
            delta(id="b", function={"name": "list"}),
        ),
    )
    chunks = await _drink(client, _call(upstream, Chat((HELLO,), 64), PLAIN))
    calls = [chunk for chunk in chunks if isinstance(chunk, ToolCall)]
    assert calls == [ToolCall("a", "read", '{"path": "x"}'), ToolCall("b", "list", "{}")]
