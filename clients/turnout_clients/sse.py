"""Server-sent events out of bytes, whatever way the network cut them.

An event that is not ended by an empty line is never given out: a cut stream must not look whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Event(NamedTuple):
    """One event; ``name`` is "" where the server gave none."""

    name: str
    data: str


class OversizedEventError(Exception):
    """An event passed the cap."""


class EventSplitter:
    """Splits one stream. Lines end at CR, LF or CRLF, as the standard says."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._rest = b""
        self._after_cr = False
        self._name = b""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take bytes, give the events they complete. Raises `UnicodeDecodeError` for other text."""
        if not data:
            return
        if self._after_cr and data.startswith(b"\n"):
            data = data[1:]
        self._after_cr = data.endswith(b"\r")
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line:
                self._field(line)
            elif event := self._take():
                yield event
        if self._size + len(self._rest) > self._cap:
            raise OversizedEventError

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._name = value
        elif name == b"data":
            self._data.append(value)
        elif name == b"error":  # llama.cpp before 2026 wrote errors as a field of that name
            self._name, self._data = name, [value]
        self._size += len(line) if name else 0
        if self._size > self._cap:
            raise OversizedEventError

    def _take(self) -> Event | None:
        name, data = self._name, self._data
        self._name, self._data, self._size = b"", [], 0
        joined = b"\n".join(data)
        return Event(name.decode(), joined.decode()) if joined else None
