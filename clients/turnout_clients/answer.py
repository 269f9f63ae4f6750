"""One streamed answer: bytes in, chunks out, with every promise of the protocol checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import isfinite
from typing import Final

from turnout_clients.dialects.wire import Framing, Parser
from turnout_clients.errors import ProviderError
from turnout_clients.failures import Failures
from turnout_clients.ndjson import LineSplitter, WholeSplitter
from turnout_clients.sse import EventSplitter, OversizedEventError
from turnout_clients.types import Chunk, Done, Limits, Text, ToolCall

WIRE_FACTOR: Final = 100  # bytes on the wire for one byte of answer: JSON around every token

_SPLITTERS: Final[dict[Framing, type[EventSplitter | LineSplitter | WholeSplitter]]] = {
    "sse": EventSplitter,
    "ndjson": LineSplitter,
    "json": WholeSplitter,
}


def read_cost(headers: Mapping[str, str]) -> float | None:
    """Read the cost that a LiteLLM proxy puts into the head of its reply.

    0 is not believed: it says so too of a stream whose cost it does not know yet.
    """
    try:
        said = float(headers.get("x-litellm-response-cost", ""))
    except ValueError:
        return None
    return said if isfinite(said) and said > 0 else None


class Answer:
    """Feeds a parser. The last chunk is `Done`, or an error of the tree is raised instead."""

    def __init__(
        self, parser: Parser, limits: Limits, failures: Failures, framing: Framing = "sse"
    ) -> None:
        self._parser = parser
        self._limits = limits
        self._failures = failures
        self._splitter = _SPLITTERS[framing](limits.event_bytes)
        self.cost: float | None = None  # by the head of the reply
        self._received = 0
        self._size = 0
        self._answers = False

    def feed(self, data: bytes) -> Iterator[Chunk]:
        """Take bytes of the body, b"" for its proper end; give the chunks they complete.

        The text that one read brought is one chunk, in however many events it came.
        """
        self._received += len(data)
        if self._received > self._limits.answer_bytes * WIRE_FACTOR:
            raise self._failures.too_large("its answer", self._limits.answer_bytes * WIRE_FACTOR)
        texts: list[str] = []
        try:
            for chunk in self._events(data) if data else self._parser.end():
                if type(chunk) is Text:
                    texts.append(chunk.text)
                    continue
                if texts:
                    yield self._joined(texts)
                if isinstance(chunk, Done):
                    yield self._finished(chunk)
                    return
                if isinstance(chunk, ToolCall):
                    self._answers = True  # its size was counted as it came
                else:
                    self._weigh(chunk.text)
                yield chunk
        except ProviderError:
            if texts:
                yield self._joined(texts)
            raise
        if texts:
            yield self._joined(texts)

    def _joined(self, texts: list[str]) -> Text:
        text = "".join(texts)
        texts.clear()
        self._answers = True
        self._weigh(text)
        return Text(text)

    def _events(self, data: bytes) -> Iterator[Chunk]:
        try:
            for event in self._splitter.feed(data):
                yield from self._parser.feed(event)
        except OversizedEventError:
            raise self._failures.too_large("one event", self._limits.event_bytes) from None
        except UnicodeDecodeError:
            raise self._failures.malformed("bytes that are not text") from None

    def _weigh(self, text: str) -> None:
        self._size += len(text) if text.isascii() else len(text.encode())
        if self._size > self._limits.answer_bytes:
            raise self._failures.too_large("its answer", self._limits.answer_bytes)

    def _finished(self, done: Done) -> Done:
        done = self._priced(done)
        if not self._answers:
            raise self._without_answer(done)
        return done

    def _priced(self, done: Done) -> Done:
        if self.cost is None or done.usage is None:
            return done
        # What the answer itself says of its cost is the later word.
        usage = replace(done.usage, raw={"cost": self.cost, **done.usage.raw})
        return replace(done, usage=usage)

    def _without_answer(self, done: Done) -> ProviderError:
        error: ProviderError = self._failures.empty(thought=self._size > 0)
        if done.reason == "refusal":
            error = self._failures.refused()
        error.usage = done.usage
        return error
