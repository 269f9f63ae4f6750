"""What became of the last asks, without their content: for "why this model?" and "why nothing?"."""

from __future__ import annotations

import logging
import time
import traceback
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from turnout.engine.experience import now
from turnout.routing.route import Route, RuledOut
from turnout.vocabulary import Task
from turnout_clients import errors
from turnout_clients.types import Calling, Text, Thinking, ToolCall, Usage

if TYPE_CHECKING:
    from turnout.engine.purse import Purse

logger = logging.getLogger(__name__)

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

_WHOLE: Final = (errors.EmptyAnswer, errors.Refused)
"""Faults of answers that came to their own end: what the provider counted is all there is."""


@dataclass(slots=True)
class Tried:
    """One call to one model. Times are in seconds since the call left."""

    model: str
    began: float = field(default_factory=now)
    id: str = ""  # of its line in the ledger
    first_token: float | None = None  # of whatever kind
    first_text: float | None = None
    ended: float | None = None
    usage: Usage | None = None
    heard: int = 0  # bytes of text and thinking
    error: str = ""  # the name of its class
    billed: bool = True
    whole: bool = False  # it came to its own end
    closed: bool = False  # by us, who had enough
    answered: bool = False

    @property
    def elapsed(self) -> float:
        """How long it has taken so far, or took."""
        return now() - self.began if self.ended is None else self.ended

    def hear(self, piece: Text | Thinking | Calling | ToolCall) -> None:
        """A piece of the answer arrived."""
        if self.first_token is None:
            self.first_token = self.elapsed
        text = piece.arguments if isinstance(piece, ToolCall) else piece.text
        self.heard += len(text.encode("utf-8", "surrogatepass"))

    def show(self) -> None:
        """Text of the answer can be shown."""
        if self.first_text is None:
            self.first_text = self.elapsed

    def end(self, usage: Usage | None, *, whole: bool = True) -> None:
        """It ended properly; ``whole`` is false where we closed it."""
        self.ended, self.usage = self.elapsed, usage
        self.whole, self.closed = whole, not whole

    def fail(self, error: Exception) -> None:
        """It failed, on its way or before it left."""
        self.ended, self.error = self.elapsed, type(error).__name__
        self.usage = getattr(error, "usage", None) or self.usage
        self.whole = self.whole or isinstance(error, _WHOLE)
        self.billed = bool(self.heard) or not isinstance(error, _UNBILLED)


@dataclass(slots=True)
class Record:
    """One ask: its route, the calls that were made, and who answered ("" for nobody)."""

    task: Task
    route: Route
    purse: Purse
    asked_at: float = field(default_factory=time.time)
    shown_at: float = 0.0  # when the first of its answer could be shown, 0 for never
    shown_by: str = ""  # the model whose answer that was
    tried: list[Tried] = field(default_factory=list)
    answer: str = ""
    asked_again: str = ""  # who was asked once more since an answer did not pass its check

    @property
    def last_call(self) -> str:
        """The line in the ledger of the call that left last, "" where none has."""
        return next((tried.id for tried in reversed(self.tried) if tried.id), "")

    def show(self, model: str) -> None:
        """What a model answered can be shown now."""
        self.shown_at = self.shown_at or time.time()
        self.shown_by = model

    def rule_out(self, model: str, reason: str, remedy: str) -> None:
        """A candidate may not be asked after all."""
        left = tuple(one for one in self.route.candidates if one.name != model)
        ruled_out = (*self.route.ruled_out, RuledOut(model, reason, remedy))
        self.route = replace(self.route, candidates=left, ruled_out=ruled_out)


def report(who: str, error: Exception) -> None:
    """Log where it happened and never what it was about: messages may quote the user's code."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    logger.error("%s: %s at %s:%d", who, type(error).__name__, frame.filename, frame.lineno or 0)
