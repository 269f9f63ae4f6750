"""JSON values out of bytes, whatever way the network cut them: one a line, or one in all.

What lacks its end is never given out: a cut stream must not look whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from turnout_clients.sse import Event, OversizedEventError
from turnout_clients.text import read_json


class LineSplitter:
    """Splits one stream. Empty lines are passed over."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take bytes, give the lines they complete. Raises `UnicodeDecodeError` for other text."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if len(line) > self._cap:
                raise OversizedEventError
            if line := line.strip():
                yield Event("", line.decode())
        if len(self._rest) > self._cap:
            raise OversizedEventError


class WholeSplitter:
    """Waits for the one JSON object that a reply is: it is whole when it can be read."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._body = b""

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take bytes, give the object they complete. Raises `UnicodeDecodeError` for other text."""
        self._body += data
        if len(self._body) > self._cap:
            raise OversizedEventError
        if not self._body.rstrip().endswith(b"}"):
            return
        text = self._body.decode()
        with suppress(ValueError):
            read_json(text)
            self._body = b""
            yield Event("", text)
