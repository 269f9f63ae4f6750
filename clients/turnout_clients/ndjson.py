"""JSON values out of bytes, one a line, whatever way the network cut them.

A line without its end is never given out: a cut stream must not look whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from turnout_clients.sse import Event, OversizedEventError


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
