"""Small values that outlive the process, in the same safe database as the sessions.

For what can be made again or done without: what is damaged is missing, and where nothing can be
stored, nothing is found. Opened for each use, by several processes if need be. Everything blocks.
"""

from __future__ import annotations

import logging
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final, TypeVar

from turnout.session.disk import (
    UnsafeFolderError,
    forget_damaged,
    is_damage,
    make_file,
    open_cache,
    set_aside,
)
from turnout.session.record import sealed, unsealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from diskcache import Cache  # type: ignore[import-untyped]

logger = logging.getLogger(__name__)

T = TypeVar("T")

_TRIES: Final = 2
_AT_ONCE: Final = 64  # rows that are taken away before looking again
_LARGEST: Final = 16  # share of the cap that one value may have


class Rows:
    """Bytes under text. Beyond the cap the oldest go."""

    def __init__(self, folder: Path, cap_bytes: int) -> None:
        self._folder = folder
        self._cap = cap_bytes

    def read(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return the values that are there."""

        def read(cache: Cache) -> dict[str, bytes]:
            found = {key: unsealed(key, cache.get(key)) for key in keys}
            return {key: value for key, value in found.items() if value is not None}

        return self._do(read, {})

    def keys(self) -> frozenset[str]:
        """Return all keys."""
        return self._do(lambda cache: frozenset(filter(None, cache)), frozenset())

    def write(self, rows: Mapping[str, bytes]) -> bool:
        """Store values, in one step; true once they would survive a crash."""
        fitting = {k: value for k, value in rows.items() if len(value) <= self._cap // _LARGEST}

        def write(cache: Cache) -> bool:
            with cache.transact():
                for key, value in fitting.items():
                    cache.set(key, sealed(key, value))
            self._make_room(cache)
            return len(fitting) == len(rows)

        return self._do(write, False)

    def _make_room(self, cache: Cache) -> None:
        while cache.volume() > self._cap and (oldest := _first(cache)):
            with cache.transact():
                for key in oldest:
                    cache.delete(key)

    def _do(self, work: Callable[[Cache], T], otherwise: T) -> T:
        for _ in range(_TRIES):
            try:
                make_file(self._folder)
                with closing(open_cache(self._folder)) as cache:
                    return work(cache)
            except Exception as error:
                if not is_damage(error):
                    why = error if isinstance(error, UnsafeFolderError) else type(error).__name__
                    logger.warning("what was reviewed cannot be stored: %s", why)
                    return otherwise
                self._begin_anew()
        return otherwise

    def _begin_anew(self) -> None:
        logger.warning("what was reviewed is damaged and forgotten")
        with suppress(OSError):
            set_aside(self._folder)
            forget_damaged(self._folder)


def _first(cache: Cache) -> list[str]:
    """Return the keys that were stored first."""
    return [key for _, key in zip(range(_AT_ONCE), cache, strict=False)]
