"""From an entry to a line of the table."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from turnout.ledger.money import price, uncached
from turnout_clients.types import Usage

if TYPE_CHECKING:
    from turnout.ledger.entry import Entry

Row = dict[str, Any]


def settled(entry: Entry, session: str, workspace: str) -> Row:
    """Return the line of a call that has ended."""
    usd, known = price(entry.source, entry.usage, entry.at, estimated=entry.estimated)
    row = _row(entry, session, workspace)
    return {**row, "usd": usd, "known": known, "uncached_usd": _uncached(entry, usd)}


def without_price(entry: Entry, session: str, workspace: str) -> Row:
    """Return the line of a call that has ended, without looking up its price."""
    return _row(entry, session, workspace)


def reserved(entry: Entry, usd: float, session: str, workspace: str) -> Row:
    """Return the line that stands until the call has ended."""
    row = _row(replace(entry, usage=None), session, workspace)
    return {**row, "usd": usd, "known": "reserved", "outcome": "under way"}


def _uncached(entry: Entry, usd: float | None) -> float | None:
    usage = entry.usage
    if usage is None or usd is None:
        return None
    return uncached(entry.source, usage, entry.at) if usage.cache_read or usage.cache_write else usd


def _row(entry: Entry, session: str, workspace: str) -> Row:
    return {
        "id": entry.id,
        "parent": entry.parent,
        "relation": entry.relation,
        "at": entry.at,
        "session": session,
        "workspace": workspace,
        "task": entry.task,
        "layer": entry.layer,
        "route": entry.route,
        "reason": entry.reason,
        "provider": entry.source.provider,
        "model": entry.source.name,
        "usd": None,
        "known": "unknown",
        "uncached_usd": None,
        "first_ms": entry.first_ms,
        "total_ms": entry.total_ms,
        "cache_predicted": entry.cache_predicted,
        "outcome": entry.ending,
        "error": entry.error,
        "aborted": entry.aborted,
        **_tokens(entry.usage, entry.estimated),
    }


def _tokens(usage: Usage | None, estimated: bool) -> Row:
    kinds = ("fresh", "cache_read", "cache_write", "cache_writes", "output", "thinking")
    if usage is None:
        return {**dict.fromkeys(kinds), "tokens_known": "unknown", "cache_found": None}
    return {
        "fresh": max(0, usage.input - usage.cache_read - usage.cache_write),
        "cache_read": usage.cache_read,
        "cache_write": usage.cache_write,
        "cache_writes": json.dumps(dict(usage.writes)) if usage.writes else None,
        "output": usage.output,
        "thinking": usage.thinking,
        "tokens_known": "estimated" if estimated else "reported",
        "cache_found": None if estimated else usage.cache_read,
    }
