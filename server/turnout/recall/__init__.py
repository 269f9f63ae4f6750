"""Recall, the embedded completion engine: continuations found in the user's own code.

No network, no weights, no process, any language. Importing this package is cheap; numpy is
imported when `Recall` is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from turnout.recall.early import EarlyRecall
from turnout.recall.proposal import Proposal, RecallStats

if TYPE_CHECKING:
    from turnout.recall.recall import Recall

__all__ = ["EarlyRecall", "Proposal", "Recall", "RecallStats"]


def __getattr__(name: str) -> Any:
    if name != "Recall":
        raise AttributeError(name)
    from turnout.recall.recall import Recall

    return Recall
