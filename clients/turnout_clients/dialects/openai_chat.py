"""OpenAI chat completions, streamed; what most servers and gateways speak.

A `Fill` goes to the text completions of the same server where the model has a ``fim``, and is
put as a question (`turnout_clients.hole`) where it has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from turnout_clients.catalog import quirks
from turnout_clients.dialects import openai, openai_completions
from turnout_clients.dialects.openai import models_url
from turnout_clients.dialects.wire import Parser, WireRequest, string, table
from turnout_clients.hole import as_chat
from turnout_clients.types import Call, Chunk, Fill, Text, Thinking

__all__ = ["models_url", "parser", "prepare"]


def prepare(call: Call) -> WireRequest:
    """Say what to send."""
    if _has_fim(call):
        return openai_completions.prepare(call)
    prompt = as_chat(call.prompt) if isinstance(call.prompt, Fill) else call.prompt
    body = {
        "messages": [{"role": turn.role, "content": turn.text} for turn in prompt.messages],
        quirks(call.endpoint.base_url).output_limit: openai.output_limit(call),
    }
    return openai.request(call, "chat/completions", body, prompt.stop)


def parser(call: Call) -> Parser:
    """Make a parser for the answer to this call."""
    return openai_completions.parser(call) if _has_fim(call) else _Parser(call)


def _has_fim(call: Call) -> bool:
    return isinstance(call.prompt, Fill) and call.model.fim is not None


class _Parser(openai.StreamParser):
    def pieces(self, choice: dict[str, Any]) -> Iterator[Chunk]:
        delta = table(choice.get("delta"))
        if thought := string(delta.get("reasoning_content") or delta.get("reasoning")):
            yield Thinking(thought)
        if delta.get("refusal"):
            self.reason = "refusal"
        content = delta.get("content")
        if isinstance(content, list):
            yield from _parts(content)
        elif text := string(content):
            yield Text(text)


def _parts(content: list[Any]) -> Iterator[Chunk]:
    # Mistral's reasoning models send content as typed parts
    for part in map(table, content):
        if text := string(part.get("text")):
            yield Text(text)
        thoughts = part.get("thinking")
        for thought in map(table, thoughts if isinstance(thoughts, list) else ()):
            yield Thinking(string(thought.get("text")))
