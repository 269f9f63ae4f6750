"""Gemini's ``generateContent``, streamed: every event is a whole response.

``base_url`` ends in the version, such as ``/v1``. There is no mark of the end: a finish reason,
followed by the proper end of the body, is it. Some models repeat the reason in every event.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from turnout_clients.dialects import wire
from turnout_clients.dialects.conversation import (
    Drafts,
    calls_so_far,
    effort,
    kept,
    parts_of,
    returned,
    system,
    text_of,
    turns,
)
from turnout_clients.dialects.wire import Parser, WireRequest, count, decode, string, table
from turnout_clients.failures import Failures
from turnout_clients.hole import as_chat
from turnout_clients.sse import Event
from turnout_clients.types import (
    Call,
    Calling,
    Chat,
    Chunk,
    Done,
    Effort,
    Endpoint,
    Fill,
    Opaque,
    Part,
    StopReason,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)

MOST_STOPS: Final = 5

_BUDGETS: Final[dict[Effort, int]] = {
    "minimal": 512, "low": 1_024, "medium": 8_192, "high": 16_384,
}  # fmt: skip
_MODES: Final = {"auto": "AUTO", "none": "NONE", "required": "ANY"}
_REASONS: Final[dict[str, StopReason]] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "length",
}  # every other reason is a kind of refusal, except these:
_BROKEN: Final = {
    "MALFORMED_FUNCTION_CALL": "a tool call that cannot be read",
    "UNEXPECTED_TOOL_CALL": "a call of a tool that it was not given",
    "MALFORMED_RESPONSE": "something that it calls malformed itself",
}
_REPORTED: Final = {
    "MISSING_THOUGHT_SIGNATURE": (400, "a thought signature is missing"),
    "PUP_LIMITED_DISABLED": (403, "the account has been disabled or limited"),
}


def prepare(call: Call) -> WireRequest:
    """Say what to send."""
    chat = as_chat(call.prompt) if isinstance(call.prompt, Fill) else call.prompt
    body: dict[str, Any] = {
        "contents": _contents(chat, call.endpoint),
        **_tools(chat),
        "generationConfig": _generation(call, chat),
    }
    if said := [{"text": text_of(message)} for message in system(chat)]:
        body["systemInstruction"] = {"parts": said}
    name = call.model.id if "/" in call.model.id else f"models/{call.model.id}"
    url = f"{_root(call.endpoint)}/{quote(name)}:streamGenerateContent?alt=sse"
    return WireRequest(url, headers(call.endpoint), body)


def parser(call: Call) -> Parser:
    """Make a parser for the answer to this call."""
    return _Parser(call)


def models_url(endpoint: Endpoint) -> str:
    """Where the provider lists its models."""
    return f"{_root(endpoint)}/models?pageSize=1000"


def headers(endpoint: Endpoint) -> tuple[tuple[str, str], ...]:
    """What goes with every request."""
    return wire.headers(endpoint, "x-goog-api-key")


def _root(endpoint: Endpoint) -> str:
    return endpoint.base_url.rstrip("/")


def _contents(chat: Chat, endpoint: Endpoint) -> list[dict[str, Any]]:
    contents = []
    for role, messages in turns(chat):
        found = (_part(part, endpoint) for part in parts_of(messages))
        if parts := [part for part in found if part]:
            contents.append({"role": "model" if role == "assistant" else "user", "parts": parts})
    return contents


def _part(part: Part, endpoint: Endpoint) -> dict[str, Any] | None:
    match part:
        case Text(text):
            return {"text": text} if text else None
        case Thinking(text, opaque):
            signed = returned(endpoint, opaque)
            return signed and {"text": text if signed.get("thought") else "", **signed}
        case ToolCall(id, name, arguments, opaque):
            called = {"id": id, "name": name, "args": json.loads(arguments)}
            return {"functionCall": called, **(returned(endpoint, opaque) or {})}
        case ToolResult(id, name, text, failed):
            response = {"error" if failed else "output": text}
            return {"functionResponse": {"id": id, "name": name, "response": response}}


def _tools(chat: Chat) -> dict[str, Any]:
    if not chat.tools:
        return {}
    declared = [
        {
            "name": tool.name,
            "description": tool.description,
            "parametersJsonSchema": dict(tool.schema),
        }
        for tool in chat.tools
    ]
    calling: dict[str, Any]
    if isinstance(chat.tool_choice, Tool):
        calling = {"mode": "ANY", "allowedFunctionNames": [chat.tool_choice.name]}
    else:
        calling = {"mode": _MODES[chat.tool_choice]}
    return {
        "tools": [{"functionDeclarations": declared}],
        "toolConfig": {"functionCallingConfig": calling},
    }


def _generation(call: Call, chat: Chat) -> dict[str, Any]:
    limit = min(chat.max_tokens, call.model.max_output)
    config: dict[str, Any] = {"maxOutputTokens": limit}
    if chat.stop and call.model.takes_stop:
        config["stopSequences"] = list(chat.stop[:MOST_STOPS])
    if chat.temperature is not None and call.model.takes_temperature:
        config["temperature"] = chat.temperature
    if level := effort(call):
        budget = limit * 4 // 5 if call.model.thinking_budget else None
        config["thinkingConfig"] = _thinking(level, budget)
    return config


def _thinking(level: Effort, most: int | None) -> dict[str, Any]:
    """How much to think; by tokens where the model counts in them, at most so many."""
    if level == "none":
        return {"thinkingBudget": 0}
    if most is not None:
        return {"thinkingBudget": min(_BUDGETS.get(level, most), most), "includeThoughts": True}
    name = "XHIGH" if level == "max" else level.upper()
    return {"thinkingLevel": name, "includeThoughts": True}


class _Parser:
    """Reads responses; fields, parts and events it does not know are nothing."""

    def __init__(self, call: Call) -> None:
        self._endpoint = call.endpoint
        self._failures = Failures(call.endpoint, call.model)
        self._drafts = Drafts(self._failures)
        self._asked = calls_so_far(call)
        self._reason: StopReason | None = None
        self._usage: Usage | None = None
        self._meter = call.meter

    def feed(self, event: Event) -> Iterator[Chunk]:
        data = decode(event, self._failures)
        if usage := read_usage(data.get("usageMetadata")):
            self._usage = self._meter.usage = usage
        if table(data.get("promptFeedback")).get("blockReason"):
            self._reason = "refusal"
        candidates = data.get("candidates")
        candidate = table(candidates[0]) if isinstance(candidates, list) and candidates else {}
        parts = table(candidate.get("content")).get("parts")
        for part in map(table, parts if isinstance(parts, list) else ()):
            yield from self._piece(part)
        if reason := string(candidate.get("finishReason")):
            self._reason = self._ended(reason)

    def end(self) -> Iterator[Chunk]:
        if self._reason is None:
            raise self._failures.cut()
        yield Done(self._drafts.reason(self._reason), self._usage)

    def _piece(self, part: dict[str, Any]) -> Iterator[Chunk]:
        text, opaque = string(part.get("text")), self._signature(part)
        if called := table(part.get("functionCall")):
            yield from self._call(called, opaque)
        elif part.get("thought") is True:
            yield Thinking(text, opaque)
        else:
            if text:
                yield Text(text)
            if opaque:
                yield Thinking("", opaque)

    def _call(self, called: dict[str, Any], opaque: Opaque | None) -> Iterator[Chunk]:
        self._asked += 1
        name, arguments = string(called.get("name")), json.dumps(called.get("args") or {})
        yield Calling(name, arguments)
        id_ = string(called.get("id")) or f"call_{self._asked}"  # older models give none
        yield from self._drafts.whole(id_, name, arguments, opaque)

    def _signature(self, part: dict[str, Any]) -> Opaque | None:
        names = [name for name in ("thought", "thoughtSignature") if part.get(name)]
        if "thoughtSignature" not in names:
            return None
        return kept(self._endpoint, {name: part[name] for name in names})

    def _ended(self, reason: str) -> StopReason:
        if what := _BROKEN.get(reason):
            raise self._failures.malformed(what)
        if reported := _REPORTED.get(reason):
            code, message = reported
            raise self._failures.reported({"code": code, "message": message})
        return _REASONS.get(reason, "refusal")


def read_usage(value: Any) -> Usage | None:
    """Read ``usageMetadata``, where neither the tools' results nor thoughts are counted in."""
    if not isinstance(value, dict):
        return None
    thinking = count(value.get("thoughtsTokenCount"))
    return Usage(
        input=count(value.get("promptTokenCount")) + count(value.get("toolUsePromptTokenCount")),
        output=count(value.get("candidatesTokenCount")) + thinking,
        cache_read=count(value.get("cachedContentTokenCount")),
        thinking=thinking,
        raw=value,
    )
