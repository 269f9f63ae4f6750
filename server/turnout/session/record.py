"""What the rows of a session hold: the head with its facts, and values that tell of damage."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final

IDLE: Final = 12 * 3600.0
"""Seconds after which what is asked next begins a new session."""

_SUM: Final = 16  # bytes of a checksum
_MOST: Final = 1_000_000  # entries of one session


@dataclass(frozen=True, slots=True)
class Head:
    """The facts of one session. Times in seconds since 1970."""

    id: str
    workspace: str
    begun: float
    last: float
    entries: int = 0
    size: int = 0  # bytes of its entries
    closed: bool = False

    def is_open(self, now: float) -> bool:
        """Whether it is gone on with."""
        return not self.closed and now - self.last < IDLE

    def is_full(self, most: int) -> bool:
        """Whether it is larger than a session may be."""
        return self.size > most or self.entries > _MOST // 2


def new_head(workspace: str, now: float) -> Head:
    """Begin a session. Its name sorts by time."""
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
    return Head(f"{moment}-{secrets.token_hex(3)}", workspace, now, now)


def head_key(session: str) -> str:
    """Where the head of a session lies. Heads sort before entries."""
    return f"head:{session}"


def entry_key(session: str, number: int) -> str:
    """Where an entry lies; numbers begin at 1."""
    return f"said:{session}:{number:07}"


def open_key(workspace: str) -> str:
    """Where it stands which session of a workspace is open."""
    name = workspace.encode("utf-8", "surrogatepass")
    return f"at:{blake2b(name, digest_size=16).hexdigest()}"


def sealed(key: str, value: bytes) -> bytes:
    """Put a checksum before a value, of the value and of where it lies."""
    return _checksum(key, value) + value


def unsealed(key: str, stored: bytes | None) -> bytes | None:
    """Return the value; None where it is damaged or none is there."""
    if stored is None or stored[:_SUM] != _checksum(key, stored[_SUM:]):
        return None
    return stored[_SUM:]


def write_head(head: Head) -> bytes:
    """Write a head down."""
    return json.dumps(asdict(head), ensure_ascii=False).encode("utf-8", "surrogatepass")


def read_head(value: bytes | None) -> Head | None:
    """Read a head; None where there is none that can be read."""
    if value is None:
        return None
    try:
        known = {name: one for name, one in _loads(value).items() if name in Head.__slots__}
        head = Head(**known)
    except (ValueError, TypeError, AttributeError):
        return None
    return head if 0 <= head.entries <= _MOST else None


def _loads(value: bytes) -> Any:
    return json.loads(value.decode("utf-8", "surrogatepass"))


def _checksum(key: str, value: bytes) -> bytes:
    digest = blake2b(key.encode("utf-8", "surrogatepass") + b"\0", digest_size=_SUM)
    digest.update(value)
    return digest.digest()
