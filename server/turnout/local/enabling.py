"""Put a server on this machine into the user's settings: shown first, added on the user's word."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path
from textwrap import indent

from turnout.settings.add import Tables, add_tables, as_toml
from turnout.settings.load import load
from turnout.settings.model import Provider, Settings
from turnout.settings.paths import user_config_file
from turnout.terminal import agreed, complain, say


def settings_of(options: Namespace) -> tuple[Path, Settings]:
    """The user's file, and what stands in it."""
    named = Path(options.config) if options.config else None
    return named or user_config_file(os.environ), load(named, [], None, os.environ)


def same_server(provider: Provider, url: str) -> bool:
    """Whether a provider of the settings is the server at this address."""
    return _root(provider.base_url) == _root(url)


def _root(url: str) -> str:
    root = url.rstrip("/").removesuffix("/v1").rstrip("/")
    return root.replace("//localhost", "//127.0.0.1").replace("//[::1]", "//127.0.0.1")


def offer(file: Path, tables: Tables, *, unasked: bool) -> bool:
    """Show what would be added, ask unless told not to, add it; whether it was added."""
    say(f"\nThis enables it in {file}:\n")
    say(indent(as_toml(tables), "    ").rstrip())
    if not unasked and not agreed("\nAdd it?"):
        say("Nothing was added; --enable adds it.")
        return False
    try:
        add_tables(file, tables)
    except (OSError, ValueError) as error:
        complain(f"{file} was not changed: {error}. Add the lines above to it yourself.")
        return False
    say("Added.")
    return True
