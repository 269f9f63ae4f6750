"""What the fake upstream is told, what it records, and what its wire formats look like."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from support import upstream_cache as cache
from support.upstream_cache import Block, Prompt, Rules, Tally, tokens

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


@dataclass
class Bill:
    """What a call costs so far: what is said is counted as it is sent."""

    tally: Tally = field(default_factory=lambda: Tally(0))
    thinking: int = 0
    called: int = 0  # tokens of tool calls
    said: str = ""
    prompt: Prompt = field(default_factory=lambda: Prompt(()))
    model: str = ""

    @property
    def output(self) -> int:
        """Every token of the answer so far, thoughts among them."""
        return tokens(self.said) + self.thinking + self.called

    @property
    def total(self) -> int:
        """Every token there and back."""
        return self.tally.input + self.output


@dataclass(frozen=True)
class Held:
    """An answer that stops after so many tokens, until the test has seen what it wants to see."""

    after: int = 0
    _gone_on: threading.Event = field(default_factory=threading.Event)

    def go_on(self) -> None:
        """Send the rest; for any thread."""
        self._gone_on.set()

    async def wait(self, sent: int) -> None:
        """Wait, once so many tokens are sent."""
        while sent >= self.after and not self._gone_on.is_set():
            await asyncio.sleep(0.005)


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
    held: Held | None = None  # where the answer waits for the test
    reason: str = "stop"
    refusal: str = ""
    usage: bool = True  # whether include_usage is obeyed
    status: int = 200  # anything else is an error reply with `error` as its JSON
    error: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    chunk_bytes: int | None = None  # cut the stream into pieces of this size, across characters
    fault: str | None = None
    bill: Bill = field(default_factory=Bill)  # made for each call

    def pieces(self, call: Call) -> list[str]:
        """The tokens of the answer to this call."""
        forced = forced_by(call)
        if self.tokens is not None and not forced:
            return list(self.tokens)
        if self.tokens is not None:
            first, *rest = self.tokens or ("",)
            return [forced + first, *rest]
        text = self.answer(call) if self.answer else self.text
        return re.findall(r"\s*\S+|\s+", forced + text)


def block(value: Mapping[str, Any], role: str = "", **more: Any) -> Block:
    """A part of a prompt as JSON, with the breakpoint that it carries taken off."""
    mark = value.get("cache_control") or value.get("prompt_cache_breakpoint")
    rest = {name: one for name, one in value.items() if name not in _MARKS}
    text = role + json.dumps(rest, ensure_ascii=False, sort_keys=True)
    return Block(text, (mark.get("ttl") or "usual") if mark else "", **more)


def bound(call: Call, *fields: str) -> str:
    """The fields of a request that everything kept of it depends on."""
    return json.dumps([call.path, *(call.body.get(name) for name in ("model", *fields))])


def opaque_prompt(call: Call) -> tuple[Prompt, Rules]:
    """A prompt of which nothing is kept."""
    return Prompt((Block(call.raw.decode("utf-8", "replace")),)), cache.NOTHING


def forced_by(call: Call) -> str:
    """The text that a grammar lets an answer begin with and no other, as llama.cpp keeps to it."""
    grammar = str((call.body or {}).get("grammar", ""))
    found = re.fullmatch(r'root ::= "((?:[^"\\]|\\.)*)" \.\*', grammar)
    escapes = {"t": "\t", "n": "\n", "r": "\r"}
    return re.sub(r"\\(.)", lambda m: escapes.get(m[1], m[1]), found[1]) if found else ""


def server_sent(value: Any) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


_MARKS: Final = ("cache_control", "prompt_cache_breakpoint")


@dataclass(frozen=True)
class Shape:
    """What one wire format looks like. An opening event may be made of the script."""

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
    prompt: Callable[[Call], tuple[Prompt, Rules]] = opaque_prompt  # and by whose rules it is kept
    answer: Callable[[Call, Script], list[Block]] | None = None  # as it is in the next prompt

    def objects(self, call: Call) -> str | None:
        """Why a request is refused, if it is."""
        return self.objection(call) if self.objection else None


def chat_prompt(call: Call) -> tuple[Prompt, Rules]:
    """Read a chat: its tools, then its messages."""
    body = call.body
    blocks = [block(tool) for tool in body.get("tools") or ()]
    for message in body.get("messages") or ():
        blocks += _said(message)
    options = body.get("prompt_cache_options") or {}
    settings = ("reasoning_effort", "verbosity", "response_format", "parallel_tool_calls")
    prompt = Prompt(
        tuple(blocks),
        bound(call, *settings),
        body.get("prompt_cache_key") or "",
        marked_only=options.get("mode") == "explicit",
        ttl=options.get("ttl") or body.get("prompt_cache_retention", "").replace("in_memory", ""),
    )
    return prompt, cache.openai(body.get("model", ""))


def hole(call: Call) -> Prompt:
    """Read what stands before a hole and behind it."""
    body = call.body
    blocks = (Block(str(body.get("prompt") or "")), Block(body.get("suffix") or ""))
    return Prompt(blocks, bound(call), body.get("prompt_cache_key") or "")


def _said(message: Mapping[str, Any]) -> list[Block]:
    content, role = message.get("content") or "", message["role"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    parts = [*parts, *(message.get("tool_calls") or ())]
    if thought := message.get("reasoning_content"):
        parts.insert(0, {"reasoning_content": thought})
    last = len(parts) - 1 if role in ("user", "tool") else -1
    return [block(part, role, ending=number == last) for number, part in enumerate(parts)]


def _answer(call: Call, script: Script) -> list[Block]:
    """The answer as it comes back; thoughts do so only where there are tools."""
    calls = [
        {"id": one.id, "type": "function",
         "function": {"name": one.name, "arguments": json.dumps(one.arguments)}}
        for one in script.tools
    ]  # fmt: skip
    thought = "".join(script.thinking) if call.body.get("tools") else ""
    said = {"content": script.bill.said, "tool_calls": calls, "reasoning_content": thought}
    return _said({"role": "assistant", **said})


def openai_objection(call: Call) -> str | None:
    """What OpenAI says with a 400 to cache fields that a model does not take."""
    body, model = call.body, call.body.get("model") or ""
    if not model.startswith("gpt-"):
        return None
    marked = isinstance(cache.openai(model), cache.Marked)
    if not marked and ("prompt_cache_options" in body or b'"prompt_cache_breakpoint"' in call.raw):
        return "Explicit prompt caching is not supported with this model."
    if marked and body.get("prompt_cache_retention"):
        return "prompt_cache_retention is not supported with this model."
    return None


def _chat_objection(call: Call) -> str | None:
    if b'"ttl": "12h"' in call.raw or b'"ttl":"12h"' in call.raw:
        return "Invalid value: '12h'. Supported values are: '30m'."
    return openai_objection(call)


def _usage(bill: Bill) -> Any:
    tally = bill.tally
    details = {"cached_tokens": tally.read, "cache_write_tokens": tally.written}
    deepseek = {
        "prompt_cache_hit_tokens": tally.read,
        "prompt_cache_miss_tokens": tally.input - tally.read,
    }
    return {
        "prompt_tokens": tally.input,
        "completion_tokens": bill.output,
        "total_tokens": bill.total,
        "prompt_tokens_details": details,
        "completion_tokens_details": {"reasoning_tokens": bill.thinking},
        **(deepseek if bill.model.startswith("deepseek") else {}),
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
    return _openai("chat.completion", [choice], usage=_usage(script.bill))


def _text_whole(text: str, script: Script) -> Any:
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": script.reason}
    return _openai("text_completion", [choice], usage=_usage(script.bill))


def _infill_prompt(call: Call) -> tuple[Prompt, Rules]:
    blocks = (Block(str(call.body.get(name))) for name in ("input_extra", "input_prefix"))
    return Prompt((*blocks, Block(str(call.body.get("input_suffix"))))), cache.LLAMACPP


def _infill_whole(text: str, script: Script) -> Any:
    tally = script.bill.tally
    return {
        "index": 0, "content": text, "stop": True, "tokens_evaluated": tally.input,
        "tokens_predicted": script.bill.output,
        "stop_type": "limit" if script.reason == "length" else "eos",
        "timings": {"cache_n": tally.read, "prompt_n": tally.fresh, "predicted_n": 7},
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
        usage = [_openai(kind, [], usage=_usage(script.bill))] if script.usage else []
        return [*refusal, event(empty, script.reason), *usage]

    return events


CHAT = Shape(
    piece=lambda text: _chat_event({"content": text}),
    thought=lambda text: _chat_event({"reasoning_content": text}),
    whole=_chat_whole,
    last=_last(_chat_event, {}, "chat.completion.chunk"),
    asked=chat_calls,
    objection=_chat_objection,
    prompt=chat_prompt,
    answer=_answer,
)
COMPLETION = Shape(
    piece=_text_event,
    whole=_text_whole,
    last=_last(_text_event, "", "text_completion"),
    prompt=lambda call: (hole(call), cache.openai(call.body.get("model") or "")),
)
INFILL = Shape(
    piece=lambda text: {"index": 0, "content": text, "stop": False, "tokens": []},
    whole=_infill_whole,
    last=lambda script: [_infill_whole("", script)],
    terminator=b"",
    usage_asked=False,
    prompt=_infill_prompt,
)
