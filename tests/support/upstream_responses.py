"""OpenAI's wire format: Responses, whole and streamed, with every event numbered."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from support import upstream_cache as cache
from support.upstream_cache import Block, Prompt, Rules
from support.upstream_wire import (
    MODELS,
    Asked,
    Bill,
    Call,
    Script,
    Shape,
    block,
    bound,
    openai_objection,
)

if TYPE_CHECKING:
    from support.upstream import Exchange

ENCRYPTED: Final = "gAAAAABo+only/OpenAI/can=read=this=="
_WHY: Final = {"length": "max_output_tokens", "refusal": "content_filter"}


def _usage(bill: Bill) -> Any:
    tally, written = bill.tally, dict(bill.tally.writes)
    return {
        "input_tokens": tally.input,
        "input_tokens_details": {
            "cached_tokens": tally.read,
            "cache_write_tokens": tally.written,
            "cache_write_tokens_details": {
                f"ttl_{ttl}_tokens": written.get(ttl, 0) for ttl in ("30m", "12h")
            },
        },
        "output_tokens": bill.output,
        "output_tokens_details": {"reasoning_tokens": bill.thinking},
        "total_tokens": bill.total,
    }


def _prompt(call: Call) -> tuple[Prompt, Rules]:
    body = call.body
    said = [{"role": "system", "content": body["instructions"]}] if "instructions" in body else []
    blocks = [block(tool) for tool in body.get("tools") or ()]
    for item in [*said, *_items(body)]:
        blocks += _blocks(item)
    options = body.get("prompt_cache_options") or {}
    prompt = Prompt(
        tuple(blocks),
        bound(call, "reasoning", "text", "parallel_tool_calls"),
        body.get("prompt_cache_key") or "",
        marked_only=options.get("mode") == "explicit",
        ttl=options.get("ttl") or "",
    )
    return prompt, cache.openai(body["model"])


def _items(body: Any) -> list[Any]:
    given = body["input"]
    return [{"role": "user", "content": given}] if isinstance(given, str) else given


def _blocks(item: Any) -> list[Block]:
    name = "output" if item.get("type") == "function_call_output" else "content"
    content = item.get(name)
    if content is None or item.get("type") == "reasoning":
        return [block(item)]
    parts = [{"type": "input_text", "text": content}] if isinstance(content, str) else content
    whose = item.get("call_id") or item.get("role") or ""
    last = len(parts) - 1 if name == "output" or item.get("role") == "user" else -1
    return [block(part, whose, ending=number == last) for number, part in enumerate(parts)]


def _event(kind: str, **fields: Any) -> Any:
    return {"type": f"response.{kind}", "sequence_number": 0, **fields}


def _frame(event: Any) -> bytes:
    kind = event.get("type") if isinstance(event, dict) else None
    name = f"event: {kind}\n" if kind else ""
    return f"{name}data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


def _response(status: str, output: list[Any], **more: Any) -> Any:
    return {
        "id": "resp_01", "object": "response", "created_at": 0, "model": MODELS[0],
        "status": status, "output": output, "error": None, "incomplete_details": None,
        "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "usage": None,
        "service_tier": "default", **more,
    }  # fmt: skip


def _message(text: str, status: str = "completed") -> Any:
    part = {"type": "output_text", "text": text, "annotations": []}
    return {
        "id": "msg_01", "type": "message", "role": "assistant", "status": status,
        "content": [part] if text else [],
    }  # fmt: skip


def _declined(refusal: str, status: str = "completed") -> Any:
    part = {"type": "refusal", "refusal": refusal}
    return {**_message("", status), "id": "msg_02", "content": [part] if refusal else []}


def _reasoning(pieces: tuple[str, ...]) -> Any:
    return {
        "id": "rs_01",
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": piece} for piece in pieces],
        "encrypted_content": ENCRYPTED,
    }


def _call(asked: Asked, arguments: str, status: str) -> Any:
    return {
        "id": f"fc_{asked.id}", "type": "function_call", "call_id": asked.id, "name": asked.name,
        "arguments": arguments, "status": status,
    }  # fmt: skip


def _thoughts(pieces: tuple[str, ...]) -> Iterator[Any]:
    where = {"item_id": "rs_01", "output_index": 0}
    begun = {**_reasoning(()), "encrypted_content": "gAAAAABo+incomplete"}
    yield _event("output_item.added", output_index=0, item=begun)
    for number, piece in enumerate(pieces):
        at = {**where, "summary_index": number}
        empty = {"type": "summary_text", "text": ""}
        yield _event("reasoning_summary_part.added", **at, part=empty)
        yield _event("reasoning_summary_text.delta", **at, delta=piece)
        yield _event("reasoning_summary_text.done", **at, text=piece)
        yield _event("reasoning_summary_part.done", **at, part={**empty, "text": piece})
    yield _event("output_item.done", output_index=0, item=_reasoning(pieces))


def _opened(index: int) -> Iterator[Any]:
    at = {"item_id": "msg_01", "output_index": index, "content_index": 0}
    item = _message("", "in_progress")
    yield _event("output_item.added", output_index=index, item=item)
    part = {"type": "output_text", "text": "", "annotations": []}
    yield _event("content_part.added", **at, part=part)


def _closed(index: int, text: str) -> Iterator[Any]:
    at = {"item_id": "msg_01", "output_index": index, "content_index": 0}
    yield _event("output_text.done", **at, text=text, logprobs=[])
    part = {"type": "output_text", "text": text, "annotations": []}
    yield _event("content_part.done", **at, part=part)
    yield _event("output_item.done", output_index=index, item=_message(text))


def _refused(index: int, refusal: str) -> Iterator[Any]:
    at = {"item_id": "msg_02", "output_index": index, "content_index": 0}
    item = _declined("", "in_progress")
    yield _event("output_item.added", output_index=index, item=item)
    part = {"type": "refusal", "refusal": ""}
    yield _event("content_part.added", **at, part=part)
    yield _event("refusal.delta", **at, delta=refusal)
    yield _event("refusal.done", **at, refusal=refusal)
    yield _event("output_item.done", output_index=index, item=_declined(refusal))


def _tool(index: int, asked: Asked) -> Iterator[Any]:
    text = json.dumps(asked.arguments)
    at = {"item_id": f"fc_{asked.id}", "output_index": index}
    yield _event("output_item.added", output_index=index, item=_call(asked, "", "in_progress"))
    for piece in (text[: len(text) // 2], text[len(text) // 2 :]):
        yield _event("function_call_arguments.delta", **at, delta=piece)
    yield _event("function_call_arguments.done", **at, name=asked.name, arguments=text)
    yield _event("output_item.done", output_index=index, item=_call(asked, text, "completed"))


def _output(text: str, script: Script) -> list[Any]:
    thought = [_reasoning(script.thinking)] if script.thinking else []
    said = [_message(text)] if text else []
    said += [_declined(script.refusal)] if script.refusal else []
    calls = [_call(asked, json.dumps(asked.arguments), "completed") for asked in script.tools]
    return [*thought, *said, *calls]


def _ended(text: str, script: Script) -> Any:
    usage = _usage(script.bill) if script.usage else None
    if script.reason in ("stop", "tool_calls"):
        return _response("completed", _output(text, script), usage=usage)
    why = {"reason": _WHY.get(script.reason, script.reason)}
    output = _output(text, script)
    return _response("incomplete", output, usage=usage, incomplete_details=why)


def _last(script: Script, text: str = "") -> list[Any]:
    if script.reason == "failed":
        failed = _response("failed", [], error=script.error)
        return [_event("failed", response=failed)]
    response = _ended(text, script)
    return [_event(response["status"], response=response)]


async def _events(exchange: Exchange) -> AsyncIterator[Any]:
    numbers = count()
    async for event in _unnumbered(exchange):
        yield {**event, "sequence_number": next(numbers)}


async def _unnumbered(exchange: Exchange) -> AsyncIterator[Any]:
    script, index, text = exchange.script, 0, ""
    for kind in ("created", "in_progress"):
        yield _event(kind, response=_response("in_progress", []))
    if script.thinking:
        for event in _thoughts(script.thinking):
            yield event
        index += 1
    for event in script.extra:
        yield event
    async for piece in exchange.pieces():
        for event in () if text else _opened(index):
            yield event
        text += piece
        yield _piece(piece, index)
    if text:
        for event in _closed(index, text):
            yield event
        index += 1
    if script.refusal:
        for event in _refused(index, script.refusal):
            yield event
        index += 1
    for number, asked in enumerate(script.tools, index):
        for event in _tool(number, asked):
            yield event
    for event in _last(script, text):
        yield event


def _piece(text: str, index: int = 0) -> Any:
    at = {"item_id": "msg_01", "output_index": index, "content_index": 0}
    return _event("output_text.delta", **at, delta=text, logprobs=[])


def _objection(call: Call) -> str | None:
    """What the real one answers with a 400."""
    body = call.body
    if "stop" in body:
        return "Unknown parameter: 'stop'."
    if said := openai_objection(call):
        return said
    items = _items(body)
    asked = {item["call_id"] for item in items if item.get("type") == "function_call"}
    answers = {item["call_id"] for item in items if item.get("type") == "function_call_output"}
    if asked != answers:
        return "No tool output found for function call."
    for item in items:
        if item.get("type") == "reasoning" and item.get("encrypted_content") != ENCRYPTED:
            return "The encrypted content could not be verified."
    return None


SHAPES: Final[dict[str, Shape]] = {
    "/v1/responses": Shape(
        piece=_piece,
        whole=_ended,
        last=_last,
        opening=(_event("created", response=_response("in_progress", [])), *_opened(0)),
        events=_events,
        objection=_objection,
        prompt=_prompt,
        terminator=b"",
        frame=_frame,
        error=lambda status, error: {"error": error},
        usage_asked=False,
    )
}
