"""A process that books, for tests that kill it or let several spend at once.

``write FILE``: books for ever; prints an id once it is acknowledged.
``spend FILE CALLS CAP``: makes that many calls at once, 1 to 3 cents each; prints what was allowed.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from pathlib import Path

from support import prices_stand_in
from turnout.ledger.entry import Entry, Source
from turnout.ledger.ledger import Ledger
from turnout.settings.model import Budget
from turnout_clients.types import Usage

BIG = Source("p/big", "p", "openai-chat", "big")


def entry(call: str, usage: Usage | None = None, **more: object) -> Entry:
    made = Entry(call, time.time(), "review", "analytical", "p/big", "routes.review", BIG, usage)
    for name, value in more.items():
        object.__setattr__(made, name, value)
    return made


def write(ledger: Ledger) -> None:
    while True:
        calls = [ledger.begin() for _ in range(random.randrange(1, 4))]
        for call in calls:
            ledger.record(entry(call, Usage(1000, 10)))
        if ledger.flush():
            print(*calls, sep="\n", flush=True)


async def spend(ledger: Ledger, calls: int, cap: float) -> None:
    async def one() -> float:
        call = ledger.begin()
        most = Usage(10_000, 4_000)  # 3.25 cents at most: it may all be written to a cache
        if await ledger.reserve(entry(call), lambda: most, Budget(day=cap)):
            return 0.0
        await asyncio.sleep(random.random() * 0.05)
        real = Usage(10_000, random.randrange(4_000))
        ledger.record(entry(call, real))
        return real.input * prices_stand_in.IN + real.output * prices_stand_in.OUT

    spent = await asyncio.gather(*(one() for _ in range(calls)))
    await ledger.aclose()
    print(sum(spent), sum(1 for usd in spent if usd))


if __name__ == "__main__":
    prices_stand_in.install()
    books = Ledger(Path(sys.argv[2]))
    if sys.argv[1] == "write":
        write(books)
    else:
        asyncio.run(spend(books, int(sys.argv[3]), float(sys.argv[4])))
