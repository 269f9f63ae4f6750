"""Processor time of one streamed event: our client against the official SDK, on the same stream.

    python -m bench.streams --rounds 5        prints samples as JSON

It is a process of its own, so that nothing else is on its account, and so is the fake upstream.
The two take turns within every round.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

from bench.sdks import PAIRS, Drink
from bench.upstream_process import UpstreamProcess
from turnout_clients.client import Client

PACES: Final[dict[str, tuple[dict[str, Any], int]]] = {
    "apart": ({"gap": 0.002}, 200),
    "at once": ({"chunk_bytes": 16 * 1024}, 4_000),
}
"""How the upstream writes, and how many tokens.

``apart`` is how a provider streams: every event is a read of its own. ``at once`` comes in pieces
of 16 KB, as from a proxy that collects, so that hardly anything but the reading of events is left.
"""


@dataclass(frozen=True)
class Sample:
    """Seconds of processor time per streamed token."""

    pair: str
    pace: str
    ours: float
    theirs: float


async def measure(rounds: int, names: list[str]) -> list[Sample]:
    """Take every pair in turn, in every round."""
    pairs = [pair for pair in PAIRS if not names or pair.name in names]
    samples: list[Sample] = []
    async with AsyncExitStack() as stack:
        upstream = stack.enter_context(UpstreamProcess())
        client = Client()
        stack.push_async_callback(client.aclose)
        drinks = [
            (pair.ours(upstream.url, client), await pair.theirs(upstream.url, stack))
            for pair in pairs
        ]
        for round_ in range(-1, rounds):
            for pair, (ours, theirs) in zip(pairs, drinks, strict=True):
                for pace, (how, tokens) in PACES.items():
                    upstream.script(tokens=[f"word{n} " for n in range(tokens)], **how)
                    first, second = (ours, theirs) if round_ % 2 else (theirs, ours)
                    one, two = await _cost(first, tokens), await _cost(second, tokens)
                    cost = (one, two) if round_ % 2 else (two, one)
                    if round_ >= 0:  # the first opens connections and compiles patterns
                        samples.append(Sample(pair.name, pace, *cost))
    return samples


async def _cost(drink: Drink, tokens: int) -> float:
    gc.collect()
    started = time.process_time()
    text = await drink()
    cost = (time.process_time() - started) / tokens
    if text.count("word") != tokens:
        raise RuntimeError(f"an answer of {text.count('word')} words")
    return cost


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.streams")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args(arguments)
    samples = asyncio.run(measure(options.rounds, options.only))
    rows: list[Any] = [vars(sample) for sample in samples]
    print(json.dumps(rows))


if __name__ == "__main__":
    main(sys.argv[1:])
