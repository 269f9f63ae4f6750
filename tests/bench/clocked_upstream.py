"""A fake upstream whose every token says when it was sent.

The times are those of `perf_counter`: one clock for the whole machine. A token is sent when it is
due by the schedule of its stream: that one of them was late does not make the next one late.

    python -m bench.clocked_upstream --tokens 200 --gap-ms 60      prints its URL
"""

from __future__ import annotations

import argparse
import asyncio
from time import perf_counter

from support.upstream import Exchange, Upstream
from support.upstream_wire import CHAT


class ClockedUpstream(Upstream):
    """Chat alone: "0:TIME 1:TIME ..."."""

    def __init__(self, tokens: int, gap: float) -> None:
        super().__init__()
        self._tokens = tokens
        self._gap = gap
        self.routes = {"/v1/chat/completions": self._chat}

    async def _chat(self, exchange: Exchange) -> None:
        await exchange.start()
        started = perf_counter()
        for number in range(self._tokens):
            await asyncio.sleep(started + number * self._gap - perf_counter())
            await exchange.event(CHAT.piece(f"{number}:{perf_counter():.6f} "))
        for event in CHAT.last(exchange.script):
            await exchange.event(event)
        await exchange.chunk(CHAT.terminator)
        await exchange.end()


async def _serve(tokens: int, gap: float) -> None:
    async with ClockedUpstream(tokens, gap) as upstream:
        print(upstream.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--gap-ms", type=float, default=60)
    options = parser.parse_args()
    asyncio.run(_serve(options.tokens, options.gap_ms / 1000))
