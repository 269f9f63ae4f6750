"""Anthropic's wire format: Messages, whole and streamed, as picky as the real one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from support import upstream_cache as cache
from support.upstream_cache import SECONDS, Block, Prompt, Rules
from support.upstream_wire import MODELS, Asked, Bill, Call, Script, Shape, block

if TYPE_CHECKING:
    from support.upstream import Exchange

SIGNATURE: Final = "ErUBCkYI+only/Anthropic/can=read=this=="
HIDDEN: Final = "EmwKAhgBEgy+hidden+thoughts=="
MOST_MARKS: Final = 4
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


def _usage(bill: Bill) -> Any:
    written = dict(bill.tally.writes)
    return {
        "input_tokens": bill.tally.fresh,  # the uncached part alone
        "cache_creation_input_tokens": bill.tally.written,
        "cache_read_input_tokens": bill.tally.read,
        "cache_creation": {
            f"ephemeral_{ttl}_input_tokens": written.get(ttl, 0) for ttl in ("5m", "1h")
        },
        "output_tokens": bill.output,
        "service_tier": "standard",
    }


def _message(content: list[Any], reason: str | None, bill: Bill) -> Any:
    return {
        "id": "msg_01", "type": "message", "role": "assistant", "model": MODELS[0],
        "content": content, "stop_reason": reason, "stop_sequence": None, "usage": _usage(bill),
    }  # fmt: skip


def _start(script: Script) -> Any:
    begun = Bill(script.bill.tally, thinking=1)  # a first token is always there
    return _event("message_start", message=_message([], None, begun))


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
        "output_tokens": script.bill.output,
        "input_tokens": None,
        "output_tokens_details": {"thinking_tokens": script.bill.thinking},
    }
    delta = {
        "stop_reason": _reason(script),
        "stop_sequence": None,
        "stop_details": details if script.refusal else None,
    }
    return [_event("message_delta", delta=delta, usage=usage), _event("message_stop")]


async def _events(exchange: Exchange) -> AsyncIterator[Any]:
    script = exchange.script
    yield _start(script)
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
    return _message([*said, *tools], _reason(script), script.bill)


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
    if said := _objection_to_marks(body):
        return said
    asked: set[str] = set()
    for message in body["messages"]:
        blocks = _blocks(message["content"])
        if said := _objection_to(blocks, asked):
            return said
        asked = {block["id"] for block in blocks if block["type"] == "tool_use"}
    return None


def _objection_to_marks(body: Any) -> str | None:
    marked = [one for part in _parts(body) for one in part if "cache_control" in one]
    times = [SECONDS[one["cache_control"].get("ttl", "5m")] for one in marked]
    if len(marked) > MOST_MARKS:
        return f"A maximum of 4 blocks with cache_control may be provided. Found {len(marked)}."
    if times != sorted(times, reverse=True):
        return "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block"
    if any(one.get("type", "").endswith("thinking") for one in marked):
        return "cache_control: Extra inputs are not permitted"
    return None


def _blocks(content: Any) -> list[Any]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content or []


def _parts(body: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """Tools, system and messages: the order in which they are read."""
    said = [
        {"role": message["role"], **one}
        for message in body["messages"]
        for one in _blocks(message["content"])
    ]
    return body.get("tools") or [], _blocks(body.get("system")), said


def _prompt(call: Call) -> tuple[Prompt, Rules]:
    body = call.body
    tools, system, said = ([block(one) for one in part] for part in _parts(body))
    speed = json.dumps(body.get("speed"))
    settings = json.dumps([body.get("tool_choice"), body.get("thinking")])
    blocks = [*tools, *_under(speed, system), *_under(speed + settings, said)]
    if (whole := body.get("cache_control")) and blocks:
        blocks[-1] = replace(blocks[-1], mark=whole.get("ttl") or "usual")
    return Prompt(tuple(blocks), json.dumps(body["model"])), cache.anthropic(body["model"])


def _under(settings: str, blocks: list[Block]) -> list[Block]:
    return [replace(one, under=settings) for one in blocks]


def _objection_to(blocks: list[Any], asked: set[str]) -> str | None:
    kinds = [block["type"] for block in blocks]
    results = [block for block in blocks if block["type"] == "tool_result"]
    if "tool_result" in kinds[len(results) :]:
        return "tool_result blocks must come first"
    if {block["tool_use_id"] for block in results} != asked:
        return "tool_use ids were found without tool_result blocks immediately after"
    for one in blocks:
        if one["type"] == "text" and not one["text"].strip():
            return "text content blocks must contain non-whitespace text"
        if one["type"] == "thinking" and one["signature"] != SIGNATURE:
            return "Invalid `signature` in `thinking` block"
        if one["type"] == "redacted_thinking" and one["data"] != HIDDEN:
            return "Invalid `data` in `redacted_thinking` block"
    return None


SHAPES: Final[dict[str, Shape]] = {
    "/v1/messages": Shape(
        piece=_piece,
        whole=_whole,
        last=_last,
        opening=(_start, _text_start(0)),
        events=_events,
        objection=_objection,
        prompt=_prompt,
        terminator=b"",
        frame=_frame,
        idle=_frame(_event("ping")),
        error=_error,
        usage_asked=False,
    )
}
