"""Mistral's wire format: chat, and fill in the middle that is answered in the shape of a chat."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from support import upstream_cache as cache
from support.upstream_cache import Prompt, Rules
from support.upstream_wire import MODELS, Asked, Bill, Call, Script, Shape, chat_prompt, hole

ROOT: Final = "/mistral/v1"
_TOO_LONG: Final = (
    "Prompt contains 9000 tokens and 0 draft tokens, too large for model with 8192 maximum "
    "context length"
)
_SAID: Final = {
    "model_not_found": ("Invalid model: fake-small", "invalid_model", "1500"),
    "context_length_exceeded": (_TOO_LONG, "invalid_request_prompt", "3051"),
    "rate_limit_exceeded": (
        "Service tier capacity exceeded for this model.",
        "service_tier_capacity_exceeded",
        "3505",
    ),
}


def plain(value: Any) -> Any:
    """A request without what the SDK adds and what says nothing: fields at their defaults."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    silent = {"strict": False, "prefix": False, "index": 0, "parallel_tool_calls": True}
    return {
        name: plain(given)
        for name, given in value.items()
        if name not in silent or given != silent[name]
    }


def _usage(bill: Bill) -> Any:
    return {
        "prompt_tokens": bill.tally.input,
        "completion_tokens": bill.output,
        "total_tokens": bill.total,
        "prompt_tokens_details": {"cached_tokens": bill.tally.read},
        "service_tier": "standard",
    }


def _prompt(call: Call) -> tuple[Prompt, Rules]:
    body = call.body
    if "messages" in body:
        said = replace(call, raw=json.dumps(plain(body)).encode())
        return chat_prompt(said)[0], cache.MISTRAL
    return hole(call), cache.MISTRAL


def _event(delta: Any, reason: str | None = None, **more: Any) -> Any:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {
        "id": "fake-1", "object": "chat.completion.chunk", "created": 0, "model": MODELS[0],
        "choices": [choice], **more,
    }  # fmt: skip


def _thought(text: str) -> Any:
    part = {"type": "thinking", "thinking": [{"type": "text", "text": text}]}
    return _event({"content": [part]})


def _calls(tools: tuple[Asked, ...]) -> list[Any]:
    return [
        {"id": one.id, "index": n, "type": "function",
         "function": {"name": one.name, "arguments": json.dumps(one.arguments)}}
        for n, one in enumerate(tools)
    ]  # fmt: skip


def _whole(text: str, script: Script) -> Any:
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if script.tools:
        message["tool_calls"] = _calls(script.tools)
    choice = {"index": 0, "message": message, "finish_reason": script.reason}
    return {
        "id": "fake-1", "object": "chat.completion", "created": 0, "model": MODELS[0],
        "choices": [choice], "usage": _usage(script.bill),
    }  # fmt: skip


def _last(script: Script) -> list[Any]:
    usage = {"usage": _usage(script.bill)} if script.usage else {}
    return [_event({"content": ""}, script.reason, **usage)]


def _error(status: int, error: Any) -> Any:
    message, kind, code = _SAID.get(
        error.get("code"), (error["message"], error["type"], error.get("code"))
    )
    return {"object": "error", "message": message, "type": kind, "param": None, "code": code}


CHAT: Final = Shape(
    piece=lambda text: _event({"content": text}),
    thought=_thought,
    whole=_whole,
    last=_last,
    asked=lambda tools: [_event({"content": "", "tool_calls": _calls(tools)})],
    error=_error,
    usage_asked=False,
    prompt=_prompt,
)
SHAPES: Final[dict[str, Shape]] = {
    f"{ROOT}/chat/completions": CHAT,
    f"{ROOT}/fim/completions": CHAT,
}


def models() -> Any:
    """What ``/v1/models`` says."""
    able = {"completion_chat": True, "completion_fim": True, "function_calling": True}
    more = {"object": "model", "type": "base", "capabilities": able, "max_context_length": 8192}
    return {"object": "list", "data": [{"id": name, **more} for name in MODELS]}
