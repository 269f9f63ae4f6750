"""Providers that Turnout knows by name: the rows of the clients' catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from turnout.settings.model import Provider
from turnout_clients.catalog import OFFERED, Offered, quirks


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
