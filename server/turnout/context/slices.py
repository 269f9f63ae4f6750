"""Work in slices: only one thread runs Python at a time, and the editor is waiting for another."""

from __future__ import annotations

import time
from typing import Final

_SLICE: Final = 0.001  # seconds
_REST: Final = 0.0002


class Slices:
    """The slices of one thread's work."""

    def __init__(self) -> None:
        self._rested = time.perf_counter()

    def breathe(self) -> None:
        """Sleep for a moment when the slice is used up; to be called often."""
        if time.perf_counter() - self._rested > _SLICE:
            time.sleep(_REST)
            self._rested = time.perf_counter()
