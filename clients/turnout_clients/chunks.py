"""The chunks of HTTP/1.1's chunked bodies, taken off whatever way the network cut them."""

from __future__ import annotations

import re
from typing import Final

LONGEST_LINE: Final = 1024
MOST_TRAILERS: Final = 16 * 1024  # bytes

_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")
_END: Final = re.compile(rb"\r\n")
_TRAILERS: Final = re.compile(rb"(?:[^\r\n]+\r\n)*\r\n")


class Chunks:
    """One body. What a chunk has brought is given at once, also where more of it is to come."""

    def __init__(self) -> None:
        self._rest = b""
        self._left = 0  # bytes of the open chunk
        self._line = _SIZE  # what must come next
        self.ended = False
        self.excess = False
        """Whether something came behind the end."""

    def feed(self, data: bytes) -> bytes:
        """Take bytes of the connection, give those of the body. Raises `ValueError`."""
        if self._line is _SIZE and not self._rest and (found := _SIZE.match(data)):
            # One whole chunk, as most reads are.
            size, start = int(found[1], 16), found.end()
            if size and start + size + 2 == len(data) and data.endswith(b"\r\n"):
                return data[start:-2]
        return self._step_by_step(self._rest + data)

    def _step_by_step(self, data: bytes) -> bytes:
        at = 0
        pieces: list[bytes] = []
        while at < len(data) and not self.ended:
            if self._left:
                piece = data[at : at + self._left]
                pieces.append(piece)
                at += len(piece)
                self._left -= len(piece)
            elif found := self._line.match(data, at):
                at = found.end()
                self._open(found)
            elif b"\n" in data[at + 2 : at + LONGEST_LINE] and self._line is not _TRAILERS:
                raise ValueError("no size of a chunk")
            else:
                break
        self._rest = data[at:]
        if len(self._rest) > (MOST_TRAILERS if self._line is _TRAILERS else LONGEST_LINE):
            raise ValueError("an endless line")
        self.excess = self.ended and self._rest != b""
        return b"".join(pieces)

    def _open(self, found: re.Match[bytes]) -> None:
        if self._line is _TRAILERS:
            self.ended = True
        elif self._line is _END:
            self._line = _SIZE
        else:
            self._left = int(found[1], 16)
            self._line = _END if self._left else _TRAILERS
