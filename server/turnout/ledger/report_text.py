"""The report for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from turnout.ledger.budget import money
from turnout.ledger.summary import Part, Saving, Sum, Summary

_HEAD: Final = (
    "calls", "spent", "tokens in", "cached", "out", "to first text p50/p95", "to end p50/p95",
)  # fmt: skip
_KNOWN: Final = {
    "estimated": "estimated: cut off before the provider said what they took, or of unsure price",
    "unknown": "of unknown cost, which is in no sum",
    "reserved": "under way or lost with their server, at their worst case",
    "free": "free",
}
_OUTCOMES: Final = {
    "accepted": "accepted",
    "partly": "accepted in part",
    "typed": "typed instead",
    "dismissed": "dismissed",
    "shown": "only shown",
    "answered": "answered otherwise",
    "superseded": "superseded by the next key",
    "cancelled": "cancelled",
    "failed": "failed",
    "under way": "under way",
}
_SHOWN: Final = {"shown": "shown", **{k: _OUTCOMES[k] for k in ("accepted", "partly", "typed")}}
_PLURALS: Final[Mapping[str, str]] = {"retry": "retries"}  # the others are by -s
_SAVERS: Final = {
    "cache": ("prompt caches", "call"),
    "recall": ("recall", "answer"),
    "routing": ("routing", "call"),
}


def as_text(summary: Summary, by: str, since: float, now: float) -> str:
    """Return the report; nothing in it can steer the terminal."""
    lines = [*_opening(summary, since, now), ""]
    if summary.groups:
        lines += [*_table(summary, by), ""]
    if summary.groups or summary.recall:
        lines += [*_outcomes(summary), *_savings(summary)]
    return "\n".join(_printable(line).rstrip() for line in lines).rstrip()


def _opening(summary: Summary, since: float, now: float) -> Iterator[str]:
    begin = f"since {_moment(since)}" if since else "since the beginning"
    total = summary.total
    yield f"{money(total.usd)} for {_many(total.calls, 'call')} {begin}, until {_moment(now)}"
    if summary.relations:
        parts = (_related(name, part) for name, part in sorted(summary.relations.items()))
        yield f"  of which {', '.join(parts)}"
    for known, note in _KNOWN.items():
        if count := total.by_known.get(known):
            yield f"  {_many(count, 'call')} {note}"


def _related(name: str, part: Part) -> str:
    shown = name if part.calls == 1 else _PLURALS.get(name, f"{name}s")
    return f"{part.calls:,} {shown} ({money(part.usd)})"


def _table(summary: Summary, by: str) -> list[str]:
    groups = sorted(summary.groups, key=lambda one: -one.usd)
    if by == "day":
        groups.sort(key=lambda one: one.name)
    rows = [(by, *_HEAD), *map(_row, groups)]
    if len(groups) > 1:
        rows.append(_row(summary.total))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [_aligned(row, widths) for row in rows]


def _row(one: Sum) -> tuple[str, ...]:
    sent = one.tokens["fresh"] + one.tokens["cache_read"] + one.tokens["cache_write"]
    spent = "not known" if one.by_known.get("unknown") == one.calls else money(one.usd)
    return (
        one.name,
        f"{one.calls:,}",
        spent,
        f"{sent:,}",
        f"{one.tokens['cache_read']:,}",
        f"{one.tokens['output']:,}",
        _times(one.first_ms),
        _times(one.total_ms),
    )


def _times(of: dict[str, float | None]) -> str:
    return " / ".join("-" if ms is None else f"{ms / 1000:.2f} s" for ms in of.values())


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = row
    numbers = (text.rjust(width) for text, width in zip(rest, widths[1:], strict=True))
    return "  ".join([first.ljust(widths[0]), *numbers])


def _outcomes(summary: Summary) -> Iterator[str]:
    """Say what became of the calls, each counted once, and how often recall got how far."""
    if summary.outcomes:
        yield "What became of the calls: " + "; ".join(_counted(summary.outcomes, _OUTCOMES))
    if answers := summary.recall.get("answered"):
        yield "; ".join((f"Recall: {_many(answers, 'answer')}", *_counted(summary.recall, _SHOWN)))


def _counted(counts: Mapping[str, int], words: Mapping[str, str]) -> Iterator[str]:
    return (f"{counts[kind]:,} {word}" for kind, word in words.items() if counts.get(kind))


def _savings(summary: Summary) -> Iterator[str]:
    for name, saving in summary.savings.items():
        saver, unit = _SAVERS[name]
        yield f"Saved by {saver}: {_amount(saving, unit)}"
        yield f"    against {saving.baseline}" if saving.compared else f"    {saving.baseline}"


def _amount(saving: Saving, unit: str) -> str:
    if saving.usd is None:
        return "not known"
    amount = money(saving.usd) if saving.usd >= 0 else f"-{money(-saving.usd)}"
    if saving.otherwise_usd is None:
        return amount
    spent = money(saving.otherwise_usd - saving.usd)
    otherwise = money(saving.otherwise_usd)
    return f"{amount} ({spent} instead of {otherwise} for {_many(saving.compared, unit)})"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M")  # noqa: DTZ006 - the user's own


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _printable(line: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in line)
