"""The official SDK and our dialect hold the same conversations, and hear the same."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import anthropic
import pytest

from support.talk import CHAT, KEY, QUESTION, READ, SCHEMA, call, drink
from support.upstream import Upstream
from support.upstream_anthropic import HIDDEN, SIGNATURE
from support.upstream_wire import Asked
from turnout_clients import errors
from turnout_clients.client import Client
from turnout_clients.types import (
    Call,
    Calling,
    Chat,
    Chunk,
    Done,
    Effort,
    Fill,
    Message,
    Opaque,
    Prompt,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    answered,
)

ASKED = (Asked("read_file", {"path": "Zwölf 😀.py"}, "toolu_1"), Asked("list", {}, "toolu_2"))
UNKNOWN = (
    {"type": "weather", "sun": True},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "glitter_delta", "glitter": 3}},
    {"type": "ping"},
)
THINKS: tuple[Effort, ...] = ("low", "high", "max")


@pytest.fixture
async def sdk(upstream: Upstream) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(base_url=upstream.url, api_key=KEY, max_retries=0) as sdk:
        yield sdk


def _call(
    upstream: Upstream, prompt: Prompt = CHAT, version: str = "2026-10-21", **facts: Any
) -> Call:
    headers = (("anthropic-version", version),) if version else ()
    facts = {"efforts": THINKS, **facts}
    return call(upstream, prompt, "anthropic-messages", headers=headers, **facts)


ASKS: dict[str, Any] = {
    "model": "fake-small",
    "max_tokens": 64,
    "system": QUESTION[0].text,
    "messages": [{"role": "user", "content": QUESTION[1].text}],
}


async def _heard(sdk: anthropic.AsyncAnthropic, **more: Any) -> anthropic.types.Message:
    async with sdk.messages.stream(**ASKS, **more) as stream:
        return await stream.get_final_message()


def _agree(message: anthropic.types.Message, chunks: Sequence[Chunk]) -> None:
    """What the SDK put together is what we did."""
    done = chunks[-1]
    assert isinstance(done, Done)
    turn = answered(chunks)
    blocks: list[tuple[Any, ...]] = []
    for block in message.content:
        match block.type:
            case "text":
                blocks.append(("text", block.text))
            case "tool_use":
                blocks.append(("tool", block.id, block.name, block.input))
            case "thinking":
                blocks.append(("thinking", block.thinking, block.signature))
            case "redacted_thinking":
                blocks.append(("hidden", block.data))
    assert [_told(part) for part in turn.content] == blocks
    usage = message.usage
    written, read = usage.cache_creation_input_tokens or 0, usage.cache_read_input_tokens or 0
    assert done.usage is not None
    assert done.usage.input == usage.input_tokens + written + read
    assert done.usage.output == usage.output_tokens
    assert (done.usage.cache_read, done.usage.cache_write) == (read, written)
    reasons = {
        "end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length",
        "model_context_window_exceeded": "length", "pause_turn": "pause",
    }  # fmt: skip
    assert reasons.get(str(message.stop_reason), message.stop_reason) == done.reason


def _told(part: object) -> tuple[Any, ...]:
    match part:
        case Text(text):
            return ("text", text)
        case ToolCall(id, name, arguments):
            return ("tool", id, name, json.loads(arguments))
        case Thinking(text, Opaque(_, value)):
            block = json.loads(value)
            if block["type"] == "redacted_thinking":
                return ("hidden", block["data"])
            assert block["thinking"] == text
            return ("thinking", text, block["signature"])
    raise AssertionError(part)


SCRIPTS: dict[str, dict[str, Any]] = {
    "text": {"tokens": ["Zwölf ", "😀", "\n"]},
    "thinking": {"thinking": ("Let me ", "see."), "text": "Yes."},
    "tools": {"text": "I look.", "tools": ASKED, "reason": "tool_calls"},
    "all": {"thinking": ("Hm.",), "text": "I look.", "tools": ASKED, "reason": "tool_calls"},
    "tools-alone": {"tokens": (), "tools": ASKED, "reason": "tool_calls"},
    "limit": {"text": "one two", "reason": "length"},
    "pause": {"text": "one two", "reason": "pause"},
    "stopped": {"text": "one two", "reason": "stop_sequence"},
    "overflow": {"text": "one two", "reason": "model_context_window_exceeded"},
    "declined-late": {"text": "one two", "refusal": "no"},
}


@pytest.mark.parametrize("size", [None, 7])
@pytest.mark.parametrize("script", SCRIPTS)
async def test_they_agree(
    script: str, size: int | None, upstream: Upstream, sdk: anthropic.AsyncAnthropic, client: Client
) -> None:
    upstream.script(**SCRIPTS[script], chunk_bytes=size)
    _agree(await _heard(sdk), chunks := await drink(client, _call(upstream)))
    done = chunks[-1]
    assert isinstance(done, Done)
    assert done.usage
    assert (done.usage.cache_read, done.usage.output > 0) == (0, True)
    assert done.usage.raw["service_tier"] == "standard"


async def test_unknown_events_pass(upstream: Upstream, client: Client) -> None:
    upstream.script(text="fine", extra=UNKNOWN, thinking=("Hm.",))
    chunks = await drink(client, _call(upstream))
    assert "".join(chunk.text for chunk in chunks if isinstance(chunk, Text)) == "fine"


async def test_unknown_events_pass_the_sdk(
    upstream: Upstream, sdk: anthropic.AsyncAnthropic
) -> None:
    upstream.script(text="fine", extra=UNKNOWN)
    events = [event async for event in await sdk.messages.create(**ASKS, stream=True)]
    assert events[-1].type == "message_stop"


EVERY_EVENT = {
    "ping", "error", "message_start", "content_block_start", "content_block_delta",
    "content_block_stop", "message_delta", "message_stop",
}  # fmt: skip
EVERY_DELTA = {
    "text_delta", "input_json_delta", "thinking_delta", "signature_delta", "citations_delta",
}  # fmt: skip


async def _names(sdk: anthropic.AsyncAnthropic, failing: Upstream | None = None) -> set[str]:
    """The names of a stream's events, as they are before the SDK takes out what it acts upon."""
    if failing:
        failing.script(fault="in-band-error", text="x", times=1)
    async with sdk.messages.with_streaming_response.create(**ASKS, stream=True) as raw:
        lines = [line async for line in raw.iter_lines()]
    return {line.removeprefix("event: ") for line in lines if line.startswith("event: ")}


async def test_every_event_there_is(
    upstream: Upstream, sdk: anthropic.AsyncAnthropic, client: Client
) -> None:
    citation = {
        "type": "char_location", "cited_text": "x", "document_index": 0, "document_title": "d",
        "start_char_index": 0, "end_char_index": 1, "file_id": None,
    }  # fmt: skip
    cited = {"type": "citations_delta", "citation": citation}
    extra = ({"type": "content_block_delta", "index": 2, "delta": cited},)
    upstream.script(**SCRIPTS["all"], extra=extra)
    chunks = await drink(client, _call(upstream))
    events = [event async for event in await sdk.messages.create(**ASKS, stream=True)]
    assert await _names(sdk) | await _names(sdk, upstream) == EVERY_EVENT
    deltas = [event.delta for event in events if event.type == "content_block_delta"]
    assert {delta.type for delta in deltas} == EVERY_DELTA
    text = "".join(delta.text for delta in deltas if delta.type == "text_delta")
    assert "".join(chunk.text for chunk in chunks if isinstance(chunk, Text)) == text


async def test_a_whole_answer(upstream: Upstream, sdk: anthropic.AsyncAnthropic) -> None:
    upstream.script(text="one two", tools=ASKED, reason="tool_calls")
    message = await sdk.messages.create(**ASKS)
    assert [block.type for block in message.content] == ["text", "tool_use", "tool_use"]


@pytest.mark.parametrize("version", ["2026-10-21", "2023-06-01", ""])
async def test_a_tool_loop(version: str, upstream: Upstream, client: Client) -> None:
    """The fake refuses a turn whose thoughts or results are not as they must be."""
    upstream.script(**SCRIPTS["all"], times=1)
    upstream.script(text="It says 12.")
    system, hello = replace(QUESTION[0], cache=True), QUESTION[1]
    asked = Chat((system, hello), 4096, tools=(READ,), effort="medium", temperature=0.5)
    chunks = await drink(client, _call(upstream, asked, version=version))
    assert any(isinstance(chunk, Calling) for chunk in chunks)
    calls = [chunk for chunk in chunks if isinstance(chunk, ToolCall)]
    results = Message(
        "user",
        "And now?",
        tuple(ToolResult(call.id, call.name, "12", failed=call.name == "list") for call in calls),
        cache=True,
    )
    turns = (system, hello, answered(chunks), results)
    chunks = await drink(client, _call(upstream, Chat(turns, 4096, tools=(READ,))))
    assert answered(chunks).content == (Text("It says 12."),)

    first, second = (call.body for call in upstream.calls)
    marked = {"cache_control": {"type": "ephemeral"}}
    assert first["system"] == [{"type": "text", "text": "Be brief.", **marked}]
    assert first["tools"] == [
        {"name": "read_file", "description": "Read a file.", "input_schema": SCHEMA}
    ]
    assert (first["thinking"], first["output_config"]) == ({"type": "adaptive"}, {"effort": "low"})
    assert "temperature" not in first
    thought = {"type": "thinking", "thinking": "Hm.", "signature": SIGNATURE}
    assert second["messages"][1]["content"] == [
        thought,
        {"type": "redacted_thinking", "data": HIDDEN},
        {"type": "text", "text": "I look."},
        {
            "type": "tool_use",
            "id": "toolu_1",
            "name": "read_file",
            "input": {"path": "Zwölf 😀.py"},
        },
        {"type": "tool_use", "id": "toolu_2", "name": "list", "input": {}},
    ]
    given = {"type": "tool_result", "content": "12"}
    assert second["messages"][2]["content"] == [
        {**given, "tool_use_id": "toolu_1"},
        {**given, "tool_use_id": "toolu_2", "is_error": True},
        {"type": "text", "text": "And now?", **marked},
    ]  # fmt: skip


async def test_thoughts_do_not_go_to_another_provider(upstream: Upstream, client: Client) -> None:
    foreign = Thinking("Hm.", Opaque("other", '{"type": "thinking", "signature": "x"}'))
    said = Message("assistant", "Yes.", (foreign,))
    await drink(client, _call(upstream, Chat((*QUESTION, said, QUESTION[1]), 64)))
    turn = upstream.calls[0].body["messages"][1]
    assert turn == {"role": "assistant", "content": [{"type": "text", "text": "Yes."}]}


@pytest.mark.parametrize(
    ("version", "header", "value"),
    [
        ("2026-10-21", "authorization", f"Bearer {KEY}"),
        ("2023-06-01", "x-api-key", KEY),
        ("", "x-api-key", KEY),
    ],
)
async def test_versions(
    version: str, header: str, value: str, upstream: Upstream, client: Client
) -> None:
    chat = Chat(QUESTION, 64, stop=("END", "\n"), temperature=0.5, effort="high")
    await drink(client, _call(upstream, chat, version, efforts=()))
    sent = upstream.calls[0]
    assert sent.headers["anthropic-version"] == (version or "2023-06-01")
    assert {"authorization", "x-api-key"} & sent.headers.keys() == {header}
    assert sent.headers[header] == value
    assert ("temperature" in sent.body) == (version != "2026-10-21")
    assert sent.body["stop_sequences"] == ["END"]
    assert "thinking" not in sent.body


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", None),
        ("none", {"type": "none"}),
        ("required", {"type": "any"}),
        (READ, {"type": "tool", "name": "read_file"}),
    ],
)
async def test_tool_choice(choice: Any, sent: Any, upstream: Upstream, client: Client) -> None:
    chat = Chat(QUESTION, 64, tools=(READ,), tool_choice=choice)
    await drink(client, _call(upstream, chat))
    assert upstream.calls[0].body.get("tool_choice") == sent


async def test_thinking_by_budget_and_not_at_all(upstream: Upstream, client: Client) -> None:
    budget: dict[str, Any] = {
        "max_output": 8192, "efforts": ("none", "high"), "thinking_budget": True,
    }  # fmt: skip
    await drink(client, _call(upstream, Chat(QUESTION, 8000, effort="max"), **budget))
    await drink(client, _call(upstream, Chat(QUESTION, 800, effort="max"), **budget))
    await drink(client, _call(upstream, Fill("a = ", "\n", 64), **budget))
    sent = [call.body.get("thinking") for call in upstream.calls]
    assert sent == [{"type": "enabled", "budget_tokens": 6400}, None, {"type": "disabled"}]


async def test_a_refusal_is_a_200(upstream: Upstream, client: Client) -> None:
    upstream.script(tokens=(), refusal="I will not.")
    with pytest.raises(errors.Refused) as caught:
        await drink(client, _call(upstream))
    assert caught.value.usage
    assert caught.value.usage.input > 0


async def test_a_call_torn_at_the_limit_is_left_out(upstream: Upstream, client: Client) -> None:
    torn = (
        {"type": "content_block_start", "index": 0,
         "content_block": {"type": "tool_use", "id": "t", "name": "read", "input": {}}},
        {"type": "content_block_delta", "index": 0,
         "delta": {"type": "input_json_delta", "partial_json": '{"path": "a'}},
        {"type": "content_block_stop", "index": 0},
    )  # fmt: skip
    upstream.script(extra=torn, text="x", reason="length", times=1)
    chunks = await drink(client, _call(upstream))
    assert not [chunk for chunk in chunks if isinstance(chunk, ToolCall)]
    upstream.script(extra=torn, text="x", reason="tool_calls")
    with pytest.raises(errors.MalformedStream):
        await drink(client, _call(upstream))


@pytest.mark.parametrize(
    ("fault", "error", "ours"),
    [
        ("status-401", anthropic.AuthenticationError, errors.Unauthorized),
        ("status-403", anthropic.PermissionDeniedError, errors.Forbidden),
        ("status-404-model", anthropic.NotFoundError, errors.ModelNotFound),
        ("status-400-context", anthropic.BadRequestError, errors.ContextOverflow),
        ("status-429-soon", anthropic.RateLimitError, errors.RateLimited),
        ("status-529", anthropic.InternalServerError, errors.Overloaded),
        ("in-band-error", anthropic.APIStatusError, errors.Overloaded),
    ],
)
async def test_errors(
    fault: str,
    error: type[Exception],
    ours: type[errors.ProviderError],
    upstream: Upstream,
    sdk: anthropic.AsyncAnthropic,
    client: Client,
) -> None:
    upstream.script(fault=fault)
    with pytest.raises(error):
        await _heard(sdk)
    with pytest.raises(ours):
        await drink(client, _call(upstream))


async def test_probe(upstream: Upstream, client: Client) -> None:
    endpoint = _call(upstream).endpoint
    assert await client.probe(endpoint, 1) == ["fake-small", "fake-large"]
