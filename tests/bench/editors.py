"""Time from a key to ghost text on the screen of real editors: ``python -m bench.editors``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
SPEED = (TESTS / "editors/vscode/test_speed.py", TESTS / "e2e/test_neovim_speed.py")


def main() -> int:
    """Drive the editors; print what they show of themselves."""
    return pytest.main(["-q", "-rP", "--no-header", *map(str, SPEED)])


if __name__ == "__main__":
    sys.exit(main())
