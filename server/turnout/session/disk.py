"""The database of sessions: diskcache, with what makes it safe to open.

The stock disks of diskcache unpickle what a row tells them to; its settings are rows too, and rows
name files to read and to delete. Here a value is bytes in its row, a key is text, and everything
else counts as missing. Settings that are not ours are damage.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, Final

import diskcache  # type: ignore[import-untyped]
from diskcache import Cache

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final[str] = diskcache.core.DBNAME
BUSY_SECONDS: Final = 5.0  # that another process may hold the file
_BUSY_PAUSE: Final = 0.01  # seconds

SETTINGS: Final[dict[str, int | str]] = {
    "statistics": 0,
    "tag_index": 1,  # the entries of a session have its id as their tag
    "eviction_policy": "none",
    "size_limit": 2**40,
    "cull_limit": 0,
    "sqlite_auto_vacuum": 1,  # full: the file shrinks
    "sqlite_cache_size": 2**9,
    "sqlite_journal_mode": "wal",
    "sqlite_journal_size_limit": 2**22,
    "sqlite_mmap_size": 0,  # a mapped file that another process cuts short kills this one
    "sqlite_secure_delete": 1,
    "sqlite_synchronous": 2,  # full: what is acknowledged survives a power cut too
    "disk_min_file_size": 0,
    "disk_pickle_protocol": 0,
}
_KNOWN: Final = {**dict.fromkeys(("count", "size", "hits", "misses")), **SETTINGS}

_NOT_DAMAGE: Final = {
    sqlite3.SQLITE_AUTH, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOLFS,
    sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_READONLY,
}  # fmt: skip


class UnsafeFolderError(OSError):
    """Others could have put files there."""


class DamagedError(Exception):
    """The file is not as Turnout writes it."""


class BytesDisk(diskcache.Disk):  # type: ignore[misc]
    """Bytes under text, in rows alone: no pickle, no file of its own."""

    def __init__(self, directory: str, **_settings: Any) -> None:
        super().__init__(directory)

    def put(self, key: object) -> tuple[str, bool]:
        """Return a key as it stands in the table."""
        if not isinstance(key, str):
            raise TypeError("a key is text")
        return key, True

    def get(self, key: object, raw: object) -> str:
        """Return a key from the table; "" where it is none of ours."""
        return key if isinstance(key, str) and raw == 1 else ""

    def store(self, value: object, read: bool, key: object = None) -> tuple[Any, ...]:  # noqa: ARG002
        """Return the columns of a value."""
        if not isinstance(value, bytes) or read:
            raise TypeError("a value is bytes")
        return 0, diskcache.core.MODE_RAW, None, sqlite3.Binary(value)

    def fetch(self, mode: object, filename: object, value: object, read: bool) -> bytes | None:
        """Return a value from its columns; None where it is none of ours."""
        ours = mode == diskcache.core.MODE_RAW and filename is None and not read
        return value if ours and isinstance(value, bytes) else None

    def remove(self, file_path: str) -> None:
        """Leave the file alone that a row names: none is ours."""


def make_file(folder: Path) -> int:
    """Make the folder and the file where they are not there; return the inode of the file.

    It is made here, so that it is never open to others; SQLite gives its other files the same mode.
    """
    _secure(folder)
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(folder / FILE, flags, 0o600)
    try:
        if hasattr(os, "fchmod"):
            os.fchmod(descriptor, 0o600)
        return os.fstat(descriptor).st_ino
    finally:
        os.close(descriptor)


def open_cache(folder: Path) -> Cache:
    """Open the database. Raises `DamagedError` or whatever diskcache stumbles over."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            _vet(folder / FILE)
            return Cache(str(folder), timeout=BUSY_SECONDS, disk=BytesDisk, **SETTINGS)
        except sqlite3.OperationalError as error:
            # While several processes make the file, SQLite turns some away without the wait.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_BUSY_PAUSE)


def set_aside(folder: Path) -> None:
    """Move a damaged database away, over the one that was moved before."""
    for end in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            (folder / f"{FILE}{end}").replace(folder / f"damaged-{FILE}{end}")


def forget_damaged(folder: Path) -> None:
    """Delete what was set aside."""
    for path in folder.glob(f"damaged-{FILE}*"):
        path.unlink(missing_ok=True)


def empty_log(folder: Path) -> None:
    """Take what was removed out of the write-ahead log too."""
    with closing(sqlite3.connect(folder / FILE, timeout=BUSY_SECONDS)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def is_busy(error: Exception) -> bool:
    """Whether an error means that another process holds the database, which stays open."""
    from diskcache import Timeout

    return isinstance(error, Timeout)


def is_damage(error: BaseException) -> bool:
    """Whether an error says that the file is broken, not that it cannot be used just now."""
    while error.__context__ is not None:  # a failed ROLLBACK hides what came first
        error = error.__context__
    if isinstance(error, OSError | MemoryError | sqlite3.ProgrammingError | sqlite3.InterfaceError):
        return False
    code = getattr(error, "sqlite_errorcode", None)
    return code is None or code & 0xFF not in _NOT_DAMAGE


def _secure(folder: Path) -> None:
    """Make the folder the user's alone, or refuse it."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700, parents=True)
    found = folder.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise UnsafeFolderError(f"{folder} is a link")
    if not hasattr(os, "getuid"):
        return
    if found.st_uid != os.getuid():
        raise UnsafeFolderError(f"{folder} belongs to someone else")
    if found.st_mode & 0o022:
        raise UnsafeFolderError(f"others can write to {folder}")
    folder.chmod(0o700)


def _vet(file: Path) -> None:
    """Look at the settings in the file before diskcache does as they say."""
    with closing(sqlite3.connect(file, timeout=BUSY_SECONDS)) as connection:
        try:
            rows = connection.execute("SELECT key, value FROM Settings").fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):  # it is new
                return
            raise
    for key, value in rows:
        if key not in _KNOWN or (type(value) is not int and value != _KNOWN[key]):
            raise DamagedError("a setting is not ours")
