"""Anthropic's wire format: Messages, whole and streamed, as picky as the real one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, Final

from support.upstream_wire import MODELS, Asked, Call, Script, Shape

if TYPE_CHECKING:
    from support.upstream import Exchange

SIGNATURE: Final = "ErUBCkYI+only/Anthropic/can=read=this=="
HIDDEN: Final = "EmwKAhgBEgy+hidden+thoughts=="
# input_tokens are the uncached part alone: 11 in all.
FRESH, WRITTEN, READ, OUTPUT, THOUGHT = 5, 4, 2, 7, 2
_CREATED: Final = {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 1}
_REASONS: Final = {
    "stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "pause": "pause_turn",
}  # fmt: skip
_TYPES: Final = {
    400: "invalid_request_error", 401: "authentication_error", 402: "billing_error",
    403: "permission_error", 404: "not_found_error", 413: "request_too_large",
    429: "rate_limit_error", 500: "api_error", 503: "api_error", 529: "overloaded_error",
}  # fmt: skip
_SAID: Final = {
    "context_length_exceeded": "prompt is too long: 9000 tokens > 8192 maximum",
    "model_not_found": "model: fake-small",
}


def _event(kind: str, **fields: Any) -> Any:
    return {"type": kind, **fields}


def _frame(event: Any) -> bytes:
    kind = event.get("type") if isinstance(event, dict) else None
    name = f"event: {kind}\n" if kind else ""
    return f"{name}data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


def _usage(output: int) -> Any:
    return {
        "input_tokens": FRESH,
        "cache_creation_input_tokens": WRITTEN,
        "cache_read_input_tokens": READ,
        "cache_creation": _CREATED,
        "output_tokens": output,
        "service_tier": "standard",
    }


def _message(content: list[Any], reason: str | None, output: int) -> Any:
    return {
        "id": "msg_01", "type": "message", "role": "assistant", "model": MODELS[0],
        "content": content, "stop_reason": reason, "stop_sequence": None, "usage": _usage(output),
    }  # fmt: skip


def _start() -> Any:
    return _event("message_start", message=_message([], None, 1))


def _block(index: int, empty: Any, deltas: list[Any]) -> Iterator[Any]:
    yield _event("content_block_start", index=index, content_block=empty)
    for delta in deltas:
        yield _event("content_block_delta", index=index, delta=delta)
    yield _event("content_block_stop", index=index)


def _thoughts(pieces: tuple[str, ...]) -> Iterator[Any]:
    empty = {"type": "thinking", "thinking": "", "signature": ""}
    deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces]
    yield from _block(0, empty, [*deltas, {"type": "signature_delta", "signature": SIGNATURE}])
    yield from _block(1, {"type": "redacted_thinking", "data": HIDDEN}, [])


def _tool(index: int, asked: Asked) -> Iterator[Any]:
    text = json.dumps(asked.arguments)
    half = len(text) // 2
    pieces = ("", text[:half], text[half:]) if asked.arguments else ("",)
    empty = {"type": "tool_use", "id": asked.id, "name": asked.name, "input": {}}
    yield from _block(
        index, empty, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    )


def _piece(text: str, index: int = 0) -> Any:
    return _event("content_block_delta", index=index, delta={"type": "text_delta", "text": text})


def _text_start(index: int) -> Any:
    return _event("content_block_start", index=index, content_block={"type": "text", "text": ""})


def _reason(script: Script) -> str:
    return "refusal" if script.refusal else _REASONS.get(script.reason, script.reason)


def _last(script: Script) -> list[Any]:
    details = {"type": "refusal", "category": "cyber", "explanation": script.refusal}
    usage = {
        "output_tokens": OUTPUT,
        "input_tokens": None,
        "output_tokens_details": {"thinking_tokens": THOUGHT},
    }
    delta = {
        "stop_reason": _reason(script),
        "stop_sequence": None,
        "stop_details": details if script.refusal else None,
    }
    return [_event("message_delta", delta=delta, usage=usage), _event("message_stop")]


async def _events(exchange: Exchange) -> AsyncIterator[Any]:
    script = exchange.script
    yield _start()
    yield _event("ping")
    index = 0
    if script.thinking:
        for event in _thoughts(script.thinking):
            yield event
        index = 2
    for event in script.extra:
        yield event
    begun = False
    async for piece in exchange.pieces():
        if not begun:
            yield _text_start(index)
        begun = True
        yield _piece(piece, index)
    if begun:
        yield _event("content_block_stop", index=index)
    for number, asked in enumerate(script.tools, index + begun):
        for event in _tool(number, asked):
            yield event
    for event in _last(script):
        yield event


def _whole(text: str, script: Script) -> Any:
    tools = [
        {"type": "tool_use", "id": asked.id, "name": asked.name, "input": dict(asked.arguments)}
        for asked in script.tools
    ]
    said = [{"type": "text", "text": text}] if text else []
    return _message([*said, *tools], _reason(script), OUTPUT)


def _error(status: int, error: Any) -> Any:
    message = _SAID.get(error.get("code"), error["message"])
    return {"type": "error", "error": {"type": _TYPES.get(status, "api_error"), "message": message}}


def _objection(call: Call) -> str | None:
    """What the real one answers with a 400."""
    body, version = call.body, call.headers.get("anthropic-version", "")
    if not version:
        return "anthropic-version: header is required"
    if version >= "2026-10-21" and body.keys() & {"temperature", "top_p", "top_k"}:
        return "temperature: Extra inputs are not permitted"
    if not body.get("max_tokens"):
        return "max_tokens: Field required"
    asked: set[str] = set()
    for message in body["messages"]:
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        if said := _objection_to(blocks, asked):
            return said
        asked = {block["id"] for block in blocks if block["type"] == "tool_use"}
    return None


def _objection_to(blocks: list[Any], asked: set[str]) -> str | None:
    kinds = [block["type"] for block in blocks]
    results = [block for block in blocks if block["type"] == "tool_result"]
    if "tool_result" in kinds[len(results) :]:
        return "tool_result blocks must come first"
    if {block["tool_use_id"] for block in results} != asked:
        return "tool_use ids were found without tool_result blocks immediately after"
    for block in blocks:
        if block["type"] == "text" and not block["text"].strip():
            return "text content blocks must contain non-whitespace text"
        if block["type"] == "thinking" and block["signature"] != SIGNATURE:
            return "Invalid `signature` in `thinking` block"
        if block["type"] == "redacted_thinking" and block["data"] != HIDDEN:
            return "Invalid `data` in `redacted_thinking` block"
    return None


SHAPES: Final[dict[str, Shape]] = {
    "/v1/messages": Shape(
        piece=_piece,
        whole=_whole,
        last=_last,
        opening=(_start(), _text_start(0)),
        events=_events,
        objection=_objection,
        terminator=b"",
        frame=_frame,
        idle=_frame(_event("ping")),
        error=_error,
        usage_asked=False,
    )
}
