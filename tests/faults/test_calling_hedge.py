"""Hedges: who is late is not waited for alone, for a small share of calls; all is booked."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from support.asking import document, events, inline, review
from support.calling import World, worlds
from support.holding import held
from support.upstream import Upstream
from turnout.engine.ask import Answer, Ask, Delta, Span, Trying, Unanswered
from turnout.engine.experience import ENOUGH, HEDGES, HEDGES_AT_FIRST, Bucket, FirstTokens
from turnout.routing.health import IN_A_ROW
from turnout.settings.model import Budget

USUAL = 0.05  # seconds to the first token
LATE = 0.6
NEVER = 50  # in time: whoever takes so long loses, and is closed

world = pytest.fixture(worlds)


@pytest.fixture
async def first() -> AsyncIterator[Upstream]:
    async with Upstream() as upstream:
        upstream.script(text="1", delay=LATE)
        yield upstream


@pytest.fixture
async def second() -> AsyncIterator[Upstream]:
    async with Upstream() as upstream:
        upstream.script(text="2")
        yield upstream


def used_to(made: World, seconds: float = USUAL, times: int = ENOUGH) -> World:
    """Let the first model have been so quick so often."""
    for _ in range(times):
        made.engine._experience.first_tokens.saw("p0/fast", seconds)
    return made


def ours() -> set[asyncio.Task[Any]]:
    """Return the tasks there are, but for those of the fake upstream."""
    return {one for one in asyncio.all_tasks() if "Connection." not in repr(one.get_coro())}


def tryings(found: list[Any]) -> list[tuple[str, str]]:
    return [(event.model, event.after) for event in found if isinstance(event, Trying)]


async def test_the_second_answers_where_the_first_is_late(
    first: Upstream, second: Upstream, world: Any
) -> None:
    made = used_to(world(first, second))
    first.script(text="1", delay=NEVER)
    await made.ask(replace(inline(), model="p1/fast"))  # what is loaded once is loaded
    second.calls.clear()
    began = asyncio.get_running_loop().time()
    found = await events(made.engine, inline())
    assert asyncio.get_running_loop().time() - began < NEVER / 5
    assert tryings(found) == [
        ("p0/fast", ""),
        ("p1/fast", "p0/fast takes longer than usual."),
    ]
    assert found[-1].model == "p1/fast"
    one, other = made.engine.records[-1].tried
    assert USUAL <= other.began - one.began < NEVER / 5
    await first.until(lambda: first.calls[0].closed_at is not None)
    _, slow, hedge = made.rows()
    assert (slow["relation"], slow["parent"], slow["outcome"]) == ("", "", "superseded")
    assert (slow["aborted"], slow["tokens_known"], slow["fresh"] > 0) == (1, "estimated", True)
    assert (hedge["relation"], hedge["parent"]) == ("hedge", slow["id"])
    assert hedge["outcome"] == "answered"
    assert made.engine.records[-1].answer == "p1/fast"


async def test_the_first_may_still_win(first: Upstream, second: Upstream, world: Any) -> None:
    made = used_to(world(first, second))
    first.script(text="1")
    may_answer = held(first)
    second.script(text="2", delay=NEVER)
    asking = asyncio.create_task(events(made.engine, inline()))
    await second.until(lambda: bool(second.calls))
    may_answer.set()
    found = await asking
    assert tryings(found) == [("p0/fast", "")]
    assert found[-1].model == "p0/fast"
    await second.until(lambda: second.calls[0].closed_at is not None)
    _, hedge = made.rows()
    assert (hedge["relation"], hedge["outcome"], hedge["aborted"]) == ("hedge", "superseded", 1)
    assert hedge["usd"] is not None or hedge["fresh"] > 0


async def test_what_the_loser_said_is_not_shown(
    first: Upstream, second: Upstream, world: Any
) -> None:
    """Tokens alone do not win: the first whose answer can be used does."""
    made = used_to(world(first, second))
    second.script(tokens=["wrong "] + ["x"] * 100, delay=0, gap=0.05)
    first.script(text="1")
    may_answer = held(first)
    asking = asyncio.create_task(events(made.engine, inline()))
    await second.until(lambda: bool(second.calls) and second.calls[0].sent > 2)
    may_answer.set()
    found = await asking
    assert found[-1].model == "p0/fast"
    assert "wrong" not in "".join(event.text for event in found if isinstance(event, Delta))


@pytest.mark.parametrize("ill", [0, 1])
async def test_where_one_fails_the_other_is_waited_for(
    first: Upstream, second: Upstream, world: Any, ill: int
) -> None:
    made = used_to(world(first, second))
    broken = {"status": 500, "delay": 0.15, "error": {"error": {"message": "boom"}}}
    (first, second)[ill].script(**broken)
    (second, first)[ill].script(text="1")
    may_answer = held((second, first)[ill])
    asking = asyncio.create_task(events(made.engine, inline()))
    await first.until(lambda: bool(first.calls and second.calls))
    may_answer.set()
    found = await asking
    assert found[-1].model == f"p{1 - ill}/fast"
    assert len(first.calls) == len(second.calls) == 1


async def test_where_both_fail_the_third_is_asked(
    first: Upstream, second: Upstream, world: Any
) -> None:
    async with Upstream() as third:
        third.script(text="3")
        made = used_to(world(first, second, third))
        first.script(status=500, delay=0.15, error={})
        second.script(status=500, delay=0.15, error={})
        found = await events(made.engine, inline())
        assert found[-1].model == "p2/fast"
    rows = made.rows()
    assert [row["relation"] for row in rows] == ["", "hedge", "failover"]
    assert [row["parent"] for row in rows] == ["", rows[0]["id"], rows[1]["id"]]


async def test_where_both_fail_and_nobody_is_left(
    first: Upstream, second: Upstream, world: Any
) -> None:
    made = used_to(world(first, second))
    for one in (first, second):
        one.script(status=500, delay=0.15, error={})
    assert isinstance((await events(made.engine, inline()))[-1], Unanswered)
    assert len(first.calls) == len(second.calls) == 1


CASES: dict[str, Ask] = {
    "by a key": inline(explicit=True),
    "a menu": replace(inline(), task="complete"),
    "a review": review(),
    "an explanation": Ask("explain", document(), Span(0, 9), explicit=True),
}


@pytest.mark.parametrize("case", CASES)
async def test_only_what_is_typed_is_hedged(
    first: Upstream, second: Upstream, world: Any, case: str
) -> None:
    order = ("p0/fast", "p1/fast")
    made = world(first, second, complete=order, review=order, explain=order)
    first.script(text='{"done": true}\n', delay=0.3)
    await events(used_to(made).engine, CASES[case])
    assert len(first.calls) == 1
    assert second.calls == []


async def test_nobody_is_late_before_much_was_seen(
    first: Upstream, second: Upstream, world: Any
) -> None:
    made = used_to(world(first, second), times=ENOUGH - 1)
    assert (await made.ask(inline())).model == "p0/fast"
    assert second.calls == []
    first.script(text="1", delay=LATE / 2)
    assert (await made.ask(inline())).model == "p0/fast"  # its own slow one is the p95 now
    assert second.calls == []


async def test_the_loser_is_closed_at_once(first: Upstream, second: Upstream, world: Any) -> None:
    """Not only when the winner has said all."""
    made = used_to(world(first, second))
    second.script(tokens=["2\n", "if x:\n", *["    x += 1\n"] * 8], gap=0.3)
    first.script(text="1", delay=NEVER)
    answers = [event for event in await events(made.engine, inline()) if isinstance(event, Answer)]
    assert answers[0].model == answers[-1].model == "p1/fast"
    closed = first.calls[0].closed_at
    assert closed is not None
    assert asyncio.get_running_loop().time() - closed > 0.1


async def test_one_that_rests_is_no_help(first: Upstream, second: Upstream, world: Any) -> None:
    async with Upstream() as third:
        third.script(text="3")
        made = used_to(world(first, second, third))
        first.script(text="1", delay=NEVER)
        second.script(status=500, error={})
        for _ in range(IN_A_ROW):
            await made.ask(replace(inline(), model="p1/fast"))
        second.calls.clear()
        assert (await made.ask(inline())).model == "p2/fast"
        assert second.calls == []


async def test_alone_with_one_that_rests(first: Upstream, second: Upstream, world: Any) -> None:
    made = used_to(world(first, second))
    second.script(status=500, error={})
    for _ in range(IN_A_ROW):
        await made.ask(replace(inline(), model="p1/fast"))
    second.calls.clear()
    assert (await made.ask(inline())).model == "p0/fast"
    assert second.calls == []


async def test_a_hedge_is_within_the_budget_or_is_not_made(
    first: Upstream, second: Upstream, world: Any
) -> None:
    """Both are on this machine, and so for nothing; a far one would not be."""
    made = used_to(world(first, second, budget=Budget(day=1e-9)))
    far = replace(made.parts.settings.providers["p1"], base_url="https://nowhere.invalid")
    providers = {**made.parts.settings.providers, "p1": far}
    made.parts.settings = replace(made.parts.settings, providers=providers)
    assert (await made.ask(inline())).model == "p0/fast"
    (row,) = made.rows()
    assert row["model"] == "p0/fast"


async def test_hedges_are_a_tenth_of_the_calls(
    first: Upstream, second: Upstream, world: Any
) -> None:
    """Though every single call is late."""
    made = world(first, second)
    first.script(text="1", delay=0.02)
    for _ in range(100):
        made.engine._experience.first_tokens = FirstTokens()
        used_to(made, 0.001)
        assert isinstance(await made.ask(inline()), Answer)
    relations = Counter(row["relation"] for row in made.rows())
    print(f"{relations['hedge']} hedges of {relations['']} calls")
    assert len(first.calls) == relations[""] == 100
    assert 100 * HEDGES <= relations["hedge"] <= 100 * HEDGES + HEDGES_AT_FIRST
    assert len(second.calls) <= relations["hedge"]  # one that is closed at once is not seen


async def test_closing_closes_both(first: Upstream, second: Upstream, world: Any) -> None:
    made = used_to(world(first, second))
    for one in (first, second):
        one.script(text="1", delay=NEVER)
    before = ours()
    task = asyncio.create_task(made.ask(inline()))
    await second.until(lambda: len(second.calls) == 1)
    task.cancel()
    await asyncio.wait([task])
    assert ours() == before
    for one in (first, second):
        await one.until(lambda one=one: one.calls[0].closed_at is not None)
    assert [row["outcome"] for row in made.rows()] == ["superseded", "superseded"]


async def test_200_random_interleavings(
    first: Upstream, second: Upstream, world: Any, seed: int
) -> None:
    chance = random.Random(seed)
    made = world(first, second, budget=Budget(session=1.0))
    made.engine._experience.hedges = Bucket(1.0, 5.0)
    await made.ask(inline())
    left: list[str] = []
    stream = made.parts.client.stream

    async def noting(call: Any) -> AsyncIterator[Any]:
        left.append(call.model.name)
        async with aclosing(stream(call)) as chunks:
            async for chunk in chunks:
                yield chunk

    made.parts.client.stream = noting
    before = ours()
    faults = (None, None, None, "rst-before-reply", "rst-mid-stream", "status-500", "done-empty")
    for n in range(200):
        made.engine.forget()
        made.engine._experience.first_tokens = FirstTokens()
        used_to(made, 0.01)
        for one in (first, second):
            delay, gap = chance.uniform(0, 0.05), chance.uniform(0, 0.005)
            one.script(text="1 + 2\nz = 3\n", delay=delay, gap=gap, fault=chance.choice(faults))
        calls = len(first.calls)
        task = asyncio.create_task(made.ask(inline(f"x = {n}\ny = ")))
        if chance.random() < 0.6:
            if chance.random() < 0.5:  # or a slow machine would cancel most before they are seen
                await first.until(lambda calls=calls: len(first.calls) > calls)
            await asyncio.sleep(chance.uniform(0, 0.08))
            task.cancel()
        await asyncio.wait([task])
        await first.until(lambda: ours() == before)
    await made.parts.client.aclose()
    for one in (first, second):
        await one.until(lambda one=one: one.open_connections == 0)
    rows = made.rows()
    assert not [row for row in rows if row["known"] == "reserved"]
    assert Counter(row["model"] for row in rows[1:]) == Counter(left)
    seen = len(first.calls) + len(second.calls)
    hedges = sum(row["relation"] == "hedge" for row in rows)
    print(f"{len(rows)} lines, {seen} calls seen, {hedges} hedges")
    # One that we closed before its first byte was sent has a line, and is not seen.
    closed = sum(row["outcome"] == "superseded" for row in rows)
    assert len(rows) - closed <= seen <= len(rows)
    assert seen > len(rows) * 0.8
    assert hedges > 30


async def test_what_it_gains(first: Upstream, second: Upstream, world: Any) -> None:
    """One call in twenty-five is slow: it becomes nearly as quick as the others."""

    async def times(*upstreams: Upstream) -> list[float]:
        made = used_to(world(*upstreams), 0.03)
        second.script(text="2", delay=0.02)
        found = []
        for n in range(100):
            first.script(text="1", delay=0.02 if n % 25 else 0.8)
            began = asyncio.get_running_loop().time()
            await made.ask(inline())
            found.append(asyncio.get_running_loop().time() - began)
        return sorted(found)

    alone, hedged = await times(first), await times(first, second)
    for name, found in (("alone", alone), ("hedged", hedged)):
        p50, p98 = found[50] * 1e3, found[97] * 1e3
        print(f"{name}: p50 {p50:.0f} ms, p98 {p98:.0f} ms; {len(second.calls)} hedges")
    assert hedged[97] < alone[97] / 2
