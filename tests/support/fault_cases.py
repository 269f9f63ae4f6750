"""What each of the 36 faults has to become, and how to bring it about."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from turnout_clients import errors
from turnout_clients.types import Deadlines, Limits

DEADLINES: Final = Deadlines(connect=1.0, first_token=2.0, total=3.0)
"""For what ends by itself: longer than a busy machine needs."""
SOON: Final = Deadlines(connect=0.1, first_token=0.12, total=0.25)
"""For what only a deadline ends."""
LIMITS: Final = Limits(event_bytes=8 * 1024, answer_bytes=16 * 1024)
PATHS: Final = {
    "deepseek": "/beta",
    "inception": "/inception/v1",
    "llamacpp": "",
    "mistral": "/mistral/v1",
    "ollama": "",
}
"""Below the fake upstream's address, by dialect; "/v1" elsewhere."""

Replace = Callable[[object, str, object], None]
"""Replaces an attribute as long as the case lasts."""


@dataclass(frozen=True)
class Expected:
    """What comes of a fault."""

    error: type[errors.ProviderError]
    remedy: bool = False  # the user can act
    text: bool = False  # some of the answer came before
    retry_after: float | None = None
    lasts: float | None = None  # seconds: it ends by this deadline, without burning the processor

    @property
    def deadlines(self) -> Deadlines:
        """Those to bring it about with."""
        return SOON if self.lasts else DEADLINES


EXPECTED: Final = {
    "refused": Expected(errors.Unreachable, remedy=True),
    "no-such-host": Expected(errors.Unreachable, remedy=True),
    "tls-to-plain": Expected(errors.Unreachable, remedy=True, lasts=SOON.connect),
    "accept-close": Expected(errors.Unreachable, remedy=True),
    "rst-before-reply": Expected(errors.Unreachable, remedy=True),
    "silence": Expected(errors.DeadlineExceeded, lasts=SOON.first_token),
    "garbage-status": Expected(errors.MalformedStream, remedy=True),
    "headers-close": Expected(errors.StreamCut),
    "headers-silence": Expected(errors.DeadlineExceeded, lasts=SOON.first_token),
    "cut-in-chunk": Expected(errors.StreamCut, text=True),
    "no-terminator": Expected(errors.StreamCut, text=True),
    "rst-mid-stream": Expected(errors.StreamCut),
    "stall-mid-stream": Expected(errors.DeadlineExceeded, text=True, lasts=SOON.total),
    "truncated-length": Expected(errors.StreamCut),
    "bad-gzip": Expected(errors.MalformedStream),
    "status-401": Expected(errors.Unauthorized, remedy=True),
    "status-403": Expected(errors.Forbidden, remedy=True),
    "status-404-model": Expected(errors.ModelNotFound, remedy=True),
    "status-400-context": Expected(errors.ContextOverflow, remedy=True),
    "status-429-soon": Expected(errors.RateLimited, retry_after=1),
    "status-429-late": Expected(errors.RateLimited, retry_after=86_400),
    "status-500": Expected(errors.Overloaded),
    "status-503": Expected(errors.Overloaded),
    "status-529": Expected(errors.Overloaded),
    "status-307": Expected(errors.Unreachable, remedy=True),
    "cut-close": Expected(errors.StreamCut, text=True),
    "no-done": Expected(errors.StreamCut, text=True),
    "broken-json": Expected(errors.MalformedStream, text=True),
    "in-band-error": Expected(errors.Overloaded, text=True),
    "done-empty": Expected(errors.EmptyAnswer),
    "invalid-utf8": Expected(errors.MalformedStream, text=True),
    "html-200": Expected(errors.MalformedStream, remedy=True),
    "json-error-200": Expected(errors.Overloaded),
    "comments-forever": Expected(errors.DeadlineExceeded, lasts=SOON.first_token),
    "gzip-bomb": Expected(errors.MalformedStream),
    "endless-tokens": Expected(errors.TooLarge, text=True),
}
WITHOUT_UPSTREAM: Final = frozenset({"refused", "no-such-host", "tls-to-plain"})
"""Faults of the address alone."""


def base_url(url: str, dialect: str) -> str:
    """Where a dialect is spoken by the fake upstream at this address."""
    return url + PATHS.get(dialect, "/v1")


def faulty_url(fault: str, url: str, replace: Replace) -> str:
    """The address at which a fault happens; ``replace`` is a monkeypatch's."""
    if fault == "refused":
        return url.replace(url.split("/")[2], f"127.0.0.1:{closed_port()}")
    if fault == "tls-to-plain":
        return url.replace("http:", "https:")
    if fault == "no-such-host":
        replace(socket, "getaddrinfo", _unknown_host)
        return url.replace(url.split("/")[2], "nowhere.invalid")
    return url


def closed_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _unknown_host(*_: object, **__: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
