"""The official SDK of Gemini holds the same conversations as we do, and reads them the same."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from google import genai
from google.genai import errors as sdk_errors
from google.genai import types as sdk

from support import upstream_gemini as wire
from support.talk import (
    ASKED,
    KEY,
    QUESTION,
    READ,
    SCHEMA,
    call,
    called,
    drink,
    end,
    spent,
    text,
    thought,
)
from support.upstream import Upstream
from support.upstream_cache import Tally
from support.upstream_wire import Bill
from turnout_clients import errors
from turnout_clients.client import Client
from turnout_clients.types import (
    Call,
    Chat,
    Chunk,
    Done,
    Endpoint,
    Message,
    Text,
    ToolResult,
    Usage,
    answered,
)

SAID = ("STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII",
        "LANGUAGE", "OTHER", "MODEL_ARMOR", "A_REASON_OF_TOMORROW")  # fmt: skip


@pytest.fixture
async def official(upstream: Upstream) -> AsyncIterator[genai.Client]:
    options = sdk.HttpOptions(base_url=upstream.url, api_version="v1")
    official = genai.Client(api_key=KEY, http_options=options)
    yield official
    await official.aio.aclose()
    official.close()


_call = partial(call, dialect="gemini")


async def _theirs(official: genai.Client, contents: Any, **config: Any) -> list[Any]:
    stream = await official.aio.models.generate_content_stream(
        model="fake-small",
        contents=contents,
        config=sdk.GenerateContentConfig(system_instruction="Be brief.", **config),
    )
    return [response async for response in stream]


def _parts(responses: list[Any]) -> list[Any]:
    contents = [one.candidates[0].content for one in responses if one.candidates]
    return [part for content in contents if content for part in content.parts or []]


def _agree(ours: list[Chunk], theirs: list[Any]) -> None:
    parts = _parts(theirs)
    assert text(ours) == "".join(part.text for part in parts if part.text and not part.thought)
    assert thought(ours) == "".join(part.text for part in parts if part.text and part.thought)
    calls = [part.function_call for part in parts if part.function_call]
    assert called(ours) == [(call.id, call.name, call.args) for call in calls]
    done = ours[-1]
    assert isinstance(done, Done)
    finish = theirs[-1].candidates[0].finish_reason
    assert (done.reason == "length") == (finish == sdk.FinishReason.MAX_TOKENS)
    assert (done.reason == "tool_use") == bool(calls)
    usage = theirs[-1].usage_metadata
    assert done.usage is not None
    assert done.usage.cache_read == usage.cached_content_token_count
    assert done.usage.thinking == usage.thoughts_token_count
    assert done.usage.input + done.usage.output == usage.total_token_count


async def test_text(upstream: Upstream, client: Client, official: genai.Client) -> None:
    upstream.script(tokens=["Zwölf ", "😀", "\n"], reason="length", chunk_bytes=7)
    chat = Chat(QUESTION, 64, stop=("\n\n",), temperature=0.5)
    ours = await drink(client, _call(upstream, chat))
    theirs = await _theirs(
        official, "What is in it?", max_output_tokens=64, stop_sequences=["\n\n"], temperature=0.5
    )
    _agree(ours, theirs)
    assert (end(ours).reason, spent(ours).cache_read) == ("length", 0)
    mine, sdks = upstream.calls
    assert mine.path == sdks.path
    assert mine.headers["x-goog-api-key"] == sdks.headers["x-goog-api-key"] == KEY
    assert "authorization" not in mine.headers
    assert mine.body["systemInstruction"]["parts"] == sdks.body["systemInstruction"]["parts"]
    for field in ("contents", "generationConfig"):
        assert mine.body[field] == sdks.body[field]


async def test_tools_and_thinking(
    upstream: Upstream, client: Client, official: genai.Client
) -> None:
    upstream.script(text="I shall look.", thinking=("Hm, ", "a file."), tools=ASKED)
    chat = Chat(QUESTION, 64, tools=(READ,), tool_choice="required", effort="high")
    call = _call(upstream, chat, efforts=("low", "high"))
    ours = await drink(client, call)
    config: dict[str, Any] = {
        "max_output_tokens": 64,
        "tools": [
            sdk.Tool(
                function_declarations=[
                    sdk.FunctionDeclaration(
                        name="read_file",
                        description="Read a file.",
                        parameters_json_schema=SCHEMA,
                    )
                ]
            )
        ],
        "tool_config": sdk.ToolConfig(
            function_calling_config=sdk.FunctionCallingConfig(
                mode=sdk.FunctionCallingConfigMode.ANY
            )
        ),
        "thinking_config": sdk.ThinkingConfig(
            thinking_level=sdk.ThinkingLevel.HIGH, include_thoughts=True
        ),
        "automatic_function_calling": sdk.AutomaticFunctionCallingConfig(disable=True),
    }
    theirs = await _theirs(official, "What is in it?", **config)
    _agree(ours, theirs)
    mine, sdks = (call.body for call in upstream.calls)
    sdks = _camel(sdks)
    for field in ("tools", "toolConfig", "generationConfig"):
        assert mine[field] == sdks[field]

    upstream.script(text="It is empty.")
    results = tuple(ToolResult(one.id, one.name, "", failed=one is ASKED[1]) for one in ASKED)
    turns = (*QUESTION, answered(ours), Message("user", parts=results))
    again = await drink(client, _call(upstream, Chat(turns, 64, tools=(READ,))))
    _agree(again, [*await _theirs(official, _history(theirs), **config)])
    mine, sdks = (call.body["contents"] for call in upstream.calls[-2:])
    assert mine == sdks


def _camel(value: Any) -> Any:
    """Protobuf takes both spellings of a name; the SDK uses the other one here and there."""
    if isinstance(value, list):
        return [_camel(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {re.sub(r"_(\w)", lambda m: m[1].upper(), name): _camel(v) for name, v in value.items()}


def _history(theirs: list[Any]) -> list[Any]:
    """The conversation as a user of the SDK would go on with it: signatures as they came."""
    parts = [part for part in _parts(theirs) if not part.thought]
    text = sdk.Part(text="".join(part.text for part in parts if part.text))
    rest = [part for part in parts if part.function_call or part.thought_signature]
    results = [
        sdk.Part(
            function_response=sdk.FunctionResponse(
                id=one.id, name=one.name, response={"error" if one is ASKED[1] else "output": ""}
            )
        )
        for one in ASKED
    ]
    return [
        sdk.Content(role="user", parts=[sdk.Part(text="What is in it?")]),
        sdk.Content(role="model", parts=[text, *rest]),
        sdk.Content(role="user", parts=results),
    ]


async def test_a_signature_goes_back_to_its_maker_only(upstream: Upstream, client: Client) -> None:
    upstream.script(text="So.", thinking=("Hm.",), tools=ASKED)
    ours = await drink(client, _call(upstream, Chat(QUESTION, 64, tools=(READ,))))
    turns = (*QUESTION, answered(ours))
    call = _call(upstream, Chat(turns, 64))
    await drink(client, call)
    elsewhere = Endpoint("other", "gemini", call.endpoint.base_url)
    await drink(client, Call(elsewhere, call.model, call.prompt, call.deadlines))
    home, away = (json.dumps(one.body["contents"]) for one in upstream.calls[1:])
    assert home.count(wire.SIGNATURE) == 2
    assert wire.SIGNATURE not in away
    assert "Hm." not in home


@pytest.mark.parametrize("budget", [True, False])
async def test_thinking_is_switched_off(upstream: Upstream, client: Client, budget: bool) -> None:
    chat = Chat(QUESTION, 64, effort="none")
    efforts = ("none", "low", "high")
    await drink(client, _call(upstream, chat, efforts=efforts, thinking_budget=budget))
    thinking = upstream.calls[0].body["generationConfig"]["thinkingConfig"]
    assert thinking == {"thinkingBudget": 0}


async def test_thinking_by_budget(upstream: Upstream, client: Client) -> None:
    for effort, limit in (("low", 4_000), ("low", 100), ("max", 4_000)):
        chat = Chat(QUESTION, limit, effort=effort)  # type: ignore[arg-type]
        model: dict[str, Any] = {"efforts": ("low", "max"), "thinking_budget": True}
        await drink(client, _call(upstream, chat, **model))
    sent = [call.body["generationConfig"]["thinkingConfig"] for call in upstream.calls]
    assert [one["thinkingBudget"] for one in sent] == [1_024, 80, 3_200]


async def test_calls_without_ids_are_numbered(upstream: Upstream, client: Client) -> None:
    parts = [{"functionCall": {"name": one.name, "args": one.arguments}} for one in ASKED]
    upstream.script(text="So.", extra=(wire.response(parts),))
    ours = await drink(client, _call(upstream, Chat(QUESTION, 64, tools=(READ,))))
    again = Chat((*QUESTION, answered(ours)), 64, tools=(READ,))
    ids = [one[0] for one in (*called(ours), *called(await drink(client, _call(upstream, again))))]
    assert ids == ["call_1", "call_2", "call_3", "call_4"]


@pytest.mark.parametrize("reason", SAID)
async def test_every_reason(
    upstream: Upstream, client: Client, official: genai.Client, reason: str
) -> None:
    upstream.script(text="Some text", reason=reason)
    done = (await drink(client, _call(upstream)))[-1]
    assert isinstance(done, Done)
    known = {"STOP": "stop", "MAX_TOKENS": "length"}
    assert done.reason == known.get(reason, "refusal")
    if reason in sdk.FinishReason.__members__:
        theirs = await _theirs(official, "What is in it?")
        assert theirs[-1].candidates[0].finish_reason.name == reason


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ("MALFORMED_FUNCTION_CALL", errors.MalformedStream),
        ("UNEXPECTED_TOOL_CALL", errors.MalformedStream),
        ("MALFORMED_RESPONSE", errors.MalformedStream),
        ("MISSING_THOUGHT_SIGNATURE", errors.BadThought),
        ("PUP_LIMITED_DISABLED", errors.Suspended),
    ],
)
async def test_reasons_that_are_errors(
    upstream: Upstream, client: Client, reason: str, error: type[Exception]
) -> None:
    assert reason in sdk.FinishReason.__members__
    upstream.script(text="Some text", reason=reason)
    with pytest.raises(error):
        await drink(client, _call(upstream))


async def test_a_blocked_prompt_is_a_refusal(
    upstream: Upstream, client: Client, official: genai.Client
) -> None:
    blocked = {
        "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
        "usageMetadata": wire.usage(Bill(Tally(9))),
    }

    async def block(exchange: Any) -> None:
        await exchange.start()
        await exchange.event(blocked)
        await exchange.end()

    upstream.routes = dict.fromkeys(upstream.routes, block)
    with pytest.raises(errors.Refused) as caught:
        await drink(client, _call(upstream))
    assert caught.value.usage == Usage(9, 0)
    (response,) = await _theirs(official, "What is in it?")
    assert response.prompt_feedback.block_reason == sdk.BlockedReason.PROHIBITED_CONTENT


async def test_what_is_unknown_passes(
    upstream: Upstream, client: Client, official: genai.Client
) -> None:
    strange: tuple[Any, ...] = (
        {"tomorrow": 1},
        {"candidates": []},
        wire.response([{"somethingNew": {"a": 1}}]),
        {**wire.response([{"text": "", "newField": [1]}]), "somethingElse": {"b": 2}},
    )
    upstream.script(text="As ever", extra=strange)
    ours = await drink(client, _call(upstream))
    _agree(ours, await _theirs(official, "What is in it?"))
    assert text(ours) == "As ever"


async def test_a_reason_in_every_event(upstream: Upstream, client: Client) -> None:
    early = wire.response([{"text": "More "}], finishReason="STOP")
    upstream.script(tokens=["to come"], extra=(early,))
    ours = await drink(client, _call(upstream))
    assert [c.text for c in ours if isinstance(c, Text)] == ["More ", "to come"]


GOOGLE = "type.googleapis.com/google.rpc."
BAD_KEY = {
    "code": 400,
    "message": "API key not valid. Please pass a valid API key.",
    "status": "INVALID_ARGUMENT",
    "details": [{"@type": f"{GOOGLE}ErrorInfo", "reason": "API_KEY_INVALID"}],
}
SLOW_DOWN = {
    "code": 429,
    "message": "You exceeded your current quota, please check your plan and billing details.",
    "status": "RESOURCE_EXHAUSTED",
    "details": [
        {"@type": f"{GOOGLE}QuotaFailure"},
        {"@type": f"{GOOGLE}RetryInfo", "retryDelay": "34.5s"},
    ],
}


@pytest.mark.parametrize("wrapped", [True, False])
@pytest.mark.parametrize(
    ("error", "kind", "wait"),
    [(BAD_KEY, errors.Unauthorized, None), (SLOW_DOWN, errors.RateLimited, 34.5)],
)
async def test_errors(
    upstream: Upstream,
    client: Client,
    official: genai.Client,
    error: Any,
    kind: type[errors.ProviderError],
    wait: float | None,
    wrapped: bool,
) -> None:
    body = {"error": error}
    upstream.script(status=error["code"], error=[body] if wrapped else body)
    with pytest.raises(errors.ProviderError) as caught:
        await drink(client, _call(upstream))
    assert type(caught.value) is kind
    assert caught.value.retry_after == wait
    with pytest.raises(sdk_errors.ClientError) as theirs:
        await _theirs(official, "What is in it?")
    assert theirs.value.code == error["code"]
    assert caught.value.detail == theirs.value.message


async def test_models(upstream: Upstream, client: Client, official: genai.Client) -> None:
    endpoint = _call(upstream).endpoint
    ids = await client.probe(endpoint, 5)
    pager = await official.aio.models.list(config={"query_base": True})
    assert [f"models/{name}" for name in ids] == [model.name async for model in pager]
