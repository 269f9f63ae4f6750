"""What `turnout key` and `turnout provider` do."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from turnout.settings.add import add_tables
from turnout.settings.checks import PROVIDER_NAME
from turnout.settings.keys import KEYRING, BadKey, KeyStore, MissingKey
from turnout.settings.load import load
from turnout.settings.model import Provider, Settings
from turnout.settings.offers import environment_key, how_to_enable, offers
from turnout.settings.paths import user_config_file
from turnout_clients.catalog import Offered
from turnout_clients.types import Endpoint, Secret

_PROBE_SECONDS: Final = 1.0
_WHAT_IS_SENT: Final = """\
When you ask for something that a route sends there, it gets the code around the cursor or the code
you chose, with related code of the workspace. Excluded files are never sent, secrets are replaced.
Nothing is sent before [models] or [routes] names a model of it."""


def key_command(args: argparse.Namespace) -> int:
    """Run ``turnout key set|list|rm``; return the exit code."""
    store = KeyStore(os.environ)
    if args.action == "list":
        return _list_keys(store, _settings(args))
    if args.provider is None:
        return _fail(f"Which provider? For example `turnout key {args.action} openai`.")
    if not PROVIDER_NAME.fullmatch(args.provider):
        return _fail(f"{args.provider!r} is not the name of a provider.")
    if args.action == "rm":
        return _remove_key(store, args.provider)
    return _set_key(store, args.provider, _settings(args))


def provider_command(args: argparse.Namespace) -> int:
    """Run ``turnout provider list|enable``; return the exit code."""
    if args.action == "list":
        return _list_providers(_settings(args), probe=bool(getattr(args, "probe", False)))
    if args.name is None:
        return _fail(f"Which provider? Turnout knows {', '.join(offers())}.")
    return _enable(args.name, _config_file(args) or user_config_file(os.environ))


def _set_key(store: KeyStore, provider: str, settings: Settings) -> int:
    try:
        stored = store.set(provider, _ask_key(provider))
    except BadKey as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"The key could not be written: {error.strerror}.")
    except (KeyboardInterrupt, EOFError):
        return _fail("Nothing was changed.")
    _say(f"The key of {provider} is in {stored.place}.")
    if stored.place != KEYRING:
        _say("This system offers no keyring, so it is a file that only you can read.")
    own = settings.providers.get(provider)
    if own is None:
        _complain_of(settings)  # it may stand in a file that cannot be read
        _say(f"{provider} is not enabled yet: {how_to_enable(provider)}.")
    elif own.key != "keyring":
        _say(f'It is not used: [providers.{provider}] says key = "{own.key}".')
    return 0


def _ask_key(provider: str) -> Secret:
    """Read a key from the terminal without showing it, or from a pipe; never from an argument."""
    if sys.stdin is None or sys.stdin.isatty():
        return Secret(getpass.getpass(f"Key of {provider} (it is not shown): "))
    return Secret(sys.stdin.readline())


def _remove_key(store: KeyStore, provider: str) -> int:
    if store.remove(provider):
        _say(f"The key of {provider} is removed.")
        return 0
    return _fail(f"There is no stored key of {provider}.")


def _list_keys(store: KeyStore, settings: Settings) -> int:
    known = offers()
    kept = store.list({**known, **settings.providers})
    rows = [(stored.provider, stored.place) for stored in kept]
    rows += [
        (offer.name, _variable_state(offer, variable, settings))
        for offer in known.values()
        if (variable := environment_key(offer, os.environ))
    ]
    _rows(rows)
    if not rows:
        _say("No keys. `turnout key set NAME` keeps one.")
    return 0


def _variable_state(offer: Offered, variable: str, settings: Settings) -> str:
    if offer.name in settings.providers:
        return f"environment variable {variable}"
    return f"environment variable {variable} (only offered: {how_to_enable(offer.name)})"


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
    _rows(rows)
    _complain_of(settings)
    return 0


def _complain_of(settings: Settings) -> None:
    for problem in settings.problems:
        if problem.severity == "error":
            _complain(f"{problem.where}: {problem.what} ({problem.remedy})")


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
    import asyncio

    from turnout_clients.client import Client
    from turnout_clients.errors import ProviderError

    async def ask() -> str:
        client = Client()
        try:
            found = await client.probe(
                Endpoint(offer.name, offer.dialect, offer.base_url), _PROBE_SECONDS
            )
        except ProviderError as error:
            return f"no answer ({error})"
        finally:
            await client.aclose()
        shown = ", ".join(found[:5]) or "no model loaded"
        return f"answers: {shown}; `turnout provider enable {offer.name}`"

    return asyncio.run(ask())


def _enable(name: str, file: Path) -> int:
    known = offers()
    offer = known.get(name)
    if offer is None:
        return _fail(
            f"{name!r} is not a provider that Turnout knows; it knows {', '.join(known)}. "
            f"For any other add [providers.{name}] with dialect and base_url to {file}."
        )
    settings = load(file, [], None, os.environ)
    if name in settings.providers:
        _say(f"{name} is already enabled in {file}.")
        return 0
    variable = environment_key(offer, os.environ)
    _say(f"{name}: {offer.base_url}")
    _say(_WHAT_IS_SENT)
    try:
        add_tables(file, {("providers", name): {}})
    except (OSError, ValueError) as error:
        why = f"{file} was not changed: {error}."
        return _fail(f"{why} Add this to it yourself:\n[providers.{name}]")
    _say(f"\nEnabled in {file}. Next: name a model in [routes], for example")
    _say(f'    review = ["{name}/MODEL"]')
    if variable:
        _say(f"Its key is taken from {variable}, unless `turnout key set {name}` keeps another.")
    elif not offer.local:
        _say(f"and give its key: turnout key set {name}")
    return 0


def _settings(args: argparse.Namespace) -> Settings:
    return load(_config_file(args), [], None, os.environ)


def _config_file(args: argparse.Namespace) -> Path | None:
    config = getattr(args, "config", None)
    return Path(config) if config else None


def _rows(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        _say("  ".join(cells).rstrip())


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _complain(text: str) -> None:
    sys.stderr.write(text + "\n")


def _fail(text: str) -> int:
    _complain(text)
    return 1
