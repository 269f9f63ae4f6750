"""How long to wait for the next key before a call leaves the machine.

The pause between keys says how long one has to wait to see that typing has stopped. Where keys come
so slowly that this can not be seen, waiting would only be lost.
"""

from __future__ import annotations

from typing import Final

_SHARE: Final = 0.25  # of a new pause in the average
_LONGEST: Final = 1.0  # a longer pause was thinking, not typing
_LEAST: Final = 0.4  # of the limit
_STOPPED_IN_WORD: Final = 1.5  # average pauses that show that typing has stopped
_STOPPED_AFTER_WORD: Final = 1.2


class Rhythm:
    """The pauses between the keys of one user."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._pause: float | None = None

    def key(self, now: float) -> None:
        """Note that a key was struck."""
        pause = None if self._last is None else now - self._last
        self._last = now
        if pause is None or pause > _LONGEST:
            return
        self._pause = pause if self._pause is None else self._pause + _SHARE * (pause - self._pause)

    def wait(self, head: str, limit: float) -> float:
        """Return the seconds to wait at the end of ``head``; ``limit`` is the user's setting."""
        if self._pause is None:
            return limit
        in_word = head[-1:].isalnum() or head[-1:] == "_"
        needed = self._pause * (_STOPPED_IN_WORD if in_word else _STOPPED_AFTER_WORD)
        return max(needed, _LEAST * limit) if needed <= limit else _LEAST * limit
