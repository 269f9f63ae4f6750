"""Models on this machine: serve the user's own file, find the servers that run."""

from __future__ import annotations

from typing import Final

HOST: Final = "127.0.0.1"
PORT: Final = 8377
"""Where `turnout local serve` answers, unless told otherwise."""
