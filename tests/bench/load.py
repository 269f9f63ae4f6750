"""Many streams at once through the engine: what it adds to every token, and the loop's lag.

python -m bench.load        prints samples as JSON; a process of its own, and so is the upstream
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from contextlib import aclosing
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from bench.upstream_process import UpstreamProcess
from support.engine_parts import Parts
from turnout.document import Document, split_lines
from turnout.engine.ask import Answer, Ask, Delta, Span
from turnout.engine.engine import Engine
from turnout.settings.model import Provider, Settings
from turnout.tasks.explain import ExplainTask
from turnout_clients.client import Client
from turnout_clients.types import Deadlines, Endpoint, Model

STREAMS: Final = 50
TOKENS: Final = 200
GAP: Final = 0.06  # seconds
TICK: Final = 0.01  # seconds between looks at the clock
CODE: Final = "def ratio(a, b):\n    return a / b\n"


class _Patient(ExplainTask):
    deadlines = Deadlines(connect=10, first_token=20, total=120)


@dataclass
class Load:
    """What was seen. Times are in seconds."""

    streams: int  # that were asked for
    added: list[float] = field(default_factory=list)  # from the sending of a token to its `Delta`
    lags: list[float] = field(default_factory=list)
    whole: int = 0  # streams that had every token, in order, and a final answer


async def run(streams: int = STREAMS, tokens: int = TOKENS, gap: float = GAP) -> Load:
    """Ask for all of them at once."""
    load = Load(streams)
    arguments = ("--tokens", str(tokens), "--gap-ms", str(gap * 1000))
    with UpstreamProcess("bench.clocked_upstream", *arguments) as upstream:
        client = Client()
        engine = Engine(Parts(_settings(upstream.url), client), {"explain": _Patient()})
        await client.warm(Endpoint("bench", "openai-chat", f"{upstream.url}/v1"), streams)
        ticking = asyncio.create_task(_tick(load))
        try:
            await asyncio.gather(
                *(_stream(engine, number, tokens, load) for number in range(streams))
            )
        finally:
            ticking.cancel()
            await client.aclose()
    return load


async def _stream(engine: Engine, number: int, tokens: int, load: Load) -> None:
    document = Document(f"file:///ws/{number}.py", 1, "python", tuple(split_lines(CODE)))
    numbers: list[int] = []
    last = None
    async with aclosing(engine.run(Ask("explain", document, Span(0, len(CODE))))) as events:
        async for event in events:
            last = event
            if isinstance(event, Delta):
                now = perf_counter()
                for token in event.text.split():
                    name, _, sent = token.partition(":")
                    numbers.append(int(name))
                    load.added.append(now - float(sent))
    if isinstance(last, Answer) and last.final and numbers == list(range(tokens)):
        load.whole += 1


async def _tick(load: Load) -> None:
    while True:
        due = perf_counter() + TICK
        await asyncio.sleep(TICK)
        load.lags.append(perf_counter() - due)


def _settings(url: str) -> Settings:
    provider = Provider("bench", "openai-chat", f"{url}/v1", "none")
    model = Model("bench/fast", "bench", "fake-small")
    return Settings(providers={"bench": provider}, models={model.name: model})


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.load")
    parser.add_argument("--gap-ms", type=float, default=GAP * 1000)
    load = asyncio.run(run(gap=parser.parse_args(arguments).gap_ms / 1000))
    print(json.dumps(vars(load)))


if __name__ == "__main__":
    main(sys.argv[1:])
