"""Read the ledger: what lies there, without writing to it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from turnout.ledger.budget import PERIODS, Period
from turnout.ledger.store import COLUMNS, MIGRATIONS, spent_in


class UnreadableError(Exception):
    """The file can not be read; says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Books:
    """What was booked since a time."""

    calls: list[dict[str, Any]]
    recall: dict[str, int]  # kind -> how often


@dataclass(frozen=True, slots=True)
class Condition:
    """How the file is, for `turnout doctor`. ``fault`` is empty where it is well."""

    path: str
    exists: bool
    calls: int = 0
    bytes: int = 0
    fault: str = ""
    set_aside: tuple[str, ...] = ()  # damaged ones of earlier


def read(file: Path, since: float, since_day: str) -> Books:
    """Return what was booked since a time; raises `UnreadableError`."""
    if not file.exists():
        return Books([], {})
    columns = ", ".join(COLUMNS)
    with _opened(file) as connection:
        rows = connection.execute(
            f"SELECT {columns} FROM calls WHERE at >= ? ORDER BY at",  # noqa: S608 - our own names
            (since,),
        )
        calls = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
        counts = connection.execute(
            "SELECT kind, sum(count) FROM recall WHERE day >= ? GROUP BY kind", (since_day,)
        )
        return Books(calls, dict(counts.fetchall()))


def spent(file: Path, session: str, now: float) -> dict[Period, tuple[float, float]]:
    """Return what was spent in each period, and what is set aside for calls under way.

    Raises `UnreadableError`.
    """
    if not file.exists():
        return dict.fromkeys(PERIODS, (0.0, 0.0))
    with _opened(file) as connection:
        return {period: spent_in(connection, period, session, now) for period in PERIODS}


def examine(file: Path) -> Condition:
    """Say how the file is; a thorough look, which takes a moment."""
    aside = tuple(sorted(p.name for p in file.parent.glob(f"{file.name}.damaged-*[0-9]")))
    if not file.exists():
        return Condition(str(file), exists=False, fault=_unwritable(file), set_aside=aside)
    try:
        with _opened(file) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            (calls,) = connection.execute("SELECT count(*) FROM calls").fetchone()
    except UnreadableError as error:
        return Condition(str(file), exists=True, fault=str(error), set_aside=aside)
    fault = _unwritable(file) if found == "ok" else "it is damaged"
    return Condition(str(file), True, calls, file.stat().st_size, fault, aside)


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as found:
            (version,) = found.execute("PRAGMA user_version").fetchone()
            if version > len(MIGRATIONS):
                raise UnreadableError("it was written by a later Turnout")
            if version < len(MIGRATIONS):
                raise UnreadableError("it is of an earlier Turnout; start the server once")
            yield found
    except sqlite3.Error as error:
        raise UnreadableError(f"it can not be read ({error})") from None


def _unwritable(file: Path) -> str:
    """Try to write without changing anything; return what is in the way."""
    if not file.exists():
        place = next(folder for folder in file.parents if folder.exists())
        return "" if place.is_dir() and _may_write(place) else f"{place} can not be written"
    try:
        with closing(sqlite3.connect(file, timeout=1, isolation_level=None)) as found:
            found.execute("BEGIN IMMEDIATE")
            found.execute("ROLLBACK")
    except sqlite3.Error as error:
        return f"it can not be written ({error})"
    return ""


def _may_write(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)
