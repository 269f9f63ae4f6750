"""The file: its schema, and the statements that write to it. Used from one thread.

The schema changes by steps: each member of `MIGRATIONS` brings the one before to the next
``user_version``.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from turnout.ledger.budget import Period, Standing, begin_of, caps, day_of

if TYPE_CHECKING:
    from turnout.settings.model import Budget

COLUMNS: Final = (
    "id", "parent", "relation", "at", "session", "workspace", "task", "layer", "route", "reason",
    "provider", "model", "fresh", "cache_read", "cache_write", "cache_writes", "output",
    "thinking", "tokens_known", "usd", "known", "uncached_usd", "first_ms", "total_ms",
    "cache_predicted", "cache_found", "outcome", "error", "aborted",
)  # fmt: skip

MIGRATIONS: Final = (
    """
    CREATE TABLE calls (
        id TEXT PRIMARY KEY, parent TEXT NOT NULL, relation TEXT NOT NULL, at REAL NOT NULL,
        session TEXT NOT NULL, workspace TEXT NOT NULL, task TEXT NOT NULL, layer TEXT NOT NULL,
        route TEXT NOT NULL, reason TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,
        fresh INTEGER, cache_read INTEGER, cache_write INTEGER, cache_write_1h INTEGER,
        output INTEGER, thinking INTEGER, tokens_known TEXT NOT NULL,
        usd REAL, known TEXT NOT NULL, uncached_usd REAL, first_ms REAL, total_ms REAL,
        cache_predicted INTEGER, cache_found INTEGER,
        outcome TEXT NOT NULL, error TEXT NOT NULL, aborted INTEGER NOT NULL
    );
    CREATE INDEX calls_at ON calls (at, known, usd);
    CREATE INDEX calls_session ON calls (session, known, usd);
    CREATE TABLE recall (
        day TEXT NOT NULL, session TEXT NOT NULL, workspace TEXT NOT NULL, task TEXT NOT NULL,
        kind TEXT NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (day, session, workspace, task, kind)
    ) WITHOUT ROWID;
    CREATE TABLE told (day TEXT NOT NULL, what TEXT NOT NULL, PRIMARY KEY (day, what))
        WITHOUT ROWID;
    """,
    """
    ALTER TABLE calls ADD COLUMN cache_writes TEXT;
    UPDATE calls SET cache_writes = json_object('1h', cache_write_1h) WHERE cache_write_1h > 0;
    ALTER TABLE calls DROP COLUMN cache_write_1h;
    """,
)

_INSERT: Final = (
    f"INSERT OR REPLACE INTO calls ({', '.join(COLUMNS)}) "  # noqa: S608 - our own names
    f"VALUES ({', '.join(f':{column}' for column in COLUMNS)})"
)
_SPENT: Final = (
    "SELECT total(usd) FILTER (WHERE known <> 'reserved'),"
    " total(usd) FILTER (WHERE known = 'reserved') FROM calls WHERE "
)
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_PATIENCE: Final = 5.0  # seconds that another process may hold the file


class NewerLedgerError(Exception):
    """The file was written by a later Turnout; it is left alone."""


class Store:
    """The open file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made here, so that it is never open to others; SQLite gives its other files the same mode.
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        self._inode = os.fstat(descriptor).st_ino
        os.close(descriptor)
        self._connection = sqlite3.connect(file, timeout=_PATIENCE, isolation_level=None)

    def prepare(self) -> None:
        """Bring the file to the present schema."""
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._migrate()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def lies_there_still(self) -> bool:
        """Whether the file was not taken away meanwhile."""
        try:
            return self.file.stat().st_ino == self._inode
        except OSError:
            return False

    def set_aside(self) -> None:
        """Move a damaged file away, and what belongs to it; nothing of it is deleted."""
        self.close()
        if not self.lies_there_still():  # another process has done it
            return
        aside = f"{self.file.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}"
        for end in ("-wal", "-shm", ""):
            with suppress(FileNotFoundError):
                self.file.with_name(self.file.name + end).rename(self.file.with_name(aside + end))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; committed when it is left."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise

    def put(self, row: Mapping[str, Any]) -> None:
        """Write a line. One with the same id was its reservation."""
        self._connection.execute(_INSERT, row)

    def remove(self, call: str) -> None:
        """Take back a reservation whose call was not made."""
        self._connection.execute("DELETE FROM calls WHERE id = ? AND known = 'reserved'", (call,))

    def set_outcome(self, call: str, outcome: str) -> None:
        """Say what became of an answer."""
        self._connection.execute("UPDATE calls SET outcome = ? WHERE id = ?", (outcome, call))

    def count(self, at: float, session: str, workspace: str, task: str, kind: str, n: int) -> None:
        """Add to what recall did on a day."""
        self._connection.execute(
            "INSERT INTO recall VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET count = count + excluded.count",
            (day_of(at), session, workspace, task, kind, n),
        )

    def standings(self, budget: Budget, session: str, now: float) -> list[Standing]:
        """Return what was spent under each cap."""
        return [
            Standing(period, cap, *spent_in(self._connection, period, session, now))
            for period, cap in caps(budget)
        ]

    def tell_once(self, now: float, what: str) -> bool:
        """Whether this was not told to the user today, by any process; now it was."""
        cursor = self._connection.execute(
            "INSERT OR IGNORE INTO told VALUES (?, ?)", (day_of(now), what)
        )
        return cursor.rowcount == 1

    def _migrate(self) -> None:
        if self._version() == len(MIGRATIONS):
            return
        with self.transaction():  # another process may be about to do the same
            version = self._version()
            if version > len(MIGRATIONS):
                raise NewerLedgerError
            for number, script in enumerate(MIGRATIONS[version:], version + 1):
                for statement in script.split(";"):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {number}")

    def _version(self) -> int:
        version: int = self._connection.execute("PRAGMA user_version").fetchone()[0]
        return version


def spent_in(
    connection: sqlite3.Connection, period: Period, session: str, now: float
) -> tuple[float, float]:
    """Return what was spent in a period, and what is set aside for calls under way."""
    of_session = period == "session"
    where = "session = ?" if of_session else "at >= ?"
    value = session if of_session else begin_of(period, now)
    spent, held = connection.execute(_SPENT + where, (value,)).fetchone()
    return spent, held


def is_damage(error: BaseException) -> bool:
    """Whether an error says that the file is not a whole database."""
    if not isinstance(error, sqlite3.DatabaseError):
        return False
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _DAMAGED
