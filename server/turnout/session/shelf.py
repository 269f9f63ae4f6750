"""The sessions on disk. Used from one thread; several processes may do so at once.

Nothing here raises on account of the disk: what is damaged is missing, and where nothing can be
stored, nothing is found. An append is one transaction, and acknowledged once it is committed.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from turnout.session.disk import (
    FILE,
    DamagedError,
    UnsafeFolderError,
    empty_log,
    forget_damaged,
    is_busy,
    is_damage,
    make_file,
    open_cache,
    set_aside,
)
from turnout.session.record import (
    Head,
    entry_key,
    head_key,
    new_head,
    open_key,
    read_head,
    sealed,
    unsealed,
    write_head,
)
from turnout.session.scrub import scrubbed
from turnout.session.transcript import Asked, Entry, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from diskcache import Cache  # type: ignore[import-untyped]

logger = logging.getLogger(__name__)

T = TypeVar("T")

_TRIES: Final = 3
# Shares of the cap:
_LONGEST: Final = 4  # a session that is larger is closed, and gone on with in a new one
_CARRIED: Final = 64  # how much of its end the new one gets
_LARGEST: Final = 16  # an entry that is larger is not kept


class Shelf:
    """All sessions of the user."""

    def __init__(self, folder: Path, cap_bytes: int, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._cap = cap_bytes
        self._now = now
        self._cache: Cache | None = None
        self._inode = 0
        self._left = 0  # bytes after the last culling; more than the cap where all is open
        self._failing = False

    def append(self, workspace: str, entries: Sequence[Entry]) -> bool:
        """Add to the open session of a workspace, or begin one; true once all is stored."""
        now = self._now()
        stamped = (replace(entry, at=entry.at or now) for entry in entries)
        written = [encode(scrubbed(entry)) for entry in stamped]
        fitting = [one for one in written if len(one) <= self._cap // _LARGEST]
        if len(fitting) < len(written):
            logger.warning("what is larger than a session may hold is not kept in it")
        if not fitting:
            return not written
        stored = self._do(lambda cache: self._append(cache, workspace, fitting, now), False)
        if stored:
            self._do(lambda cache: self._make_room(cache, now), None)
        return stored and len(fitting) == len(written)

    def entries_of(self, workspace: str) -> tuple[Entry, ...]:
        """Read the open session of a workspace."""

        def read(cache: Cache) -> tuple[Entry, ...]:
            head = _open(cache, workspace, self._now())
            return tuple(_entries(cache, head)) if head else ()

        return self._do(read, ())

    def open_id(self, workspace: str) -> str:
        """Return the id of the open session of a workspace; "" where none is."""

        def look(cache: Cache) -> str:
            head = _open(cache, workspace, self._now())
            return head.id if head else ""

        return self._do(look, "")

    def read(self, session: str) -> tuple[Entry, ...]:
        """Read any session."""

        def read(cache: Cache) -> tuple[Entry, ...]:
            head = _head(cache, session)
            return tuple(_entries(cache, head)) if head else ()

        return self._do(read, ())

    def list(self) -> tuple[Head, ...]:
        """Return the heads of all sessions, those that were used last first."""
        nothing: tuple[Head, ...] = ()
        heads = self._do(lambda cache: tuple(_heads(cache)), nothing)
        return tuple(sorted(heads, key=lambda head: (head.last, head.id), reverse=True))

    def begin(self, workspace: str) -> str:
        """Close the open session of a workspace; return the id of the one that is open now."""
        now = self._now()

        def begin(cache: Cache) -> str:
            with cache.transact():
                head = _open(cache, workspace, now)
                if head is not None and not head.entries:
                    return head.id  # nothing was said in it yet
                if head is not None:
                    _put_head(cache, replace(head, closed=True))
                return _put(cache, _begin(cache, workspace, now), []).id

        return self._do(begin, "")

    def close_session(self, session: str) -> bool:
        """Close a session: what is asked next begins a new one."""

        def close(cache: Cache) -> bool:
            with cache.transact():
                head = _head(cache, session)
                if head is None:
                    return False
                _put_head(cache, replace(head, closed=True))
            return True

        return self._do(close, False)

    def remove(self, session: str) -> bool:
        """Delete a session with all that is in it; false where there was none."""

        def remove(cache: Cache) -> bool:
            found = _head(cache, session) is not None
            _evict(cache, session)
            empty_log(self._folder)
            return found

        return self._do(remove, False)

    def remove_damaged(self) -> None:
        """Delete what was set aside as damaged."""
        self._do(lambda _: forget_damaged(self._folder), None)

    def close(self) -> None:
        """Close the database."""
        if self._cache is not None:
            self._cache.close()
            self._cache = None

    def _append(self, cache: Cache, workspace: str, written: Sequence[bytes], now: float) -> bool:
        with cache.transact():
            head = _open(cache, workspace, now)
            if head is None:
                head = _begin(cache, workspace, now)
            elif head.is_full(self._cap // _LONGEST):
                head = self._go_on(cache, head, now)
            head = _put(cache, replace(head, last=now), written)
            # A damaged index takes what is written to another place and says nothing.
            kept = range(head.entries - len(written) + 1, head.entries + 1)
            found = [_value(cache, entry_key(head.id, number)) for number in kept]
            if found != [*written] or _open(cache, workspace, now) != head:
                raise DamagedError("what was written is not there")
        return True

    def _go_on(self, cache: Cache, old: Head, now: float) -> Head:
        """Close a session that has grown too large; begin the next with the last turns of it."""
        _put_head(cache, replace(old, closed=True))
        tail: list[bytes] = []
        room = self._cap // _CARRIED
        for number in range(old.entries, 0, -1):
            if value := _value(cache, entry_key(old.id, number)):
                room -= len(value)
                if room < 0:
                    break
                tail.append(value)
        while tail and not _asks(tail[-1]):
            tail.pop()
        return _put(cache, _begin(cache, old.workspace, now), tail[::-1])

    def _make_room(self, cache: Cache, now: float) -> None:
        """Take away whole sessions, the oldest first, until the cap holds; never an open one."""
        if cache.volume() <= max(self._cap, self._left + self._cap // _CARRIED):
            return
        with cache.transact():  # or a session that is just begun would be taken for a stray
            heads = sorted(_heads(cache), key=lambda head: head.last)
            for session in _strays(cache, {head.id for head in heads}):
                cache.evict(session)
        for head in heads:
            if cache.volume() <= self._cap:
                break
            if not head.is_open(now):
                _evict(cache, head.id)
        self._left = cache.volume()

    def _do(self, work: Callable[[Cache], T], otherwise: T) -> T:
        """Work on the database; set it aside where it is damaged. Never raises."""
        for _ in range(_TRIES):
            try:
                cache = self._opened()
                result = work(cache)
            except Exception as error:
                if not self._recovers(error):
                    return otherwise
                continue
            if self._lies_there_still():
                self._failing = False
                return result
            self.close()  # another process has set it aside, and what was written just now
        return otherwise

    def _opened(self) -> Cache:
        if self._cache is not None and not self._lies_there_still():
            self.close()
        if self._cache is None:
            self._inode = make_file(self._folder)
            self._cache = open_cache(self._folder)
        return self._cache

    def _lies_there_still(self) -> bool:
        try:
            return (self._folder / FILE).stat().st_ino == self._inode
        except OSError:
            return False

    def _recovers(self, error: Exception) -> bool:
        """Whether to try again, with a new database."""
        if is_busy(error):
            self._complain(error)
            return False
        self.close()
        if not is_damage(error):
            self._complain(error)
            return False
        if not self._lies_there_still():  # another process has set it aside
            return True
        try:
            set_aside(self._folder)
        except OSError as in_the_way:
            self._complain(in_the_way)
            return False
        logger.warning("the sessions were damaged; they are set aside and new ones begun")
        return True

    def _complain(self, error: Exception) -> None:
        if not self._failing:
            why = error if isinstance(error, UnsafeFolderError) else type(error).__name__
            logger.warning("sessions cannot be stored: %s", why)
        self._failing = True


def _value(cache: Cache, key: str) -> bytes | None:
    return unsealed(key, cache.get(key))


def _head(cache: Cache, session: str) -> Head | None:
    head = read_head(_value(cache, head_key(session)))
    return head if head and head.id == session else None


def _open(cache: Cache, workspace: str, now: float) -> Head | None:
    named = _value(cache, open_key(workspace))
    head = _head(cache, named.decode("ascii")) if named else None
    return head if head and head.workspace == workspace and head.is_open(now) else None


def _entries(cache: Cache, head: Head) -> Iterator[Entry]:
    for number in range(1, head.entries + 1):
        value = _value(cache, entry_key(head.id, number))
        if value is not None and (entry := decode(value)):
            yield entry


def _begin(cache: Cache, workspace: str, now: float) -> Head:
    head = new_head(workspace, now)
    key = open_key(workspace)
    cache.set(key, sealed(key, head.id.encode("ascii")))
    return head


def _put(cache: Cache, head: Head, written: Sequence[bytes]) -> Head:
    for number, value in enumerate(written, head.entries + 1):
        key = entry_key(head.id, number)
        cache.set(key, sealed(key, value), tag=head.id)
    count, size = head.entries + len(written), head.size + sum(map(len, written))
    head = replace(head, entries=count, size=size)
    _put_head(cache, head)
    return head


def _put_head(cache: Cache, head: Head) -> None:
    key = head_key(head.id)
    cache.set(key, sealed(key, write_head(head)), tag=head.id)


def _evict(cache: Cache, session: str) -> None:
    with cache.transact():
        cache.evict(session)


def _heads(cache: Cache) -> Iterator[Head]:
    prefix = head_key("")
    for key in _keys(cache):
        if key.startswith(prefix) and (head := _head(cache, key.removeprefix(prefix))):
            yield head
        elif key > prefix and not key.startswith(prefix):
            return


def _strays(cache: Cache, known: set[str]) -> set[str]:
    """The sessions whose heads are damaged or gone."""
    return {key.split(":")[1] for key in _keys(cache) if not key.startswith("at:")} - known


def _keys(cache: Cache) -> Iterator[str]:
    """Our keys in their order; a damaged index can lead in a circle."""
    last = ""
    for key in cache.iterkeys():
        if not key:
            continue
        if key <= last:
            raise ValueError("the keys are out of order")
        last = key
        yield key


def _asks(value: bytes) -> bool:
    entry = decode(value)
    return entry is not None and isinstance(entry.what, Asked)
