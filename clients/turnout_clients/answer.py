"""One streamed answer: bytes in, chunks out, with every promise of the protocol checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from turnout_clients.dialects.wire import Framing, Parser
from turnout_clients.errors import ProviderError
from turnout_clients.failures import Failures
from turnout_clients.ndjson import LineSplitter
from turnout_clients.sse import EventSplitter, OversizedEventError
from turnout_clients.types import Chunk, Done, Limits, Text, ToolCall

WIRE_FACTOR: Final = 100  # bytes on the wire for one byte of answer: JSON around every token


class Answer:
    """Feeds a parser. The last chunk is `Done`, or an error of the tree is raised instead."""

    def __init__(
        self, parser: Parser, limits: Limits, failures: Failures, framing: Framing = "sse"
    ) -> None:
        self._parser = parser
        self._limits = limits
        self._failures = failures
        splitter = LineSplitter if framing == "ndjson" else EventSplitter
        self._splitter = splitter(limits.event_bytes)
        self._received = 0
        self._size = 0
        self._answers = False

    def feed(self, data: bytes) -> Iterator[Chunk]:
        """Take bytes of the body, b"" for its proper end; give the chunks they complete."""
        self._received += len(data)
        if self._received > self._limits.answer_bytes * WIRE_FACTOR:
            raise self._failures.too_large("its answer", self._limits.answer_bytes * WIRE_FACTOR)
        for chunk in self._events(data) if data else self._parser.end():
            self._check(chunk)
            yield chunk
            if isinstance(chunk, Done):
                return

    def _events(self, data: bytes) -> Iterator[Chunk]:
        try:
            for event in self._splitter.feed(data):
                yield from self._parser.feed(event)
        except OversizedEventError:
            raise self._failures.too_large("one event", self._limits.event_bytes) from None
        except UnicodeDecodeError:
            raise self._failures.malformed("bytes that are not text") from None

    def _check(self, chunk: Chunk) -> None:
        self._answers = self._answers or isinstance(chunk, Text | ToolCall)
        if isinstance(chunk, ToolCall):
            return  # its size was counted as it came
        if not isinstance(chunk, Done):
            self._size += len(chunk.text.encode())
            if self._size > self._limits.answer_bytes:
                raise self._failures.too_large("its answer", self._limits.answer_bytes)
        elif not self._answers:
            raise self._without_answer(chunk)

    def _without_answer(self, done: Done) -> ProviderError:
        error: ProviderError = self._failures.empty(thought=self._size > 0)
        if done.reason == "refusal":
            error = self._failures.refused()
        error.usage = done.usage
        return error
