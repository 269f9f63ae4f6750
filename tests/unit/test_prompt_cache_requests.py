"""What is asked of the providers' caches, and what is known of the cost of a call at any time."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import anthropic
import pytest

from support.talk import ASKED, CHAT, READ, RESULTS, Clock, call, drink, end, spent
from support.upstream import Upstream
from turnout_clients import errors
from turnout_clients.answer import read_cost
from turnout_clients.catalog import OFFERED
from turnout_clients.catalog.models import fill_in
from turnout_clients.client import Client
from turnout_clients.prices import Cost, cost
from turnout_clients.types import (
    Call,
    Chat,
    Message,
    Model,
    Prompt,
    ToolCall,
    Usage,
)

KEPT: Final = Message("system", "Be brief.", cache=True, cache_time="long")
ASK: Final = Message("user", "What is in it?", cache=True)
ANSWER: Final = Message("assistant", "Nothing.", cache=True)
PLAIN: Final = Message("user", "Sure?")
MARK: Final = {"prompt_cache_breakpoint": {"mode": "explicit"}}
OPENAI: Final[dict[str, Any]] = {"takes_breakpoints": True, "quirks": {"cache_fields": True}}


async def _sent(client: Client, upstream: Upstream, one: Call) -> Any:
    await drink(client, replace(one, cache_key="session"))
    return upstream.calls[-1].body


async def test_chat(client: Client, upstream: Upstream) -> None:
    chat = Chat((KEPT, ASK, ANSWER, replace(RESULTS, cache=True), PLAIN), 64)
    body = await _sent(client, upstream, call(upstream, chat, **OPENAI))
    assert body["prompt_cache_key"] == "session"
    assert body["prompt_cache_options"] == {"mode": "explicit"}
    system, user, answer, first, last, plain = (one["content"] for one in body["messages"])
    assert system == [{"type": "text", "text": "Be brief.", **MARK}]
    assert user == [{"type": "text", "text": "What is in it?", **MARK}]
    assert answer == [{"type": "text", "text": "Nothing.", **MARK}]
    assert (first, last) == ("# a00000001", [{"type": "text", "text": "# a00000002", **MARK}])
    assert plain == "Sure?"


async def test_responses(client: Client, upstream: Upstream) -> None:
    calls = tuple(ToolCall(one.id, one.name, "{}") for one in ASKED)
    asked = Message("assistant", parts=calls, cache=True)
    chat = Chat((KEPT, ASK, asked, replace(RESULTS, cache=True), PLAIN), 64, tools=(READ,))
    body = await _sent(client, upstream, call(upstream, chat, "openai-responses", **OPENAI))
    assert body["prompt_cache_key"] == "session"
    assert body["prompt_cache_options"] == {"mode": "explicit"}
    system, user, *sent, first, last, plain = body["input"]
    long = {"prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"}}
    assert system["content"] == [{"type": "input_text", "text": "Be brief.", **long}]
    assert user["content"] == [{"type": "input_text", "text": "What is in it?", **MARK}]
    assert [set(one) for one in sent] == [{"type", "call_id", "name", "arguments"}] * 2
    assert first["output"] == "# a00000001"
    assert last["output"] == [{"type": "input_text", "text": "# a00000002", **MARK}]
    assert plain["content"] == "Sure?"


@pytest.mark.parametrize("dialect", ["openai-chat", "openai-responses"])
async def test_a_server_that_is_not_known_gets_none_of_it(
    dialect: str, client: Client, upstream: Upstream
) -> None:
    chat = Chat((KEPT, ASK), 64)
    body = await _sent(client, upstream, call(upstream, chat, dialect, takes_breakpoints=True))
    assert not [name for name in body if "cache" in name]
    assert "prompt_cache" not in upstream.calls[-1].raw.decode()


@pytest.mark.parametrize("dialect", ["openai-chat", "openai-responses"])
async def test_an_early_model_gets_the_key_alone(
    dialect: str, client: Client, upstream: Upstream
) -> None:
    asked = call(upstream, Chat((KEPT, ASK), 64), dialect, id="gpt-5.5")
    quirks = {"cache_fields": True}
    body = await _sent(
        client, upstream, replace(asked, endpoint=replace(asked.endpoint, quirks=quirks))
    )
    assert [name for name in body if "cache" in name] == ["prompt_cache_key"]
    with pytest.raises(errors.BadRequest):  # as it would be refused
        await drink(client, call(upstream, asked.prompt, dialect, id="gpt-5.5", **OPENAI))


async def test_without_marks_it_is_left_to_the_provider(client: Client, upstream: Upstream) -> None:
    body = await _sent(client, upstream, call(upstream, **OPENAI))
    assert [name for name in body if "cache" in name] == ["prompt_cache_key"]


def test_who_takes_them() -> None:
    takes = {row.name for row in OFFERED if row.cache_fields}
    assert takes == {"openai", "openai-responses"}
    for name, marks in {"gpt-6.1-sol": True, "gpt-6-luna": True, "gpt-5.5": False}.items():
        model = fill_in(Model(f"openai/{name}", "openai", name), "openai", {})
        assert (name, model.takes_breakpoints) == (name, marks)


async def test_what_the_system_says_late_leaves_the_start_as_it_is(
    client: Client, upstream: Upstream
) -> None:
    late = Message("system", "The user has changed it.")
    asked = call(upstream, Chat((KEPT, PLAIN, late), 64), "openai-responses")
    body = await _sent(client, upstream, asked)
    assert [item["content"] for item in body["input"]] == [KEPT.text, PLAIN.text, late.text]


# --- Anthropic ---


def _marks(body: Any) -> list[str]:
    """The texts that are marked, with an hour told as such."""
    blocks = [*body["system"], *(block for turn in body["messages"] for block in turn["content"])]
    return [
        block["text"] + (" 1h" if block["cache_control"].get("ttl") == "1h" else "")
        for block in blocks
        if "cache_control" in block
    ]


def _said(number: int, **more: Any) -> Message:
    return Message("user" if number % 2 else "assistant", f"{number}", cache=True, **more)


async def test_four_at_most_the_first_and_the_last(client: Client, upstream: Upstream) -> None:
    turns = (KEPT, *(_said(number) for number in range(1, 8)))
    body = await _sent(client, upstream, call(upstream, Chat(turns, 64), "anthropic-messages"))
    assert _marks(body) == ["Be brief. 1h", "5", "6", "7"]


async def test_none_for_long_behind_one_for_short(client: Client, upstream: Upstream) -> None:
    turns = (KEPT, _said(1, cache_time="long"), _said(2), _said(3, cache_time="long"))
    body = await _sent(client, upstream, call(upstream, Chat(turns, 64), "anthropic-messages"))
    assert _marks(body) == ["Be brief. 1h", "1 1h", "2", "3"]


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        (({},) * 5, "maximum of 4"),
        (({}, {"ttl": "1h"}), "must not come after"),
    ],
)
async def test_the_fake_refuses_what_the_real_one_would(
    marks: tuple[dict[str, str], ...], said: str, client: Client, upstream: Upstream
) -> None:
    blocks: list[Any] = [
        {"type": "text", "text": "x", "cache_control": {"type": "ephemeral", **mark}}
        for mark in marks
    ]
    async with anthropic.AsyncAnthropic(base_url=upstream.url, api_key="sk-test") as sdk:
        with pytest.raises(anthropic.BadRequestError, match=said):
            await sdk.messages.create(
                model="fake-small", max_tokens=9, messages=[{"role": "user", "content": blocks}]
            )


# --- What a call has cost, however it ended ---

BIG: Final = Chat((replace(KEPT, text="word " * 2_000), ASK), 64)


async def test_a_stream_that_is_cut_tells_what_its_prompt_cost(client: Client) -> None:
    clock = Clock()
    async with Upstream(clock=clock) as upstream:
        asked = call(upstream, BIG, "anthropic-messages")
        for fault in ("no-terminator", "rst-mid-stream", "in-band-error", "broken-json"):
            upstream.script(fault=fault, tokens=["a", "b"])
            with pytest.raises(errors.ProviderError) as caught:
                await drink(client, asked)
            tally = upstream.bills[-1].tally
            usage = caught.value.usage
            assert usage
            assert (usage.input, usage.cache_read, usage.cache_write, usage.output) == (
                tally.input, tally.read, tally.written, 1,
            )  # fmt: skip
            assert asked.meter.usage == usage
        assert upstream.bills[-1].tally.read > 2_500


async def test_so_does_one_that_is_closed_early(client: Client, upstream: Upstream) -> None:
    upstream.script(tokens=["a "] * 100, gap=0.001)
    asked = call(upstream, BIG, "anthropic-messages")
    async with aclosing(client.stream(asked)) as chunks:
        async for _ in chunks:
            break
    assert asked.meter.usage is not None
    assert set(asked.meter.usage.writes) == set(upstream.bills[-1].tally.writes)
    assert asked.meter.usage.input == upstream.bills[-1].tally.input


@pytest.mark.parametrize("fault", ["no-terminator", "stall-mid-stream"])
async def test_where_nothing_was_told_nothing_is_known(
    fault: str, client: Client, upstream: Upstream
) -> None:
    upstream.script(fault=fault, tokens=["a"])
    asked = call(upstream)
    asked = replace(asked, deadlines=replace(asked.deadlines, total=0.3))
    with pytest.raises(errors.ProviderError) as caught:
        await drink(client, asked)
    assert (caught.value.usage, asked.meter.usage) == (None, None)


async def test_a_meter_is_of_the_last_call(client: Client, upstream: Upstream) -> None:
    asked = call(upstream, dialect="anthropic-messages")
    chunks = await drink(client, asked)
    assert asked.meter.usage == end(chunks).usage
    upstream.script(fault="status-500")
    with pytest.raises(errors.Overloaded):
        await drink(client, asked)
    assert asked.meter.usage is None


# --- The cost by the provider's own word ---


def _costs(usage: Usage) -> Cost:
    return cost("litellm", "openai-chat", "gpt-4o", usage, datetime(2026, 11, 21, tzinfo=UTC))


@pytest.mark.parametrize("prompt", [CHAT, replace(CHAT, tools=(READ,))])
async def test_litellm_tells_it_in_the_head(
    prompt: Prompt, client: Client, upstream: Upstream
) -> None:
    upstream.script(headers={"x-litellm-response-cost": "0.00123"})
    assert _costs(spent(await drink(client, call(upstream, prompt)))) == Cost(0.00123, "reported")


async def test_openrouter_tells_it_at_the_end(client: Client, upstream: Upstream) -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "cost": 0.5}
    upstream.script(
        usage=False,
        extra=({"choices": [], "usage": usage},),
        headers={"x-litellm-response-cost": "0.1"},
    )
    assert _costs(spent(await drink(client, call(upstream)))) == Cost(0.5, "reported")


@pytest.mark.parametrize("said", ["", "0", "0.0", "None", "-1", "nan", "inf", "1e999", "1,5"])
def test_what_is_no_cost_is_not_believed(said: str) -> None:
    assert read_cost({"x-litellm-response-cost": said}) is None
    assert read_cost({}) is None
