"""The official SDK and our dialect of Responses hold the same conversations, and hear the same."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import openai
import pytest
from openai.types.responses import Response

from support.talk import CHAT, KEY, QUESTION, QUESTION_JSON, READ, SCHEMA, call, drink
from support.upstream import Upstream
from support.upstream_responses import ENCRYPTED
from support.upstream_wire import Asked
from turnout_clients import errors
from turnout_clients.client import Client
from turnout_clients.dialects import openai_responses
from turnout_clients.sse import Event
from turnout_clients.types import (
    Call,
    Calling,
    Chat,
    Chunk,
    Done,
    Effort,
    Fill,
    Limits,
    Message,
    Opaque,
    Prompt,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    answered,
)

ASKED = (Asked("read_file", {"path": "Zwölf 😀.py"}, "call_1"), Asked("list", {}, "call_2"))
UNKNOWN = (
    {"type": "response.weather.delta", "sequence_number": 0, "delta": "sun"},
    {"type": "response.output_item.added", "sequence_number": 0, "output_index": 9,
     "item": {"type": "web_search_call", "id": "ws_1", "status": "in_progress"}},
)  # fmt: skip
THINKS: tuple[Effort, ...] = ("none", "low", "high")


@pytest.fixture
async def sdk(upstream: Upstream) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=f"{upstream.url}/v1", api_key=KEY, max_retries=0) as sdk:
        yield sdk


def _call(upstream: Upstream, prompt: Prompt = CHAT, **facts: Any) -> Call:
    return call(upstream, prompt, "openai-responses", **{"efforts": THINKS, **facts})


ASKS: Any = QUESTION_JSON


async def _heard(sdk: openai.AsyncOpenAI) -> Response:
    async with sdk.responses.stream(model="fake-small", input=ASKS) as stream:
        async for event in stream:
            if event.type == "response.incomplete":
                return event.response
        return await stream.get_final_response()


def _agree(response: Response, chunks: list[Chunk]) -> None:
    items: list[tuple[Any, ...]] = []
    for item in response.output:
        match item.type:
            case "message":
                items += [("text", p.text) for p in item.content if p.type == "output_text"]
            case "function_call":
                items.append(("tool", item.call_id, item.name, item.arguments))
            case "reasoning":
                summary = "\n\n".join(part.text for part in item.summary)
                items.append(("thinking", summary, item.encrypted_content))
    assert [_told(part) for part in answered(chunks).content] == items
    done, usage = chunks[-1], response.usage
    assert isinstance(done, Done)
    assert done.usage
    assert usage
    assert done.usage.input == usage.input_tokens
    assert done.usage.output == usage.output_tokens
    assert done.usage.thinking == usage.output_tokens_details.reasoning_tokens
    assert done.usage.cache_read == usage.input_tokens_details.cached_tokens
    assert done.usage.cache_write == usage.input_tokens_details.cache_write_tokens


def _told(part: object) -> tuple[Any, ...]:
    match part:
        case Text(text):
            return ("text", text)
        case ToolCall(id, name, arguments):
            return ("tool", id, name, arguments)
        case Thinking(text, Opaque(_, value)):
            return ("thinking", text, json.loads(value)["encrypted_content"])
    raise AssertionError(part)


SCRIPTS: dict[str, tuple[str, dict[str, Any]]] = {
    "text": ("stop", {"tokens": ["Zwölf ", "😀", "\n"]}),
    "thinking": ("stop", {"thinking": ("Let me see.", "Aha."), "text": "Yes."}),
    "tools": ("tool_use", {"text": "I look.", "tools": ASKED}),
    "all": ("tool_use", {"thinking": ("Hm.",), "text": "I look.", "tools": ASKED}),
    "tools-alone": ("tool_use", {"tokens": (), "tools": ASKED}),
    "limit": ("length", {"text": "one two", "reason": "length"}),
    "filter": ("refusal", {"text": "one two", "reason": "refusal"}),
    "steered": ("pause", {"text": "one two", "reason": "steered"}),
    "declined-late": ("refusal", {"text": "one two", "refusal": "no"}),
}


@pytest.mark.parametrize("size", [None, 7])
@pytest.mark.parametrize("script", SCRIPTS)
async def test_they_agree(
    script: str, size: int | None, upstream: Upstream, sdk: openai.AsyncOpenAI, client: Client
) -> None:
    reason, script_of = SCRIPTS[script]
    upstream.script(**script_of, chunk_bytes=size)
    _agree(await _heard(sdk), chunks := await drink(client, _call(upstream)))
    done = chunks[-1]
    assert isinstance(done, Done)
    assert done.reason == reason
    assert done.usage
    assert done.usage.raw["service_tier"] == "default"


async def test_unknown_events_pass(
    upstream: Upstream, sdk: openai.AsyncOpenAI, client: Client
) -> None:
    upstream.script(text="fine", extra=UNKNOWN)
    chunks = await drink(client, _call(upstream))
    assert answered(chunks).content == (Text("fine"),)
    stream = await sdk.responses.create(model="fake-small", input=ASKS, stream=True)
    assert [event.type async for event in stream][-1] == "response.completed"


def _extra(kind: str, **fields: Any) -> Any:
    at = {"item_id": "x", "output_index": 7, "content_index": 0}
    return {"type": f"response.{kind}", "sequence_number": 0, **at, **fields}


EVERY_EVENT = {
    "created", "queued", "in_progress", "output_item.added", "output_item.done",
    "content_part.added", "content_part.done", "output_text.delta", "output_text.done",
    "function_call_arguments.delta", "function_call_arguments.done",
    "custom_tool_call_input.delta", "custom_tool_call_input.done",
    "reasoning_summary_part.added", "reasoning_summary_part.done",
    "reasoning_summary_text.delta", "reasoning_summary_text.done",
    "reasoning_text.delta", "reasoning_text.done", "refusal.delta", "refusal.done", "completed",
    "incomplete", "failed", "error",
}  # fmt: skip


async def test_every_event_there_is(
    upstream: Upstream, sdk: openai.AsyncOpenAI, client: Client
) -> None:
    extra = (
        {"type": "response.queued", "sequence_number": 0, "response": {"id": "resp_01"}},
        _extra("custom_tool_call_input.delta", delta="a"),
        _extra("custom_tool_call_input.done", input="a"),
        _extra("reasoning_text.delta", delta="Hm, hm."),
        _extra("reasoning_text.done", text="Hm, hm."),
    )
    upstream.script(**SCRIPTS["all"][1], extra=extra, refusal="no")
    chunks = await drink(client, _call(upstream))
    stream = await sdk.responses.create(model="fake-small", input=ASKS, stream=True)
    events = [event async for event in stream]
    ends: tuple[dict[str, Any], ...] = (
        {"reason": "length"},
        {"reason": "failed", "error": {"code": "server_error", "message": "x"}},
        {"extra": ({"type": "error", "sequence_number": 0, "code": "x", "message": "x"},)},
    )
    seen = {event.type for event in events}
    for script in ends:
        upstream.script(text="x", **script)
        stream = await sdk.responses.create(model="fake-small", input=ASKS, stream=True)
        seen |= {event.type async for event in stream}
    assert {name.removeprefix("response.") for name in seen} == EVERY_EVENT
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert "".join(chunk.text for chunk in chunks if isinstance(chunk, Text)) == text
    assert Thinking("Hm, hm.") in chunks
    assert chunks[-1].reason == "refusal"  # type: ignore[union-attr]


async def test_a_whole_answer(upstream: Upstream, sdk: openai.AsyncOpenAI) -> None:
    upstream.script(text="one two", tools=ASKED)
    response = await sdk.responses.create(model="fake-small", input=ASKS)
    assert response.output_text == "one two"
    assert [item.type for item in response.output] == ["message"] + ["function_call"] * 2


async def test_a_tool_loop(upstream: Upstream, client: Client) -> None:
    """The fake refuses a turn whose thoughts or results are not as they must be."""
    upstream.script(**SCRIPTS["all"][1], times=1)
    upstream.script(text="It says 12.")
    asked = Chat(QUESTION, 4096, tools=(READ,), tool_choice=READ, effort="max")
    chunks = await drink(client, _call(upstream, asked))
    assert any(isinstance(chunk, Calling) for chunk in chunks)
    calls = [chunk for chunk in chunks if isinstance(chunk, ToolCall)]
    results = tuple(ToolResult(call.id, call.name, "12") for call in calls)
    turns = (*QUESTION, answered(chunks), Message("user", parts=results))
    chunks = await drink(client, _call(upstream, Chat(turns, 4096, tools=(READ,))))
    assert answered(chunks).content == (Text("It says 12."),)

    first, second = (call.body for call in upstream.calls)
    assert first["reasoning"] == {"effort": "high"}
    assert first["include"] == ["reasoning.encrypted_content"]
    assert (first["store"], first["stream_options"]) == (False, {"include_obfuscation": False})
    assert first["tool_choice"] == {"type": "function", "name": "read_file"}
    assert first["tools"] == [
        {"type": "function", "name": "read_file", "description": "Read a file.",
         "parameters": SCHEMA, "strict": False},
    ]  # fmt: skip
    assert [item.get("type") or item["role"] for item in second["input"]] == [
        "system", "user", "reasoning", "assistant", "function_call", "function_call",
        "function_call_output", "function_call_output",
    ]  # fmt: skip
    assert second["input"][2]["encrypted_content"] == ENCRYPTED
    assert second["input"][4]["call_id"] == second["input"][6]["call_id"] == "call_1"


async def test_what_a_model_does_not_take(upstream: Upstream, client: Client) -> None:
    chat = Chat(QUESTION, 64, stop=("\n",), temperature=0.5, effort="low")
    await drink(client, _call(upstream, chat, efforts=()))
    await drink(client, _call(upstream, Fill("a", "b", 64)))
    plain, fill = (call.body for call in upstream.calls)
    assert not plain.keys() & {"stop", "reasoning", "include", "tools"}
    assert (plain["temperature"], plain["max_output_tokens"]) == (0.5, 64)
    assert fill["reasoning"] == {"effort": "none"}


async def test_an_event_may_repeat_the_answer(upstream: Upstream, client: Client) -> None:
    upstream.script(tokens=["x" * 900] * 10)
    limits = Limits(event_bytes=2_000, answer_bytes=10_000)
    chunks = await drink(client, replace(_call(upstream), limits=limits))
    assert isinstance(chunks[-1], Done)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": "server_error", "message": "x"}, errors.Overloaded),
        ({"code": "rate_limit_exceeded", "message": "x"}, errors.RateLimited),
        ({"code": "invalid_prompt", "message": "x"}, errors.BadRequest),
        ({"code": "insufficient_quota", "message": "x"}, errors.QuotaExhausted),
        ({"code": "context_length_exceeded", "message": "x"}, errors.ContextOverflow),
        ({"code": "bio_policy", "message": "x"}, errors.Refused),
        ({"code": "image_content_policy_violation", "message": "x"}, errors.Refused),
        ({"code": "something_new", "message": "x"}, errors.Overloaded),
    ],
)
async def test_a_response_that_failed(
    error: Any, kind: type[errors.ProviderError], upstream: Upstream, client: Client
) -> None:
    upstream.script(text="x", reason="failed", error=error)
    with pytest.raises(errors.ProviderError) as caught:
        await drink(client, _call(upstream))
    assert type(caught.value) is kind


async def test_a_bare_error_event(upstream: Upstream, client: Client) -> None:
    event = {"type": "error", "code": "rate_limit_exceeded", "message": "x", "param": None}
    upstream.script(extra=(event,))
    call = _call(upstream)
    with pytest.raises(errors.RateLimited):
        await drink(client, call)
    with pytest.raises(errors.RateLimited):  # as gateways send it, without the event's name
        list(openai_responses.parser(call).feed(Event("", json.dumps(event))))


async def test_a_refusal_is_a_200(upstream: Upstream, client: Client) -> None:
    upstream.script(tokens=(), refusal="I will not.")
    with pytest.raises(errors.Refused) as caught:
        await drink(client, _call(upstream))
    assert caught.value.usage
    assert caught.value.usage.input > 0


@pytest.mark.parametrize(
    ("fault", "error", "ours"),
    [
        ("status-401", openai.AuthenticationError, errors.Unauthorized),
        ("status-404-model", openai.NotFoundError, errors.ModelNotFound),
        ("status-400-context", openai.BadRequestError, errors.ContextOverflow),
        ("status-429-soon", openai.RateLimitError, errors.RateLimited),
        ("in-band-error", openai.APIError, errors.Overloaded),
    ],
)
async def test_errors(
    fault: str,
    error: type[Exception],
    ours: type[errors.ProviderError],
    upstream: Upstream,
    sdk: openai.AsyncOpenAI,
    client: Client,
) -> None:
    upstream.script(fault=fault)
    with pytest.raises(error):
        await _heard(sdk)
    with pytest.raises(ours):
        await drink(client, _call(upstream))
