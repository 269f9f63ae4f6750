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
from turnout_clients.types import Call, Chunk, Done, Endpoint, StopReason, Usage

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
    if quirks(call.endpoint.base_url).stream_options:
        body["stream_options"] = {"include_usage": True}
    if stops and call.model.takes_stop:
        body["stop"] = list(stops[:MOST_STOPS])
    if call.prompt.temperature is not None and call.model.takes_temperature:
        body["temperature"] = call.prompt.temperature
    return WireRequest(url(call.endpoint, path), headers(call.endpoint), body)


def output_limit(call: Call) -> int:
    """Tokens the answer may have."""
    return min(call.prompt.max_tokens, call.model.max_output)


def read_usage(event: dict[str, Any]) -> Usage | None:
    """Read the usage in an event; DeepSeek's own names for cached tokens are known too."""
    value = event.get("usage")
    if not isinstance(value, dict):
        return None
    details = table(value.get("prompt_tokens_details"))
    cached = details.get("cached_tokens", value.get("prompt_cache_hit_tokens"))
    thinking = table(value.get("completion_tokens_details")).get("reasoning_tokens")
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

    def feed(self, event: Event) -> Iterator[Chunk]:
        """Take an event, give the chunks it completes."""
        if event.data.strip() == "[DONE]":
            yield from self.finish()
            return
        data = decode(event, self.failures)
        self.usage = read_usage(data) or self.usage
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
