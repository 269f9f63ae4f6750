"""OpenAI text completions, streamed: fill in the middle by template or by native ``suffix``.

Where the server takes a grammar, what is half typed is healed (`turnout_clients.healing`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from turnout_clients import fim
from turnout_clients.catalog import quirks
from turnout_clients.dialects import openai
from turnout_clients.dialects.openai import models_url
from turnout_clients.dialects.wire import Parser, WireRequest, headers, string
from turnout_clients.failures import Failures
from turnout_clients.healing import Retyped, grammar, heal
from turnout_clients.types import Call, Chunk, Done, Fill, Text

__all__ = ["headers", "models_url", "parser", "prepare"]


def prepare(call: Call) -> WireRequest:
    """Say what to send."""
    if not isinstance(call.prompt, Fill):
        raise Failures(call.endpoint, call.model).misconfigured(
            "the dialect openai-completions continues text and does not chat",
            f'set dialect = "openai-chat" in [providers.{call.endpoint.name}]',
        )
    fill, typed = _healed(call, call.prompt)
    rendered = fim.render(fill, family(call))
    limit = openai.output_limit(replace(call, prompt=fill))
    body: dict[str, Any] = {"prompt": rendered.prompt, "max_tokens": limit}
    if rendered.suffix is not None:
        body["suffix"] = rendered.suffix
    if typed:
        body["grammar"] = grammar(typed)
    return openai.request(call, "completions", body, (*fill.stop, *rendered.stop))


def _healed(call: Call, fill: Fill) -> tuple[Fill, str]:
    address = call.endpoint.base_url.rstrip("/")
    own = call.endpoint.quirks
    known = (quirks(address, own), quirks(address.removesuffix("/v1"), own))  # it goes by both
    return heal(call, fill) if any(row.grammar for row in known) else (fill, "")


def parser(call: Call) -> Parser:
    """Make a parser for the answer to this call."""
    return _Parser(call)


def family(call: Call) -> str:
    """The form of fill-in-the-middle that the model has by the settings."""
    table = f'[models."{call.model.name}"]'
    known = ", ".join((*sorted(fim.FAMILIES), fim.NATIVE))
    failures = Failures(call.endpoint, call.model)
    if call.model.fim is None:
        raise failures.misconfigured(
            f"{call.model.id} has no fill-in-the-middle form",
            f"set fim in {table} to one of {known}",
        )
    if call.model.fim != fim.NATIVE and call.model.fim not in fim.FAMILIES:
        raise failures.misconfigured(
            f'there is no fill-in-the-middle family "{call.model.fim}"',
            f"set fim in {table} to one of {known}",
        )
    return call.model.fim


class _Parser(openai.StreamParser):
    def __init__(self, call: Call) -> None:
        super().__init__(call)
        typed = _healed(call, call.prompt)[1] if isinstance(call.prompt, Fill) else ""
        self._retyped = Retyped(typed, self.failures)
        self._cleaner = fim.Cleaner(family(call))

    def pieces(self, choice: dict[str, Any]) -> Iterator[Chunk]:
        if text := self._cleaner.feed(self._retyped.feed(string(choice.get("text")))):
            yield Text(text)
        if self._cleaner.ended:
            # What would follow a leaked marker is another file: stop paying for it.
            yield Done("stop", self.usage)

    def held(self) -> Iterator[Chunk]:
        if text := self._cleaner.rest():
            yield Text(text)
