"""Mistral: chat with thoughts as typed content, and fill in the middle that is answered like chat.

Codestral's own host, with keys of its own, speaks the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

from turnout_clients.dialects import openai, openai_chat
from turnout_clients.dialects.conversation import effort, kept
from turnout_clients.dialects.openai import models_url
from turnout_clients.dialects.wire import Parser, WireRequest, headers, string, table
from turnout_clients.hole import as_chat
from turnout_clients.types import Call, Chat, Chunk, Endpoint, Fill, Text, Thinking

__all__ = ["headers", "models_url", "parser", "prepare"]

_ID: Final = re.compile(r"[a-zA-Z0-9]{9}")


def prepare(call: Call) -> WireRequest:
    """Say what to send."""
    prompt = call.prompt
    if isinstance(prompt, Fill) and call.model.fim is not None:
        return _request(call, "fim/completions", {"prompt": prompt.prefix, "suffix": prompt.suffix})
    chat = as_chat(prompt) if isinstance(prompt, Fill) else prompt
    body = {"messages": _messages(chat, call.endpoint), **openai_chat.tools(chat)}
    if level := effort(call):
        body["reasoning_effort"] = level
    return _request(call, "chat/completions", body)


def parser(call: Call) -> Parser:
    """Make a parser for the answer to this call."""
    return _Parser(call)


def _request(call: Call, path: str, body: dict[str, Any]) -> WireRequest:
    # It refuses fields that it does not know, such as `stream_options`.
    body = {"model": call.model.id, **body, "max_tokens": openai.output_limit(call), "stream": True}
    if call.prompt.stop and call.model.takes_stop:
        body["stop"] = list(call.prompt.stop)
    if call.prompt.temperature is not None and call.model.takes_temperature:
        body["temperature"] = call.prompt.temperature
    if call.cache_key:
        body["prompt_cache_key"] = call.cache_key
    return WireRequest(openai.url(call.endpoint, path), headers(call.endpoint), body)


def _messages(chat: Chat, endpoint: Endpoint) -> list[dict[str, Any]]:
    messages = openai_chat.messages(chat, endpoint)
    for message in messages:
        if thought := message.pop("thinking", None):
            said = [{"type": "text", "text": message["content"]}] if message["content"] else []
            message["content"] = [thought, *said]
        if "tool_call_id" in message:
            message["tool_call_id"] = _fitting(message["tool_call_id"])
        for called in message.get("tool_calls", ()):
            called["id"] = _fitting(called["id"])
    return messages


def _fitting(id: str) -> str:  # noqa: A002
    """An id that it takes, the same for the same: a conversation may have begun elsewhere."""
    return id if _ID.fullmatch(id) else sha256(id.encode()).hexdigest()[:9]


class _Parser(openai_chat.ChatParser):
    """Reads ``delta.content`` as text or as typed parts, and arguments as text or as JSON."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self._signature = ""

    def pieces(self, choice: dict[str, Any]) -> Iterator[Chunk]:
        """Read what one choice of an event adds to the answer."""
        delta = table(choice.get("delta"))
        content, calls = delta.get("content"), delta.get("tool_calls")
        for part in map(table, content if isinstance(content, list) else ()):
            yield from self._part(part)
        if isinstance(content, str) and content:
            yield from self._end_of_thought()
            yield Text(string(content))
        for call in map(table, calls if isinstance(calls, list) else ()):
            yield from self._end_of_thought()
            yield from self._call(_written(call))

    def _part(self, part: dict[str, Any]) -> Iterator[Chunk]:
        thoughts = part.get("thinking")
        for thought in map(table, thoughts if isinstance(thoughts, list) else ()):
            if text := string(thought.get("text")):
                self._thought += text
                yield Thinking(text)
        self._signature += string(part.get("signature"))
        if text := string(part.get("text")):
            yield from self._end_of_thought()
            yield Text(text)

    def _end_of_thought(self) -> Iterator[Chunk]:
        if (self._keeps and self._thought) or self._signature:
            thought = {
                "type": "thinking",
                "thinking": [{"type": "text", "text": self._thought}],
                **({"signature": self._signature} if self._signature else {}),
            }
            yield Thinking("", kept(self._endpoint, {"thinking": thought}))
        self._thought = self._signature = ""


def _written(call: dict[str, Any]) -> dict[str, Any]:
    function = table(call.get("function"))
    if not isinstance(function.get("arguments"), dict):
        return call
    return {**call, "function": {**function, "arguments": json.dumps(function["arguments"])}}
