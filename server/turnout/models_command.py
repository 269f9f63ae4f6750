"""`turnout models`: what can be used now, what it costs, what of it is about to be shut down.

Nothing is contacted. With ``--json`` the answer is one object; ``schema`` 1 may gain keys and loses
none:

    schema
    models [{name, title, provider, id, usable, obstacle, routes [key], known, context, max_output,
             fim, input, tools, efforts, tokens, price, layers, ends, successor, warning, note}]
           obstacle: why it is not usable;  routes: the keys of [routes] that name it
           known: whether the catalogue has it; if not, context and max_output may be assumed
           tokens: how many it makes of the same code against o200k; null where not known
           price: {input, output, cache_read, cache_write, known}, USD for a million tokens now
"""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any, Final

from turnout.settings.commands import complain_of, settings_of
from turnout.settings.keys import KeyStore, MissingKey
from turnout.settings.model import Provider, RouteRule, Settings
from turnout.settings.offers import is_local, offer_name
from turnout.vocabulary import RECALL
from turnout_clients.catalog.models import (
    ModelFacts,
    display_name,
    facts,
    fill_in,
    served_by,
)
from turnout_clients.prices import Known, cost
from turnout_clients.types import Model, Usage

_NOTHING: Final = f"""\
No provider is enabled, so no model can answer: only {RECALL}, which is on this machine and free.
`turnout provider list` shows what is offered, `turnout provider enable NAME` enables one."""
_SAMPLE: Final = 1_000  # tokens: below every length at which prices change


@dataclass(frozen=True, slots=True)
class Now:
    """USD for a million tokens, for a short prompt that is sent now."""

    input: float | None
    output: float | None
    cache_read: float | None
    cache_write: float | None
    known: Known


@dataclass(frozen=True, slots=True)
class Row:
    """One model."""

    model: Model
    known: ModelFacts | None
    obstacle: str  # why it cannot be used; "" if it can
    routes: tuple[str, ...]
    price: Now
    warning: str


def main(args: Namespace) -> int:
    """Print the models; return the exit code."""
    settings = settings_of(args)
    complain_of(settings)
    rows = list(find(settings, KeyStore(os.environ), datetime.now(UTC)))
    if getattr(args, "json", False):
        text = json.dumps({"schema": 1, "models": [_as_json(row) for row in rows]}, indent=2)
    else:
        text = "\n".join(_lines(rows)) if settings.providers else _NOTHING
    sys.stdout.write(text + "\n")
    return 0


def find(settings: Settings, keys: KeyStore, now: datetime) -> Iterator[Row]:
    """Yield the models of the user's settings, then those known of the enabled providers."""
    obstacles = {name: _obstacle(settings, name, keys) for name in settings.providers}
    for model in (*settings.models.values(), *_others(settings, now.date())):
        provider = settings.providers.get(model.provider)
        if provider is None:
            continue  # settings say so already
        known = facts(offer_name(provider), model.id)
        yield Row(
            model=model,
            known=known,
            obstacle=obstacles[provider.name],
            routes=tuple(key for key, rule in settings.routes.items() if _names(rule, model.name)),
            price=_price(model, provider, now),
            warning=known.ending(now.date()) if known else "",
        )


def _others(settings: Settings, today: date) -> Iterator[Model]:
    own = {(model.provider, model.id) for model in settings.models.values()}
    for provider in settings.providers.values():
        home = offer_name(provider)
        for id_, known in served_by(home).items():
            gone = known.ends is not None and known.ends <= today
            if not gone and (provider.name, id_) not in own:
                model = Model(f"{provider.name}/{id_}", provider.name, id_)
                yield fill_in(model, home, {})


def _obstacle(settings: Settings, name: str, keys: KeyStore) -> str:
    if name in settings.forbid:
        return "it is forbidden by `forbid`"
    try:
        keys.endpoint(settings.providers[name])
    except MissingKey as error:
        return f"{str(error).rstrip('.')}: {error.remedy}"
    return ""


def _names(rule: RouteRule, name: str) -> bool:
    chosen = (part for part in fields(rule) if part.name not in ("only", "never"))
    return any(name in getattr(rule, part.name) for part in chosen)


def _price(model: Model, provider: Provider, now: datetime) -> Now:
    def rate(usage: Usage) -> tuple[float | None, Known]:
        found = cost(
            provider.name,
            provider.dialect,
            model.id,
            usage,
            now,
            base_url=provider.base_url,
            local=is_local(provider),
            price=model.price,
        )
        usd = None if found.usd is None else round(found.usd * 1_000_000 / _SAMPLE, 6)
        return usd, found.known

    usual, known = rate(Usage(_SAMPLE, 0))
    return Now(
        input=usual,
        output=rate(Usage(0, _SAMPLE))[0],
        cache_read=rate(Usage(_SAMPLE, 0, cache_read=_SAMPLE))[0],
        cache_write=rate(Usage(_SAMPLE, 0, cache_write=_SAMPLE))[0],
        known=known,
    )


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    heads = ("model", "in", "out", "cached", "written", "context", "")
    table = [heads, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        first, *numbers, last = cells
        sized = [cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=False)]
        yield "  ".join([first.ljust(widths[0]), *sized, last]).rstrip()
    yield ""
    yield (
        "Prices are USD for a million tokens of a short prompt sent now; ~ marks an estimate,"
        " ? what is not known."
    )
    yield "N x tokens: the model makes so many of the same code, against o200k of OpenAI."
    yield from _assumed(rows)
    yield from dict.fromkeys(
        f"! {row.model.provider}: {row.obstacle}" for row in rows if row.obstacle
    )
    own = (row for row in rows if row.warning and row.routes)
    yield from (f"! {row.model.name} {row.warning}" for row in own)


def _cells(row: Row) -> tuple[str, ...]:
    price = row.price
    rates = (price.input, price.output, price.cache_read, price.cache_write)
    mark = "~" if price.known == "estimated" else ""
    return (
        row.model.name,
        *("?" if rate is None else f"{mark}{rate:.4g}" for rate in rates),
        f"{row.model.context:,}" + ("" if row.known or not row.routes else "?"),
        "; ".join(_remarks(row)),
    )


def _remarks(row: Row) -> Iterator[str]:
    if row.routes:
        yield "in " + ", ".join(row.routes)
    if row.obstacle:
        yield "not usable"
    if row.warning:
        yield row.warning
    if row.model.fim:
        yield "fills in"
    if (factor := _tokens(row)) not in (None, 1):
        yield f"{factor:g} x tokens"
    if row.known and row.known.note:
        yield row.known.note


def _tokens(row: Row) -> float | None:
    tokenizer = row.known.tokenizer if row.known else None
    return tokenizer.factor if tokenizer and tokenizer.measured else None


def _assumed(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        model, table = row.model, f'[models."{row.model.name}"]'
        if row.known is None:
            yield (
                f"{model.name} is not in the catalogue: {model.context:,} tokens of context and"
                f" {model.max_output:,} of answer are taken for it."
                f" Set context and max_output of {table} if that is wrong."
            )
        if row.routes and row.price.known == "unknown":
            yield (
                f"What {model.name} costs is not known, so it is not asked under a [budget]."
                f" Set price = {{ input = ..., output = ... }} in {table}."
            )


def _as_json(row: Row) -> dict[str, Any]:
    model, known = row.model, row.known
    return {
        "name": model.name,
        "title": display_name(model),
        "provider": model.provider,
        "id": model.id,
        "usable": not row.obstacle,
        "obstacle": row.obstacle,
        "routes": row.routes,
        "known": known is not None,
        "context": model.context,
        "max_output": model.max_output,
        "fim": model.fim,
        "input": known.input if known else ["text"],
        "tools": known.tools if known else None,
        "efforts": model.efforts,
        "tokens": _tokens(row),
        "price": {part.name: getattr(row.price, part.name) for part in fields(Now)},
        "layers": known.layers if known else [],
        "ends": known.ends.isoformat() if known and known.ends else None,
        "successor": known.successor if known else "",
        "warning": row.warning,
        "note": known.note if known else "",
    }
