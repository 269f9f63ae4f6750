"""What the fake upstream is told, what it records, and what its wire formats look like."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MODELS = ("fake-small", "fake-large")


@dataclass
class Call:
    """One request as it came, and what became of it. Times are ``time.monotonic()``."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes
    connection: int
    started: float
    sent: int = 0  # tokens
    finished: bool = False  # the whole reply was written
    closed_at: float | None = None  # the client went away before that

    @property
    def body(self) -> Any:
        """The JSON of the request."""
        return json.loads(self.raw) if self.raw else None


@dataclass(frozen=True)
class Asked:
    """A tool that the model asks for."""

    name: str
    arguments: Mapping[str, Any]
    id: str = "call_0001"


@dataclass(frozen=True)
class Script:
    """How to answer. ``text`` is split into words and spaces; ``tokens`` says it exactly."""

    text: str = "Hello from the fake upstream."
    tokens: tuple[str, ...] | None = None
    answer: Callable[[Call], str] | None = None  # computes the text from the request
    thinking: tuple[str, ...] = ()
    tools: tuple[Asked, ...] = ()  # asked for after the text
    extra: tuple[Any, ...] = ()  # events sent before the text that no client knows
    delay: float = 0.0  # seconds before the first token
    gap: float = 0.0  # seconds between tokens
    reason: str = "stop"
    refusal: str = ""
    usage: bool = True  # whether include_usage is obeyed
    status: int = 200  # anything else is an error reply with `error` as its JSON
    error: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    chunk_bytes: int | None = None  # cut the stream into pieces of this size, across characters
    fault: str | None = None

    def pieces(self, call: Call) -> list[str]:
        """The tokens of the answer to this call."""
        if self.tokens is not None:
            return list(self.tokens)
        text = self.answer(call) if self.answer else self.text
        return re.findall(r"\s*\S+|\s+", text)


def server_sent(value: Any) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


@dataclass(frozen=True)
class Shape:
    """What one wire format looks like."""

    piece: Callable[[str], Any]
    whole: Callable[[str, Script], Any]
    last: Callable[[Script], list[Any]]
    thought: Callable[[str], Any] | None = None
    asked: Callable[[tuple[Asked, ...]], list[Any]] | None = None
    terminator: bytes = b"data: [DONE]\n\n"
    frame: Callable[[Any], bytes] = server_sent
    content_type: str = "text/event-stream; charset=utf-8"
    idle: bytes = b": keep-alive\n\n"
    error: Callable[[int, Any], Any] = lambda status, error: {"error": error}
    streamed: Callable[[Call], bool] = lambda call: bool((call.body or {}).get("stream"))
    opening: tuple[Any, ...] = ()  # events before the first token, for faults
    events: Callable[[Any], AsyncIterator[Any]] | None = None  # a stream of another order
    objection: Callable[[Call], str | None] | None = None  # why a request is refused
    usage_asked: bool = True  # usage comes only to those who ask for it


USAGE = {
    "prompt_tokens": 11,
    "completion_tokens": 7,
    "total_tokens": 18,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 2},
}


def _openai(kind: str, choices: Iterable[Any], **more: Any) -> Any:
    return {
        "id": "fake-1", "object": kind, "created": 0, "model": MODELS[0], "choices": list(choices),
        **more,
    }  # fmt: skip


def _chat_event(delta: Any, reason: str | None = None) -> Any:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return _openai("chat.completion.chunk", [choice], usage=None)


def _text_event(text: str, reason: str | None = None) -> Any:
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": reason}
    return _openai("text_completion", [choice])


def _chat_whole(text: str, script: Script) -> Any:
    message = {"role": "assistant", "content": text, "refusal": script.refusal or None}
    choice = {"index": 0, "message": message, "finish_reason": script.reason, "logprobs": None}
    return _openai("chat.completion", [choice], usage=USAGE)


def _text_whole(text: str, script: Script) -> Any:
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": script.reason}
    return _openai("text_completion", [choice], usage=USAGE)


def _infill_whole(text: str, script: Script) -> Any:
    return {
        "index": 0, "content": text, "stop": True, "tokens_evaluated": 11, "tokens_predicted": 7,
        "stop_type": "limit" if script.reason == "length" else "eos",
        "timings": {"cache_n": 4, "prompt_n": 7, "predicted_n": 7},
    }  # fmt: skip


def chat_calls(tools: tuple[Asked, ...]) -> list[Any]:
    """Tool calls of a streamed chat, their arguments in two pieces."""
    events = []
    for index, one in enumerate(tools):
        text = json.dumps(one.arguments)
        function = {"name": one.name, "arguments": ""}
        call = {"index": index, "id": one.id, "type": "function", "function": function}
        events.append(_chat_event({"tool_calls": [call]}))
        for piece in (text[: len(text) // 2], text[len(text) // 2 :]):
            more = {"index": index, "function": {"arguments": piece}}
            events.append(_chat_event({"tool_calls": [more]}))
    return events


def _last(event: Callable[..., Any], empty: Any, kind: str) -> Callable[[Script], list[Any]]:
    def events(script: Script) -> list[Any]:
        refusal = [_chat_event({"refusal": script.refusal})] if script.refusal else []
        usage = [_openai(kind, [], usage=USAGE)] if script.usage else []
        return [*refusal, event(empty, script.reason), *usage]

    return events


CHAT = Shape(
    piece=lambda text: _chat_event({"content": text}),
    thought=lambda text: _chat_event({"reasoning_content": text}),
    whole=_chat_whole,
    last=_last(_chat_event, {}, "chat.completion.chunk"),
    asked=chat_calls,
)
COMPLETION = Shape(
    piece=_text_event, whole=_text_whole, last=_last(_text_event, "", "text_completion")
)
INFILL = Shape(
    piece=lambda text: {"index": 0, "content": text, "stop": False, "tokens": []},
    whole=_infill_whole,
    last=lambda script: [_infill_whole("", script)],
    terminator=b"",
    usage_asked=False,
)
