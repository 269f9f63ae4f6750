"""What a run has cost so far, read from the ledger: failed and cancelled calls count too."""

from __future__ import annotations

import time

from turnout.ledger.ledger import Ledger
from turnout.ledger.read import UnreadableError, read
from turnout.settings.paths import ledger_file

_PATIENCE = 5.0  # seconds until a ledger that cannot be written is given up


class Books:
    """The calls of one run. `spent` waits for the disk: call it from a thread."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._began = time.time() - 1

    def spent(self) -> float | None:
        """Return USD; None where a price is not known, or the ledger cannot be read."""
        if not self._ledger.flush(_PATIENCE):
            return None
        try:
            calls = read(ledger_file(), self._began, "").calls
        except UnreadableError:
            return None
        costs = [call["usd"] for call in calls if call["session"] == self._ledger.session]
        return None if None in costs else sum(costs, 0.0)
