"""What a call costs: by the provider's own word, by the user's, else by the price list.

The list (`turnout_clients.price_list`) is loaded when it is first needed, which belongs in a
thread. `prices.toml` holds what it lacks.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Literal

from turnout_clients import price_list
from turnout_clients.catalog import OFFERED, Offered, quirks
from turnout_clients.types import Price, Usage

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

Known = Literal["reported", "priced", "estimated", "unknown"]
"""``reported``: the provider said it. ``priced``: by the user's price, or the list. ``estimated``:
by a price that may not be the right one. ``unknown``: there is no price."""

_MILLION: Final = Decimal(1_000_000)
_STANDARD: Final = frozenset({"", "auto", "default", "standard", "standard_only"})
_OF_DIALECT: Final = {
    "anthropic-messages": "anthropic",
    "gemini": "google",
    "inception": "inception",
    "mistral": "mistral",
    "openai-responses": "openai",
}
"""Whose models a provider most likely serves that is not in the catalogue."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Money, and how it is known. ``usd`` is None where no price is known."""

    usd: float | None
    known: Known


def cost(
    provider: str,
    dialect: str,
    model: str,
    usage: Usage,
    when: datetime,
    *,
    base_url: str = "",
    local: bool = False,
    price: Price | None = None,
) -> Cost:
    """What a call to a model cost that began at a time.

    ``provider`` is the name in settings and ``model`` the provider's own id; with ``base_url`` the
    provider is known by its address, whatever its name. What is ``local`` is free, unless the
    catalogue says that it passes requests on. ``price`` is the user's own, before all of that.
    """
    if (said := _reported(usage.raw)) is not None:
        return Cost(said, "reported")
    if price is not None:
        return Cost(float(_sum(_Rates.of(price), usage, {})), "priced")
    offered = _offered(provider, base_url)
    if _is_free(offered, local):
        return Cost(0.0, "priced")
    names = [offered.prices] if offered and offered.prices else []
    for name in names or [_OF_DIALECT.get(dialect, ""), ""]:
        if found := _priced(name, model, usage, when.astimezone(UTC)):
            usd, sure = found
            return Cost(float(usd), "priced" if sure and names else "estimated")
    return Cost(None, "unknown")


def load() -> None:
    """Have all prices at hand; for a thread. Where the list cannot be read, `cost` will say so."""
    _table()
    price_list.load()


def at_hand(provider: str, *, base_url: str, local: bool, price: Price | None) -> bool:
    """Whether `cost` answers at once, without having to load the list."""
    at_once = price_list.loaded() or price is not None
    return at_once or _is_free(_offered(provider, base_url), local)


def _is_free(offered: Offered | None, local: bool) -> bool:
    return local if offered is None else offered.local and not offered.forwards


def _reported(raw: Mapping[str, Any]) -> float | None:
    """The cost by OpenRouter's word. With the user's own key there, it is only its fee."""
    said = _amount(raw.get("cost"))
    details = raw.get("cost_details")
    if said is None or not raw.get("is_byok") or not isinstance(details, dict):
        return said
    beside = _amount(details.get("upstream_inference_cost"))
    return None if beside is None else said + beside


def _amount(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) and value >= 0 else None


def _offered(provider: str, base_url: str) -> Offered | None:
    if base_url:
        row = quirks(base_url)
        return row if row.name else None
    return next((row for row in OFFERED if row.name == provider), None)


@dataclass(frozen=True, slots=True)
class _Rates:
    """Prices per million tokens that hold for one call. A ``None`` is priced as fresh input."""

    input: Decimal
    output: Decimal
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None

    @classmethod
    def of(cls, price: Price) -> _Rates:
        """The rates that the user gave."""
        said = ((part.name, getattr(price, part.name)) for part in fields(price))
        return cls(**{name: Decimal(str(usd)) for name, usd in said if usd is not None})


def _priced(provider: str, model: str, usage: Usage, when: datetime) -> tuple[Decimal, bool] | None:
    """The price, and whether it is sure; None if the model is in no list."""
    tier, speed = _text(usage.raw, "service_tier", "serviceTier"), _text(usage.raw, "speed")
    when = _priced_time(provider, when)
    if own := _own(provider, model):
        rates, sure, applied = own.rates, own.sure, tier in _STANDARD
    elif row := price_list.listed(provider, model):
        rates, applied = _rates(row, when, usage.input, tier, speed)
        sure = True
    else:
        return None
    times = Decimal(1)
    if not applied:
        known = _tiers().get((provider, tier))
        times, applied = known or times, known is not None
    writes = _write_times(provider)
    sure = sure and applied and not any(ttl in writes and tokens for ttl, tokens in usage.writes)
    return times * _sum(rates, usage, writes), sure


def _sum(rates: _Rates, usage: Usage, write_times: Mapping[str, Decimal]) -> Decimal:
    """Every token once: read from the cache, written to it, or fresh."""
    read = min(usage.cache_read, usage.input)
    written = min(usage.cache_write, usage.input - read)
    cached = rates.input if rates.cache_read is None else rates.cache_read
    total = usage.output * rates.output + (usage.input - read - written) * rates.input
    total += read * cached
    usual = rates.input if rates.cache_write is None else rates.cache_write
    for ttl, tokens in _by_ttl(usage, written):
        price = usual
        if ttl == "1h" and rates.cache_write_1h is not None:
            price = rates.cache_write_1h
        elif rates.cache_write is not None:
            price = usual * write_times.get(ttl, 1)
        total += tokens * price
    return total / _MILLION


def _by_ttl(usage: Usage, written: int) -> list[tuple[str, int]]:
    """The written tokens by time to live; those of which it is not told are of the usual one."""
    parts = []
    for ttl, tokens in usage.writes:
        part = min(tokens, written)
        parts.append((ttl, part))
        written -= part
    return [*parts, ("", written)]


def _text(raw: Mapping[str, Any], *names: str) -> str:
    found = next((raw[name] for name in names if isinstance(raw.get(name), str)), "")
    return str(found).lower()


def _rates(
    row: tuple[Provider, ModelInfo], when: datetime, size: int, tier: str, speed: str
) -> tuple[_Rates, bool]:
    """The rates for a prompt of this size, and whether tier and speed are in them."""
    provider, model = row
    asked = {"service_tier": tier, "speed": speed}
    asked = {name: value for name, value in asked.items() if value not in _STANDARD}
    own = any(model is one for one in provider.models)
    named = [
        variant.when
        for variant in model.price_variants or ()
        if own and (variant.constraint is None or variant.constraint.active(when))
    ]
    applied = all({name: value} in named for name, value in asked.items())
    found = model.get_prices(when, asked if own else None)
    rates = _Rates(
        input=_rate(found, "input_mtok", size) or Decimal(0),
        output=_rate(found, "output_mtok", size) or Decimal(0),
        cache_read=_rate(found, "cache_read_mtok", size),
        cache_write=_rate(found, "cache_write_mtok", size),
        cache_write_1h=_rate(found, "cache_write_1h_mtok", size),
    )
    return rates, applied


def _rate(prices: ModelPrice, key: str, size: int) -> Decimal | None:
    """One price for a prompt of this size: the tier that it reaches holds for all of its tokens."""
    price = getattr(prices, key)
    if price is None or isinstance(price, Decimal):
        return price
    reached = [tier.price for tier in price.tiers if size > tier.start]
    return Decimal(reached[-1] if reached else price.base)


@dataclass(frozen=True, slots=True)
class _Own:
    rates: _Rates
    sure: bool


def _own(provider: str, model: str) -> _Own | None:
    for row in _table()["price"]:
        if row["provider"] == provider and model in row["models"]:
            kinds = ("input", "output", "cache_read", "cache_write")
            rates = {kind: Decimal(str(row[kind])) for kind in kinds if kind in row}
            return _Own(_Rates(**rates), row.get("sure", True))
    return None


def _priced_time(provider: str, when: datetime) -> datetime:
    """The time whose price holds: on some days that of another hour does."""
    for row in _table()["day"]:
        dates: list[date] = row["dates"]
        special = when.isoweekday() in row["weekdays"] or when.date() in dates
        if row["provider"] == provider and special:
            return when.replace(hour=row["hour"])
    return when


def _write_times(provider: str) -> dict[str, Decimal]:
    rows = _table()["write"]
    return {row["ttl"]: Decimal(str(row["times"])) for row in rows if row["provider"] == provider}


@cache
def _tiers() -> dict[tuple[str, str], Decimal]:
    rows = _table()["tier"]
    return {(row["provider"], row["name"]): Decimal(str(row["times"])) for row in rows}


@cache
def _table() -> dict[str, list[dict[str, Any]]]:
    source = files("turnout_clients").joinpath("prices.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)
