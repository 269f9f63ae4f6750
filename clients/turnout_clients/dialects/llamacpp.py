"""llama.cpp's own server: ``/infill``, where the markers come from the model file, and its chat.

A model with a family of its own in the settings is asked by that template at ``/completion``; so is
one without markers, by ``fim = "continue"``. ``base_url`` may be written with or without ``/v1``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from turnout_clients import fim
from turnout_clients.dialects import openai, openai_chat
from turnout_clients.dialects.openai_completions import family
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
from turnout_clients.healing import Retyped, grammar, heal
from turnout_clients.sse import Event
from turnout_clients.types import Call, Chunk, Done, Endpoint, Fill, Text, Usage

__all__ = ["headers", "models_url", "parser", "prepare"]


def prepare(call: Call) -> WireRequest:
    """Say what to send."""
    prompt = call.prompt
    if not isinstance(prompt, Fill):
        return openai_chat.prepare(_chat(call))
    fill, typed = heal(call, prompt)
    path, asked, stops = _asked(call, fill)
    body: dict[str, Any] = {
        "model": call.model.id,
        **asked,
        "n_predict": openai.output_limit(replace(call, prompt=fill)),
        "cache_prompt": True,
        # A completion that was given up may hold its slot a little longer. One that went to the
        # next slot meanwhile would read the whole prompt anew.
        "id_slot": 0,
        "stream": True,
        # Without it the last event repeats the whole prompt.
        "response_fields": [
            "content", "stop", "stop_type", "tokens_evaluated", "tokens_predicted", "timings",
        ],
    }  # fmt: skip
    if typed:
        body["grammar"] = grammar(typed)
    if stops:
        body["stop"] = list(stops[: openai.MOST_STOPS])
    if fill.temperature is not None:
        body["temperature"] = fill.temperature
    return WireRequest(f"{_root(call.endpoint)}/{path}", headers(call.endpoint), body)


def _asked(call: Call, fill: Fill) -> tuple[str, dict[str, Any], tuple[str, ...]]:
    """Where the text for the hole is asked for, in which fields, and where it stops."""
    name = _family(call)
    if name != fim.NATIVE:
        rendered = fim.render(fill, name)
        return "completion", {"prompt": rendered.prompt}, (*fill.stop, *rendered.stop)
    files = [{"filename": one.path, "text": one.text} for one in fill.snippets]
    asked = {"input_extra": files, "input_prefix": fill.prefix, "input_suffix": fill.suffix}
    return "infill", asked, fill.stop


def _family(call: Call) -> str:
    return fim.NATIVE if call.model.fim is None else family(call)


def parser(call: Call) -> Parser:
    """Make a parser for the answer to this call."""
    if isinstance(call.prompt, Fill):
        return _Parser(call, call.prompt)
    return openai_chat.parser(call)


def models_url(endpoint: Endpoint) -> str:
    """Where the server lists its models."""
    return f"{_root(endpoint)}/v1/models"


def _root(endpoint: Endpoint) -> str:
    return endpoint.base_url.rstrip("/").removesuffix("/v1").rstrip("/")


def _chat(call: Call) -> Call:
    return replace(call, endpoint=replace(call.endpoint, base_url=f"{_root(call.endpoint)}/v1"))


class _Parser:
    """Reads the stream of a completion; the terminal event is the one with ``stop``."""

    def __init__(self, call: Call, fill: Fill) -> None:
        self._failures = Failures(call.endpoint, call.model)
        self._retyped = Retyped(heal(call, fill)[1], self._failures)
        self._cleaner = fim.Cleaner(_family(call))

    def feed(self, event: Event) -> Iterator[Chunk]:
        data = decode(event, self._failures)
        if text := self._cleaner.feed(self._retyped.feed(string(data.get("content")))):
            yield Text(text)
        if data.get("stop") is True:
            if text := self._cleaner.rest():
                yield Text(text)
            limited = data.get("stop_type") == "limit" or data.get("stopped_limit") is True
            yield Done("length" if limited else "stop", _usage(data))
        elif self._cleaner.ended:
            yield Done("stop", None)

    def end(self) -> Iterator[Chunk]:
        raise self._failures.cut()


def _usage(data: dict[str, Any]) -> Usage:
    return Usage(
        input=count(data.get("tokens_evaluated")),
        output=count(data.get("tokens_predicted")),
        cache_read=count(table(data.get("timings")).get("cache_n")),
    )
