"""The official SDK of Mistral holds the same conversations as we do, and reads them the same."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from mistralai.client import Mistral
from mistralai.client import errors as sdk_errors

from support.talk import (
    ASKED,
    FILL,
    KEY,
    QUESTION,
    QUESTION_JSON,
    READ,
    READ_JSON,
    RESULTS,
    call,
    called,
    drink,
    text,
    thought,
)
from support.upstream import Upstream
from support.upstream_mistral import plain
from turnout_clients import errors
from turnout_clients.client import Client
from turnout_clients.types import (
    Chat,
    Chunk,
    Done,
    Message,
    ToolCall,
    ToolResult,
    Usage,
    answered,
)


@pytest.fixture
async def official(upstream: Upstream) -> AsyncIterator[Mistral]:
    async with Mistral(KEY, server_url=f"{upstream.url}/mistral") as official:
        yield official


_call = partial(call, dialect="mistral")


async def _theirs(official: Mistral, messages: Any, **more: Any) -> list[Any]:
    stream = await official.chat.stream_async(model="fake-small", messages=messages, **more)
    return [event.data async for event in stream]


def _parts(events: list[Any]) -> list[tuple[str, str]]:
    """Text and thoughts, in the shape that the SDK gives them."""
    parts = []
    for content in (event.choices[0].delta.content for event in events if event.choices):
        if isinstance(content, str):
            parts.append(("text", content))
        elif content:
            for part in content:
                if part.type == "thinking":
                    parts += [("thinking", one.text) for one in part.thinking]
                elif part.type == "text":
                    parts.append(("text", part.text))
    return parts


def _calls(events: list[Any]) -> list[Any]:
    return [one for event in events if event.choices
            for one in event.choices[0].delta.tool_calls or ()]  # fmt: skip


def _agree(ours: list[Chunk], theirs: list[Any]) -> None:
    parts = _parts(theirs)
    assert text(ours) == "".join(said for kind, said in parts if kind == "text")
    assert thought(ours) == "".join(said for kind, said in parts if kind == "thinking")
    written = [(c.id, c.function.name, c.function.arguments) for c in _calls(theirs)]
    assert called(ours) == [
        (id_, name, json.loads(given) if isinstance(given, str) else given)
        for id_, name, given in written
    ]
    done, last = ours[-1], theirs[-1]
    assert isinstance(done, Done)
    finish = last.choices[0].finish_reason
    assert done.reason == {"tool_calls": "tool_use"}.get(finish, finish)
    usage = last.usage
    cached = usage.model_extra["prompt_tokens_details"]["cached_tokens"]
    assert done.usage == Usage(usage.prompt_tokens, usage.completion_tokens, cache_read=cached)


def _same_requests(upstream: Upstream) -> None:
    mine, sdks = upstream.calls[-2:]
    assert mine.path == sdks.path
    assert mine.headers["authorization"] == sdks.headers["authorization"]
    assert plain(mine.body) == plain(sdks.body)


async def test_text(upstream: Upstream, client: Client, official: Mistral) -> None:
    upstream.script(tokens=["Zwölf ", "😀", "\n"], reason="length", chunk_bytes=7)
    chat = Chat(QUESTION, 64, stop=("a", "b", "c", "d", "e"), temperature=0.5)
    ours = await drink(client, replace(_call(upstream, chat), cache_key="session-1"))
    theirs = await _theirs(
        official,
        QUESTION_JSON,
        max_tokens=64,
        stop=["a", "b", "c", "d", "e"],
        temperature=0.5,
        prompt_cache_key="session-1",
    )
    _agree(ours, theirs)
    _same_requests(upstream)


async def test_tools_and_thinking(upstream: Upstream, client: Client, official: Mistral) -> None:
    upstream.script(
        text="I shall look.", thinking=("Hm, ", "a file."), tools=ASKED, reason="tool_calls"
    )
    chat = Chat(QUESTION, 64, tools=(READ,), tool_choice="required", effort="high")
    ours = await drink(client, _call(upstream, chat, efforts=("none", "high")))
    upstream.cache.clear()
    more: dict[str, Any] = {"max_tokens": 64, "tools": [READ_JSON]}
    theirs = await _theirs(
        official, QUESTION_JSON, tool_choice="required", reasoning_effort="high", **more
    )
    _agree(ours, theirs)
    _same_requests(upstream)

    upstream.script(text="It is empty.")
    again = Chat((*QUESTION, answered(ours), RESULTS), 64, tools=(READ,))
    ours = await drink(client, _call(upstream, again))
    turns = [*QUESTION_JSON, _turn(theirs), *_results()]
    upstream.cache.clear()
    _agree(ours, await _theirs(official, turns, tool_choice="auto", **more))
    _same_requests(upstream)


def _turn(theirs: list[Any]) -> dict[str, Any]:
    parts = _parts(theirs)
    said = {kind: "".join(s for k, s in parts if k == kind) for kind in ("thinking", "text")}
    thinking = [{"type": "text", "text": said["thinking"]}]
    return {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": thinking},
            {"type": "text", "text": said["text"]},
        ],
        "tool_calls": [one.model_dump(exclude={"index"}) for one in _calls(theirs)],
    }


def _results() -> list[dict[str, str]]:
    return [{"role": "tool", "tool_call_id": a.id, "content": f"# {a.id}"} for a in ASKED]


async def test_a_signed_thought_goes_back_to_its_maker_only(
    upstream: Upstream, client: Client
) -> None:
    part = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}], "signature": "sig"}
    signed = {"choices": [{"index": 0, "delta": {"content": [part]}, "finish_reason": None}]}
    upstream.script(text="So.", extra=(signed,))
    ours = await drink(client, _call(upstream))
    assert thought(ours) == "Hm."
    call = _call(upstream, Chat((*QUESTION, answered(ours)), 64))
    await drink(client, call)
    await drink(client, replace(call, endpoint=replace(call.endpoint, name="other")))
    home, away = (one.body["messages"][-1]["content"] for one in upstream.calls[1:])
    assert home == [part, {"type": "text", "text": "So."}]
    assert away == "So."


async def test_ids_of_others_are_made_to_fit(upstream: Upstream, client: Client) -> None:
    call = ToolCall("toolu_01A", "read_file", "{}")
    result = ToolResult("toolu_01A", "read_file", "# a")
    turns = (Message("assistant", parts=(call,)), Message("user", parts=(result,)))
    await drink(client, _call(upstream, Chat((*QUESTION, *turns), 64)))
    asked, answer = upstream.calls[0].body["messages"][-2:]
    assert asked["tool_calls"][0]["id"] == answer["tool_call_id"]
    assert re.fullmatch("[a-zA-Z0-9]{9}", answer["tool_call_id"])


async def test_arguments_as_json(upstream: Upstream, client: Client, official: Mistral) -> None:
    function = {"name": "read_file", "arguments": {"path": "a.py"}}
    calls = [{"id": "a00000001", "index": 0, "function": function}]
    event = _event({"content": "", "tool_calls": calls})
    upstream.script(tokens=[], extra=(event,), reason="tool_calls")
    ours = await drink(client, _call(upstream, Chat(QUESTION, 64, tools=(READ,))))
    upstream.cache.clear()
    _agree(ours, await _theirs(official, QUESTION_JSON, tools=[READ_JSON]))
    assert called(ours) == [("a00000001", "read_file", {"path": "a.py"})]


def _event(delta: Any) -> Any:
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    return {"id": "1", "model": "fake-small", "choices": [choice], "a_new_field": {"a": 1}}


async def test_what_is_unknown_passes(
    upstream: Upstream, client: Client, official: Mistral
) -> None:
    parts = [{"type": "tomorrow", "x": 1}, {"type": "reference", "reference_ids": [1]}]
    upstream.script(text="As ever", extra=(_event({"content": parts, "new": 1}),))
    ours = await drink(client, _call(upstream))
    _agree(ours, await _theirs(official, QUESTION_JSON))
    assert text(ours) == "As ever"


async def test_fill(upstream: Upstream, client: Client, official: Mistral) -> None:
    upstream.script(text="a + b")
    call = replace(_call(upstream, FILL, fim="native"), cache_key="file-1")
    ours = await drink(client, call)
    stream = await official.fim.stream_async(
        model="fake-small",
        prompt=FILL.prefix,
        suffix=FILL.suffix,
        max_tokens=32,
        stop=["\n\n"],
        prompt_cache_key="file-1",
    )
    _agree(ours, [event.data async for event in stream])
    _same_requests(upstream)
    assert text(ours) == "a + b"


async def test_fill_of_a_model_that_only_chats(upstream: Upstream, client: Client) -> None:
    await drink(client, _call(upstream, FILL))
    assert upstream.calls[0].path == "/mistral/v1/chat/completions"
    assert "stream_options" not in upstream.calls[0].body


@pytest.mark.parametrize(
    ("status", "body", "kind", "detail"),
    [
        (401, {"detail": "Unauthorized"}, errors.Unauthorized, "Unauthorized"),
        (
            400,
            {"object": "error", "message": "Invalid model: x", "type": "invalid_model",
             "code": "1500"},
            errors.ModelNotFound,
            "Invalid model: x",
        ),
        (
            429,
            {"object": "error", "message": "Service tier capacity exceeded for this model.",
             "type": "service_tier_capacity_exceeded", "code": "3505"},
            errors.RateLimited,
            "Service tier capacity exceeded for this model.",
        ),
        (
            422,
            {"detail": [{"loc": ["body", "x"], "msg": "Extra inputs", "type": "extra_forbidden"}]},
            errors.BadRequest,
            "Extra inputs",
        ),
    ],
)  # fmt: skip
async def test_errors(
    upstream: Upstream,
    client: Client,
    official: Mistral,
    status: int,
    body: Any,
    kind: type[errors.ProviderError],
    detail: str,
) -> None:
    upstream.script(status=status, error=body)
    with pytest.raises(errors.ProviderError) as caught:
        await drink(client, _call(upstream))
    assert type(caught.value) is kind
    assert caught.value.detail == detail
    with pytest.raises(sdk_errors.MistralError) as theirs:
        await _theirs(official, QUESTION_JSON)
    assert theirs.value.status_code == status


async def test_models(upstream: Upstream, client: Client, official: Mistral) -> None:
    ids = await client.probe(_call(upstream, FILL).endpoint, 5)
    listed = await official.models.list_async()
    assert ids == [one.model_dump()["id"] for one in listed.data or ()]
