"""What the calls of one ask have cost, and the most that whoever asked allows for it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from turnout.ledger.budget import Refusal, unpriced
from turnout.ledger.money import price, worst_case
from turnout.vocabulary import money
from turnout_clients.types import Usage

if TYPE_CHECKING:
    from turnout.engine.bill import Bill
    from turnout.ledger.entry import Entry

_REMEDY: Final = "allow more for it, or choose a cheaper model"


class Purse:
    """The money of one ask, over all its calls. Prices are looked up in a thread."""

    def __init__(self, cap: float | None) -> None:
        self._cap = cap
        self._calls: list[Entry] = []

    def pay(self, call: Entry) -> None:
        """A call has ended, however it did."""
        self._calls.append(call)

    async def refusal(self, bill: Bill) -> Refusal | None:
        """Return why a call may not be made, if it could cost more than is left."""
        cap = self._cap
        if cap is None:
            return None
        most = await asyncio.to_thread(worst_case, bill.source, bill.most(), time.time())
        spent = await self.spent()
        if most is None or spent is None:
            return unpriced(bill.source.name)
        if spent + most <= cap:
            return None
        so_far = f", {money(spent)} of it spent" if spent else ""
        return Refusal(
            f"it may cost up to {money(most)}, and {money(cap)} is allowed for this{so_far}",
            _REMEDY,
        )

    async def spent(self) -> float | None:
        """Return what was spent in USD; None where the price of a call is not known."""
        return await asyncio.to_thread(self._sum)

    def _sum(self) -> float | None:
        total = 0.0
        for call in self._calls:
            if call.usage == Usage(0, 0):
                continue
            usd = price(call.source, call.usage, call.at)[0]
            if usd is None:
                return None
            total += usd
        return total
