"""Providers that Turnout knows by name: the rows of the clients' catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from turnout.settings.model import Problem, Provider, Settings, Severity
from turnout_clients.address import is_loopback
from turnout_clients.catalog import OFFERED, Offered, quirks

_SOON: Final = timedelta(days=90)


def offers() -> dict[str, Offered]:
    """Return the rows by name."""
    return {row.name: row for row in OFFERED}


def how_to_enable(provider: str) -> str:
    """Say what enables a provider."""
    if provider in offers():
        return f"run `turnout provider enable {provider}`"
    return f"add [providers.{provider}] to turnout.toml"


def environment_key(offer: Offered, environ: Mapping[str, str]) -> str | None:
    """Return the name of the variable that holds a key for this provider, if one does."""
    return next((name for name in offer.key_env if environ.get(name, "").strip()), None)


def offer_name(provider: Provider) -> str:
    """Return the name by which the catalogue knows a provider: by its address, else by its name.

    "" stands for one that is not in it.
    """
    return quirks(provider.base_url).name or (provider.name if provider.name in offers() else "")


def is_local(provider: Provider) -> bool:
    """Whether a provider is on this machine."""
    return is_loopback(provider.base_url)


def endings(settings: Settings, today: date) -> Iterator[Problem]:
    """Yield which of the models that the user named are shut down, or will be."""
    from turnout_clients.catalog.models import facts

    for model in settings.models.values():
        provider = settings.providers.get(model.provider)
        known = facts(offer_name(provider), model.id) if provider else None
        if known is None or known.ends is None:
            continue
        what, _, instead = known.ending(today).partition(": ")
        remedy = f"{instead} in its place" if instead else "name another in its place"
        severity: Severity = "warning" if known.ends - today <= _SOON else "info"
        yield Problem(f"model {model.name}", what, remedy, severity)
