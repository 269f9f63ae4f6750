"""The report for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from turnout.ledger.budget import money
from turnout.ledger.summary import Saving, Sum, Summary

_HEAD: Final = ("calls", "spent", "tokens in", "cached", "out", "first p50/p95", "whole p50/p95")
_SAVERS: Final = {"cache": "prompt caches", "recall": "recall", "routing": "routing"}


def as_text(summary: Summary, by: str, since: float, now: float) -> str:
    """Return the report; nothing in it can steer the terminal."""
    lines = [*_opening(summary, since, now), ""]
    if summary.groups:
        lines += [*_table(summary, by), ""]
    lines += [*_outcomes(summary), *_savings(summary)]
    return "\n".join(_printable(line).rstrip() for line in lines)


def _opening(summary: Summary, since: float, now: float) -> Iterator[str]:
    begin = f"since {_moment(since)}" if since else "since the beginning"
    total = summary.total
    yield f"{money(total.usd)} for {_many(total.calls, 'call')} {begin}, until {_moment(now)}"
    notes = {
        "estimated": "estimated: they were cut before the provider said what they took",
        "unknown": "of unknown cost, which is in no sum",
        "reserved": "under way or lost with their server, at their worst case",
        "free": "free",
    }
    for known, note in notes.items():
        if count := total.by_known.get(known):
            yield f"  {_many(count, 'call')} {note}"


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
    for what, counts in (("Answers of models", summary.outcomes), ("Recall", summary.recall)):
        if counts:
            yield f"{what}: " + ", ".join(f"{n:,} {kind}" for kind, n in sorted(counts.items()))


def _savings(summary: Summary) -> Iterator[str]:
    for name, saving in summary.savings.items():
        yield f"Saved by {_SAVERS[name]}: {_amount(saving)}"
        yield f"    against {saving.baseline}" if saving.compared else f"    {saving.baseline}"


def _amount(saving: Saving) -> str:
    if saving.usd is None:
        return "not known"
    amount = money(saving.usd) if saving.usd >= 0 else f"-{money(-saving.usd)}"
    if saving.otherwise_usd is None:
        return amount
    return f"{amount} (otherwise {money(saving.otherwise_usd)}; {saving.compared:,} compared)"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M")  # noqa: DTZ006 - the user's own


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _printable(line: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in line)
