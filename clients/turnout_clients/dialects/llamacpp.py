"""llama.cpp's own server: ``/infill``, where the markers come from the model file, and its chat.

``base_url`` may be written with or without ``/v1``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from turnout_clients.dialects import openai, openai_chat
from turnout_clients.dialects.wire import (
    Parser,
    WireRequest,
    count,
    decode,
    headers,
    string,
    table,
)
from turnout_clients.failures import Failures
from turnout_clients.sse import Event
from turnout_clients.types import Call, Chunk, Done, Endpoint, Fill, Text, Usage

__all__ = ["headers", "models_url", "parser", "prepare"]


def prepare(call: Call) -> WireRequest:
    """Say what to send."""
    prompt = call.prompt
    if not isinstance(prompt, Fill):
        return openai_chat.prepare(_chat(call))
    body: dict[str, Any] = {
        "model": call.model.id,
        "input_extra": [{"filename": one.path, "text": one.text} for one in prompt.snippets],
        "input_prefix": prompt.prefix,
        "input_suffix": prompt.suffix,
        "n_predict": openai.output_limit(call),
        "cache_prompt": True,
        "stream": True,
        # Without it the last event repeats the whole prompt.
        "response_fields": [
            "content", "stop", "stop_type", "tokens_evaluated", "tokens_predicted", "timings",
        ],
    }  # fmt: skip
    if prompt.stop:
        body["stop"] = list(prompt.stop[: openai.MOST_STOPS])
    if prompt.temperature is not None:
        body["temperature"] = prompt.temperature
    return WireRequest(f"{_root(call.endpoint)}/infill", headers(call.endpoint), body)


def parser(call: Call) -> Parser:
    """Make a parser for the answer to this call."""
    return _Parser(call) if isinstance(call.prompt, Fill) else openai_chat.parser(call)


def models_url(endpoint: Endpoint) -> str:
    """Where the server lists its models."""
    return f"{_root(endpoint)}/v1/models"


def _root(endpoint: Endpoint) -> str:
    return endpoint.base_url.rstrip("/").removesuffix("/v1").rstrip("/")


def _chat(call: Call) -> Call:
    return replace(call, endpoint=replace(call.endpoint, base_url=f"{_root(call.endpoint)}/v1"))


class _Parser:
    """Reads the stream of ``/infill``; the terminal event is the one with ``stop``."""

    def __init__(self, call: Call) -> None:
        self._failures = Failures(call.endpoint, call.model)

    def feed(self, event: Event) -> Iterator[Chunk]:
        data = decode(event, self._failures)
        if text := string(data.get("content")):
            yield Text(text)
        if data.get("stop") is True:
            limited = data.get("stop_type") == "limit" or data.get("stopped_limit") is True
            yield Done("length" if limited else "stop", _usage(data))

    def end(self) -> Iterator[Chunk]:
        raise self._failures.cut()


def _usage(data: dict[str, Any]) -> Usage:
    return Usage(
        input=count(data.get("tokens_evaluated")),
        output=count(data.get("tokens_predicted")),
        cache_read=count(table(data.get("timings")).get("cache_n")),
    )
