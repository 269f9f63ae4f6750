"""What this process has learnt of those it asks. Kept in memory alone, and nothing of content."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Final

from turnout.routing.health import Health
from turnout_clients.tokens import Correction

RETRIES: Final = 0.2
"""Retries for one request, at the most."""
RETRIES_AT_FIRST: Final = 3.0
HEDGES: Final = 0.1
"""Second calls for an inline request, at the most."""
HEDGES_AT_FIRST: Final = 1.0
ENOUGH: Final = 20
"""First tokens of a model that must have been seen before it can be late."""

_KEPT: Final = 5.0  # that are allowed at once after long calm
_SEEN: Final = 64  # the last first tokens of a model
_LATE: Final = 0.95
_LOOK_AGAIN: Final = 30.0


def now() -> float:
    """Return the time of the event loop, by which the engine lives."""
    return asyncio.get_running_loop().time()


class Bucket:
    """Allows a share of what happens, and a few at first; what is not used up is kept for a while.

    However the calls come, it never allows more than that share of all and what it began with.
    """

    def __init__(self, share: float, at_first: float) -> None:
        self._share = share
        self._held = at_first

    def fill(self) -> None:
        """Take note of something of which a share is allowed."""
        self._held = min(self._held + self._share, _KEPT)

    def take(self) -> bool:
        """Use up one, if there is one."""
        if self._held < 1 - 1e-9:  # ten tenths are one
            return False
        self._held -= 1
        return True


class FirstTokens:
    """How long models take to their first token."""

    def __init__(self) -> None:
        self._seen: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_SEEN))

    def saw(self, model: str, seconds: float) -> None:
        """A first token has come."""
        self._seen[model].append(seconds)

    def gave_up(self, model: str, seconds: float) -> None:
        """None had come when the call was closed: it would have taken longer than this.

        That counts where it is late already. Otherwise the slow ones, which are closed for a
        quicker one, would be forgotten, and what counts as late would come ever sooner.
        """
        late = self.late(model)
        if late is not None and seconds >= late:
            self.saw(model, seconds)

    def late(self, model: str) -> float | None:
        """Return the seconds after which a first token is late: the 95th of a hundred.

        None while too few were seen.
        """
        seen = self._seen.get(model, ())
        return sorted(seen)[int(len(seen) * _LATE)] if len(seen) >= ENOUGH else None


class Experience:
    """All that is learnt from calls, for the calls to come."""

    def __init__(self, clock: Callable[[], float] = now) -> None:
        self.health = Health(clock)
        self._clock = clock
        self._looked = -_LOOK_AGAIN
        self.retries = Bucket(RETRIES, RETRIES_AT_FIRST)
        self.hedges = Bucket(HEDGES, HEDGES_AT_FIRST)
        self.first_tokens = FirstTokens()
        self.correction = Correction()

    def may_look_for_keys(self) -> bool:
        """Whether it is time to see if a refused key was replaced: a keyring may be slow."""
        if self._clock() - self._looked < _LOOK_AGAIN:
            return False
        self._looked = self._clock()
        return True
