"""The calls that the ledger of this test's user has on the disk."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from turnout.settings.paths import ledger_file


def booked() -> list[dict[str, Any]]:
    """Return the rows in the order of time; none where nothing was booked yet."""
    if not ledger_file().exists():
        return []
    with closing(sqlite3.connect(ledger_file())) as connection:
        connection.row_factory = sqlite3.Row
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'calls'").fetchone():
            return []
        return [dict(row) for row in connection.execute("SELECT * FROM calls ORDER BY at")]
