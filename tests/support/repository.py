"""A git repository, worked in as nobody in particular."""

from __future__ import annotations

import subprocess
from pathlib import Path

_WHO = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")


def git(folder: Path, *words: str) -> str:
    """Run git in a folder; return what it says."""
    line = ["git", *_WHO, *words]
    return subprocess.run(line, cwd=folder, check=True, capture_output=True, text=True).stdout
