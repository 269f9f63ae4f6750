"""The longest match: where the tokens before the cursor stood before, and how the line went on."""

from __future__ import annotations

from typing import Final

from turnout.recall.occurrences import Found
from turnout.recall.query import Query
from turnout.recall.voting import Ballot, Vote, count, nearest

_LEVELS: Final = 6
_PER_TEXT: Final = 192


def propose(query: Query, found: list[Found], limit: int) -> list[Vote]:
    """Continuations of the longest matches, and of matches some tokens shorter."""
    near = nearest(found, _LEVELS, _PER_TEXT)
    return count(query, [Ballot.of(some) for some in near], limit)
