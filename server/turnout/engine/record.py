"""What became of the last asks, without their content: for "why this model?" and "why nothing?".

Every call is also booked in the ledger, however it ended.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from turnout.ledger.entry import Ending, Entry, Source
from turnout.routing.route import Route, RuledOut
from turnout.vocabulary import Task
from turnout_clients import errors
from turnout_clients.types import (
    Calling,
    Chat,
    Model,
    Prompt,
    Text,
    Thinking,
    ToolCall,
    Usage,
)

if TYPE_CHECKING:
    from turnout.settings.model import Provider

_BYTES_A_TOKEN: Final = 3.5
"""Of code and prose, in any of the usual tokenizers: for what was not reported."""
_FEWEST_BYTES_A_TOKEN: Final = 2.5
"""For the worst case."""
_TURN_TOKENS: Final = 8  # that a turn of a conversation takes beside its text

_UNBILLED: Final = (
    errors.Unreachable,
    errors.Unauthorized,
    errors.Forbidden,
    errors.ModelNotFound,
    errors.BadRequest,
    errors.RateLimited,
    errors.Overloaded,
)
"""Faults that come instead of an answer. Where part of one came first, that part is billed."""


@dataclass(slots=True)
class Tried:
    """One call to one model. Times are in seconds since the call left."""

    model: str
    began: float
    id: str = ""  # of its line in the ledger
    first_text: float | None = None
    ended: float | None = None
    usage: Usage | None = None
    heard: int = 0  # bytes of text and thinking
    error: str = ""  # the name of its class
    billed: bool = True
    whole: bool = False  # it came to its own end
    closed: bool = False  # by us, who had enough
    answered: bool = False


@dataclass(slots=True)
class Record:
    """One ask: its route, the calls that were made, and who answered ("" for nobody)."""

    task: Task
    route: Route
    tried: list[Tried] = field(default_factory=list)
    answer: str = ""
    why_not: str = ""

    def calling(self, model: str, call: str = "") -> None:
        """A call leaves."""
        self.tried.append(Tried(model, monotonic(), call))

    def heard(self, piece: Text | Thinking | Calling | ToolCall) -> None:
        """A piece of the answer under way arrived."""
        text = piece.arguments if isinstance(piece, ToolCall) else piece.text
        self.tried[-1].heard += len(text.encode("utf-8", "surrogatepass"))

    def first_text(self) -> None:
        """Text of the call under way arrived."""
        tried = self.tried[-1]
        if tried.first_text is None:
            tried.first_text = monotonic() - tried.began

    def done(self, usage: Usage | None, *, whole: bool = True) -> None:
        """The call under way ended properly; ``whole`` is false where we closed it."""
        tried = self.tried[-1]
        tried.ended, tried.usage = monotonic() - tried.began, usage
        tried.whole, tried.closed = whole, not whole

    def answered(self) -> None:
        """The call under way gave an answer."""
        self.tried[-1].answered = True

    def failed(self, model: str, error: Exception) -> None:
        """A candidate failed, during its call or before it."""
        if not self.tried or self.tried[-1].model != model:
            self.calling(model)
        tried = self.tried[-1]
        tried.ended, tried.error = monotonic() - tried.began, type(error).__name__
        tried.billed = bool(tried.heard) or not isinstance(error, _UNBILLED)

    def rule_out(self, model: str, reason: str, remedy: str) -> None:
        """A candidate may not be asked after all."""
        left = tuple(one for one in self.route.candidates if one.name != model)
        ruled_out = (*self.route.ruled_out, RuledOut(model, reason, remedy))
        self.route = replace(self.route, candidates=left, ruled_out=ruled_out)


@dataclass(frozen=True, slots=True)
class Bill:
    """What is known of a call before it leaves: enough to set its cost aside, and to book it."""

    id: str
    at: float
    source: Source
    prompt: Prompt

    @classmethod
    def of(cls, call: str, model: Model, provider: Provider, prompt: Prompt) -> Bill:
        """Make the bill of a call that is about to leave."""
        local = is_local(provider)
        source = Source(
            model.name, provider.name, provider.dialect, model.id, provider.base_url, local
        )
        return cls(call, time.time(), source, prompt)

    def most(self) -> Usage:
        """Return the most tokens that the call may take."""
        return Usage(_tokens(self.prompt, _FEWEST_BYTES_A_TOKEN), self.prompt.max_tokens)

    def opening(self, record: Record) -> Entry:
        """Return the line as far as it is known before the call."""
        route = record.route
        reasons = (one.reason for one in route.candidates if one.name == self.source.name)
        before = next((tried.id for tried in reversed(record.tried) if tried.id), "")
        return Entry(
            id=self.id,
            at=self.at,
            task=record.task,
            layer=route.layer,
            route=" > ".join(one.name for one in route.candidates),
            reason=next(reasons, ""),
            source=self.source,
            parent=before,
            relation="failover" if before else "",
        )

    def closing(self, opening: Entry, tried: Tried) -> Entry:
        """Return the whole line of a call that has ended, however it did."""
        usage = tried.usage
        total = monotonic() - tried.began if tried.ended is None else tried.ended
        return replace(
            opening,
            usage=usage or self._estimate(tried),
            estimated=usage is None,
            first_ms=None if tried.first_text is None else tried.first_text * 1000,
            total_ms=total * 1000,
            ending=_ending(opening, tried),
            error=tried.error,
            aborted=tried.closed or not (tried.whole or tried.error),
        )

    def _estimate(self, tried: Tried) -> Usage:
        if not tried.billed:
            return Usage(0, 0)
        output = min(round(tried.heard / _BYTES_A_TOKEN), self.prompt.max_tokens)
        return Usage(_tokens(self.prompt, _BYTES_A_TOKEN), output)


def is_local(provider: Provider) -> bool:
    """Whether a provider is on this machine."""
    try:
        host = urlsplit(provider.base_url).hostname or ""
    except ValueError:
        return False
    return host in ("localhost", "::1") or host.startswith("127.")


def _ending(opening: Entry, tried: Tried) -> Ending:
    if tried.error:
        return "failed"
    if tried.answered:
        return "answered"
    return "superseded" if opening.layer == "instant" else "cancelled"


def _tokens(prompt: Prompt, bytes_a_token: float) -> int:
    """Estimate the tokens of a prompt."""
    if isinstance(prompt, Chat):
        turns_parts = (part for turn in prompt.messages for part in turn.content)
        texts = [p.arguments if isinstance(p, ToolCall) else p.text for p in turns_parts]
        texts += [f"{tool.name}{tool.description}{tool.schema}" for tool in prompt.tools]
        turns = len(prompt.messages)
    else:
        texts = [prompt.prefix, prompt.suffix, *(snippet.text for snippet in prompt.snippets)]
        turns = 1
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    return round(size / bytes_a_token) + turns * _TURN_TOKENS
