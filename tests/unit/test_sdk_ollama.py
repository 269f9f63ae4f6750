"""The official client of Ollama holds the same conversations as we do, and reads them the same."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import ollama
import pytest

from support.talk import (
    ASKED,
    FILL,
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
from turnout_clients import errors
from turnout_clients.client import Client
from turnout_clients.types import (
    Chat,
    Chunk,
    Done,
    Effort,
    Fill,
    Usage,
    answered,
)

WHOLE = {"truncate": False, "shift": False}
# Newer servers pass on what llama.cpp says, as a string.
OVERFLOW = json.dumps(
    {
        "error": {
            "code": 400,
            "message": "request (8889 tokens) exceeds the available context size (4096 tokens)",
            "type": "exceed_context_size_error",
        }
    }
)


@pytest.fixture
async def official(upstream: Upstream) -> AsyncIterator[ollama.AsyncClient]:
    official = ollama.AsyncClient(upstream.url)
    yield official
    await official._client.aclose()


_call = partial(call, dialect="ollama")


async def _theirs(official: ollama.AsyncClient, messages: Any, **more: Any) -> list[Any]:
    stream = await official.chat("fake-small", messages, stream=True, **more)
    return [response async for response in stream]


def _agree(ours: list[Chunk], theirs: list[Any]) -> None:
    messages = [one.message for one in theirs]
    assert text(ours) == "".join(one.content or "" for one in messages)
    assert thought(ours) == "".join(one.thinking or "" for one in messages)
    calls = [call.function for one in messages for call in one.tool_calls or ()]
    assert [call[1:] for call in called(ours)] == [(one.name, one.arguments) for one in calls]
    _agree_on_end(ours, theirs, asked=bool(calls))


def _agree_on_end(ours: list[Chunk], theirs: list[Any], *, asked: bool = False) -> None:
    done, last = ours[-1], theirs[-1]
    assert isinstance(done, Done)
    assert last.done
    assert done.reason == ("tool_use" if asked else last.done_reason)
    assert done.usage == Usage(last.prompt_eval_count, last.eval_count)


def _same_requests(upstream: Upstream) -> None:
    """The SDK cannot say that nothing may be dropped in silence; we always do."""
    mine, sdks = upstream.calls[-2:]
    assert mine.path == sdks.path
    theirs = {name: value for name, value in sdks.body.items() if value != []}
    assert mine.body == {**theirs, **WHOLE}


async def test_text(upstream: Upstream, client: Client, official: ollama.AsyncClient) -> None:
    upstream.script(tokens=["Zwölf ", "😀", "\u2028\n"], reason="length", chunk_bytes=7)
    chat = Chat(QUESTION, 64, stop=("a", "b", "c", "d", "e"), temperature=0.5)
    ours = await drink(client, _call(upstream, chat))
    options = {"num_predict": 64, "stop": ["a", "b", "c", "d", "e"], "temperature": 0.5}
    _agree(ours, await _theirs(official, QUESTION_JSON, options=options))
    _same_requests(upstream)
    assert text(ours) == "Zwölf 😀\u2028\n"


async def test_tools_and_thinking(
    upstream: Upstream, client: Client, official: ollama.AsyncClient
) -> None:
    upstream.script(text="I shall look.", thinking=("Hm, ", "a file."), tools=ASKED)
    chat = Chat(QUESTION, 64, tools=(READ,), effort="high")
    ours = await drink(client, _call(upstream, chat, efforts=("low", "medium", "high")))
    options = {"num_predict": 64}
    theirs = await _theirs(
        official, QUESTION_JSON, tools=[READ_JSON], think="high", options=options
    )
    _agree(ours, theirs)
    _same_requests(upstream)
    assert [one[0] for one in called(ours)] == [one.id for one in ASKED]

    upstream.script(text="It is empty.")
    again = Chat((*QUESTION, answered(ours), RESULTS), 64, tools=(READ,))
    ours = await drink(client, _call(upstream, again))
    turns = [*QUESTION_JSON, _turn(theirs), *_results()]
    _agree(ours, await _theirs(official, turns, tools=[READ_JSON], options=options))
    # The SDK does not know the ids of calls, which newer servers match results by.
    messages = upstream.calls[-2].body["messages"]
    for message in messages:
        message.pop("tool_call_id", None)
        for one in message.get("tool_calls", ()):
            one.pop("id")
    assert messages == upstream.calls[-1].body["messages"]


def _turn(theirs: list[Any]) -> ollama.Message:
    messages = [one.message for one in theirs]
    return ollama.Message(
        role="assistant",
        content="".join(one.content or "" for one in messages),
        thinking="".join(one.thinking or "" for one in messages),
        tool_calls=[call for one in messages for call in one.tool_calls or ()],
    )


def _results() -> list[dict[str, str]]:
    return [{"role": "tool", "content": f"# {a.id}", "tool_name": a.name} for a in ASKED]


@pytest.mark.parametrize(
    ("efforts", "asked", "think"),
    [
        ((), "high", None),
        (("none", "high"), "low", False),
        (("none", "high"), "xhigh", True),
        (("low", "medium", "high"), "none", "low"),
        (("low", "medium", "high"), None, None),
    ],
)
async def test_effort(
    upstream: Upstream,
    client: Client,
    efforts: tuple[Effort, ...],
    asked: Effort | None,
    think: object,
) -> None:
    await drink(client, _call(upstream, Chat(QUESTION, 64, effort=asked), efforts=efforts))
    assert upstream.calls[0].body.get("think") == think


async def test_a_tool_can_only_be_chosen_by_leaving_out_the_others(
    upstream: Upstream, client: Client
) -> None:
    other = type(READ)("other", "", {"type": "object"})
    for choice in ("none", READ):
        chat = Chat(QUESTION, 64, tools=(other, READ), tool_choice=choice)
        await drink(client, _call(upstream, chat))
    assert "tools" not in upstream.calls[0].body
    assert upstream.calls[1].body["tools"] == [READ_JSON]


@pytest.mark.parametrize("base", ["", "/", "/v1", "/api/"])
async def test_fill(
    upstream: Upstream, client: Client, official: ollama.AsyncClient, base: str
) -> None:
    upstream.script(text="a + b")
    ours = await drink(client, _call(upstream, FILL, base=base, fim="native"))
    options = {"num_predict": 32, "stop": ["\n\n"]}
    stream = await official.generate(
        "fake-small", FILL.prefix, suffix=FILL.suffix, options=options, stream=True
    )
    theirs = [response async for response in stream]
    assert text(ours) == "".join(one.response or "" for one in theirs) == "a + b"
    _agree_on_end(ours, theirs)
    _same_requests(upstream)


async def test_fill_by_template(
    upstream: Upstream, client: Client, official: ollama.AsyncClient
) -> None:
    upstream.script(text="a + b<|endoftext|>and more")
    ours = await drink(client, _call(upstream, FILL, fim="qwen"))
    assert text(ours) == "a + b"
    sent = upstream.calls[0].body
    assert sent["raw"] is True
    assert sent["prompt"].startswith("<|fim_prefix|>def add")
    await official.generate("fake-small", sent["prompt"], raw=True, options=sent["options"])
    assert {**upstream.calls[1].body, **WHOLE} == {**sent, "stream": False}


async def test_an_empty_suffix_still_asks_for_a_filling(upstream: Upstream, client: Client) -> None:
    await drink(client, _call(upstream, Fill("x = ", "", max_tokens=8), fim="native"))
    assert upstream.calls[0].body["suffix"] == "\n"


async def test_fill_of_a_model_that_only_chats(upstream: Upstream, client: Client) -> None:
    await drink(client, _call(upstream, FILL))
    assert upstream.calls[0].path == "/api/chat"


async def test_what_is_unknown_passes(
    upstream: Upstream, client: Client, official: ollama.AsyncClient
) -> None:
    message = {"role": "assistant", "content": "", "tomorrow": 1}
    upstream.script(text="As ever", extra=({"message": message, "done": False, "new": {"a": []}},))
    ours = await drink(client, _call(upstream))
    _agree(ours, await _theirs(official, QUESTION_JSON))
    assert text(ours) == "As ever"


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (400, "qwen3:8b does not support insert", errors.BadRequest),
        (400, "the input length exceeds the context length", errors.ContextOverflow),
        (400, OVERFLOW, errors.ContextOverflow),
        (
            400,
            "the prompt is longer than the context length currently available to the model",
            errors.ContextOverflow,
        ),
        (404, "model 'fake-small' not found", errors.ModelNotFound),
        (429, "too many concurrent requests", errors.RateLimited),
        (500, "llama runner process has terminated", errors.Overloaded),
        (
            503,
            "server busy, please try again. maximum pending requests exceeded",
            errors.Overloaded,
        ),
    ],
)
async def test_errors(
    upstream: Upstream,
    client: Client,
    official: ollama.AsyncClient,
    status: int,
    said: str,
    kind: type[errors.ProviderError],
) -> None:
    upstream.script(status=status, error={"error": said})
    with pytest.raises(errors.ProviderError) as caught:
        await drink(client, _call(upstream, FILL, fim="native"))
    assert type(caught.value) is kind
    assert caught.value.detail == said
    assert ("set fim of" in caught.value.remedy) == ("insert" in said)
    with pytest.raises(ollama.ResponseError) as theirs:
        await _theirs(official, QUESTION_JSON)
    assert (theirs.value.status_code, theirs.value.error) == (status, said)


async def test_an_error_in_the_middle(
    upstream: Upstream, client: Client, official: ollama.AsyncClient
) -> None:
    upstream.script(text="Some text", fault="in-band-error")
    with pytest.raises(errors.Overloaded) as caught:
        await drink(client, _call(upstream))
    with pytest.raises(ollama.ResponseError) as theirs:
        await _theirs(official, QUESTION_JSON)
    assert caught.value.detail == theirs.value.error


async def test_models(upstream: Upstream, client: Client, official: ollama.AsyncClient) -> None:
    ids = await client.probe(_call(upstream, FILL).endpoint, 5)
    assert ids == [one.model for one in (await official.list()).models]
