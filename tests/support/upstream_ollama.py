"""Ollama's own wire format: one JSON object a line, ``/api/chat`` and ``/api/generate``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from support import upstream_cache as cache
from support.upstream_cache import Block, Prompt, Rules
from support.upstream_wire import MODELS, Asked, Call, Script, Shape

_SAID: Final = {
    "model_not_found": f"model '{MODELS[0]}' not found",
    "context_length_exceeded": "the input length exceeds the context length",
}


def _line(value: Any) -> bytes:
    # Go escapes these two, for which the clients that split by lines of any kind are grateful.
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode() + b"\n"


def _event(**fields: Any) -> Any:
    created = "2026-11-21T12:00:00.000000001Z"
    return {"model": MODELS[0], "created_at": created, "done": False, **fields}


def _message(text: str, **fields: Any) -> Any:
    return _event(message={"role": "assistant", "content": text, **fields})


def _asked(tools: tuple[Asked, ...]) -> list[Any]:
    calls = [
        {"id": one.id, "function": {"index": n, "name": one.name, "arguments": one.arguments}}
        for n, one in enumerate(tools)
    ]
    return [_message("", tool_calls=calls)]


def _end(script: Script) -> dict[str, Any]:
    bill = script.bill
    counts = {"prompt_eval_count": bill.tally.input, "eval_count": bill.output}
    return {
        "done": True, "done_reason": script.reason, "total_duration": 3_000_000_000,
        "load_duration": 1_000_000, "prompt_eval_duration": 9_000_000, "eval_duration": 70_000_000,
        **(counts if script.usage else {}),
    }  # fmt: skip


def _prompt(call: Call) -> tuple[Prompt, Rules]:
    body = call.body
    said = [json.dumps(tool, sort_keys=True) for tool in body.get("tools") or ()]
    said += [body.get("prompt") or "", body.get("suffix") or ""]
    for message in body.get("messages") or ():
        called = [one["function"] for one in message.get("tool_calls") or ()]
        asked = json.dumps([(one["name"], one["arguments"]) for one in called])
        said.append(message["role"] + (message.get("content") or "") + asked)
    return Prompt(tuple(map(Block, said))), cache.NOTHING  # what it keeps, it does not tell


def _error(status: int, error: Any) -> Any:
    return {"error": _SAID.get(error.get("code"), error["message"])}


def _shape(
    piece: Callable[[str], Any],
    thought: Callable[[str], Any],
    asked: Callable[[tuple[Asked, ...]], list[Any]] | None = None,
) -> Shape:
    return Shape(
        piece=piece,
        thought=thought,
        whole=lambda text, script: {**piece(text), **_end(script)},
        last=lambda script: [{**piece(""), **_end(script)}],
        asked=asked,
        terminator=b"",
        frame=_line,
        content_type="application/x-ndjson",
        idle=b"\n",
        error=_error,
        streamed=_streamed,
        prompt=_prompt,
        usage_asked=False,
    )


def _streamed(call: Call) -> bool:
    return (call.body or {}).get("stream") is not False  # it streams unless told not to


SHAPES: Final[dict[str, Shape]] = {
    "/api/chat": _shape(_message, lambda text: _message("", thinking=text), _asked),
    "/api/generate": _shape(
        lambda text: _event(response=text), lambda text: _event(response="", thinking=text)
    ),
}


def models() -> Any:
    """What ``/api/tags`` says."""
    return {"models": [{"name": name, "model": name, "size": 1, "digest": ""} for name in MODELS]}
