"""The keys of providers: the system's keyring, else a file that only the user can read.

An editor with a store of its own gives a key for one run; that comes first and is kept in memory
alone. The environment is the last source. A key found there never enables a provider; it is used
for one that the user has enabled, at the address the catalogue knows it by.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from turnout.settings.checks import PROVIDER_NAME
from turnout.settings.model import Provider
from turnout.settings.paths import keys_folder
from turnout_clients.types import Endpoint, Secret

logger = logging.getLogger(__name__)

_SERVICE: Final = "turnout"
_LONGEST: Final = 8_192  # characters of a key
_KEEP: Final = "run `turnout key set {}`"
KEYRING: Final = "the system's keyring"
HELD: Final = "memory, until the server ends"


class MissingKey(Exception):
    """A provider has no key; ``remedy`` is the command that mends it."""

    def __init__(self, message: str, *, provider: str, remedy: str) -> None:
        super().__init__(message)
        self.provider = provider
        self.remedy = remedy


class BadKey(ValueError):
    """A text cannot be a key; the message never holds it."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Where the key of a provider is kept."""

    provider: str
    place: str  # "the system's keyring" or a path


class KeyStore:
    """Finds, keeps and removes keys. A keyring may be slow or ask the user to unlock it.

    So on the way of a request use `endpoint_async`; what was found is remembered until it changes
    through this store or `forget` is called.
    """

    def __init__(self, environ: Mapping[str, str], folder: Path | None = None) -> None:
        self._environ = environ
        self._files = _KeyFiles(folder or keys_folder())
        self._resolved: dict[Provider, Secret] = {}
        self._held: dict[str, Secret] = {}

    def __repr__(self) -> str:
        return "KeyStore()"

    def get(self, provider: str) -> Secret | None:
        """Return the stored key of a provider; the environment is not looked at."""
        key = _from_keyring(provider) or self._files.read(provider)
        return Secret(key) if key else None

    def set(self, provider: str, key: Secret) -> Stored:
        """Keep a key, in place of any older one, and say where it is."""
        value = _checked(key.reveal())
        _check_name(provider)
        self.forget()
        self._held.pop(provider, None)
        if _to_keyring(provider, value):
            self._files.remove(provider)
            return Stored(provider, KEYRING)
        return Stored(provider, str(self._files.write(provider, value)))

    def hold(self, provider: str, key: Secret) -> Stored:
        """Keep a key in memory alone; it comes before any other, whatever the settings say."""
        value = _checked(key.reveal())
        _check_name(provider)
        self.forget()
        self._held[provider] = Secret(value)
        return Stored(provider, HELD)

    def remove(self, provider: str) -> bool:
        """Remove a key from wherever it is kept; return whether there was one."""
        self.forget()
        held = self._held.pop(provider, None) is not None
        in_keyring = _remove_from_keyring(provider)
        return self._files.remove(provider) or in_keyring or held

    def list(self, providers: Mapping[str, object], *, others: bool = True) -> list[Stored]:
        """Say for each of these providers, and for every key file, where the key is kept."""
        kept = []
        for name in sorted({*providers, *(self._files.names() if others else ())}):
            if _from_keyring(name):
                kept.append(Stored(name, KEYRING))
            elif self._files.read(name):
                kept.append(Stored(name, str(self._files.path(name))))
        return kept

    def place(self, provider: Provider) -> str:
        """Say where the key of a provider is; "" where there is none. A keyring may block it."""
        if provider.name in self._held:
            return HELD
        if provider.key == "none":
            return "not needed"
        kind, _, variable = provider.key.partition(":")
        if kind != "env":
            if kept := self.list({provider.name: None}, others=False):
                return kept[0].place
            variable = self._offered_in(provider)
        value = self._environ.get(variable, "").strip()
        return f"{variable} in the environment" if _is_key(value) else ""

    def forget(self) -> None:
        """Look again at the next use; call it when settings or keys may have changed."""
        self._resolved.clear()

    def endpoint(self, provider: Provider) -> Endpoint:
        """Return where the provider is reached, with its key; raise `MissingKey` without one.

        It may block while a keyring is unlocked: not for the event loop.
        """
        return endpoint_with(provider, self._key(provider))

    async def endpoint_async(self, provider: Provider) -> Endpoint:
        """Do as `endpoint` does without blocking the event loop."""
        if self._is_at_hand(provider):
            return self.endpoint(provider)
        return await asyncio.to_thread(self.endpoint, provider)

    def missing(self, provider: Provider) -> str:
        """Return the remedy where a key is known to be missing, "" where not or not yet known."""
        if not self._is_at_hand(provider):
            return ""
        try:
            self.endpoint(provider)
        except MissingKey as error:
            return error.remedy
        return ""

    def _is_at_hand(self, provider: Provider) -> bool:
        held = provider.name in self._held
        return held or provider.key != "keyring" or provider in self._resolved

    def _key(self, provider: Provider) -> Secret | None:
        if held := self._held.get(provider.name):
            return held
        if provider.key == "none":
            return None
        kind, _, variable = provider.key.partition(":")
        if kind == "env":
            return self._from_environment(provider, variable)
        if provider in self._resolved:
            return self._resolved[provider]
        key = self.get(provider.name) or self._offered(provider)
        if key is None:
            raise self._missing_key(provider.name)
        return self._resolved.setdefault(provider, key)

    def _missing_key(self, provider: str) -> MissingKey:
        remedy = _KEEP.format(provider)
        if not self._files.is_exposed(provider):
            return MissingKey(f"There is no key for {provider}.", provider=provider, remedy=remedy)
        what = f"The key file of {provider} can be read by others, so it is not used."
        return MissingKey(what, provider=provider, remedy=f"{remedy} with a new key")

    def _from_environment(self, provider: Provider, variable: str) -> Secret:
        value = self._environ.get(variable, "").strip()
        if _is_key(value):
            return Secret(value)
        state = "cannot be a key" if value else "is not set"
        raise MissingKey(
            f"{variable}, which is to hold the key of {provider.name}, {state}.",
            provider=provider.name,
            remedy=f"set {variable}, or leave `key` out and {_KEEP.format(provider.name)}",
        )

    def _offered(self, provider: Provider) -> Secret | None:
        """Return the key that the environment has for this provider at its usual address."""
        value = self._environ.get(self._offered_in(provider), "").strip()
        return Secret(value) if _is_key(value) else None

    def _offered_in(self, provider: Provider) -> str:
        from turnout.settings.offers import environment_key, offers

        offer = offers().get(provider.name)
        if offer is None or offer.base_url != provider.base_url:
            return ""
        return environment_key(offer, self._environ) or ""


def endpoint_with(provider: Provider, key: Secret | None) -> Endpoint:
    """Return where a provider is reached with this key."""
    return Endpoint(
        name=provider.name,
        dialect=provider.dialect,
        base_url=provider.base_url,
        key=key,
        headers=provider.headers,
        quirks=dict(provider.quirks),
        set_key=_how_to_set(provider),
    )


def checked_key(text: str) -> Secret:
    """Make a key of what was typed; raises `BadKey`, with a text for the user."""
    return Secret(_checked(text))


def _how_to_set(provider: Provider) -> str:
    """Say what gives a provider another key than the one it has."""
    keep = _KEEP.format(provider.name)
    if provider.key == "keyring":
        return keep
    change = f'write key = "keyring" in [providers.{provider.name}] and {keep}'
    _, _, variable = provider.key.partition(":")
    return f"correct {variable}, or {change}" if variable else change


class _KeyFiles:
    """One file a provider, 0600 from its first moment, in a folder of mode 0700."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, provider: str) -> Path:
        _check_name(provider)
        return self._folder / provider

    def names(self) -> list[str]:
        try:
            found = [path.name for path in self._folder.iterdir()]
        except OSError:
            return []
        return [name for name in found if PROVIDER_NAME.fullmatch(name)]

    def read(self, provider: str) -> str | None:
        try:
            descriptor = os.open(self.path(provider), os.O_RDONLY | _NO_FOLLOW)
        except (OSError, BadKey):
            return None
        with os.fdopen(descriptor, encoding="ascii", errors="replace") as file:
            if _is_open_to_others(os.fstat(descriptor)):
                return None
            key = file.read(_LONGEST + 1).strip()
        return key if _is_key(key) else None

    def is_exposed(self, provider: str) -> bool:
        """Whether there is a file that is not used because others can read it."""
        try:
            return _is_open_to_others(self.path(provider).lstat())
        except (OSError, BadKey):
            return False

    def write(self, provider: str, key: str) -> Path:
        target = self.path(provider)
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        fresh = self._folder / f".{secrets.token_hex(8)}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(key + "\n")
                file.flush()
                os.fsync(descriptor)
            fresh.replace(target)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        return target

    def remove(self, provider: str) -> bool:
        try:
            self.path(provider).unlink()
        except (OSError, BadKey):
            return False
        return True


_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)


def _is_open_to_others(found: os.stat_result) -> bool:
    if os.name == "nt":  # access lists of the user's profile folder hold there
        return False
    return bool(stat.S_IMODE(found.st_mode) & 0o077) or found.st_uid != os.geteuid()


def _check_name(provider: str) -> None:
    if not PROVIDER_NAME.fullmatch(provider):
        raise BadKey("That is not the name of a provider.")


def _checked(key: str) -> str:
    key = key.strip()
    if not key:
        raise BadKey("No key was given.")
    if not _is_key(key):
        raise BadKey("That cannot be a key: it has spaces, control characters or is far too long.")
    return key


def _is_key(text: str) -> bool:
    """Whether it can stand in a header: printable ASCII without spaces."""
    return 0 < len(text) <= _LONGEST and text.isascii() and text.isprintable() and " " not in text


def _from_keyring(provider: str) -> str | None:
    import keyring

    try:
        key = keyring.get_password(_SERVICE, provider)
    except Exception as error:  # backends raise errors of their own
        _log_keyring(error)
        return None
    return key if key and _is_key(key) else None


def _to_keyring(provider: str, key: str) -> bool:
    """Store it and read it back: some backends lose what they are given."""
    import keyring

    try:
        keyring.set_password(_SERVICE, provider, key)
        return keyring.get_password(_SERVICE, provider) == key
    except Exception as error:  # backends raise errors of their own
        _log_keyring(error)
        return False


def _remove_from_keyring(provider: str) -> bool:
    import keyring

    try:
        keyring.delete_password(_SERVICE, provider)
    except Exception as error:  # backends raise errors of their own
        _log_keyring(error)
        return False
    return True


def _log_keyring(error: Exception) -> None:
    # Only the kind: a backend's message may quote what it was given.
    logger.debug("the keyring did not answer: %s", type(error).__name__)


def keyring_name() -> str:
    """Name the keyring of the system; "" where it has none. It may block as the keyring does."""
    import keyring
    from keyring.backends import fail, null

    backend = keyring.get_keyring()
    return "" if isinstance(backend, fail.Keyring | null.Keyring) else backend.name
