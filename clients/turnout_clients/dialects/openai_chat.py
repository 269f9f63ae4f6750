"""OpenAI chat completions, streamed; what most servers and gateways speak.

A `Fill` goes to the text completions of the same server where the model has a ``fim``, and is
put as a question (`turnout_clients.hole`) where it has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from turnout_clients.catalog import Offered, quirks
from turnout_clients.dialects import openai, openai_completions
from turnout_clients.dialects.conversation import effort, kept, returned, text_of
from turnout_clients.dialects.openai import models_url
from turnout_clients.dialects.wire import Parser, WireRequest, headers, string, table
from turnout_clients.hole import as_chat
from turnout_clients.types import (
    Call,
    Chat,
    Chunk,
    Endpoint,
    Fill,
    Message,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)

__all__ = ["headers", "models_url", "parser", "prepare"]


def prepare(call: Call) -> WireRequest:
    """Say what to send."""
    if _has_fim(call):
        return openai_completions.prepare(call)
    prompt = as_chat(call.prompt) if isinstance(call.prompt, Fill) else call.prompt
    body = {
        "messages": messages(prompt, call.endpoint, marked=openai.takes_breakpoints(call)),
        **openai.cache_fields(call),
        _row(call).output_limit: openai.output_limit(call),
        **tools(prompt),
        **_thinking(call),
    }
    return openai.request(call, "chat/completions", body, prompt.stop)


def _row(call: Call) -> Offered:
    return quirks(call.endpoint.base_url, call.endpoint.quirks)


def _thinking(call: Call) -> dict[str, Any]:
    level = effort(call)
    if level is None:
        return {}
    if not _row(call).thinking_switch:
        return {"reasoning_effort": level}
    if level == "none":
        return {"thinking": {"type": "disabled"}}
    return {"thinking": {"type": "enabled"}, "reasoning_effort": level}


def messages(chat: Chat, endpoint: Endpoint, *, marked: bool = False) -> list[dict[str, Any]]:
    """The conversation; the result of each tool is a message of its own.

    ``marked`` with the breakpoints of the prompt cache, of which there is but one kind here.
    """
    found = []
    for message in chat.messages:
        said = list(_said(message, endpoint))
        if marked and message.cache:
            _mark(said)
        found += said
    return found


def _mark(said: list[dict[str, Any]]) -> None:
    for one in reversed(said):
        if text := one["content"]:
            part = {"type": "text", "text": text, "prompt_cache_breakpoint": {"mode": "explicit"}}
            one["content"] = [part]
            return


def tools(chat: Chat) -> dict[str, Any]:
    """The fields that offer tools, if there are any."""
    if not chat.tools:
        return {}
    offered = [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": dict(tool.schema),
            },
        }
        for tool in chat.tools
    ]
    choice: Any = chat.tool_choice
    if isinstance(choice, Tool):
        choice = {"type": "function", "function": {"name": choice.name}}
    return {"tools": offered, "tool_choice": choice}


def _said(message: Message, endpoint: Endpoint) -> Iterator[dict[str, Any]]:
    said: dict[str, Any] = {"role": message.role, "content": text_of(message)}
    calls = []
    for part in message.parts:
        match part:
            case ToolResult(id, _, text):
                yield {"role": "tool", "tool_call_id": id, "content": text}
            case ToolCall(id, name, arguments):
                function = {"name": name, "arguments": arguments}
                calls.append({"id": id, "type": "function", "function": function})
            case Thinking(_, opaque):
                said |= returned(endpoint, opaque) or {}
    if calls:
        said["tool_calls"] = calls
    if calls or said["content"]:
        yield said


def parser(call: Call) -> Parser:
    """Make a parser for the answer to this call."""
    return openai_completions.parser(call) if _has_fim(call) else ChatParser(call)


def _has_fim(call: Call) -> bool:
    return isinstance(call.prompt, Fill) and call.model.fim is not None


class ChatParser(openai.StreamParser):
    """Reads ``choices[].delta``."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self._endpoint = call.endpoint
        self._keeps = isinstance(call.prompt, Chat) and bool(call.prompt.tools)
        self._thought = ""
        self._last: object = None

    def pieces(self, choice: dict[str, Any]) -> Iterator[Chunk]:
        """Read what one choice of an event adds to the answer."""
        delta = table(choice.get("delta"))
        if thought := string(delta.get("reasoning_content") or delta.get("reasoning")):
            yield Thinking(thought)
            self._thought += string(delta.get("reasoning_content"))
        if delta.get("refusal"):
            self.reason = "refusal"
        content = delta.get("content")
        if isinstance(content, list):
            yield from _parts(content)
        elif text := string(content):
            yield from self._end_of_thought()
            yield Text(text)
        calls = delta.get("tool_calls")
        for call in map(table, calls if isinstance(calls, list) else ()):
            yield from self._end_of_thought()
            yield from self._call(call)

    def held(self) -> Iterator[Chunk]:
        """What was held back until the end."""
        yield from self._end_of_thought()
        yield from super().held()

    def _call(self, call: dict[str, Any]) -> Iterator[Chunk]:
        # Some servers give no index: there an id begins a call.
        key = call.get("index")
        key = (call.get("id") or self._last) if key is None else key
        function = table(call.get("function"))
        if key not in self.drafts:
            yield self.drafts.begin(key, string(call.get("id")), string(function.get("name")))
        yield from self.drafts.add(key, string(function.get("arguments")))
        self._last = key

    def _end_of_thought(self) -> Iterator[Chunk]:
        # DeepSeek refuses the next turn of a conversation with tools that comes without it.
        if self._keeps and self._thought:
            yield Thinking("", kept(self._endpoint, {"reasoning_content": self._thought}))
        self._thought = ""


def _parts(content: list[Any]) -> Iterator[Chunk]:
    # Mistral's reasoning models send content as typed parts
    for part in map(table, content):
        if text := string(part.get("text")):
            yield Text(text)
        thoughts = part.get("thinking")
        for thought in map(table, thoughts if isinstance(thoughts, list) else ()):
            yield Thinking(string(thought.get("text")))
