"""`turnout report`: what was spent, on what, and what it would have cost otherwise.

With ``--json`` the report is one object; ``schema`` 1 may gain keys and loses none:

    schema, ledger, since, until       times as ISO 8601
    total, groups [..]                 {name, calls, answered, failed, aborted, usd, by_known
                                       {reported, priced, estimated, unknown, free, reserved},
                                       tokens {fresh, cache_read, cache_write, output, thinking},
                                       first_ms {p50, p95}, total_ms {p50, p95}}
    by                                 what the groups are: task | model | day | session
    recall                             {answered, shown, accepted, partly, typed, dismissed}
    relations                          {failover, retry, hedge, escalation, repair, keep-alive:
                                       {calls, usd}}: calls that were made for another one
    outcomes                           {outcome: calls}
    savings                            {cache, recall, routing: {usd, baseline, otherwise_usd,
                                       compared}}; usd is null where it is not known

Calls of ``unknown`` cost are in no sum of money. ``reserved`` are the worst case of calls that are
under way, or whose server was killed.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from turnout.ledger.budget import day_of
from turnout.ledger.entry import Source
from turnout.ledger.money import price
from turnout.ledger.read import Books, UnreadableError, read
from turnout.ledger.report_text import as_text
from turnout.ledger.summary import (
    Call,
    Saving,
    Summary,
    dearest,
    saved_by_cache,
    saved_by_recall,
    saved_by_routing,
    summarize,
)
from turnout.settings.load import load
from turnout.settings.paths import ledger_file
from turnout_clients.types import Model, Usage

BY: Final[dict[str, Callable[[Call], str]]] = {
    "task": lambda call: str(call["task"]),
    "model": lambda call: str(call["model"]),
    "day": lambda call: day_of(call["at"]),
    "session": lambda call: str(call["session"]),
}
_UNITS: Final = {"h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}


def main(args: Namespace) -> int:
    """Print the report; return the exit code."""
    now = time.time()
    since = _since(args.since, now)
    if since is None:
        print("turnout: --since takes a time such as 24h, 7d, 4w or all", file=sys.stderr)  # noqa: T201
        return 2
    file = ledger_file()
    try:
        books = read(file, since, day_of(since) if since else "")
    except UnreadableError as error:
        print(f"turnout: the ledger {file}: {error}", file=sys.stderr)  # noqa: T201
        return 1
    summary = summarize(books, BY[args.by])
    config = Path(args.config) if args.config else None
    summary.savings.update(_savings(books, config, args.against))
    if args.json:
        text = json.dumps(as_json(summary, args.by, since, now), indent=2)
    else:
        text = as_text(summary, args.by, since, now)
    encoding = sys.stdout.encoding or "ascii"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + "\n")
    return 0


def as_json(summary: Summary, by: str, since: float, now: float) -> dict[str, Any]:
    """Return the object that is described above."""
    return {
        "schema": 1,
        "ledger": str(ledger_file()),
        "since": datetime.fromtimestamp(since, UTC).isoformat(),
        "until": datetime.fromtimestamp(now, UTC).isoformat(),
        "by": by,
        **asdict(summary),
    }


def _since(text: str, now: float) -> float | None:
    if text == "all":
        return 0.0
    found = re.fullmatch(r"(\d{1,5})([hdw])", text)
    return max(0.0, now - int(found[1]) * _UNITS[found[2]]) if found else None


def _savings(books: Books, config: Path | None, against: str | None) -> dict[str, Saving]:
    return {
        "cache": saved_by_cache(books.calls),
        "recall": saved_by_recall(books),
        "routing": _by_routing(books, config, against or dearest(books.calls)),
    }


def _by_routing(books: Books, config: Path | None, name: str | None) -> Saving:
    if name is None:
        return Saving(None, "no call of known cost, so there is no model to compare with")
    settings = load(config, [], None, os.environ)
    owner, _, rest = name.partition("/")
    provider = settings.providers.get(owner)
    if provider is None:
        what = f"the provider of {name} is not in your settings, so its price is not known"
        return Saving(None, f"{what}; name another model with --against")
    source = Source.of(settings.models.get(name) or Model(name, owner, rest), provider)

    def otherwise(call: Call) -> float | None:
        if call["fresh"] is None:
            return None
        sent = call["fresh"] + call["cache_read"] + call["cache_write"]
        return price(source, Usage(sent, call["output"]), call["at"])[0]

    return saved_by_routing(books.calls, name, otherwise)
