"""Ollama's own API: one JSON value a line, chat and raw or inserting completion.

``base_url`` may be written with or without ``/v1`` or ``/api``. The context stays what the server
has: another size would load the model anew for every client that differs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from turnout_clients import fim
from turnout_clients.dialects import openai, openai_chat
from turnout_clients.dialects.conversation import Drafts, calls_so_far, effort, text_of
from turnout_clients.dialects.openai_completions import family
from turnout_clients.dialects.wire import (
    Parser,
    WireRequest,
    count,
    decode,
    headers,
    string,
    table,
)
from turnout_clients.failures import Failures
from turnout_clients.hole import as_chat
from turnout_clients.sse import Event
from turnout_clients.types import (
    Call,
    Calling,
    Chat,
    Chunk,
    Done,
    Endpoint,
    Fill,
    Message,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)

__all__ = ["headers", "models_url", "parser", "prepare"]


def prepare(call: Call) -> WireRequest:
    """Say what to send."""
    if isinstance(call.prompt, Fill) and call.model.fim is not None:
        return _generate(call, call.prompt)
    prompt = as_chat(call.prompt) if isinstance(call.prompt, Fill) else call.prompt
    body: dict[str, Any] = {
        "messages": [message for turn in prompt.messages for message in _messages(turn)]
    }
    if tools := _tools(prompt):
        body["tools"] = tools
    if (think := _think(call)) is not None:
        body["think"] = think
    return _request(call, "chat", body, prompt.stop)


def parser(call: Call) -> Parser:
    """Make a parser for the answer to this call."""
    return _Parser(call)


def models_url(endpoint: Endpoint) -> str:
    """Where the server lists its models."""
    return f"{_root(endpoint)}/api/tags"


def _root(endpoint: Endpoint) -> str:
    return endpoint.base_url.rstrip("/").removesuffix("/v1").removesuffix("/api").rstrip("/")


def _generate(call: Call, fill: Fill) -> WireRequest:
    rendered = fim.render(fill, family(call))
    body: dict[str, Any] = {"prompt": rendered.prompt}
    if rendered.suffix is None:
        body["raw"] = True
    else:
        # An empty suffix would count as none, and the model would chat instead.
        body["suffix"] = rendered.suffix or "\n"
    return _request(call, "generate", body, (*fill.stop, *rendered.stop))


def _request(call: Call, path: str, body: dict[str, Any], stops: tuple[str, ...]) -> WireRequest:
    options: dict[str, Any] = {"num_predict": openai.output_limit(call)}
    if stops and call.model.takes_stop:
        options["stop"] = list(stops)
    if call.prompt.temperature is not None and call.model.takes_temperature:
        options["temperature"] = call.prompt.temperature
    # Unless told not to, the server drops in silence what does not fit: a part of the prompt that
    # is too long, and its beginning while the answer grows.
    whole = {"truncate": False, "shift": False}
    sent = {"model": call.model.id, **body, **whole, "stream": True, "options": options}
    url = f"{_root(call.endpoint)}/api/{path}"
    return WireRequest(url, headers(call.endpoint), sent, framing="ndjson")


def _messages(turn: Message) -> Iterator[dict[str, Any]]:
    """A turn; every result of a tool is a message of its own."""
    parts = turn.content
    for part in parts:
        if isinstance(part, ToolResult):
            named = {"tool_name": part.name, "tool_call_id": part.id}
            yield {"role": "tool", "content": part.text, **named}
    message: dict[str, Any] = {"role": turn.role, "content": text_of(turn)}
    if thoughts := "".join(part.text for part in parts if isinstance(part, Thinking)):
        message["thinking"] = thoughts
    calls = [part for part in parts if isinstance(part, ToolCall)]
    if calls:
        message["tool_calls"] = [
            {
                "id": one.id,
                "function": {"name": one.name, "arguments": json.loads(one.arguments)},
            }
            for one in calls
        ]
    if message["content"] or calls:
        yield message


def _tools(chat: Chat) -> list[dict[str, Any]]:
    """The tools the model may see: it cannot be told to take one, but others can be left out."""
    if chat.tool_choice == "none":
        return []
    if isinstance(chat.tool_choice, Tool):
        chat = replace(chat, tools=(chat.tool_choice,))
    offered: list[dict[str, Any]] = openai_chat.tools(chat).get("tools", [])
    return offered


def _think(call: Call) -> bool | str | None:
    """Whether to think, or how much where the model knows levels; None says nothing of it."""
    level = effort(call)
    if level is None:
        return None
    if level == "none":
        return False
    levels = set(call.model.efforts) - {"none"}
    return level if len(levels) > 1 else True


class _Parser:
    """Reads chat and completion alike; the terminal event is the one with ``done``."""

    def __init__(self, call: Call) -> None:
        self._failures = Failures(call.endpoint, call.model)
        fills = isinstance(call.prompt, Fill) and call.model.fim not in (None, fim.NATIVE)
        self._cleaner = fim.Cleaner(family(call)) if fills else None
        self._drafts = Drafts(self._failures)
        self._asked = calls_so_far(call)

    def feed(self, event: Event) -> Iterator[Chunk]:
        """Take an event, give the chunks it completes."""
        data = decode(event, self._failures)
        message = table(data["message"]) if "message" in data else data
        if thought := string(message.get("thinking")):
            yield Thinking(thought)
        text = string(message.get("content") or data.get("response"))
        if self._cleaner:
            text = self._cleaner.feed(text)
        if text:
            yield Text(text)
        if self._cleaner and self._cleaner.ended:
            yield Done("stop", _usage(data))
            return
        if asked := message.get("tool_calls"):
            for one in _list(asked):
                yield from self._call(table(one))
        if data.get("done") is True:
            if self._cleaner and (held := self._cleaner.rest()):
                yield Text(held)
            limited = data.get("done_reason") == "length"
            yield Done(self._drafts.reason("length" if limited else "stop"), _usage(data))

    def end(self) -> Iterator[Chunk]:
        """Take the proper end of the body."""
        raise self._failures.cut()

    def _call(self, asked: dict[str, Any]) -> Iterator[Chunk]:
        self._asked += 1
        function = table(asked.get("function"))
        name, arguments = string(function.get("name")), json.dumps(function.get("arguments") or {})
        yield Calling(name, arguments)
        id_ = string(asked.get("id")) or f"call_{self._asked}"  # older servers give none
        yield from self._drafts.whole(id_, name, arguments)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _usage(data: dict[str, Any]) -> Usage | None:
    if "prompt_eval_count" not in data and "eval_count" not in data:
        return None
    raw = {name: value for name, value in data.items() if name.endswith(("_count", "_duration"))}
    return Usage(
        input=count(data.get("prompt_eval_count")), output=count(data.get("eval_count")), raw=raw
    )
