"""What `turnout key` does."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from pathlib import Path

from turnout.settings.checks import PROVIDER_NAME
from turnout.settings.keys import KEYRING, BadKey, KeyStore
from turnout.settings.load import load
from turnout.settings.model import Settings
from turnout.settings.offers import environment_key, how_to_enable, offers
from turnout.terminal import complain, fail, say, table
from turnout_clients.catalog import Offered
from turnout_clients.types import Secret


def main(args: argparse.Namespace) -> int:
    """Run ``turnout key set|list|rm``; return the exit code."""
    store = KeyStore(os.environ)
    if args.action == "list":
        return _list_keys(store, settings_of(args))
    if args.provider is None:
        return fail(f"Which provider? For example `turnout key {args.action} openai`.")
    if not PROVIDER_NAME.fullmatch(args.provider):
        return fail(f"{args.provider!r} is not the name of a provider.")
    if args.action == "rm":
        return _remove_key(store, args.provider)
    return _set_key(store, args.provider, settings_of(args))


def _set_key(store: KeyStore, provider: str, settings: Settings) -> int:
    try:
        stored = store.set(provider, _ask_key(provider))
    except BadKey as error:
        return fail(str(error))
    except OSError as error:
        return fail(f"The key could not be written: {error.strerror}.")
    except (KeyboardInterrupt, EOFError):
        return fail("Nothing was changed.")
    say(f"The key of {provider} is in {stored.place}.")
    if stored.place != KEYRING:
        say("This system offers no keyring, so it is a file that only you can read.")
    own = settings.providers.get(provider)
    if own is None:
        complain_of(settings)  # it may stand in a file that cannot be read
        say(f"{provider} is not enabled yet: {how_to_enable(provider)}.")
    elif own.key != "keyring":
        say(f'It is not used: [providers.{provider}] says key = "{own.key}".')
    else:
        say(f"`turnout doctor` asks {provider} whether it takes it.")
    return 0


def _ask_key(provider: str) -> Secret:
    """Read a key from the terminal without showing it, or from a pipe; never from an argument."""
    if sys.stdin is None or sys.stdin.isatty():
        return Secret(getpass.getpass(f"Key of {provider} (it is not shown): "))
    return Secret(sys.stdin.readline())


def _remove_key(store: KeyStore, provider: str) -> int:
    if store.remove(provider):
        say(f"The key of {provider} is removed.")
        return 0
    return fail(f"There is no stored key of {provider}.")


def _list_keys(store: KeyStore, settings: Settings) -> int:
    known = offers()
    kept = store.list({**known, **settings.providers})
    rows = [(stored.provider, stored.place) for stored in kept]
    rows += [
        (offer.name, _variable_state(offer, variable, settings))
        for offer in known.values()
        if (variable := environment_key(offer, os.environ))
    ]
    table(rows)
    if not rows:
        say("No keys. `turnout key set NAME` keeps one.")
    return 0


def _variable_state(offer: Offered, variable: str, settings: Settings) -> str:
    if offer.name in settings.providers:
        return f"environment variable {variable}"
    return f"environment variable {variable} (only offered: {how_to_enable(offer.name)})"


def complain_of(settings: Settings) -> None:
    """Say what of the settings does not hold."""
    for problem in settings.problems:
        if problem.severity == "error":
            complain(f"{problem.where}: {problem.what} ({problem.remedy})")


def settings_of(args: argparse.Namespace) -> Settings:
    """Read the user's own settings."""
    return load(config_file(args), [], None, os.environ)


def config_file(args: argparse.Namespace) -> Path | None:
    """Return the file that was named, if one was."""
    config = getattr(args, "config", None)
    return Path(config) if config else None
