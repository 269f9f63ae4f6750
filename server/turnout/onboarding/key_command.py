"""`turnout key`: keep the keys of providers; a new one is checked with its provider first."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from turnout.settings.checks import PROVIDER_NAME
from turnout.settings.commands import complain_of, settings_of
from turnout.settings.keys import KEYRING, BadKey, KeyStore, checked_key, endpoint_with
from turnout.settings.offers import environment_key, how_to_enable, offers
from turnout.terminal import complain, fail, say, table

if TYPE_CHECKING:
    from turnout.onboarding.checking import Checked
    from turnout.settings.model import Provider, Settings
    from turnout_clients.catalog import Offered
    from turnout_clients.types import Secret

_USAGE: Final = 2
_ONE: Final = """\
Name one provider, and nothing else. A key is no argument, where others could read it: \
`turnout key set NAME` asks for it, or reads it from a pipe."""


def main(args: argparse.Namespace) -> int:
    """Run ``turnout key set|list|rm``; return the exit code."""
    store = KeyStore(os.environ)
    if args.action == "list":
        return _list_keys(store, settings_of(args))
    if not args.provider:
        return fail(f"Which provider? For example `turnout key {args.action} openai`.")
    if len(args.provider) > 1:
        complain(_ONE)
        return _USAGE
    [name] = args.provider
    if not PROVIDER_NAME.fullmatch(name):
        return fail("That is not the name of a provider; `turnout provider list` shows them.")
    if args.action == "rm":
        return _remove_key(store, name)
    return _set_key(store, name, settings_of(args), check=args.check)


def _set_key(store: KeyStore, name: str, settings: Settings, *, check: bool) -> int:
    own = settings.providers.get(name)
    try:
        key = _ask_key(name)
        checked = _checked(own, key, settings) if own and check else None
        if checked and checked.state == "refused":
            return fail(_refused(checked))
        stored = store.set(name, key)
    except BadKey as error:
        return fail(str(error))
    except OSError as error:
        return fail(f"The key could not be written: {error.strerror}.")
    except (KeyboardInterrupt, EOFError):
        return fail("Nothing was changed.")
    say(f"The key of {name} is in {stored.place}.")
    if stored.place != KEYRING:
        say("This system offers no keyring, so it is a file that only you can read.")
    if own is None:
        complain_of(settings)  # it may stand in a file that cannot be read
        say(f"{name} is not enabled yet, so the key was not checked: {how_to_enable(name)}.")
        return 0
    say(_said(name, checked))
    if own.key != "keyring":
        say(f'It is not used: [providers.{name}] says key = "{own.key}". Write key = "keyring".')
    return 0


def _ask_key(provider: str) -> Secret:
    """Read a key from the terminal without showing it, or from a pipe; never from an argument."""
    if sys.stdin is None or sys.stdin.isatty():
        return checked_key(getpass.getpass(f"Key of {provider} (it is not shown): "))
    try:
        return checked_key(sys.stdin.readline())
    except UnicodeDecodeError:
        raise BadKey("That cannot be a key: it is not text.") from None


def _checked(provider: Provider, key: Secret, settings: Settings) -> Checked:
    """Ask the provider, which the user has enabled, whether it takes the key."""
    from turnout.onboarding.checking import Checked, check
    from turnout_clients.client import Client

    if provider.name in settings.forbid:
        return Checked("unchecked", f"{provider.name} is forbidden by `forbid`.")

    async def ask() -> Checked:
        async with aclosing(Client()) as client:
            return await check(client, endpoint_with(provider, key))

    return asyncio.run(ask())


def _refused(checked: Checked) -> str:
    why = f"{checked.why} The key was not stored.{_mends(checked)}"
    return f"{why} `--no-check` stores it all the same."


def _said(name: str, checked: Checked | None) -> str:
    """Say what the provider says of a key that was stored."""
    if checked is None:
        return f"It was not checked: `turnout doctor` asks {name} whether it takes it."
    if checked.state == "accepted":
        return f"{name} accepts it."
    return f"It is unchecked: {checked.why}{_mends(checked)}"


def _mends(checked: Checked) -> str:
    return f" {checked.remedy[0].upper()}{checked.remedy[1:]}." if checked.remedy else ""


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
