"""The official SDK and our dialect of chats hold the same conversations with tools."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest

from support.talk import (
    KEY,
    QUESTION,
    QUESTION_JSON,
    READ,
    READ_JSON,
    call,
    called,
    drink,
    end,
    spent,
    text,
    thought,
)
from support.upstream import Upstream
from support.upstream_wire import Asked
from turnout_clients.client import Client
from turnout_clients.types import (
    Chat,
    Done,
    Message,
    Text,
    ToolCall,
    ToolResult,
    answered,
)

ASKED = (Asked("read_file", {"path": "Zwölf 😀.py"}, "call_1"), Asked("list", {}, "call_2"))


@pytest.fixture
async def sdk(upstream: Upstream) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=f"{upstream.url}/v1", api_key=KEY, max_retries=0) as sdk:
        yield sdk


@pytest.mark.parametrize("size", [None, 7])
async def test_tools_in_a_chat(
    size: int | None, upstream: Upstream, sdk: openai.AsyncOpenAI, client: Client
) -> None:
    upstream.script(
        text="I look.", thinking=("Hm.",), tools=ASKED, reason="tool_calls", chunk_bytes=size
    )
    chat = Chat(QUESTION, 64, tools=(READ,), tool_choice="required", effort="low")
    chunks = await drink(client, call(upstream, chat, efforts=("none", "low", "high")))
    asks: Any = {"messages": QUESTION_JSON, "tools": [READ_JSON], "reasoning_effort": "low"}
    async with sdk.chat.completions.stream(
        model="fake-small", stream_options={"include_usage": True}, **asks
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
    assert sent["tools"] == [READ_JSON]


async def test_the_next_turn_of_a_chat(upstream: Upstream, client: Client) -> None:
    upstream.script(text="I look.", thinking=("Hm", "."), tools=ASKED, reason="stop", times=1)
    upstream.script(text="It says 12.")
    chat = Chat(QUESTION, 64, tools=(READ,), effort="low")
    chunks = await drink(client, call(upstream, chat))
    assert chunks[-1].reason == "tool_use"  # type: ignore[union-attr] # though the server says stop
    results = tuple(
        ToolResult(one.id, one.name, "12") for one in chunks if isinstance(one, ToolCall)
    )
    turns = (*QUESTION, answered(chunks), Message("user", "And now?", results))
    await drink(client, call(upstream, Chat(turns, 64, tools=(READ,))))
    first, second = (call.body for call in upstream.calls)
    assert "reasoning_effort" not in first
    calls = [
        {"id": one.id, "type": "function",
         "function": {"name": one.name, "arguments": json.dumps(one.arguments)}}
        for one in ASKED
    ]  # fmt: skip
    assert second["messages"] == [
        *QUESTION_JSON,
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
    chunks = await drink(client, call(upstream))
    calls = [chunk for chunk in chunks if isinstance(chunk, ToolCall)]
    assert calls == [ToolCall("a", "read", '{"path": "x"}'), ToolCall("b", "list", "{}")]


async def test_every_field_there_is(
    upstream: Upstream, sdk: openai.AsyncOpenAI, client: Client
) -> None:
    def event(delta: Any, **more: Any) -> Any:
        return {"choices": [{"index": 0, "delta": delta, "finish_reason": None, **more}]}

    extra = (
        event({"role": "assistant", "content": ""}),
        event({"glitter": 3}, sparkle=True),
        {"choices": [], "weather": "sun"},
    )
    upstream.script(
        text="I look.", thinking=("Hm.",), tools=ASKED, refusal="no", extra=extra, reason="stop"
    )
    ours = await drink(client, call(upstream))
    messages: Any = QUESTION_JSON
    stream = await sdk.chat.completions.create(
        model="fake-small", messages=messages, stream=True, stream_options={"include_usage": True}
    )
    events = [event async for event in stream]
    deltas = [choice.delta.model_dump(exclude_unset=True) for e in events for choice in e.choices]
    assert {name for delta in deltas for name in delta} == {
        "role", "content", "refusal", "tool_calls", "reasoning_content", "glitter",
    }  # fmt: skip
    assert (text(ours), thought(ours), end(ours).reason) == ("I look.", "Hm.", "refusal")
    assert [one[1:] for one in called(ours)] == [(one.name, one.arguments) for one in ASKED]
    assert events[-1].usage
    assert spent(ours).input == events[-1].usage.prompt_tokens
