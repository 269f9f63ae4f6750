"""All golden requests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from golden.asks import asks
from golden.families import FAMILIES, request

FOLDER = Path(__file__).parent / "requests"


def requests(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every request; the workspace is written into a folder."""
    for name, ask in asks(folder):
        for family in FAMILIES:
            yield f"{name}-{family}", request(ask, family)
