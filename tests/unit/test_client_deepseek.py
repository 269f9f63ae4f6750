"""DeepSeek and Inception: what they have beyond the protocols of others that they speak."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import openai
import pytest

from support.talk import (
    ASKED,
    FILL,
    KEY,
    QUESTION,
    READ,
    RESULTS,
    call,
    drink,
    spent,
    text,
    thought,
)
from support.upstream import Upstream
from turnout_clients.catalog import OFFERED
from turnout_clients.client import Client
from turnout_clients.dialects import openai_chat
from turnout_clients.types import (
    Call,
    Chat,
    Deadlines,
    Done,
    Effort,
    Endpoint,
    Model,
    Prompt,
    Usage,
    answered,
)

ROWS = {row.name: row for row in OFFERED}


def _sent(prompt: Prompt, provider: str, **facts: Any) -> dict[str, Any]:
    """What the provider's real address would get."""
    row = ROWS[provider]
    model = Model("m", provider, "deepseek-flash", **facts)
    endpoint = Endpoint(provider, row.dialect, row.base_url)
    return openai_chat.prepare(Call(endpoint, model, prompt, Deadlines(1, 1, 1))).body or {}


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        (None, {}),
        ("none", {"thinking": {"type": "disabled"}}),
        ("minimal", {"thinking": {"type": "disabled"}}),
        ("high", {"thinking": {"type": "enabled"}, "reasoning_effort": "high"}),
        ("max", {"thinking": {"type": "enabled"}, "reasoning_effort": "high"}),
    ],
)
def test_thinking_has_a_switch(asked: Effort | None, fields: dict[str, Any]) -> None:
    chat = Chat(QUESTION, 64, effort=asked)
    sent = _sent(chat, "deepseek", efforts=("none", "high"))
    assert {k: v for k, v in sent.items() if k in ("thinking", "reasoning_effort")} == fields
    elsewhere = _sent(chat, "openrouter", efforts=("none", "high"))
    assert "thinking" not in elsewhere


@pytest.mark.parametrize("fim", [None, "native"])
def test_nobody_thinks_about_a_hole(fim: str | None) -> None:
    sent = _sent(FILL, "deepseek", efforts=("none", "high"), fim=fim)
    assert sent.get("thinking") == (None if fim else {"type": "disabled"})
    assert "reasoning_effort" not in sent


async def test_fim_is_at_the_beta_address(upstream: Upstream, client: Client) -> None:
    row = ROWS["deepseek-fim"]
    assert row.base_url == "https://api.deepseek.com/beta"
    upstream.script(text="a + b")
    ours = await drink(client, call(upstream, FILL, row.dialect, base="/beta", fim="native"))
    async with openai.AsyncOpenAI(base_url=f"{upstream.url}/beta", api_key=KEY) as sdk:
        stream = await sdk.completions.create(
            model="fake-small",
            prompt=FILL.prefix,
            suffix=FILL.suffix,
            max_tokens=32,
            stop=["\n\n"],
            stream=True,
            stream_options={"include_usage": True},
        )
        theirs = [event async for event in stream]
    assert text(ours) == "".join(one.choices[0].text for one in theirs if one.choices) == "a + b"
    mine, sdks = upstream.calls
    assert (mine.path, mine.body) == (sdks.path, sdks.body)
    done, usage = ours[-1], theirs[-1].usage
    assert isinstance(done, Done)
    assert done.usage is not None
    assert usage is not None
    assert (done.usage.input, done.usage.output) == (usage.prompt_tokens, usage.completion_tokens)


async def test_its_own_names_for_cached_tokens(upstream: Upstream, client: Client) -> None:
    usage = {
        "prompt_tokens": 200, "completion_tokens": 7, "prompt_cache_hit_tokens": 128,
        "prompt_cache_miss_tokens": 72, "completion_tokens_details": {"reasoning_tokens": 2},
    }  # fmt: skip
    upstream.script(text="Yes", usage=False, extra=({"choices": [], "usage": usage},))
    assert (await drink(client, call(upstream)))[-1] == Done("stop", Usage(200, 7, 128, thinking=2))


async def test_thoughts_go_back_with_the_results_of_tools(
    upstream: Upstream, client: Client
) -> None:
    upstream.script(text="", thinking=("Hm, ", "a file."), reason="tool_calls", extra=(_asks(),))
    chat = Chat(QUESTION, 64, tools=(READ,))
    ours = await drink(client, call(upstream, chat))
    assert thought(ours) == "Hm, a file."
    turns = (*QUESTION, answered(ours), RESULTS)
    await drink(client, call(upstream, replace(chat, messages=turns)))
    said = upstream.calls[1].body["messages"]
    assert said[2]["reasoning_content"] == "Hm, a file."
    assert [one["tool_call_id"] for one in said[3:]] == [one.id for one in ASKED]


async def test_a_whole_answer_is_found_in_the_next_prompt(
    upstream: Upstream, client: Client
) -> None:
    upstream.script(text="word " * 200, thinking=("Hm.",), tools=ASKED, reason="tool_calls")
    chat = Chat(QUESTION, 64, tools=(READ,))
    first = await drink(client, call(upstream, chat, id="deepseek-flash"))
    turns = (*QUESTION, answered(first), RESULTS)
    asked = call(upstream, replace(chat, messages=turns), id="deepseek-flash")
    usage = spent(await drink(client, asked))
    assert usage.cache_read % 64 == 0
    assert spent(first).input + 250 < usage.cache_read < usage.input
    assert usage.raw["prompt_cache_miss_tokens"] == usage.input - usage.cache_read


def _asks() -> dict[str, Any]:
    calls = [
        {"index": n, "id": one.id, "function": {"name": one.name, "arguments": '{"path": "a"}'}}
        for n, one in enumerate(ASKED)
    ]
    return {"choices": [{"index": 0, "delta": {"tool_calls": calls}, "finish_reason": None}]}


async def test_inception_fills_and_chats(upstream: Upstream, client: Client) -> None:
    assert ROWS["inception"].base_url == "https://api.inceptionlabs.ai/v1"
    upstream.script(text="a + b")
    ask = partial(call, upstream, dialect="inception")
    assert text(await drink(client, ask(FILL, fim="native"))) == "a + b"
    assert upstream.calls[0].path == "/inception/v1/fim/completions"
    assert upstream.calls[0].body == {
        "model": "fake-small",
        "prompt": FILL.prefix,
        "suffix": FILL.suffix,
        "max_tokens": 32,
        "stop": ["\n\n"],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    await drink(client, ask(fim="native"))
    await drink(client, ask(FILL))
    assert {call.path for call in upstream.calls[1:]} == {"/inception/v1/chat/completions"}
