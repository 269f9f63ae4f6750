"""The fake upstream of the tests, which here speaks Tabby's API as well and keeps the time.

The times are those of `perf_counter`: one clock for the whole machine, so that they compare with
the client's in another process.

    python -m bench.tabby_upstream        prints its URL; ends when its stdin does
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict, dataclass, replace
from time import perf_counter
from typing import Any, Final

from support.upstream import Exchange, Handler, Upstream, complete
from support.upstream_wire import COMPLETION

MARK: Final = "upstream_answer_"
"""Stands in every answer: text with it came from here, text without it did not."""

HEALTH: Final = {
    "model": "bench",
    "device": "cpu",
    "arch": "x86_64",
    "cpu_info": "none",
    "cpu_count": 2,
    "version": {"git_describe": "v0.11.0"},
}


@dataclass
class Asked:
    """One completion that was asked for; None where it did not come so far."""

    number: int
    started: float
    ended: float | None = None  # the whole answer was written
    closed: float | None = None  # the client went away before that


class TabbyUpstream(Upstream):
    """Answers both contestants with the same text after the same delay."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Asked] = []
        self.routes |= {
            "/v1/completions": self._complete,
            "/v1/health": _fixed(HEALTH),
            "/v1beta/server_setting": _fixed({"disable_client_side_telemetry": True}),
            "/v1/events": _fixed({}),
            "/bench/asked": self._report,
        }

    async def _complete(self, exchange: Exchange) -> None:
        asked = Asked(len(self.asked), perf_counter())
        self.asked.append(asked)
        text = f"{MARK}{asked.number}(first_value, second_value, limit={asked.number})"
        exchange.script = replace(exchange.script, text=text)
        try:
            if "segments" in exchange.call.body:
                await self._complete_for_tabby(exchange, asked.number)
            else:
                await complete(exchange, COMPLETION)
            asked.ended = perf_counter()
        except asyncio.CancelledError:
            asked.closed = perf_counter()
            raise

    async def _complete_for_tabby(self, exchange: Exchange, number: int) -> None:
        text = "".join([piece async for piece in exchange.pieces()])
        await exchange.json({"id": f"fake-{number}", "choices": [{"index": 0, "text": text}]})

    async def _report(self, exchange: Exchange) -> None:
        """How many completions were asked for, and those from a number on."""
        self.calls.clear()  # their bodies are of no use here
        since = (exchange.call.body or {}).get("since", len(self.asked))
        rows = [asdict(asked) for asked in self.asked[since:]]
        await exchange.json({"count": len(self.asked), "asked": rows})


def _fixed(value: Any) -> Handler:
    return lambda exchange: exchange.json(value)


async def _serve() -> None:
    async with TabbyUpstream() as upstream:
        print(upstream.url, flush=True)
        await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(_serve())
