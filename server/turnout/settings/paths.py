"""Where Turnout's files lie on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import platformdirs

WORKSPACE_FILE: Final = "turnout.toml"


def user_config_file(environ: Mapping[str, str]) -> Path:
    """Return the user's settings file: ``TURNOUT_CONFIG``, else the one in the usual folder."""
    if chosen := environ.get("TURNOUT_CONFIG"):
        return Path(chosen).expanduser()
    return platformdirs.user_config_path("turnout", appauthor=False) / "turnout.toml"


def keys_folder() -> Path:
    """Return the folder of key files, used where the system has no keyring."""
    return platformdirs.user_data_path("turnout", appauthor=False) / "keys"


def cache_folder() -> Path:
    """Return the folder of what can be made again."""
    return platformdirs.user_cache_path("turnout", appauthor=False)


def sessions_folder() -> Path:
    """Return the folder of the sessions, which only the user can enter."""
    return cache_folder() / "sessions"


def reviews_folder() -> Path:
    """Return the folder of what was reviewed and dismissed, which only the user can enter."""
    return cache_folder() / "reviews"


def data_folder() -> Path:
    """Return the folder of what cannot be made again."""
    return platformdirs.user_data_path("turnout", appauthor=False)


def ledger_file() -> Path:
    """Return the file of the ledger, in a folder that only the user can enter."""
    return data_folder() / "ledger" / "ledger.sqlite3"
