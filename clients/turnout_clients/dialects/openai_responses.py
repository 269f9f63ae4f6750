"""OpenAI's Responses, streamed and without anything kept at the provider.

The system's words go as items of the input, where they stand in the conversation: as
``instructions`` they would come back in several events of every answer, and one that comes later
would change the start of the prompt, of which the provider keeps a copy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from turnout_clients.dialects.conversation import (
    Drafts,
    effort,
    kept,
    returned,
)
from turnout_clients.dialects.openai import (
    cache_fields,
    models_url,
    output_limit,
    takes_breakpoints,
    url,
)
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
    CacheTime,
    Call,
    Chat,
    Chunk,
    Done,
    Endpoint,
    Fill,
    Message,
    Part,
    Role,
    StopReason,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)

__all__ = ["headers", "models_url", "parser", "prepare"]

_BREAKPOINTS: Final[dict[CacheTime, dict[str, str]]] = {
    "short": {"mode": "explicit"},
    "long": {"mode": "explicit", "ttl": "12h"},
}
_ESCAPED: Final = 4  # times the bytes of a text that its JSON may have
_REASONS: Final[dict[str, StopReason]] = {"content_filter": "refusal", "steered": "pause"}


def prepare(call: Call) -> WireRequest:
    """Say what to send."""
    chat = as_chat(call.prompt) if isinstance(call.prompt, Fill) else call.prompt
    body: dict[str, Any] = {
        "model": call.model.id,
        "input": _input(chat, call),
        **cache_fields(call),
        "max_output_tokens": output_limit(call),
        "store": False,
        "stream": True,
        # Padding against listeners would double the size of every event.
        "stream_options": {"include_obfuscation": False},
        **_tools(chat),
    }
    if call.model.efforts:
        body["include"] = ["reasoning.encrypted_content"]
    if level := effort(call):
        body["reasoning"] = {"effort": level}
    if chat.temperature is not None and call.model.takes_temperature:
        body["temperature"] = chat.temperature
    return WireRequest(
        url(call.endpoint, "responses"),
        headers(call.endpoint),
        body,
        repeated=_ESCAPED * call.limits.answer_bytes + len(json.dumps(body.get("tools"))),
    )


def parser(call: Call) -> Parser:
    """Make a parser for the answer to this call."""
    return _Parser(call)


def _tools(chat: Chat) -> dict[str, Any]:
    if not chat.tools:
        return {}
    tools = [
        {
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": dict(tool.schema),
            "strict": False,
        }
        for tool in chat.tools
    ]
    choice: Any = chat.tool_choice
    if isinstance(choice, Tool):
        choice = {"type": "function", "name": choice.name}
    return {"tools": tools, "tool_choice": choice}


def _input(chat: Chat, call: Call) -> list[dict[str, Any]]:
    marked = takes_breakpoints(call)
    items = []
    for message in chat.messages:
        said = _items(message, call.endpoint)
        if marked and message.cache:
            _mark(said, _BREAKPOINTS[message.cache_time])
        items += said
    return items


def _items(message: Message, endpoint: Endpoint) -> list[dict[str, Any]]:
    items = (_item(message.role, part, endpoint) for part in message.content)
    return [item for item in items if item]


def _mark(items: list[dict[str, Any]], breakpoint_: dict[str, str]) -> None:
    """Mark the last item that can be: what the user said or a tool gave, never an answer."""
    for item in reversed(items):
        name = "output" if "output" in item else "content"
        if name == "output" or item.get("role") in ("system", "user"):
            part = {"type": "input_text", "text": item[name]}
            item[name] = [{**part, "prompt_cache_breakpoint": breakpoint_}]
            return


def _said(role: Role, text: str) -> dict[str, Any]:
    return {"role": role, "content": text}


def _item(role: Role, part: Part, endpoint: Endpoint) -> dict[str, Any] | None:
    match part:
        case Text(text):
            return _said(role, text) if text else None
        case Thinking(_, opaque):
            return returned(endpoint, opaque)
        case ToolCall(id, name, arguments):
            call = {"type": "function_call", "call_id": id, "name": name}
            return {**call, "arguments": arguments}
        case ToolResult(id, _, text):
            return {"type": "function_call_output", "call_id": id, "output": text}


class _Parser:
    """The terminal event is ``response.completed`` or ``response.incomplete``."""

    def __init__(self, call: Call) -> None:
        self._endpoint = call.endpoint
        self._failures = Failures(call.endpoint, call.model)
        self._drafts = Drafts(self._failures)
        self._refused = False
        self._meter = call.meter

    def feed(self, event: Event) -> Iterator[Chunk]:
        data = decode(event, self._failures)
        kind = string(data.get("type"))
        match kind.removeprefix("response."):
            case "output_text.delta":
                if text := string(data.get("delta")):
                    yield Text(text)
            case "reasoning_summary_text.delta" | "reasoning_text.delta":
                yield Thinking(string(data.get("delta")))
            case "reasoning_summary_part.added" if data.get("summary_index"):
                yield Thinking("\n\n")
            case "refusal.delta" | "refusal.done":
                self._refused = True
            case "function_call_arguments.delta":
                yield from self._drafts.add(data.get("output_index"), string(data.get("delta")))
            case "output_item.added":
                yield from self._begin(data.get("output_index"), table(data.get("item")))
            case "output_item.done":
                yield from self._end(data.get("output_index"), table(data.get("item")))
            case "completed" | "incomplete" | "failed" | "error":
                yield self._finish(kind, data)

    def end(self) -> Iterator[Chunk]:
        raise self._failures.cut()

    def _begin(self, index: Any, item: dict[str, Any]) -> Iterator[Chunk]:
        match item.get("type"):
            case "function_call":
                name = string(item.get("name"))
                yield self._drafts.begin(index, string(item.get("call_id")), name)
            case "reasoning":
                yield Thinking("")  # what follows may be long, and silent

    def _end(self, index: Any, item: dict[str, Any]) -> Iterator[Chunk]:
        match item.get("type"):
            case "function_call":
                if index not in self._drafts:
                    yield from self._begin(index, item)
                yield from self._drafts.end(index, string(item.get("arguments")))
            case "reasoning" if item.get("encrypted_content"):
                yield Thinking("", kept(self._endpoint, item))

    def _finish(self, kind: str, data: dict[str, Any]) -> Done:
        response = table(data.get("response"))
        usage = self._meter.usage = read_usage(response)
        if kind in ("response.failed", "error"):
            raise self._failures.reported(response.get("error") or data)
        reason: StopReason = "stop"
        if kind == "response.incomplete":
            why = string(table(response.get("incomplete_details")).get("reason"))
            reason = _REASONS.get(why, "length")
        reason = self._drafts.reason("refusal" if self._refused else reason)
        return Done(reason, usage)


def read_usage(response: dict[str, Any]) -> Usage | None:
    """Read the ``usage`` of a response; the tier it was served at is kept beside it."""
    value = table(response.get("usage"))
    if not value:
        return None
    details = table(value.get("input_tokens_details"))
    by_time = {
        name.removeprefix("ttl_").removesuffix("_tokens"): count(tokens)
        for name, tokens in table(details.get("cache_write_tokens_details")).items()
    }
    return Usage(
        input=count(value.get("input_tokens")),
        output=count(value.get("output_tokens")),
        cache_read=count(details.get("cached_tokens")),
        cache_write=count(details.get("cache_write_tokens")),
        thinking=count(table(value.get("output_tokens_details")).get("reasoning_tokens")),
        writes=tuple((time, tokens) for time, tokens in by_time.items() if tokens),
        raw={**value, "service_tier": response.get("service_tier")},
    )
