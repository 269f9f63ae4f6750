"""36 faults, every dialect, while typing and in a review: through the engine, as the user has it.

The right error, a clear sentence, the next candidate where one may be asked, nothing left of what
the failing one said, nothing left open. `docs/faults.md` is what this test sees.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Sequence

import psutil
import pytest

from support.engine_parts import KEY
from support.fault_cases import EXPECTED
from support.fault_engine import (
    DEADLINES,
    FAILING,
    SPARE,
    SPECS,
    WAYS,
    Outcome,
    outcomes,
    upstreams,
)
from support.fault_page import PAGE, lines_of, page
from support.upstream import Upstream
from turnout.engine.ask import Answer, Unanswered
from turnout.tasks.review import Review
from turnout_clients.client import Client
from turnout_clients.types import Deadlines, Endpoint

SLACK = 20  # seconds: half a hundred requests at once, one quick retry, a machine that stalls
PATIENCE = Deadlines(connect=30, first_token=60, total=90)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    client = Client()
    # The library is imported here, outside of any deadline.
    await client.warm(Endpoint("nobody", "openai-chat", "http://127.0.0.1:9"))
    yield client
    await client.aclose()


@pytest.mark.parametrize("fault", EXPECTED)
async def test_fault(fault: str, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    if not EXPECTED[fault].lasts:  # it ends by itself, whenever that is
        for spec in SPECS.values():
            monkeypatch.setattr(type(spec), "deadlines", PATIENCE)
    async with upstreams(fault) as (failing, spare):
        gc.collect()
        tasks, files = asyncio.all_tasks(), psutil.Process().num_fds()
        started, processor = time.perf_counter(), time.process_time()
        found = await outcomes(fault, failing, spare, client, monkeypatch.setattr)
        processor = time.process_time() - processor
        elapsed = time.perf_counter() - started
        monkeypatch.undo()

        assert [one.way for one in found] == list(WAYS)
        for one in found:
            _judge(fault, one)
        # All ways together, and what the fake upstreams do is in it.
        assert not EXPECTED[fault].lasts or processor < elapsed * 0.5
        await _nothing_is_left(client, failing, spare)
        assert asyncio.all_tasks() == tasks
        assert psutil.Process().num_fds() <= files
    _on_the_page(fault, found)


def _judge(fault: str, one: Outcome) -> None:
    expected = EXPECTED[fault]
    assert set(one.errors) == {expected.error.__name__}, one
    assert isinstance(one.alone, Unanswered), one
    assert "mine" in one.alone.why
    assert one.alone.why.endswith(".")
    assert not expected.remedy or one.alone.remedy, one
    assert KEY not in repr(one)
    assert one.seconds <= DEADLINES.total * 2 + SLACK

    if expected.text and one.way.task == "review" and fault != "endless-tokens":
        assert any(isinstance(event, Answer) and event.model == FAILING for event in one.events)
    finals = [event for event in one.events if isinstance(event, Answer) and event.final]
    assert FAILING not in {answer.model for answer in finals}, one
    if fault == "done-empty" and one.way.task == "inline":  # "nothing fits here" is an answer
        assert isinstance(one.events[-1], Unanswered), one
        assert one.after is None
        return
    assert one.after == one.alone.why
    assert [answer.model for answer in finals] == [SPARE], one
    assert finals[0] == one.events[-1]
    _is_the_other_ones(finals[0])


def _is_the_other_ones(answer: Answer) -> None:
    if isinstance(answer.value, Review):
        assert [finding.message for finding in answer.value.findings] == ["Yes."]
        assert answer.value.complete
    else:
        assert answer.value.text.strip() == "ratio(1, 2)"


async def _nothing_is_left(client: Client, *upstreams: Upstream) -> None:
    await client.aclose()
    for upstream in upstreams:
        await upstream.until(lambda one=upstream: one.open_connections == 0)


def _on_the_page(fault: str, found: Sequence[Outcome]) -> None:
    written = PAGE.read_text(encoding="utf-8").splitlines()
    for line in lines_of(fault, found):
        assert line in written, f"write {PAGE.name} anew: python -m support.fault_page"


def test_the_page_is_whole() -> None:
    written = PAGE.read_text(encoding="utf-8")
    rows = [
        line
        for line in written.splitlines()
        if line.startswith(tuple(f"| {f} |" for f in EXPECTED))
    ]
    half = len(rows) // 2
    assert half == len(EXPECTED) == 36
    lines = dict(zip(EXPECTED, zip(rows[:half], rows[half:], strict=True), strict=True))
    assert page(lines) == written
