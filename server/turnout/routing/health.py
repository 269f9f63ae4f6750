"""Which back ends are ill, and how long each is left alone. Pure: the clock is passed in.

A back end is a model of a provider, asked with a key. It rests after failures that say it is ill,
and as long as the provider asked for; then a single call probes it, and the others pass it over
until that call has ended. What says that the *key* is of no use rests all models of the key.
Nothing of this is stored.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from secrets import token_bytes
from typing import Final, Literal

from turnout_clients.errors import (
    DeadlineExceeded,
    MalformedStream,
    Overloaded,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    StreamCut,
    Suspended,
    Unauthorized,
    Unreachable,
)
from turnout_clients.types import Endpoint, Model

IN_A_ROW: Final = 5
"""Failures after which a back end rests."""
WINDOW: Final = 20
"""Calls of which half must have failed, where they did not fail in a row."""
REST: Final = 15.0
"""Seconds of the first rest; each probe that fails doubles the next."""
LONGEST_REST: Final = 120.0
CREDIT_REST: Final = 900.0
"""Seconds until it is tried whether credit was added: no setting changes when it is."""

_ILL: Final = (
    Unreachable, DeadlineExceeded, Overloaded, RateLimited, StreamCut, MalformedStream,
)  # fmt: skip
_OF_KEY: Final = (Unauthorized, Suspended, QuotaExhausted)

Scope = Literal["key", "model", "typing"]


@dataclass(frozen=True, slots=True)
class BackEnd:
    """What is ill or well. ``key`` is a fingerprint that means nothing outside of this process."""

    provider: str
    model: str
    key: str

    @classmethod
    def of(cls, endpoint: Endpoint, model: Model) -> BackEnd:
        """Say whom a call goes to."""
        secret = endpoint.key.reveal() if endpoint.key else ""
        told = repr((endpoint.base_url, endpoint.headers, secret)).encode()
        mark = hashlib.blake2b(told, key=_salt(), digest_size=16).hexdigest()
        return cls(endpoint.name, model.name, mark)


@dataclass(frozen=True, slots=True)
class Rest:
    """Why a back end is left alone. ``until`` is by the clock; None: until keys or settings change.

    ``asked`` says that the provider itself asked for it: the rest is no guess of ours.
    """

    why: str
    until: float | None
    asked: bool = False
    of_key: bool = False
    remedy: str = ""
    probed: bool = False  # it is over, and a call finds out how things are


@dataclass(slots=True, eq=False)
class _Breaker:
    """The last calls in one scope, and the rest that followed from them."""

    failed: deque[bool] = field(default_factory=lambda: deque(maxlen=WINDOW))
    in_a_row: int = 0
    rest: Rest | None = None
    seconds: float = REST
    probe: Visit | None = None

    def resting(self, now: float) -> Rest | None:
        if self.rest is None or self.rest.until is None or now < self.rest.until:
            return self.rest
        return replace(self.rest, probed=True) if self.probe else None

    def well(self, now: float) -> None:
        rest = self.rest
        holds = rest and rest.asked and rest.until and now < rest.until
        if rest and not holds:  # one that was asked for does, whatever else was under way
            self.failed.clear()
            self.rest, self.seconds = None, REST
        self.failed.append(False)
        self.in_a_row = 0

    def ill(self, why: str, now: float, *, probed: bool) -> None:
        self.failed.append(True)
        self.in_a_row += 1
        if self.rest and not probed:  # it began before the rest, or in spite of it
            return
        if probed:
            self.seconds = min(self.seconds * 2, LONGEST_REST)
        if probed or self.in_a_row >= IN_A_ROW or sum(self.failed) >= WINDOW // 2:
            self.rest = Rest(why, now + self.seconds)


class Health:
    """How all back ends are, as far as calls have shown."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._breakers: dict[tuple[Scope, BackEnd], _Breaker] = {}

    @property
    def is_clear(self) -> bool:
        """Whether nothing rests, so that there is nothing to look up."""
        return not any(breaker.rest for breaker in self._breakers.values())

    def rest(self, back_end: BackEnd, *, typing: bool) -> Rest | None:
        """Return why a back end is left alone now, None where it may be asked.

        ``typing`` is for calls whose answer is wanted between two keys: what is too slow for
        those is not ill for the others.
        """
        now = self._clock()
        rests = (breaker.resting(now) for breaker in self._of(back_end, typing).values())
        return next(filter(None, rests), None)

    def rests(self) -> Iterator[tuple[BackEnd, Rest]]:
        """Yield what is left alone now, and why; the model is "" where all of a key are."""
        now = self._clock()
        for (scope, back_end), breaker in list(self._breakers.items()):
            if scope != "typing" and (rest := breaker.resting(now)):
                yield back_end, rest

    def enter(self, back_end: BackEnd, *, typing: bool, anyway: bool = False) -> Visit | Rest:
        """Begin a call; the first after a rest is the probe. ``anyway`` goes against a guess."""
        rest = self.rest(back_end, typing=typing)
        if rest and (rest.asked or not anyway):
            return rest
        visit = Visit(self._clock, self._of(back_end, typing), typing)
        if rest is None:
            visit.probe()
        return visit

    def forget(self) -> None:
        """Take all to be well: the settings have changed."""
        self._breakers.clear()

    def _of(self, back_end: BackEnd, typing: bool) -> dict[Scope, _Breaker]:
        scopes: dict[Scope, BackEnd] = {"key": replace(back_end, model=""), "model": back_end}
        if typing:
            scopes["typing"] = back_end
        return {
            scope: self._breakers.setdefault((scope, one), _Breaker())
            for scope, one in scopes.items()
        }


class Visit:
    """One call to a back end. Tell how it went, once."""

    def __init__(
        self, clock: Callable[[], float], breakers: dict[Scope, _Breaker], typing: bool
    ) -> None:
        self._clock = clock
        self._breakers = breakers
        self._typing = typing

    def probe(self) -> None:
        """Find out for all whether the rest has helped, where there was one."""
        for breaker in self._breakers.values():
            if breaker.rest:
                breaker.probe = self

    def succeeded(self) -> None:
        """It answered: with whatever, it is there."""
        for breaker in self._breakers.values():
            breaker.well(self._clock())
        self.left()

    def failed(self, error: ProviderError) -> None:
        """It failed; what was wrong with the request itself says nothing of the back end."""
        if not isinstance(error, _OF_KEY + _ILL):
            self.succeeded()
            return
        now = self._clock()
        if isinstance(error, _OF_KEY):
            until = now + CREDIT_REST if isinstance(error, QuotaExhausted) else None
            rest = Rest(_why(error), until, of_key=True, remedy=error.remedy)
            self._breakers["key"].rest = rest
        elif isinstance(error, RateLimited) and error.retry_after:
            rest = Rest("it asked to wait", now + error.retry_after, asked=True)
            self._breakers["model"].rest = rest
        else:
            slow = self._typing and isinstance(error, DeadlineExceeded)
            breaker = self._breakers["typing" if slow else "model"]
            breaker.ill(_why(error), now, probed=breaker.probe is self)
        self.left()

    def left(self) -> None:
        """End it. Without a word before, nobody knows how it would have gone."""
        for breaker in self._breakers.values():
            if breaker.probe is self:
                breaker.probe = None


def _why(error: ProviderError) -> str:
    match error:
        case QuotaExhausted():
            return "no credit or quota is left for its key"
        case Suspended():
            return "the account or key is switched off"
        case Unauthorized():
            return "its key was not accepted"
        case Unreachable():
            return "it could not be reached"
        case DeadlineExceeded():
            return "it was too slow"
        case RateLimited():
            return "it gets too many requests"
        case StreamCut() | MalformedStream():
            return "its answers broke off or could not be read"
    return "it is failing"


@cache
def _salt() -> bytes:
    """Return what makes a fingerprint of this process alone; nobody could guess a key from it."""
    return token_bytes(32)
