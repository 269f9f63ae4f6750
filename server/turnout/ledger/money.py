"""What a call costs. Prices take their time to load: all but `expected_price` is for a thread."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from turnout_clients.types import Usage

if TYPE_CHECKING:
    from turnout.ledger.entry import Known, Source

logger = logging.getLogger(__name__)


def price(
    source: Source, usage: Usage | None, at: float, *, estimated: bool = False
) -> tuple[float | None, Known]:
    """Return the cost in USD and how it is known."""
    usd, known = (None, "unknown") if usage is None else _cost(source, usage, at)
    if usd is None:
        return None, "unknown"
    if usd == 0 and source.local:
        return usd, "free"
    if estimated or known == "estimated":
        return usd, "estimated"
    return usd, "reported" if known == "reported" else "priced"


def _cost(source: Source, usage: Usage, at: float) -> tuple[float | None, str]:
    try:
        from turnout_clients.prices import cost

        found = cost(
            source.provider,
            source.dialect,
            source.id,
            usage,
            datetime.fromtimestamp(at, UTC),
            base_url=source.base_url,
            local=source.local,
            price=source.price,
        )
    except Exception as error:  # a line without its price is better than no line
        logger.debug("no price: %s", type(error).__name__)
        return None, "unknown"
    return found.usd, found.known


def expected_price(source: Source, sent: int, answered: int) -> float | None:
    """Return what a call of so many tokens, none of them cached, costs now; None if not known.

    It is quick enough for a title, since it waits for nothing: before `load_prices` only what is
    free, or has a price by the user's word, is known.
    """
    prices = _imported("turnout_clients.prices")
    if prices is None or not prices.at_hand(
        source.provider, base_url=source.base_url, local=source.local, price=source.price
    ):
        return None
    return price(source, Usage(sent, answered), time.time())[0]


def _imported(name: str) -> Any:
    """Return a module that is there in whole; a thread may be half through importing it."""
    module = sys.modules.get(name)
    return None if getattr(getattr(module, "__spec__", None), "_initializing", False) else module


def load_prices(sources: Iterable[Source]) -> None:
    """Have the prices of these models at hand for `expected_price`."""
    from turnout_clients import prices

    prices.load()
    for source in sources:
        expected_price(source, 1, 1)


def uncached(source: Source, usage: Usage | None, at: float) -> float | None:
    """Return what the same tokens would have cost with no prompt cache."""
    return None if usage is None else price(source, plain(usage), at)[0]


def worst_case(source: Source, usage: Usage, at: float) -> float | None:
    """Return the most that a call may cost: no token of its prompt cached, or each written."""
    plainly = price(source, usage, at)[0]
    if plainly is None:
        return None
    written = price(source, replace(usage, cache_write=usage.input), at)[0]
    return max(plainly, written or 0.0)


def plain(usage: Usage) -> Usage:
    """Return the same tokens with none of them cached, and no word of the provider on the cost."""
    return Usage(input=usage.input, output=usage.output, thinking=usage.thinking)
