"""The two that are compared read the same answer, whole; and a bar that is missed is seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bench import report
from bench.figures import Figures
from bench.sdks import PAIRS, Pair
from bench.streams import PACES
from support.upstream import Upstream
from turnout_clients.client import Client

TOKENS = ("word0 ", "Zw\u00f6lf ", "word2\n", "end")


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with Upstream() as upstream:
        upstream.script(tokens=TOKENS)
        yield upstream


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
async def test_both_read_the_same(pair: Pair, upstream: Upstream) -> None:
    client = Client()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(client.aclose)
        theirs = await pair.theirs(upstream.url, stack)
        assert await theirs() == "".join(TOKENS)
        assert await pair.ours(upstream.url, client)() == "".join(TOKENS)
    assert len({call.path for call in upstream.calls}) == 1


def test_a_bar_of_streaming_is_missed() -> None:
    figures = Figures()
    for ratio in (0.4, 0.6, 0.7):
        figures.add(report.OURS, f"event, apart: {PAIRS[0].name}, of the SDK's", ratio)
    figures.calls(report.OURS, "load: failed", 1)
    for seconds in (0.001, 0.03):
        figures.add(report.OURS, "load: added", seconds)
    figures.add(report.OURS, "rss, all loaded", 201)
    assert [bar.missed for bar in report.bars(figures)] == [True] * 4
    assert set(PACES) == {"apart", "at once"}
