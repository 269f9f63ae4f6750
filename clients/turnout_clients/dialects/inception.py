"""Inception: chat as OpenAI's, and a fill-in-the-middle endpoint that knows the markers itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from turnout_clients.dialects import openai, openai_chat
from turnout_clients.dialects.openai import models_url
from turnout_clients.dialects.wire import Parser, WireRequest, headers, string
from turnout_clients.types import Call, Chunk, Fill, Text

__all__ = ["headers", "models_url", "parser", "prepare"]


def prepare(call: Call) -> WireRequest:
    """Say what to send."""
    prompt = call.prompt
    if not (isinstance(prompt, Fill) and call.model.fim is not None):
        return openai_chat.prepare(call)
    body = {
        "prompt": prompt.prefix,
        "suffix": prompt.suffix,
        "max_tokens": openai.output_limit(call),
    }
    return openai.request(call, "fim/completions", body, prompt.stop)


def parser(call: Call) -> Parser:
    """Make a parser for the answer to this call."""
    if isinstance(call.prompt, Fill) and call.model.fim is not None:
        return _Parser(call)
    return openai_chat.parser(call)


class _Parser(openai.StreamParser):
    def pieces(self, choice: dict[str, Any]) -> Iterator[Chunk]:
        if text := string(choice.get("text")):
            yield Text(text)
