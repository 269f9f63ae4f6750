"""What a dialect is: a request out of a call, chunks out of events. Pure: no socket, no clock."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from turnout_clients.failures import Failures
from turnout_clients.said import is_error
from turnout_clients.sse import Event
from turnout_clients.text import mend, read_json
from turnout_clients.types import Call, Chunk, Endpoint

Framing = Literal["sse", "ndjson", "json"]
"""How the events of a reply are told apart: server-sent events, or one JSON value a line; ``json``
is a reply that is one event, of providers that do not stream."""

_HEADER_NAME: Final = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")


@dataclass(frozen=True, slots=True, repr=False)
class WireRequest:
    """What is sent. Its headers hold the key, so it has no ``repr``."""

    url: str
    headers: tuple[tuple[str, str], ...]
    body: dict[str, Any] | None = None
    method: str = "POST"
    framing: Framing = "sse"  # of the reply
    repeated: int = 0  # bytes of the request and of the answer that an event may repeat

    def content(self) -> bytes | None:
        """The body as bytes; a lone surrogate becomes a replacement character."""
        if self.body is None:
            return None
        return mend(json.dumps(self.body, ensure_ascii=False)).encode()


class Parser(Protocol):
    """Reads one streamed answer. Raises errors of the tree; the last chunk is `Done`.

    What the provider says of tokens before that goes into the call's meter.
    """

    def feed(self, event: Event) -> Iterator[Chunk]:
        """Take an event, give the chunks it completes."""
        ...

    def end(self) -> Iterator[Chunk]:
        """Take the proper end of the body; raises `StreamCut` if the answer was not at its end."""
        ...


class Dialect(Protocol):
    """One wire protocol; the modules of this package are its instances."""

    def prepare(self, call: Call) -> WireRequest:
        """Say what to send."""
        ...

    def parser(self, call: Call) -> Parser:
        """Make a parser for the answer to this call."""
        ...

    def models_url(self, endpoint: Endpoint) -> str:
        """Say where the provider lists its models."""
        ...

    def headers(self, endpoint: Endpoint) -> tuple[tuple[str, str], ...]:
        """Say what goes with every request, the key among it."""
        ...


def headers(endpoint: Endpoint, name: str = "authorization") -> tuple[tuple[str, str], ...]:
    """The headers of every request: the key under this name or the one that the user gives.

    A header of the user's own of that name takes its place.

    What no header can carry is refused here: the HTTP library would quote it in its error.
    """
    name = str(endpoint.quirks.get("key_header", name)).lower()
    own = tuple((name.lower(), value) for name, value in endpoint.headers)
    for own_name, value in own:
        if not (_HEADER_NAME.fullmatch(own_name) and value.isascii() and value.isprintable()):
            raise Failures(endpoint).misconfigured(
                "one of its headers cannot be sent", f"mend headers of [providers.{endpoint.name}]"
            )
    if endpoint.key is None or any(own_name == name for own_name, _ in own):
        return own
    key = endpoint.key.reveal()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise Failures(endpoint).unusable_key()
    return ((name, f"Bearer {key}" if name == "authorization" else key), *own)


def decode(event: Event, failures: Failures) -> dict[str, Any]:
    """Read the JSON object of an event; an error in it is raised."""
    try:
        value = read_json(event.data)
    except ValueError:
        if event.name == "error":
            raise failures.reported(event.data) from None
        raise failures.malformed("something that is not JSON") from None
    if event.name == "error" or is_error(value):
        raise failures.reported(value)
    if not isinstance(value, dict):
        raise failures.malformed("JSON of another kind")
    return value


def table(value: Any) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one: a field of the wrong type is absent."""
    return value if isinstance(value, dict) else {}


def string(value: Any) -> str:
    """The value if it is a string, with its surrogates mended, else an empty one."""
    return mend(value) if isinstance(value, str) else ""


def count(value: Any) -> int:
    """The value if it is a number of tokens, else 0."""
    return value if isinstance(value, int) and value > 0 else 0
