"""Enabling a provider: planned from the user's own file as it is, and added to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from turnout.settings.add import add_tables, as_toml, has_table
from turnout.settings.enabling import Plan, plan
from turnout_clients.errors import ProviderError
from turnout_clients.types import Endpoint

if TYPE_CHECKING:
    from turnout.settings.model import Settings
    from turnout_clients.catalog import Offered
    from turnout_clients.client import Client

_SECONDS: Final = 1.0


async def planned(
    offer: Offered, settings: Settings, environ: Mapping[str, str], file: Path, client: Client
) -> Plan:
    """Plan it. A server on this machine is asked for its models: the catalogue cannot know them."""
    found: list[str] = []
    if offer.local:
        try:
            found = await client.probe(
                Endpoint(offer.name, offer.dialect, offer.base_url), _SECONDS
            )
        except ProviderError:
            found = []
    today = datetime.now(UTC).date()
    return plan(offer, settings, environ, today, found=found, routed=has_table(file, "routes"))


def enable(made: Plan, file: Path) -> str:
    """Add what was planned to the file; return why it could not be, and what then, or ""."""
    try:
        add_tables(file, made.tables)
    except (OSError, ValueError) as error:
        lines = as_toml(made.tables)
        return f"{file} was not changed: {error}. Mend it, or add this to it yourself:\n{lines}"
    return ""
