"""Add up what was booked, and say what it would have cost otherwise. Pure.

Every saving is against a baseline that is stated with it; where too little is known for one, it is
None and not nought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final

from turnout.ledger.budget import day_of
from turnout.ledger.read import Books

Call = Mapping[str, Any]

TOKENS: Final = ("fresh", "cache_read", "cache_write", "output", "thinking")
_UNANSWERED: Final = ("failed", "superseded", "cancelled", "under way")
_FILLING: Final = ("inline", "complete")


@dataclass(frozen=True, slots=True)
class Sum:
    """What some calls come to. Latencies in milliseconds, of those that brought text."""

    name: str
    calls: int
    answered: int
    failed: int
    aborted: int
    usd: float
    by_known: dict[str, int]  # how the cost is known -> calls
    tokens: dict[str, int]
    first_ms: dict[str, float | None]
    total_ms: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Saving:
    """What was saved against a baseline; None where that is not known. Negative: it cost more."""

    usd: float | None
    baseline: str
    otherwise_usd: float | None = None
    compared: int = 0  # calls


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the calls, and what they cost."""

    calls: int = 0
    usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Point:
    """What was spent on a day, on a model, for a task; of plots."""

    day: str
    model: str
    task: str
    calls: int
    usd: float


@dataclass(frozen=True, slots=True)
class Summary:
    """All of the report."""

    total: Sum
    groups: list[Sum]
    relations: dict[str, Part]  # of the calls that were made for another one
    recall: dict[str, int]
    outcomes: dict[str, int]
    series: list[Point]
    savings: dict[str, Saving] = field(default_factory=dict)


def summarize(books: Books, key: Callable[[Call], str]) -> Summary:
    """Add up, all in all and by what `key` says of each call."""
    groups: dict[str, list[Call]] = {}
    outcomes: dict[str, int] = {}
    relations: dict[str, Part] = {}
    for call in books.calls:
        groups.setdefault(key(call), []).append(call)
        outcomes[call["outcome"]] = outcomes.get(call["outcome"], 0) + 1
        if relation := call["relation"]:
            part = relations.get(relation, Part())
            relations[relation] = Part(part.calls + 1, part.usd + (call["usd"] or 0.0))
    sums = [_sum(name, calls) for name, calls in groups.items()]
    total, series = _sum("total", books.calls), _series(books.calls)
    return Summary(total, sums, relations, books.recall, outcomes, series)


def saved_by_cache(calls: Sequence[Call]) -> Saving:
    """Compare with the same calls, none of their tokens cached."""
    baseline = "the same calls with none of their tokens cached, at the price of their day"
    known = [
        call
        for call in calls
        if call["tokens_known"] == "reported"
        and call["usd"] is not None
        and call["uncached_usd"] is not None
    ]
    if not known:
        return Saving(None, baseline)
    otherwise = sum(call["uncached_usd"] for call in known)
    return Saving(otherwise - sum(call["usd"] for call in known), baseline, otherwise, len(known))


def saved_by_recall(books: Books) -> Saving:
    """Compare with one paid call for each answer of recall that was accepted."""
    baseline = (
        "one call for each answer that was accepted, at the mean cost of this time's calls "
        "for code at the cursor"
    )
    costs = [c["usd"] for c in books.calls if c["task"] in _FILLING and c["usd"] is not None]
    accepted = books.recall.get("accepted", 0) + books.recall.get("partly", 0)
    if not costs:
        return Saving(0.0 if not books.recall else None, baseline)
    saved = accepted * sum(costs) / len(costs)
    return Saving(saved, baseline, saved, accepted)


def saved_by_routing(
    calls: Iterable[Call], model: str, price: Callable[[Call], float | None]
) -> Saving:
    """Compare with one model for everything; caches are left out on both sides."""
    baseline = (
        f"the same tokens, none cached, all asked of {model}; as its own tokenizer counts, "
        "they may be a third more or less"
    )
    pairs = [
        (call["uncached_usd"], otherwise)
        for call in calls
        if call["uncached_usd"] is not None and (otherwise := price(call)) is not None
    ]
    if not pairs:
        return Saving(None, baseline)
    otherwise = sum(pair[1] for pair in pairs)
    return Saving(otherwise - sum(pair[0] for pair in pairs), baseline, otherwise, len(pairs))


def dearest(calls: Iterable[Call]) -> str | None:
    """Return the model that most was spent on."""
    spent: dict[str, float] = {}
    for call in calls:
        if call["usd"]:
            spent[call["model"]] = spent.get(call["model"], 0.0) + call["usd"]
    return max(spent, key=lambda name: spent[name], default=None)


def _sum(name: str, calls: Sequence[Call]) -> Sum:
    by_known: dict[str, int] = {}
    for call in calls:
        by_known[call["known"]] = by_known.get(call["known"], 0) + 1
    timed = [call for call in calls if not call["error"] and call["first_ms"] is not None]
    return Sum(
        name,
        calls=len(calls),
        answered=sum(1 for call in calls if call["outcome"] not in _UNANSWERED),
        failed=sum(1 for call in calls if call["error"]),
        aborted=sum(1 for call in calls if call["aborted"]),
        usd=sum(call["usd"] or 0.0 for call in calls),
        by_known=by_known,
        tokens={kind: sum(call[kind] or 0 for call in calls) for kind in TOKENS},
        first_ms=_percentiles([call["first_ms"] for call in timed]),
        total_ms=_percentiles([call["total_ms"] for call in timed]),
    )


def _series(calls: Iterable[Call]) -> list[Point]:
    sums: dict[tuple[str, str, str], tuple[int, float]] = {}
    for call in calls:
        at = day_of(call["at"]), call["model"], call["task"]
        count, usd = sums.get(at, (0, 0.0))
        sums[at] = count + 1, usd + (call["usd"] or 0.0)
    return [Point(*at, count, usd) for at, (count, usd) in sorted(sums.items())]


def _percentiles(values: Iterable[float]) -> dict[str, float | None]:
    """Return p50 and p95 by the nearest rank."""
    ranked = sorted(values)

    def at(share: float) -> float | None:
        return ranked[ceil(share * len(ranked)) - 1] if ranked else None

    return {"p50": at(0.5), "p95": at(0.95)}
