"""Mistral's wire format: chat, and fill in the middle that is answered in the shape of a chat."""

from __future__ import annotations

import json
from typing import Any, Final

from support.upstream_wire import MODELS, Asked, Script, Shape

ROOT: Final = "/mistral/v1"
USAGE: Final = {
    "prompt_tokens": 11,
    "completion_tokens": 7,
    "total_tokens": 18,
    "prompt_tokens_details": {"cached_tokens": 4},
    "service_tier": "standard",
}
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
        "choices": [choice], "usage": USAGE,
    }  # fmt: skip


def _last(script: Script) -> list[Any]:
    usage = {"usage": USAGE} if script.usage else {}
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
