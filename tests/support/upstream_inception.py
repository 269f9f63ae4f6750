"""Inception's wire format: chat as OpenAI's, holes as its completions, edits never streamed."""

from __future__ import annotations

import json
from typing import Any, Final

from support.upstream_wire import CHAT, COMPLETION, MODELS, Call, Script, Shape

ROOT: Final = "/inception/v1"
EDIT_PATH: Final = f"{ROOT}/edit/completions"
EDIT_USAGE: Final = {
    "prompt_tokens": 156,
    "completion_tokens": 18,
    "total_tokens": 174,
    "reasoning_tokens": 3,
    "cached_input_tokens": 64,
}
_FIELDS: Final = {"messages", "model", "max_tokens", "temperature", "top_p", "presence_penalty"}
_TAGS: Final = (
    "recently_viewed_code_snippets", "current_file_content", "code_to_edit", "edit_diff_history",
)  # fmt: skip


def _objection(call: Call) -> str | None:
    """What the endpoint for edits refuses."""
    body = call.body
    if strange := set(body) - _FIELDS:
        return f"Extra inputs are not permitted: {sorted(strange)}"
    if [message["role"] for message in body["messages"]] != ["user"]:
        return "Edit endpoints only accept a single user message"
    content = body["messages"][0]["content"]
    tags = [f"<|{slash}{tag}|>" for tag in _TAGS for slash in ("", "/")]
    missing = [tag for tag in (*tags, "<|cursor|>") if content.count(tag) != 1]
    return f"Missing or repeated edit prompt tags: {missing}" if missing else None


def _whole(text: str, script: Script) -> Any:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "finish_reason": script.reason, "message": message}
    return {
        "id": "cmpl-1", "object": "edit.completion", "created": 0, "model": MODELS[0],
        "choices": [choice], "usage": EDIT_USAGE,
    }  # fmt: skip


EDIT: Final = Shape(
    piece=lambda text: _whole(text, Script()),
    whole=_whole,
    last=lambda _: [],
    terminator=b"",
    frame=lambda value: json.dumps(value).encode(),
    content_type="application/json",
    streamed=lambda _: False,
    objection=_objection,
)
SHAPES: Final[dict[str, Shape]] = {
    f"{ROOT}/chat/completions": CHAT,
    f"{ROOT}/fim/completions": COMPLETION,
    EDIT_PATH: EDIT,
}
