"""Resident memory with everything loaded that Turnout loads late. Prints bytes.

python -m bench.loaded
"""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Final

import psutil

from turnout_clients import prices
from turnout_clients.client import Client
from turnout_clients.tokens import count_now
from turnout_clients.types import Endpoint

MODULES: Final = (
    "lsprotocol.types",
    "numpy",
    "pygls.lsp.server",
    "turnout.app",
    "turnout.engine.engine",
    "turnout.lsp.server",
    "turnout.recall",
    "turnout.tasks.inline",
    "turnout.tasks.review",
)


async def _load() -> None:
    for module in MODULES:
        import_module(module)
    client = Client()
    await client.warm(Endpoint("nobody", "openai-chat", "http://127.0.0.1:9"))
    await client.aclose()
    prices.load()
    count_now("def ratio(a, b):\n    return a / b\n", "o200k_base")
    count_now("def ratio(a, b):\n    return a / b\n", "cl100k_base")


if __name__ == "__main__":
    asyncio.run(_load())
    print(psutil.Process().memory_info().rss)
