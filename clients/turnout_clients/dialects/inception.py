"""Inception: chat as OpenAI's, and endpoints of its own for holes and for the next edit.

Both know the markers of the model themselves. The one for edits does not stream, and takes one
turn of the user.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from turnout_clients.dialects import openai, openai_chat
from turnout_clients.dialects.openai import models_url
from turnout_clients.dialects.wire import Parser, WireRequest, headers, string, table
from turnout_clients.types import Call, Chunk, Edit, Fill, Text

__all__ = ["headers", "models_url", "parser", "prepare"]


def prepare(call: Call) -> WireRequest:
    """Say what to send."""
    prompt = call.prompt
    if isinstance(prompt, Edit):
        return _edit(call, prompt)
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
    if isinstance(call.prompt, Edit):
        return _WholeParser(call)
    if isinstance(call.prompt, Fill) and call.model.fim is not None:
        return _Parser(call)
    return openai_chat.parser(call)


def _edit(call: Call, prompt: Edit) -> WireRequest:
    body: dict[str, Any] = {
        "model": call.model.id,
        "messages": openai_chat.messages(prompt, call.endpoint),
        "max_tokens": openai.output_limit(call),
    }
    if prompt.temperature is not None and call.model.takes_temperature:
        body["temperature"] = prompt.temperature
    url = openai.url(call.endpoint, "edit/completions")
    return WireRequest(url, headers(call.endpoint), body, framing="json")


class _Parser(openai.StreamParser):
    def pieces(self, choice: dict[str, Any]) -> Iterator[Chunk]:
        if text := string(choice.get("text")):
            yield Text(text)


class _WholeParser(openai.StreamParser):
    """Reads the one event that the reply is."""

    def pieces(self, choice: dict[str, Any]) -> Iterator[Chunk]:
        if text := string(table(choice.get("message")).get("content")):
            yield Text(text)
