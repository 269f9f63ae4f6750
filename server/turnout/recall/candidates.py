"""Every way to go on that any proposer has found, described for the gate."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import log1p
from typing import Final

from turnout.recall import propose_line, propose_rename, propose_suffix
from turnout.recall.query import Query
from turnout.recall.voting import Vote, fitting

_PER_PROPOSER: Final = 3
_WORD: Final = re.compile(r"\w")
_OPENERS: Final = "([{"
_CLOSERS: Final = ")]}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rest of the line and what speaks for it."""

    text: str
    proposer: str
    features: dict[str, float]


def candidates(query: Query) -> list[Candidate]:
    """All candidates, in no order."""
    found = fitting(query, query.find())
    votes = {
        "suffix": propose_suffix.propose(query, found, _PER_PROPOSER),
        "rename": propose_rename.propose(query, _PER_PROPOSER),
        "line": propose_line.propose(query, found, _PER_PROPOSER),
    }
    by_text: dict[str, dict[str, Vote]] = {}
    for proposer, some in votes.items():
        for vote in some:
            by_text.setdefault(vote.text, {}).setdefault(proposer, vote)
    line = _line_features(query) | {"candidates": log1p(len(by_text))}
    seen = _seen_in(query)
    return [
        Candidate(text, "+".join(found_by), line | _features(query, text, found_by, seen))
        for text, found_by in by_text.items()
    ]


def _line_features(query: Query) -> dict[str, float]:
    return {
        "half_word": log1p(len(query.half_word)),
        "column": log1p(len(query.before.lstrip())),
        "line_tokens": log1p(len(query.line_context)),
        "spaced": float(query.spaced),
    }


def _features(
    query: Query, text: str, found_by: dict[str, Vote], seen: Callable[[int], bool]
) -> dict[str, float]:
    any_vote = next(iter(found_by.values()))
    features = _text_features(query, text, any_vote, seen)
    features["agreement"] = float(len(found_by))
    for proposer, vote in found_by.items():
        described = _vote_features(query, vote)
        features |= {f"{proposer}_{name}": value for name, value in described.items()}
    return features


def _text_features(
    query: Query, text: str, vote: Vote, seen: Callable[[int], bool]
) -> dict[str, float]:
    names = [token for token in vote.tokens if query.vocabulary.names[token]]
    whole = query.before + text
    depth, lowest = 0, 0
    for character in whole:
        depth += (character in _OPENERS) - (character in _CLOSERS)
        lowest = min(lowest, depth)
    return {
        "length": log1p(len(text)),
        "word_characters": log1p(len(_WORD.findall(text))),
        "no_word": float(not _WORD.search(text)),
        "tokens": log1p(len(vote.tokens)),
        "names": log1p(len(names)),
        "new_names": log1p(sum(not seen(name) for name in names)),
        "open": float(min(depth, 3)) if depth > 0 else 0.0,
        "overclosed": float(lowest < 0),
        "odd_quotes": float(whole.count('"') % 2 + whole.count("'") % 2),
        "ends_open": float(text[-1] in "([{,:"),
    }


def _vote_features(query: Query, vote: Vote) -> dict[str, float]:
    return {
        "found": 1.0,
        "place": float(vote.place),
        "depth": log1p(vote.depth),
        "occurrences": log1p(vote.occurrences),
        "share": vote.share,
        "margin": max(vote.margin, -1.0),
        "ended": vote.ended,
        "deepest_share": vote.deepest_share,
        "first_share": vote.first_share,
        "support": log1p(vote.support),
        "live": float(vote.live),
        "files": log1p(vote.files),
        "rivals": log1p(vote.rivals),
        "gap": float(vote.gap),
        "changes": log1p(vote.changes),
        "line_start": float(vote.depth > len(query.line_context)),
    }


def _seen_in(query: Query) -> Callable[[int], bool]:
    """Whether a name stands anywhere in the file."""
    known: dict[int, bool] = {}

    def seen(token: int) -> bool:
        if token not in known:
            known[token] = bool((query.live.tokens == token).any())
        return known[token]

    return seen
