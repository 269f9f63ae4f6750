"""From occurrences to a few candidates: each votes for the rest of its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from turnout.recall.occurrences import LIVE, Found, hashes
from turnout.recall.query import Query
from turnout.recall.vocabulary import END_OF_FILE, NAME, Ints, Mask, Vocabulary

LIVE_BOOST: Final = 2.0
"""What the file itself says counts this much more than what others say."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One way to go on, and how well it is supported."""

    text: str
    place: int
    """0 for the one with most votes."""
    depth: int
    """Tokens of context shared with its best occurrence."""
    occurrences: float
    """Places with that much context, whatever follows there."""
    share: float
    """Its part of all votes."""
    margin: float
    """Its lead over the best of the others, as a part of its own votes."""
    ended: float
    """The part of all votes that say the line ends here."""
    deepest_share: float
    """Its part of the occurrences at the greatest depth of all."""
    first_share: float
    """The part of the votes that begin with the same token."""
    support: float
    live: bool
    files: int
    rivals: int
    gap: int
    """By how much another has more context."""
    changes: int
    """Names changed in the copy."""
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ballot:
    """The occurrences in one text with the continuations they vote for."""

    found: Found
    rows: Ints
    changes: Ints

    @classmethod
    def of(cls, found: Found) -> Ballot:
        """Every occurrence for what follows it, but those whose line goes on for too long."""
        rows = found.rest_of_lines()
        whole = rows[:, -1] == END_OF_FILE
        if not whole.all():
            found, rows = found.only(whole), rows[whole]
        return cls(found, rows, np.zeros(len(rows), np.int32))

    def only(self, mask: Mask) -> Ballot:
        """Those that the mask names."""
        return Ballot(self.found.only(mask), self.rows[mask], self.changes[mask])


def nearest(found: Sequence[Found], levels: int, size: int) -> list[Found]:
    """Of all occurrences those at the greatest depths, `size` at most in each text."""
    if not found:
        return []
    depths = np.unique(np.concatenate([some.depths for some in found]))[-levels:]
    near = [some.only(some.depths >= depths[0]) for some in found if len(depths)]
    return [some.thin(size) for some in near if len(some)]


def fitting(query: Query, found: Sequence[Found], *, names_too: bool = False) -> list[Found]:
    """The occurrences that go on with the half word before the cursor.

    `names_too` keeps those that go on with a rare name: it may be renamed to one that fits.
    """
    if not query.half_word or not found:
        return list(found)
    after = [some.places + 1 for some in found]
    first = [some.text.tokens[places] for some, places in zip(found, after, strict=True)]
    fits = starting_with(query.half_word, np.concatenate(first), query.vocabulary)
    if names_too:
        compared = [some.text.compared[places] for some, places in zip(found, after, strict=True)]
        fits |= np.concatenate(compared) == NAME
    kept, start = [], 0
    for some in found:
        kept.append(some.only(fits[start : start + len(some)]))
        start += len(some)
    return [some for some in kept if len(some)]


def starting_with(half_word: str, tokens: Ints, vocabulary: Vocabulary) -> Mask:
    """Which of these tokens begin with the half word."""
    texts = vocabulary.texts
    good = [t for t in np.unique(tokens).tolist() if texts[t].startswith(half_word)]
    return np.isin(tokens, good)


def count(query: Query, ballots: Sequence[Ballot], limit: int) -> list[Vote]:
    """The best candidates, most votes first."""
    ballots = [ballot for ballot in ballots if len(ballot.rows)]
    if not ballots:
        return []
    tally = _Tally(ballots)
    votes = [tally.vote(query, group, place) for place, group in enumerate(tally.best(limit))]
    return [vote for vote in votes if vote.text]


class _Tally:
    """All ballots side by side, and what each distinct continuation got."""

    def __init__(self, ballots: Sequence[Ballot]) -> None:
        self._ballots = ballots
        self._rows = np.concatenate([b.rows for b in ballots])
        self._depths = np.concatenate([b.found.depths for b in ballots])
        self._counts = np.concatenate([b.found.weights for b in ballots])
        self._files = np.concatenate([b.found.files() for b in ballots])
        self._changes = np.concatenate([b.changes for b in ballots])
        self._levels = np.unique(self._depths)
        # An occurrence stands at its own depth and at every lesser one.
        self._at_level = np.array([self._counts[self._depths >= d].sum() for d in self._levels])
        worth = np.cumsum(self._levels.astype(float) ** 2 / self._at_level)
        self._votes = worth[self._levels.searchsorted(self._depths)] * self._counts
        self._votes *= np.where(self._files == LIVE, LIVE_BOOST, 1.0) * (1.0 + self._changes)
        _, self._groups = np.unique(hashes(self._rows), return_inverse=True)
        self._scores = np.bincount(self._groups, self._votes)
        self._total = float(self._votes.sum())
        empty = self._rows[:, 0] == END_OF_FILE
        self._ended = float(self._votes[empty].sum())
        self._ended_group = int(self._groups[empty.argmax()]) if empty.any() else -1

    def best(self, limit: int) -> list[int]:
        """The groups with most votes."""
        by_score = (-self._scores).argsort(kind="stable")[: limit + 1].tolist()
        return [group for group in by_score if group != self._ended_group][:limit]

    def vote(self, query: Query, group: int, place: int) -> Vote:
        """What one group stands for."""
        mask = self._groups == group
        members = np.flatnonzero(mask)
        depths = self._depths[members]
        best = int(members[depths.argmax()])
        depth = int(depths.max())
        score = float(self._scores[group])
        others = np.delete(self._scores, group)
        rival = float(others.max()) if len(others) else 0.0
        deepest = self._depths == self._levels[-1]
        files = np.unique(self._files[members])
        same_start = self._rows[:, 0] == self._rows[best, 0]
        row = self._rows[best]
        tokens = row[: int((row == END_OF_FILE).argmax())].tolist()
        return Vote(
            text=self._text(query, best, tokens),
            place=place,
            depth=depth,
            occurrences=float(self._at_level[self._levels.searchsorted(depth)]),
            share=score / self._total,
            margin=(score - rival) / score,
            ended=self._ended / self._total,
            deepest_share=float(self._counts[mask & deepest].sum() / self._counts[deepest].sum()),
            first_share=float(self._votes[same_start].sum()) / self._total,
            support=float(self._counts[members].sum()),
            live=bool(files[0] == LIVE),
            files=len(files),
            rivals=len(self._scores),
            gap=int(self._levels[-1]) - depth,
            changes=int(self._changes[members].max()),
            tokens=tuple(tokens),
        )

    def _text(self, query: Query, member: int, tokens: list[int]) -> str:
        for ballot in self._ballots:
            if member < len(ballot.rows):
                break
            member -= len(ballot.rows)
        start = int(ballot.found.places[member]) + 1
        gaps = ballot.found.text.gaps[start : start + len(tokens)].tolist()
        if query.half_word or query.spaced:
            gaps[0] = 0
        texts, blanks = query.vocabulary.texts, query.vocabulary.gap_texts
        parts = [blanks[gap] + texts[token] for token, gap in zip(tokens, gaps, strict=True)]
        return "".join(parts)[len(query.half_word) :].rstrip()
