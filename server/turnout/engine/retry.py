"""Whether a call that failed is made once more, and after which pause."""

from __future__ import annotations

import random
from typing import Final

from turnout_clients.errors import (
    Overloaded,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Unreachable,
)

LONGEST_PAUSE: Final = 2.0
"""Seconds that whoever pressed a key may wait for the same model to come round."""
LONGEST_PAUSE_TYPING: Final = 0.15

_PAUSE: Final = 0.25  # where the provider says nothing
_PAUSE_TYPING: Final = 0.05
_SPREAD: Final = 0.1  # of a pause that the provider asked for: never earlier, a little later


def pause(error: ProviderError, left: float, *, typing: bool) -> float | None:
    """Return the seconds to wait before the one retry, None where there is no use in it.

    ``left`` is the time until the first token is due. Half of it must remain for the answer.
    """
    if not _may_pass(error):
        return None
    asked, spread = error.retry_after, _SPREAD
    if asked is None:
        asked, spread = (_PAUSE_TYPING if typing else _PAUSE), 1.0
    seconds = asked * (1 + spread * random.random())  # noqa: S311 - so that not all come at once
    longest = LONGEST_PAUSE_TYPING if typing else LONGEST_PAUSE
    return seconds if asked <= longest and seconds <= left / 2 else None


def _may_pass(error: ProviderError) -> bool:
    """Whether the same request may succeed in a moment; the provider's own word comes first."""
    if error.should_retry is not None:
        return error.should_retry
    match error:
        case QuotaExhausted():
            return False
        case RateLimited():
            return error.retry_after is not None
        case Unreachable():
            return error.status is None  # not where it points elsewhere
    return isinstance(error, Overloaded)
