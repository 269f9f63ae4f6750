"""The neutral vocabulary between whoever asks and the wire dialects.

Everything here is frozen: a prompt is made once and never changed on its way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Role = Literal["system", "user", "assistant"]
StopReason = Literal["stop", "length", "refusal", "tool_use", "pause"]
CacheTime = Literal["short", "long"]
"""How long a marked prompt is to be kept: what is usual (minutes), or an hour and more."""
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class Secret:
    """A key that never shows itself: not in ``repr``, ``str``, a log line or a traceback."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the key; called where the request's headers are made and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a provider is reached: one row of the user's settings with its key resolved."""

    name: str
    dialect: str
    base_url: str
    key: Secret | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # may hold tokens
    set_key: str = field(default="", compare=False)  # how the user sets another key
    quirks: Mapping[str, Any] = field(default_factory=dict, hash=False)  # of `catalog.Offered`


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost by the user's word, in USD. None is the price of fresh input."""

    input: float
    output: float
    cache_read: float | None = None
    cache_write: float | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A named model of a provider, with the facts that shape a request to it."""

    name: str  # as in routes: "provider/name"
    provider: str
    id: str  # as the provider calls it
    fim: str | None = None  # a family of `turnout_clients.fim`, or "native"
    context: int = 32_768  # tokens
    max_output: int = 4_096  # tokens
    efforts: tuple[Effort, ...] = ()  # of thinking, weakest first; () where it takes none
    thinking_budget: bool = False  # effort is told as a number of tokens
    takes_temperature: bool = True
    takes_stop: bool = True
    takes_breakpoints: bool = False  # of OpenAI's prompt cache; Anthropic's models all do
    edits: bool = False  # made for an `Edit`
    tools: bool = False  # calls tools when it is offered some
    title: str = ""  # for people
    price: Price | None = None  # by the user's word, before any list
    inline_context: int | None = None  # tokens it is shown between two keys, where that is less


@dataclass(frozen=True, slots=True)
class Opaque:
    """What only the provider that made it can read; it wants it back unchanged."""

    provider: str  # the name of the endpoint
    value: str = field(repr=False)  # JSON


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """A piece of the model's reasoning, never part of the answer.

    The piece with the ``opaque`` payload ends a thought; its text may be empty.
    """

    text: str
    opaque: Opaque | None = None


@dataclass(frozen=True, slots=True)
class Calling:
    """A piece of a tool call on its way: a sign of life, not to be acted on."""

    name: str
    text: str  # of its arguments


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asks for a tool. It comes whole, and its arguments are a JSON object."""

    id: str
    name: str
    arguments: str  # JSON as the model wrote it
    opaque: Opaque | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool gave, or why it failed."""

    id: str  # of the call
    name: str  # of the tool
    text: str
    failed: bool = False


Part = Text | Thinking | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation: its text, then its other parts in their order."""

    role: Role
    text: str = ""
    parts: tuple[Part, ...] = ()
    cache: bool = False  # a cache breakpoint: the prompt up to the end of this turn may be kept
    cache_time: CacheTime = "short"

    @property
    def content(self) -> tuple[Part, ...]:
        """Text and parts as one."""
        return (Text(self.text), *self.parts) if self.text else self.parts

    def rewritten(self, change: Callable[[str], str]) -> Message:
        """The same turn with every text in it changed, except what is opaque."""
        parts = tuple(_rewritten(part, change) for part in self.parts)
        return replace(self, text=change(self.text), parts=parts)


def answered(chunks: Iterable[Chunk]) -> Message:
    """The turn that a streamed answer is, to be put into the next prompt."""
    parts: list[Part] = []
    for chunk in chunks:
        last = parts[-1] if parts else None
        match chunk:
            case Text(text) if isinstance(last, Text):
                parts[-1] = Text(last.text + text)
            case Thinking(text, opaque) if isinstance(last, Thinking) and not last.opaque:
                parts[-1] = Thinking(last.text + text, opaque)
            case Text() | Thinking() | ToolCall():
                parts.append(chunk)
    return Message("assistant", parts=tuple(parts))


def _rewritten(part: Part, change: Callable[[str], str]) -> Part:
    if isinstance(part, ToolCall):
        return replace(part, arguments=_rewritten_json(part.arguments, change))
    return replace(part, text=change(part.text))


def _rewritten_json(text: str, change: Callable[[str], str]) -> str:
    import json

    def walk(value: Any) -> Any:
        if isinstance(value, str):
            return change(value)
        if isinstance(value, list):
            return [walk(one) for one in value]
        if isinstance(value, dict):
            return {change(name): walk(one) for name, one in value.items()}
        return value

    before = json.loads(text)
    after = walk(before)
    # What is as it was keeps its spelling, or a provider's cache would miss.
    return text if after == before else json.dumps(after, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the model may ask for."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(hash=False)  # JSON schema of its arguments, an object


ToolChoice = Literal["auto", "none", "required"] | Tool
"""Whether the model may, may not or must call a tool; or which it must."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of another file that helps to answer."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Chat:
    """Ask for the next message of a conversation."""

    messages: tuple[Message, ...]
    max_tokens: int
    stop: tuple[str, ...] = ()
    temperature: float | None = None
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice = "auto"
    effort: Effort | None = None  # None leaves it to the model; one it lacks becomes its nearest


@dataclass(frozen=True, slots=True)
class Fill:
    """Ask for the text between ``prefix`` and ``suffix`` (fill in the middle)."""

    prefix: str
    suffix: str
    max_tokens: int
    path: str = ""
    snippets: tuple[Snippet, ...] = ()
    stop: tuple[str, ...] = ()
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class Edit(Chat):
    """Ask what a region of a file will look like after the next edit; see `turnout_clients.edit`.

    A conversation of one turn in the form of the models that were made for it.
    """


Prompt = Chat | Fill


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider reported them.

    ``input`` includes the cached and the written ones, ``output`` the thinking.
    """

    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0
    thinking: int = 0
    writes: tuple[
        tuple[str, int], ...
    ] = ()  # `cache_write` by time to live, where known: ("5m", 9)
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)  # as it came


@dataclass(slots=True)
class Meter:
    """What a call is known to have cost so far, also where it fails or is closed early."""

    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The terminal event: a stream without it was cut, and is never passed off as whole."""

    reason: StopReason
    usage: Usage | None = None


Chunk = Text | Thinking | Calling | ToolCall | Done


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds. ``first_token`` counts from the start of the call, ``total`` too."""

    connect: float
    first_token: float
    total: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on what a provider may send: bytes of one event and of the whole answer."""

    event_bytes: int = 64 * 1024
    answer_bytes: int = 256 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one model."""

    endpoint: Endpoint
    model: Model
    prompt: Prompt
    deadlines: Deadlines
    limits: Limits = field(default_factory=Limits)
    cache_key: str = ""  # the same for calls that begin alike, for providers that ask for it
    meter: Meter = field(default_factory=Meter, compare=False, repr=False)
    heal: bool = True  # what is half typed may be forced by a grammar, where the server takes one
