"""What chat and text completions have in common: addresses, common fields, usage, the end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Final

from turnout_clients.catalog import quirks
from turnout_clients.dialects.conversation import Drafts
from turnout_clients.dialects.wire import WireRequest, count, decode, headers, table
from turnout_clients.failures import Failures
from turnout_clients.sse import Event
from turnout_clients.types import (
    Call,
    Chat,
    Chunk,
    Done,
    Endpoint,
    Message,
    StopReason,
    Usage,
)

MOST_STOPS: Final = 4  # what every server of this family takes

_REASONS: Final[dict[str, StopReason]] = {
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "refusal",
    "tool_calls": "tool_use",
}


def url(endpoint: Endpoint, path: str) -> str:
    """An address below the endpoint's base."""
    return f"{endpoint.base_url.rstrip('/')}/{path}"


def models_url(endpoint: Endpoint) -> str:
    """Where the provider lists its models."""
    return url(endpoint, "models")


def request(call: Call, path: str, body: dict[str, Any], stops: tuple[str, ...]) -> WireRequest:
    """A streamed request: ``body`` and the fields that both kinds share."""
    body = {"model": call.model.id, **body, "stream": True}
    if quirks(call.endpoint.base_url, call.endpoint.quirks).stream_options:
        body["stream_options"] = {"include_usage": True}
    if stops and call.model.takes_stop:
        body["stop"] = list(stops[:MOST_STOPS])
    if call.prompt.temperature is not None and call.model.takes_temperature:
        body["temperature"] = call.prompt.temperature
    return WireRequest(url(call.endpoint, path), headers(call.endpoint), body)


def cache_fields(call: Call) -> dict[str, Any]:
    """The fields that say how the prompt is to be kept, where the provider takes them."""
    fields: dict[str, Any] = {}
    if not quirks(call.endpoint.base_url, call.endpoint.quirks).cache_fields:
        return fields
    if call.cache_key:
        fields["prompt_cache_key"] = call.cache_key
    if takes_breakpoints(call) and any(message.cache for message in _messages(call)):
        # Without it one more breakpoint would be written, and paid for, at the newest turn.
        fields["prompt_cache_options"] = {"mode": "explicit"}
    return fields


def takes_breakpoints(call: Call) -> bool:
    """Whether breakpoints of the prompt cache may be set."""
    row = quirks(call.endpoint.base_url, call.endpoint.quirks)
    return row.cache_fields and call.model.takes_breakpoints


def _messages(call: Call) -> tuple[Message, ...]:
    return call.prompt.messages if isinstance(call.prompt, Chat) else ()


def output_limit(call: Call) -> int:
    """Tokens the answer may have."""
    return min(call.prompt.max_tokens, call.model.max_output)


def read_usage(event: dict[str, Any]) -> Usage | None:
    """Read the usage in an event; DeepSeek's and Inception's own names are known too."""
    value = event.get("usage")
    if not isinstance(value, dict):
        return None
    details = table(value.get("prompt_tokens_details"))
    elsewhere = value.get("prompt_cache_hit_tokens", value.get("cached_input_tokens"))
    cached = details.get("cached_tokens", elsewhere)
    thought = table(value.get("completion_tokens_details"))
    thinking = thought.get("reasoning_tokens", value.get("reasoning_tokens"))
    return Usage(
        input=count(value.get("prompt_tokens")),
        output=count(value.get("completion_tokens")),
        cache_read=count(cached),
        cache_write=count(details.get("cache_write_tokens")),
        thinking=count(thinking),
        raw={"service_tier": event.get("service_tier"), **value},
    )


class StreamParser(ABC):
    """Reads a stream that ends with ``[DONE]``.

    Some servers leave ``[DONE]`` out: then the model's own finish reason, followed by the proper
    end of the body, is the end too. Without either the stream was cut.
    """

    def __init__(self, call: Call) -> None:
        self.failures = Failures(call.endpoint, call.model)
        self.drafts = Drafts(self.failures)
        self.reason: StopReason | None = None
        self.usage: Usage | None = None
        self._meter = call.meter

    def feed(self, event: Event) -> Iterator[Chunk]:
        """Take an event, give the chunks it completes."""
        if event.data.strip() == "[DONE]":
            yield from self.finish()
            return
        data = decode(event, self.failures)
        if usage := read_usage(data):
            self.usage = self._meter.usage = usage
        choices = data.get("choices")
        choice = table(choices[0]) if isinstance(choices, list) and choices else {}
        yield from self.pieces(choice)
        if reason := choice.get("finish_reason"):
            if reason == "error":
                raise self.failures.reported(choice)
            self.reason = self.reason or _REASONS.get(str(reason), "stop")

    def end(self) -> Iterator[Chunk]:
        """Take the proper end of the body."""
        if self.reason is None:
            raise self.failures.cut()
        yield from self.finish()

    def finish(self) -> Iterator[Chunk]:
        """Give what is held back, and the terminal chunk."""
        yield from self.held()
        yield Done(self.drafts.reason(self.reason or "stop"), self.usage)

    def held(self) -> Iterator[Chunk]:
        """What was held back until the end."""
        yield from self.drafts.end_all()

    @abstractmethod
    def pieces(self, choice: dict[str, Any]) -> Iterator[Chunk]:
        """Read what one choice of an event adds to the answer."""
