"""Anthropic's Messages, streamed; also spoken by DeepSeek and by gateways.

``base_url`` may be written with or without ``/v1``. The version is that of the provider's row, or
of a header ``anthropic-version`` of the user's own; since 2026-10-21 the key is a bearer and
sampling fields are refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from turnout_clients.catalog import Offered, quirks
from turnout_clients.dialects import wire
from turnout_clients.dialects.conversation import (
    Drafts,
    effort,
    kept,
    returned,
    system,
    turns,
)
from turnout_clients.dialects.wire import Parser, WireRequest, count, decode, string, table
from turnout_clients.failures import Failures
from turnout_clients.hole import as_chat
from turnout_clients.sse import Event
from turnout_clients.types import (
    CacheTime,
    Call,
    Chat,
    Chunk,
    Done,
    Effort,
    Endpoint,
    Fill,
    Message,
    Part,
    StopReason,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)

OLD: Final = "2023-06-01"  # what every server of this family takes
NO_SAMPLING: Final = "2026-10-21"  # and later; written so that they compare as text
LEAST_BUDGET: Final = 1024  # tokens of thinking that may be asked for
MOST_BREAKPOINTS: Final = 4

_EPHEMERAL: Final[dict[CacheTime, dict[str, str]]] = {
    "short": {"type": "ephemeral"},
    "long": {"type": "ephemeral", "ttl": "1h"},
}
_SHARES: Final[dict[Effort, float]] = {"minimal": 0.1, "low": 0.2, "medium": 0.5, "high": 0.8}
_REASONS: Final[dict[str, StopReason]] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_use",
    "pause_turn": "pause",
    "refusal": "refusal",
}


def prepare(call: Call) -> WireRequest:
    """Say what to send."""
    chat = as_chat(call.prompt) if isinstance(call.prompt, Fill) else call.prompt
    said = [block for message in system(chat) for block in _marked(message, call.endpoint)]
    messages = _messages(chat, call.endpoint)
    _take_back([*said, *(block for message in messages for block in message["content"])])
    limit = min(chat.max_tokens, call.model.max_output)
    body: dict[str, Any] = {
        "model": call.model.id,
        "max_tokens": limit,
        **_tools(chat),
        "messages": messages,
        "stream": True,
        **_thinking(call, limit),
    }
    if said:
        body["system"] = said
    if call.model.takes_stop and (stops := [stop for stop in chat.stop if stop.strip()]):
        body["stop_sequences"] = stops
    if chat.temperature is not None and _takes_temperature(call, body):
        body["temperature"] = chat.temperature
    return WireRequest(f"{_root(call.endpoint)}/messages", headers(call.endpoint), body)


def parser(call: Call) -> Parser:
    """Make a parser for the answer to this call."""
    return _Parser(call)


def models_url(endpoint: Endpoint) -> str:
    """Where the provider lists its models."""
    return f"{_root(endpoint)}/models?limit=1000"


def headers(endpoint: Endpoint) -> tuple[tuple[str, str], ...]:
    """What goes with every request."""
    version = _version(endpoint)
    key_header = "authorization" if version >= NO_SAMPLING else "x-api-key"
    made = wire.headers(endpoint, _row(endpoint).key_header or key_header)
    if any(name == "anthropic-version" for name, _ in made):
        return made
    return (*made, ("anthropic-version", version))


def _version(endpoint: Endpoint) -> str:
    own = {name.lower(): value for name, value in endpoint.headers}
    return own.get("anthropic-version") or _row(endpoint).api_version or OLD


def _row(endpoint: Endpoint) -> Offered:
    return quirks(_root(endpoint).removesuffix("/v1"), endpoint.quirks)


def _root(endpoint: Endpoint) -> str:
    return endpoint.base_url.rstrip("/").removesuffix("/v1").rstrip("/") + "/v1"


def _takes_temperature(call: Call, body: dict[str, Any]) -> bool:
    thinks = table(body.get("thinking")).get("type", "disabled") != "disabled"
    return call.model.takes_temperature and not thinks and _version(call.endpoint) < NO_SAMPLING


def _thinking(call: Call, limit: int) -> dict[str, Any]:
    level = effort(call)
    if level is None:
        return {}
    if level == "none":
        return {"thinking": {"type": "disabled"}}
    if not call.model.thinking_budget:
        return {"thinking": {"type": "adaptive"}, "output_config": {"effort": level}}
    if limit <= LEAST_BUDGET:
        return {}
    budget = max(int(limit * _SHARES.get(level, 0.9)), LEAST_BUDGET)
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


def _tools(chat: Chat) -> dict[str, Any]:
    if not chat.tools:
        return {}
    tools = [
        {"name": tool.name, "description": tool.description, "input_schema": dict(tool.schema)}
        for tool in chat.tools
    ]
    if chat.tool_choice == "auto":
        return {"tools": tools}
    if isinstance(chat.tool_choice, Tool):
        return {"tools": tools, "tool_choice": {"type": "tool", "name": chat.tool_choice.name}}
    kind = "any" if chat.tool_choice == "required" else "none"
    return {"tools": tools, "tool_choice": {"type": kind}}


def _messages(chat: Chat, endpoint: Endpoint) -> list[dict[str, Any]]:
    messages = []
    for role, turn in turns(chat):
        content = [block for message in turn for block in _marked(message, endpoint)]
        _sort(content)
        if content:
            messages.append({"role": role, "content": content})
    return messages


def _marked(message: Message, endpoint: Endpoint) -> list[dict[str, Any]]:
    blocks = [block for part in message.content if (block := _block(part, endpoint))]
    _sort(blocks)
    markable = [block for block in blocks if not block["type"].endswith("thinking")]
    if message.cache and markable:
        markable[-1]["cache_control"] = _EPHEMERAL[message.cache_time]
    return blocks


def _sort(blocks: list[dict[str, Any]]) -> None:
    """Put the results of tools before everything else, where they must stand."""
    blocks.sort(key=lambda block: block["type"] != "tool_result")


def _take_back(blocks: list[dict[str, Any]]) -> None:
    """Take back the breakpoints that would be refused.

    The first is kept, which many conversations share, and the last ones. None is for long behind
    one that is for short.
    """
    marked = [block for block in blocks if "cache_control" in block]
    for block in marked[1 : 1 - MOST_BREAKPOINTS]:
        del block["cache_control"]
    time: CacheTime = "long"
    for block in marked:
        if mark := block.get("cache_control"):
            time = "short" if mark == _EPHEMERAL["short"] else time
            block["cache_control"] = _EPHEMERAL[time]


def _block(part: Part, endpoint: Endpoint) -> dict[str, Any] | None:
    match part:
        case Text(text):
            # Blank text is refused.
            return {"type": "text", "text": text} if text.strip() else None
        case Thinking(_, opaque):
            return returned(endpoint, opaque)
        case ToolCall(id, name, arguments):
            return {"type": "tool_use", "id": id, "name": name, "input": json.loads(arguments)}
        case ToolResult(id, _, text, failed):
            result = {"type": "tool_result", "tool_use_id": id, "content": text}
            return {**result, "is_error": True} if failed else result


class _Parser:
    """The terminal event is ``message_stop``; events and blocks it does not know are nothing."""

    def __init__(self, call: Call) -> None:
        self._endpoint = call.endpoint
        self._failures = Failures(call.endpoint, call.model)
        self._drafts = Drafts(self._failures)
        self._thoughts: dict[Any, dict[str, Any]] = {}
        self._reason: StopReason = "stop"
        self._counted: dict[str, Any] = {}
        self._usage: Usage | None = None
        self._meter = call.meter

    def feed(self, event: Event) -> Iterator[Chunk]:
        data = decode(event, self._failures)
        match data.get("type"):
            case "error":
                raise self._failures.reported(data)
            case "message_start":
                self._count(table(data.get("message")).get("usage"))
            case "content_block_start":
                yield from self._begin(data.get("index"), table(data.get("content_block")))
            case "content_block_delta":
                yield from self._piece(data.get("index"), table(data.get("delta")))
            case "content_block_stop":
                yield from self._end(data.get("index"))
            case "message_delta":
                self._count(data.get("usage"))
                reason = table(data.get("delta")).get("stop_reason")
                self._reason = _REASONS.get(str(reason), "stop")
            case "message_stop":
                yield Done(self._drafts.reason(self._reason), self._usage)

    def end(self) -> Iterator[Chunk]:
        raise self._failures.cut()

    def _count(self, usage: Any) -> None:
        # What comes later counts from the start of the message too.
        self._counted |= {name: n for name, n in table(usage).items() if n is not None}
        if self._counted:
            self._usage = self._meter.usage = read_usage(self._counted)

    def _begin(self, index: Any, block: dict[str, Any]) -> Iterator[Chunk]:
        match block.get("type"):
            case "text":
                yield from _text(block.get("text"))
            case "tool_use":
                yield self._drafts.begin(index, string(block.get("id")), string(block.get("name")))
                if given := block.get("input"):
                    yield from self._drafts.add(index, json.dumps(given))
            case "thinking" | "redacted_thinking":
                self._thoughts[index] = {**block}
                yield Thinking(string(block.get("thinking")))

    def _piece(self, index: Any, delta: dict[str, Any]) -> Iterator[Chunk]:
        match delta.get("type"):
            case "text_delta":
                yield from _text(delta.get("text"))
            case "input_json_delta":
                yield from self._drafts.add(index, string(delta.get("partial_json")))
            case "thinking_delta":
                yield from self._think(index, "thinking", delta)
            case "signature_delta":
                yield from self._think(index, "signature", delta)

    def _think(self, index: Any, kind: str, delta: dict[str, Any]) -> Iterator[Chunk]:
        text = string(delta.get(kind))
        if thought := self._thoughts.get(index):
            thought[kind] = string(thought.get(kind)) + text
        if kind == "thinking" and text:
            yield Thinking(text)

    def _end(self, index: Any) -> Iterator[Chunk]:
        thought = self._thoughts.pop(index, {})
        if thought.get("signature") or thought.get("data"):
            yield Thinking("", kept(self._endpoint, thought))
        yield from self._drafts.end(index)


def _text(value: Any) -> Iterator[Chunk]:
    if text := string(value):
        yield Text(text)


def read_usage(value: dict[str, Any]) -> Usage:
    """Read a ``usage`` table, whose input tokens are those that no cache had or got."""
    written = count(value.get("cache_creation_input_tokens"))
    read = count(value.get("cache_read_input_tokens"))
    by_time = {
        name.removeprefix("ephemeral_").removesuffix("_input_tokens"): count(tokens)
        for name, tokens in table(value.get("cache_creation")).items()
    }
    return Usage(
        input=count(value.get("input_tokens")) + written + read,
        output=count(value.get("output_tokens")),
        cache_read=read,
        cache_write=written,
        thinking=count(table(value.get("output_tokens_details")).get("thinking_tokens")),
        writes=tuple((time, tokens) for time, tokens in by_time.items() if tokens),
        raw=value,
    )
