"""Copy and rename: the longest match but for rare names, which are carried over.

Where the matched place says `foo` and the cursor's context says `bar`, the copy says `bar` too.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from turnout.recall.query import Query
from turnout.recall.voting import Ballot, Vote, count, fitting, nearest, starting_with

_LEVELS: Final = 4
_PER_TEXT: Final = 96
_LEAST_DEPTH: Final = 2


def propose(query: Query, limit: int) -> list[Vote]:
    """Continuations of the longest matches but for names, renamed."""
    found = fitting(query, query.find_renamed(_LEAST_DEPTH), names_too=True)
    near = nearest([some.only(some.depths >= _LEAST_DEPTH) for some in found], _LEVELS, _PER_TEXT)
    ballots = [_renamed(query, Ballot.of(some)) for some in near]
    if query.half_word:
        ballots = [
            b.only(starting_with(query.half_word, b.rows[:, 0], query.vocabulary)) for b in ballots
        ]
    return count(query, ballots, limit)


def _renamed(query: Query, ballot: Ballot) -> Ballot:
    found, rows = ballot.found, ballot.rows
    renamed = rows.copy()
    changed = np.zeros(rows.shape, np.bool_)
    for back, target in enumerate(reversed(query.context)):
        if not query.vocabulary.names[target]:
            continue
        reached = found.depths > back
        source = found.text.tokens[np.where(reached, found.places - back, 0)]
        differs = reached & (source != target)
        if not differs.any():
            continue
        hits = (rows == source[:, None]) & differs[:, None] & ~changed
        renamed[hits] = target
        changed |= hits
    return Ballot(found, renamed, changed.sum(axis=1, dtype=np.int32))
