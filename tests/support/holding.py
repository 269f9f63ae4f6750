"""A fake upstream that answers when the test says so, however slow the machine is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.upstream import Exchange, Handler, Upstream


def held(upstream: Upstream) -> asyncio.Event:
    """Have it take calls and answer none until this is set; errors and faults are not held."""
    may = asyncio.Event()

    def waiting(handler: Handler) -> Handler:
        async def answer(exchange: Exchange) -> None:
            await may.wait()
            await handler(exchange)

        return answer

    upstream.routes = {path: waiting(handler) for path, handler in upstream.routes.items()}
    return may
