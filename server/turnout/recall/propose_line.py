"""The whole line: lines that begin as this one does, whatever stands above them."""

from __future__ import annotations

from typing import Final

from turnout.recall.occurrences import Found
from turnout.recall.query import Query
from turnout.recall.voting import Ballot, Vote, count

_PER_TEXT: Final = 192


def propose(query: Query, found: list[Found], limit: int) -> list[Vote]:
    """The commonest rests of lines with the same tokens from the line's start on."""
    depth = len(query.line_context) + 1
    alike = [some.only(some.depths >= depth) for some in found]
    ballots = [Ballot.of(some.cut(depth).thin(_PER_TEXT)) for some in alike if len(some)]
    return count(query, ballots, limit)
