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
    series [..]                        {day, model, task, calls, usd}, oldest first
    savings                            {cache, recall, routing: {usd, baseline, otherwise_usd,
                                       compared}}; usd is null where it is not known

Calls of ``unknown`` cost are in no sum of money. ``reserved`` are the worst case of calls that are
under way, or whose server was killed.
"""

from __future__ import annotations

import json
import re
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
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
from turnout.settings.commands import complain_of, settings_of
from turnout.settings.model import Settings
from turnout.settings.paths import ledger_file
from turnout_clients.types import Model, Usage

BY: Final[dict[str, Callable[[Call], str]]] = {
    "task": lambda call: str(call["task"]),
    "model": lambda call: str(call["model"]),
    "day": lambda call: day_of(call["at"]),
    "session": lambda call: str(call["session"]),
}
_UNITS: Final = {"h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}


class NoSuchTimeError(ValueError):
    """What is no time; says what is one."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was spent from a time on. Times in seconds since 1970."""

    summary: Summary
    by: str
    since: float
    until: float

    def as_json(self) -> dict[str, Any]:
        """Return the object that is described above."""
        return {
            "schema": 1,
            "ledger": str(ledger_file()),
            "since": datetime.fromtimestamp(self.since, UTC).isoformat(),
            "until": datetime.fromtimestamp(self.until, UTC).isoformat(),
            "by": self.by,
            **asdict(self.summary),
        }

    def as_text(self) -> str:
        """Return the same for people."""
        return as_text(self.summary, self.by, self.since, self.until)


def report(
    settings: Settings, *, since: str = "7d", by: str = "task", against: str | None = None
) -> Report:
    """Read the ledger and add up; raises `NoSuchTimeError` and `UnreadableError`."""
    until = time.time()
    begin = _since(since, until)
    books = read(ledger_file(), begin, day_of(begin) if begin else "")
    summary = summarize(books, BY[by])
    summary.savings.update(_savings(books, settings, against))
    return Report(summary, by, begin, until)


def nothing(by: str) -> Report:
    """Return the report of a ledger that holds nothing."""
    return Report(summarize(Books([], {}), BY[by]), by, 0.0, time.time())


def main(args: Namespace) -> int:
    """Print the report; return the exit code."""
    settings = settings_of(args)
    complain_of(settings)
    try:
        found = report(settings, since=args.since, by=args.by, against=args.against)
    except NoSuchTimeError as error:
        return _fail(f"--since takes {error}", 2)
    except UnreadableError as error:
        return _fail(f"the ledger {ledger_file()}: {error}", 1)
    text = json.dumps(found.as_json(), indent=2) if args.json else found.as_text()
    encoding = sys.stdout.encoding or "ascii"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + "\n")
    return 0


def _fail(why: str, code: int) -> int:
    sys.stderr.write(f"turnout: {why}\n")
    return code


def _since(text: str, now: float) -> float:
    if text == "all":
        return 0.0
    found = re.fullmatch(r"(\d{1,5})([hdw])", text)
    if found is None:
        raise NoSuchTimeError("a time such as 24h, 7d, 4w or all")
    return max(0.0, now - int(found[1]) * _UNITS[found[2]])


def _savings(books: Books, settings: Settings, against: str | None) -> dict[str, Saving]:
    return {
        "cache": saved_by_cache(books.calls),
        "recall": saved_by_recall(books),
        "routing": _by_routing(books, settings, against or dearest(books.calls)),
    }


def _by_routing(books: Books, settings: Settings, name: str | None) -> Saving:
    if name is None:
        return Saving(None, "no call of known cost, so there is no model to compare with")
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
