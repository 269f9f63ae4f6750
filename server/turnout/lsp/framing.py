"""The base protocol of LSP: messages out of bytes, and back. Standard library only, no I/O.

A JSON text never holds a raw line break inside a string, so a `Content-Length` line in the middle
of a message proves that the length announced before it was wrong. Decoding goes on from there, so
that a malformed message never costs the one after it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MAX_BODY: Final = 64 * 1024 * 1024
MAX_HEADER: Final = 64 * 1024

_HEADER_END: Final = re.compile(rb"\r?\n\r?\n")
# Searched, not anchored: after stray bytes decoding resumes at the next header.
_LENGTH: Final = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,18})[ \t]*(?=\r?\n)", re.IGNORECASE)
_LENGTH_NAMES: Final = (b"Content-Length", b"content-length")
_LENGTH_SPAN: Final = 64  # no sane header line is longer


@dataclass(frozen=True, slots=True)
class Lost:
    """Bytes that were not a message, or one too large: what they said is not known."""

    reason: str


Frame = bytes | Lost


def encode_frame(body: bytes) -> bytes:
    """Return the body with its header before it."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class FrameDecoder:
    """Turns arbitrary chunks of bytes into whole message bodies, in order."""

    def __init__(self, max_body: int = MAX_BODY) -> None:
        self._max_body = max_body
        self._buffer = bytearray()
        self._start = 0  # what lies before it was decoded
        self._seen = 0  # up to here what is being awaited was searched already
        self._missing = -1  # length of the message being awaited; negative: a header comes next
        self._skipping = False

    def feed(self, chunk: bytes) -> list[Frame]:
        """Take bytes as they arrived; return what is complete now."""
        self._buffer += chunk
        frames: list[Frame] = []
        while self._advance(frames):
            pass
        del self._buffer[: self._start]
        self._seen -= self._start
        self._start = 0
        return frames

    def _advance(self, frames: list[Frame]) -> bool:
        if self._missing < 0:
            return self._read_header(frames)
        return self._skip_body() if self._skipping else self._read_body(frames)

    def _read_header(self, frames: list[Frame]) -> bool:
        end = _HEADER_END.search(self._buffer, self._seen)
        if end is None:
            self._seen = max(self._start, len(self._buffer) - 3)
            return self._drop_endless_header(frames)
        lengths = list(_LENGTH.finditer(self._buffer, self._start, end.end()))
        before = self._buffer[self._start : end.start()]
        self._start = self._seen = end.end()
        if not lengths:
            if before.strip():
                frames.append(Lost("a header without Content-Length"))
            return True
        if b"{" in before or b"}" in before:
            frames.append(Lost("bytes between messages"))
        self._missing = int(lengths[-1][1])
        self._skipping = self._missing > self._max_body
        if self._skipping:
            frames.append(Lost("a message of more than the largest size"))
        return True

    def _drop_endless_header(self, frames: list[Frame]) -> bool:
        if len(self._buffer) - self._start > MAX_HEADER:
            self._start = self._seen = len(self._buffer) - _LENGTH_SPAN
            frames.append(Lost("a header that does not end"))
        return False

    def _read_body(self, frames: list[Frame]) -> bool:
        stop = self._start + self._missing
        if self._resume_at_header(stop):
            frames.append(Lost("a message shorter than its Content-Length"))
            return True
        if stop > len(self._buffer):
            return False
        with memoryview(self._buffer) as buffer:
            body = bytes(buffer[self._start : stop])
        if excess := _started_header(body):
            stop -= excess
            frames.append(Lost("a message shorter than its Content-Length"))
        else:
            frames.append(body)
        self._start = self._seen = stop
        self._missing = -1
        return True

    def _skip_body(self) -> bool:
        if self._resume_at_header(self._start + self._missing):
            return True
        arrived = len(self._buffer) - self._start
        if self._missing <= arrived:
            self._start += self._missing
            self._seen = self._start
            self._missing = -1
            return True
        # A header line may have begun in the last bytes: they stay.
        passed = max(0, arrived - _LENGTH_SPAN)
        self._start += passed
        self._missing -= passed
        return False

    def _resume_at_header(self, stop: int) -> bool:
        """Look for a header line before `stop`; if there is one, the message ends before it."""
        end = min(stop, len(self._buffer))
        for name in _LENGTH_NAMES:
            at = self._buffer.find(name, self._seen, end)
            while at != -1:
                if _LENGTH.match(self._buffer, at, end):
                    self._start = self._seen = at
                    self._missing = -1
                    return True
                at = self._buffer.find(name, at + 1, end)
        self._seen = max(self._start, end - _LENGTH_SPAN)
        return False


def _started_header(body: bytes) -> int:
    """How many bytes at the end of a body belong to the header of the next message."""
    tail = body[-_LENGTH_SPAN:].lower()
    if tail.rstrip().endswith((b"}", b"]")):
        return 0
    name = b"content-length"
    at = tail.rfind(b"c")
    while at != -1:
        if name.startswith(tail[at:]) or tail.startswith(name, at):
            return len(tail) - at
        at = tail.rfind(b"c", 0, at)
    return 0
