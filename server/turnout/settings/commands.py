"""What commands about settings share: reading the user's own, and saying what does not hold."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from turnout.settings.load import load
from turnout.settings.model import Settings
from turnout.terminal import complain


def complain_of(settings: Settings) -> None:
    """Say what of the settings does not hold."""
    for problem in settings.problems:
        if problem.severity == "error":
            complain(str(problem))


def settings_of(args: argparse.Namespace) -> Settings:
    """Read the user's own settings."""
    return load(config_file(args), [], None, os.environ)


def config_file(args: argparse.Namespace) -> Path | None:
    """Return the file that was named, if one was."""
    config = getattr(args, "config", None)
    return Path(config) if config else None
