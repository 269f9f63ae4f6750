"""What shell commands cannot take back, by the table `destructive.toml`, so that one can warn.

Rather one warning too many: a word is taken for a command wherever it stands. That there is no
warning does not say that a command is safe.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Final

_WORDS: Final = r"(?:[^;&|\n]*?\s)?"
_HIDING: Final = re.compile(r"\\(?=\w)|[\"']|\$\{?IFS\}?")
_CONTINUED: Final = re.compile(r"\\\n")
LONGEST_LINE: Final = 600
"""Characters of a line that is searched; one that is longer is warned about for that."""


def warning(command: str) -> str:
    """Say what a command may destroy; "" where the table knows nothing of it."""
    lines = _CONTINUED.sub("", command).split("\n")
    return next(filter(None, map(_warning, lines)), "")


def _warning(line: str) -> str:
    if len(line) > LONGEST_LINE:
        return "is too long to be looked through"
    # Quotes and backslashes within a word change how it looks and not what it does.
    looks = {line, _HIDING.sub("", line), _HIDING.sub(" ", line)}
    for does, pattern in risks():
        if any(map(pattern.search, looks)):
            return does
    return ""


@cache
def risks() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the table: what is done, and how it shows."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(
        (does, re.compile(pattern.replace("WORDS", _WORDS), re.IGNORECASE))
        for does, patterns in table.items()
        for pattern in patterns
    )
