"""Many streams at once: every one comes whole. How fast that goes is for `make bench`."""

from __future__ import annotations

import asyncio

from bench.load import run


async def test_50_streams_at_once_come_whole() -> None:
    tasks = asyncio.all_tasks()
    load = await run(streams=50, tokens=200, gap=0.005)
    assert load.whole == 50
    assert len(load.added) == 50 * 200
    assert asyncio.all_tasks() == tasks
