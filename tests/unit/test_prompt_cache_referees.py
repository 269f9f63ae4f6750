"""The same conversations held by us and by the official SDKs: both are billed the same, and say so.

Each has a provider of its own, so that neither finds what the other wrote. Three turns: a long
system prompt kept for long and a question that asks for tools; their results; and, when what was
kept for a short time is gone, one more question.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, Final

import anthropic
import ollama
import openai
import pytest
from google import genai
from google.genai import types as gemini
from mistralai.client import Mistral

from support.talk import (
    ASKED,
    KEY,
    READ,
    READ_JSON,
    RESULTS,
    SCHEMA,
    Clock,
    call,
    drink,
    spent,
)
from support.upstream import Upstream
from support.upstream_wire import Bill
from turnout_clients.client import Client
from turnout_clients.types import Chat, Message, Usage, answered

LONG: Final = "All of this is known. " * 1_000  # 5,500 tokens
TIMES: Final = (0.0, 100.0, 3_000.0)  # seconds
SAID: Final = ("What is in it?", "And now?")
TURNS: Final = (
    Message("system", LONG, cache=True, cache_time="long"),
    Message("user", SAID[0], cache=True),
)
NEXT: Final = (replace(RESULTS, cache=True), Message("user", SAID[1], cache=True))
SCRIPTS: Final[tuple[dict[str, Any], ...]] = (
    {"text": "I look.", "thinking": ("Hm, ", "a file."), "tools": ASKED, "reason": "tool_calls"},
    {"text": "It says 12."},
    {"text": "Still."},
)
CACHED: Final = {"quirks": {"cache_fields": True}, "takes_breakpoints": True}
OURS: Final[dict[str, dict[str, Any]]] = {
    "anthropic-messages": {"id": "claude-opus-5-5"},
    "openai-responses": {"id": "gpt-6.1-sol", **CACHED},
    "openai-chat": {"id": "gpt-6.1-sol", **CACHED},
    "gemini": {"id": "gemini-3.8-flash"},
    "mistral": {"id": "codestral-2508"},
    "ollama": {"id": "qwen3:8b"},
}


async def _ours(dialect: str, upstream: Upstream, clock: Clock, client: Client) -> list[Usage]:
    turns: tuple[Message, ...] = TURNS
    found = []
    for time, after in zip(TIMES, (*NEXT, None), strict=True):
        clock.now = time
        chat = Chat(turns, 64, tools=(READ,))
        asked = replace(call(upstream, chat, dialect, **OURS[dialect]), cache_key="session")
        chunks = await drink(client, asked)
        found.append(spent(chunks))
        if after:
            turns = (*turns, answered(chunks), after)
    return found


def _mark(block: dict[str, Any], **ttl: str) -> dict[str, Any]:
    return {**block, "cache_control": {"type": "ephemeral", **ttl}}


async def _anthropic(upstream: Upstream) -> AsyncIterator[Usage]:
    def text(said: str) -> Any:
        return {"role": "user", "content": [_mark({"type": "text", "text": said})]}

    result = [{"type": "tool_result", "tool_use_id": a.id, "content": f"# {a.id}"} for a in ASKED]
    result[-1] = _mark(result[-1])
    system: Any = [_mark({"type": "text", "text": LONG}, ttl="1h")]
    tools: Any = [{"name": READ.name, "description": READ.description, "input_schema": SCHEMA}]
    messages: list[Any] = [text(SAID[0])]
    async with anthropic.AsyncAnthropic(base_url=upstream.url, api_key=KEY) as sdk:
        for after in ({"role": "user", "content": result}, text(SAID[1]), None):
            async with sdk.messages.stream(
                model="claude-opus-5-5", max_tokens=64, system=system, tools=tools,
                messages=messages,
            ) as stream:  # fmt: skip
                message = await stream.get_final_message()
            said = [block.model_dump(exclude_none=True) for block in message.content]
            messages += [{"role": "assistant", "content": said}, after]
            yield _of_anthropic(message.usage)


def _of_anthropic(usage: anthropic.types.Usage) -> Usage:
    read, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
    assert usage.cache_creation
    assert usage.output_tokens_details
    times = {
        "5m": usage.cache_creation.ephemeral_5m_input_tokens,
        "1h": usage.cache_creation.ephemeral_1h_input_tokens,
    }
    return Usage(
        usage.input_tokens + read + written,
        usage.output_tokens,
        read,
        written,
        usage.output_tokens_details.thinking_tokens,
        tuple((time, count) for time, count in times.items() if count),
    )


BREAKPOINT: Final = {"prompt_cache_breakpoint": {"mode": "explicit"}}
OPTIONS: Final[Any] = {"mode": "explicit"}


async def _responses(upstream: Upstream) -> AsyncIterator[Usage]:
    def part(said: str, **ttl: str) -> Any:
        mark = {"prompt_cache_breakpoint": {"mode": "explicit", **ttl}}
        return [{"type": "input_text", "text": said, **mark}]

    results: list[Any] = [
        {"type": "function_call_output", "call_id": a.id, "output": f"# {a.id}"} for a in ASKED
    ]
    results[-1]["output"] = part(results[-1]["output"])
    items: list[Any] = [
        {"role": "system", "content": part(LONG, ttl="12h")},
        {"role": "user", "content": part(SAID[0])},
    ]
    tool: Any = {"type": "function", **READ_JSON["function"], "strict": False}
    async with openai.AsyncOpenAI(base_url=f"{upstream.url}/v1", api_key=KEY) as sdk:
        for after in (results, [{"role": "user", "content": part(SAID[1])}], []):
            async with sdk.responses.stream(
                model="gpt-6.1-sol", input=items, tools=[tool], store=False,
                prompt_cache_key="session", prompt_cache_options=OPTIONS,
            ) as stream:  # fmt: skip
                response = await stream.get_final_response()
            items += [*map(_returned, response.output), *after]
            usage = response.usage
            assert usage
            details = usage.input_tokens_details
            times = details.model_dump()["cache_write_tokens_details"]
            yield Usage(
                usage.input_tokens,
                usage.output_tokens,
                details.cached_tokens,
                details.cache_write_tokens or 0,
                usage.output_tokens_details.reasoning_tokens,
                tuple((ttl, n) for ttl in ("30m", "12h") if (n := times[f"ttl_{ttl}_tokens"])),
            )


def _returned(item: Any) -> Any:
    if item.type == "message":
        return {"role": "assistant", "content": item.content[0].text}
    if item.type == "reasoning":
        return item.model_dump(exclude_none=True)
    return item.model_dump(include={"type", "call_id", "name", "arguments"})


async def _chat(upstream: Upstream) -> AsyncIterator[Usage]:
    def said(role: str, text: str, **more: str) -> Any:
        return {"role": role, "content": [{"type": "text", "text": text, **BREAKPOINT}], **more}

    first, last = ASKED
    results = [
        {"role": "tool", "tool_call_id": first.id, "content": f"# {first.id}"},
        said("tool", f"# {last.id}", tool_call_id=last.id),
    ]
    messages = [said("system", LONG), said("user", SAID[0])]
    tools: Any = [READ_JSON]
    async with openai.AsyncOpenAI(base_url=f"{upstream.url}/v1", api_key=KEY) as sdk:
        for after in (results, [said("user", SAID[1])], []):
            async with sdk.chat.completions.stream(
                model="gpt-6.1-sol", messages=messages, tools=tools, prompt_cache_key="session",
                prompt_cache_options=OPTIONS, stream_options={"include_usage": True},
            ) as stream:  # fmt: skip
                heard = await stream.get_final_completion()
            turn = heard.choices[0].message
            answer: dict[str, Any] = {"role": "assistant", "content": turn.content}
            if thought := (turn.model_extra or {}).get("reasoning_content"):
                answer["reasoning_content"] = thought
            if turn.tool_calls:
                keys: Any = {"id": True, "type": True, "function": {"name", "arguments"}}
                answer["tool_calls"] = [one.model_dump(include=keys) for one in turn.tool_calls]
            messages += [answer, *after]
            yield _of_chat(heard.usage)


def _of_chat(usage: Any) -> Usage:
    details = usage.prompt_tokens_details
    thinking = usage.completion_tokens_details.reasoning_tokens
    return Usage(
        usage.prompt_tokens, usage.completion_tokens, details.cached_tokens,
        details.cache_write_tokens, thinking,
    )  # fmt: skip


async def _gemini(upstream: Upstream) -> AsyncIterator[Usage]:
    declared = gemini.FunctionDeclaration(
        name=READ.name, description=READ.description, parameters_json_schema=SCHEMA
    )
    config = gemini.GenerateContentConfig(
        system_instruction=LONG,
        tools=[gemini.Tool(function_declarations=[declared])],
        automatic_function_calling=gemini.AutomaticFunctionCallingConfig(disable=True),
    )
    results = [
        gemini.Part(
            function_response=gemini.FunctionResponse(
                id=a.id, name=a.name, response={"output": f"# {a.id}"}
            )
        )
        for a in ASKED
    ]
    contents = [gemini.Content(role="user", parts=[gemini.Part(text=SAID[0])])]
    options = gemini.HttpOptions(base_url=upstream.url, api_version="v1")
    official = genai.Client(api_key=KEY, http_options=options)
    for after in (results, [gemini.Part(text=SAID[1])], None):
        stream = await official.aio.models.generate_content_stream(
            model="gemini-3.8-flash", contents=list(contents), config=config
        )
        heard = [response async for response in stream]
        contents += [
            gemini.Content(role="model", parts=_gemini_turn(heard)),
            gemini.Content(role="user", parts=after),
        ]
        usage: Any = heard[-1].usage_metadata
        yield Usage(
            usage.prompt_token_count,
            usage.candidates_token_count + usage.thoughts_token_count,
            usage.cached_content_token_count,
            thinking=usage.thoughts_token_count,
        )
    await official.aio.aclose()
    official.close()


def _gemini_turn(heard: list[Any]) -> list[gemini.Part]:
    """Its text as one part, then what carries calls and signatures; thoughts do not go back."""
    contents = [one.candidates[0].content for one in heard]
    parts = [part for content in contents for part in content.parts or [] if not part.thought]
    rest = [part for part in parts if part.function_call or part.thought_signature]
    return [gemini.Part(text="".join(part.text for part in parts if part.text)), *rest]


async def _mistral(upstream: Upstream) -> AsyncIterator[Usage]:
    results = [{"role": "tool", "tool_call_id": a.id, "content": f"# {a.id}"} for a in ASKED]
    messages: list[Any] = [
        {"role": "system", "content": LONG},
        {"role": "user", "content": SAID[0]},
    ]
    async with Mistral(KEY, server_url=f"{upstream.url}/mistral") as official:
        for after in (results, [{"role": "user", "content": SAID[1]}], []):
            stream = await official.chat.stream_async(
                model="codestral-2508", messages=messages, tools=[READ_JSON],
                prompt_cache_key="session",
            )  # fmt: skip
            heard: list[Any] = [event.data async for event in stream]
            messages += [_mistral_turn(heard), *after]
            usage = heard[-1].usage
            cached = usage.model_extra["prompt_tokens_details"]["cached_tokens"]
            yield Usage(usage.prompt_tokens, usage.completion_tokens, cached)


def _mistral_turn(heard: list[Any]) -> dict[str, Any]:
    deltas = [event.choices[0].delta for event in heard]
    text = "".join(delta.content for delta in deltas if isinstance(delta.content, str))
    parts = [part for delta in deltas if isinstance(delta.content, list) for part in delta.content]
    thought = "".join(one.text for part in parts for one in part.thinking)
    calls = [one for delta in deltas for one in delta.tool_calls or ()]
    turn: dict[str, Any] = {"role": "assistant", "content": text}
    if thought:
        thinking = [{"type": "text", "text": thought}]
        typed = {"type": "thinking", "thinking": thinking}
        turn["content"] = [typed, {"type": "text", "text": text}]
    if calls:
        turn["tool_calls"] = [one.model_dump(exclude={"index"}) for one in calls]
    return turn


async def _ollama(upstream: Upstream) -> AsyncIterator[Usage]:
    results = [{"role": "tool", "content": f"# {a.id}", "tool_name": a.name} for a in ASKED]
    messages: list[Any] = [
        {"role": "system", "content": LONG},
        {"role": "user", "content": SAID[0]},
    ]
    official = ollama.AsyncClient(upstream.url)
    for after in (results, [{"role": "user", "content": SAID[1]}], []):
        stream = await official.chat("qwen3:8b", messages, tools=[READ_JSON], stream=True)
        heard = [one async for one in stream]
        turn = ollama.Message(
            role="assistant",
            content="".join(one.message.content or "" for one in heard),
            thinking="".join(one.message.thinking or "" for one in heard),
            tool_calls=[made for one in heard for made in one.message.tool_calls or ()],
        )
        messages += [turn, *after]
        yield Usage(heard[-1].prompt_eval_count or 0, heard[-1].eval_count or 0)
    await official._client.aclose()


THEIRS: Final[dict[str, Callable[[Upstream], AsyncIterator[Usage]]]] = {
    "anthropic-messages": _anthropic,
    "openai-responses": _responses,
    "openai-chat": _chat,
    "gemini": _gemini,
    "mistral": _mistral,
    "ollama": _ollama,
}
# Tokens read from the cache in the second and in the third turn: all before it, or the system.
FOUND: Final = {
    "anthropic-messages": ("all", "system"),
    "openai-responses": ("all", "system"),
    "openai-chat": ("all", "none"),
    "gemini": ("all", "none"),
    "mistral": ("all", "none"),
    "ollama": ("none", "none"),
}


@pytest.mark.parametrize("dialect", OURS)
async def test_both_are_billed_the_same(dialect: str, client: Client) -> None:
    clock = Clock()
    async with Upstream(clock=clock) as mine, Upstream(clock=clock) as other:
        for script in SCRIPTS:
            mine.script(**script, times=1)
            other.script(**script, times=1)
        ours = await _ours(dialect, mine, clock, client)
        theirs = []
        clock.now = TIMES[0]
        async for usage in THEIRS[dialect](other):
            theirs.append(usage)
            clock.now = TIMES[min(len(theirs), 2)]
        assert ours == theirs
        assert [_billed(bill) for bill in mine.bills] == [_told(usage) for usage in ours]
    first, second, third = ours
    assert first.cache_read == 0
    for usage, found in zip((second, third), FOUND[dialect], strict=True):
        least, most = {
            "all": (first.input - 64, usage.input),
            "system": (5_500, first.input - 1),
            "none": (0, 0),
        }[found]
        assert least <= usage.cache_read <= most


def _billed(bill: Bill) -> tuple[int, ...]:
    tally = bill.tally
    return (tally.input, tally.read, tally.written, bill.output)


def _told(usage: Usage) -> tuple[int, ...]:
    return (usage.input, usage.cache_read, usage.cache_write, usage.output)
