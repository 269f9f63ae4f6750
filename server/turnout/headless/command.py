"""The commands that are tasks, from `turnout review` to `commit-message`: options, and the run."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import Final

SEVERITIES: Final = ("error", "warning", "info", "hint")
COMMANDS: Final = {
    "review": "say what is wrong with files, or with what changed",
    "tests": "write tests for files, symbols, or what changed",
    "docs": "write the documentation of files, symbols, or what changed",
    "dependency": "adapt files to a new version of a package, by its changelog",
    "explain": "explain files or symbols",
    "ask": "ask a question, about files where some are named",
    "suggest": "suggest the shell command for an intent; it is never run",
    "commit-message": "write the message of the commit that is about to be made",
}
_WITH_FILES: Final = ("review", "tests", "docs", "dependency", "explain", "ask", "commit-message")
_WITH_CHANGES: Final = ("review", "tests", "docs", "explain", "commit-message")
_DEFAULTS: Final[dict[str, object]] = {
    "paths": [], "words": [], "diff": None, "staged": False, "json": False, "sarif": False,
    "changelog": None, "max_cost": None, "fail_on": None, "model": None, "anew": False,
    "apply": False, "quiet": False,
}  # fmt: skip


def add_parsers(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands, with what makes a parser for one."""
    for name, text in COMMANDS.items():
        parser = add(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        parser.set_defaults(**_DEFAULTS)
        _add_subject(name, parser)
        parser.add_argument("--model", metavar="NAME", help="ask this one, whatever the routes say")
        parser.add_argument(
            "--max-cost", type=_dollars, metavar="USD", help="what the whole run may cost"
        )
        forms = parser.add_mutually_exclusive_group()
        forms.add_argument("--json", action="store_true", help="for programs")
        if name == "review":
            parser.add_argument(
                "--anew", action="store_true", help="also what was reviewed before and is the same"
            )
            forms.add_argument("--sarif", action="store_true", help="SARIF 2.1.0, for services")
            parser.add_argument(
                "--fail-on",
                choices=SEVERITIES,
                metavar="SEVERITY",
                help="exit with 1 on such a finding or a worse one: error, warning, info, hint",
            )
        if name in ("tests", "docs", "dependency"):
            parser.add_argument(
                "--apply",
                action="store_true",
                help="write the edit; without it, it is shown",
            )
        parser.add_argument("--quiet", action="store_true", help="no progress, no summary")
        parser.add_argument("--config", metavar="FILE", help="the settings file to read")


def _add_subject(name: str, parser: argparse.ArgumentParser) -> None:
    """Add what the command is about."""
    if name == "ask":
        parser.add_argument("words", nargs=1, metavar="QUESTION")
    if name == "suggest":
        parser.add_argument("words", nargs="+", metavar="INTENT")
    if name == "dependency":
        parser.add_argument(
            "words", nargs=1, metavar="PACKAGE", help='such as httpx, or "httpx 0.28 -> 1.0"'
        )
        parser.add_argument(
            "--changelog",
            metavar="FILE",
            required=True,
            help="what its changelog says of the new version; - is stdin",
        )
    if name in _WITH_FILES:
        parser.add_argument(
            "paths",
            nargs="+" if name == "dependency" else "*",
            metavar="PATH[:LINE[-LINE]]",
            help="a file, the symbol at a line, some lines, or all files of a folder",
        )
    if name in _WITH_CHANGES:
        changes = parser.add_mutually_exclusive_group()
        changes.add_argument(
            "--diff",
            nargs="?",
            const="",
            metavar="REF",
            help="what differs from REF, or from the last commit; before paths write `--diff --`",
        )
        changes.add_argument("--staged", action="store_true", help="what is staged")


def main(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    from turnout.headless.run import main as run

    return run(options)


def _dollars(text: str) -> float:
    try:
        amount = float(text.removeprefix("$"))
    except ValueError:
        amount = math.nan
    if not 0 < amount < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not an amount in USD, such as 0.50")
    return amount
