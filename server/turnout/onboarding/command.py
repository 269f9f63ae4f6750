"""`turnout provider`: list whom the user could ask, and enable one."""

from __future__ import annotations

import argparse
import asyncio
import os
from contextlib import aclosing
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Final

from turnout.onboarding.consent import consent
from turnout.onboarding.enable import enable, planned
from turnout.settings.commands import complain_of, config_file, settings_of
from turnout.settings.keys import KeyStore, MissingKey
from turnout.settings.load import load
from turnout.settings.model import Provider, Settings
from turnout.settings.offers import environment_key, offers
from turnout.settings.paths import user_config_file
from turnout.terminal import fail, say, table
from turnout_clients.catalog import Offered
from turnout_clients.client import Client
from turnout_clients.errors import ProviderError
from turnout_clients.types import Endpoint

if TYPE_CHECKING:
    from turnout.settings.enabling import Plan

_PROBE_SECONDS: Final = 1.0


def main(args: argparse.Namespace) -> int:
    """Run ``turnout provider list|enable``; return the exit code."""
    if args.action == "list":
        return _list_providers(settings_of(args), probe=bool(getattr(args, "probe", False)))
    if args.name is None:
        return fail(f"Which provider? Turnout knows {', '.join(offers())}.")
    return _enable(args.name, config_file(args) or user_config_file(os.environ))


def _list_providers(settings: Settings, *, probe: bool) -> int:
    store = KeyStore(os.environ)
    rows = [
        (provider.name, "enabled", provider.base_url, _key_state(store, provider))
        for provider in settings.providers.values()
    ]
    rows += [
        (offer.name, *_offer_state(offer, probe=probe))
        for offer in offers().values()
        if offer.name not in settings.providers
    ]
    table(rows)
    complain_of(settings)
    return 0


def _key_state(store: KeyStore, provider: Provider) -> str:
    try:
        endpoint = store.endpoint(provider)
    except MissingKey as error:
        return f"{str(error).rstrip('.')}: {error.remedy}"
    return "has a key" if endpoint.key else "needs no key"


def _offer_state(offer: Offered, *, probe: bool) -> tuple[str, str, str]:
    if variable := environment_key(offer, os.environ):
        state = "offered"
        return state, offer.base_url, f"{variable} is set; `turnout provider enable {offer.name}`"
    if not offer.local:
        return "known", offer.base_url, f"`turnout provider enable {offer.name}`"
    if not probe:
        return "local", offer.base_url, "not looked for; `--probe` asks it for its models"
    return "local", offer.base_url, _probe(offer)


def _probe(offer: Offered) -> str:
    """Ask a server on this machine for its models; only on the user's own word."""

    async def ask() -> str:
        endpoint = Endpoint(offer.name, offer.dialect, offer.base_url)
        try:
            async with aclosing(Client()) as client:
                found = await client.probe(endpoint, _PROBE_SECONDS)
        except ProviderError as error:
            return f"no answer ({error})"
        shown = ", ".join(found[:5]) or "no model loaded"
        return f"answers: {shown}; `turnout provider enable {offer.name}`"

    return asyncio.run(ask())


def _enable(name: str, file: Path) -> int:
    settings = load(file, [], None, os.environ)
    if name in settings.providers:
        say(f"{name} is already enabled in {file}.")
        return 0
    known = offers()
    offer = known.get(name)
    if offer is None:
        return fail(
            f"{name!r} is not a provider that Turnout knows; it knows {', '.join(known)}. "
            f"For any other add [providers.{name}] with dialect and base_url to {file}."
        )
    plan = asyncio.run(_planned(offer, settings, file))
    said = consent(plan, settings, KeyStore(os.environ))
    say(f"{said.plain}\n\nAdded to {file}:\n\n{indent(said.toml, '    ').rstrip()}\n")
    if why := enable(plan, file):
        return fail(why)
    key = f" Now its key: turnout key set {name}" if said.needs_key else ""
    say(f"{name} is enabled.{key}")
    return 0


async def _planned(offer: Offered, settings: Settings, file: Path) -> Plan:
    async with aclosing(Client()) as client:
        return await planned(offer, settings, os.environ, file, client)
