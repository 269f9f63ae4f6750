"""The neutral vocabulary between whoever asks and the wire dialects.

Everything here is frozen: a prompt is made once and never changed on its way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["system", "user", "assistant"]
StopReason = Literal["stop", "length", "refusal"]


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


@dataclass(frozen=True, slots=True)
class Model:
    """A named model of a provider, with the facts that shape a request to it."""

    name: str  # as in routes: "provider/name"
    provider: str
    id: str  # as the provider calls it
    fim: str | None = None  # a family of `turnout_clients.fim`, or "native"
    context: int = 32_768  # tokens
    max_output: int = 4_096  # tokens


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    text: str


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


Prompt = Chat | Fill


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider reported them. ``input`` includes the cached ones."""

    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0
    thinking: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """A piece of the model's reasoning, never part of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """The terminal event: a stream without it was cut, and is never passed off as whole."""

    reason: StopReason
    usage: Usage | None = None


Chunk = Text | Thinking | Done


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
