"""Calling well, over real sockets: retry, rest, failover, and what of it is booked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from support.asking import document, events, inline, review
from support.calling import DONE, World, worlds
from support.upstream import Upstream
from turnout.document import Span
from turnout.engine.ask import Answer, Ask, Delta, Trying, Unanswered
from turnout.engine.bill import Bill
from turnout.engine.experience import RETRIES, RETRIES_AT_FIRST
from turnout.routing.health import IN_A_ROW, REST
from turnout.settings.model import Provider
from turnout.tasks.inline import InlineTask
from turnout.tasks.review import ReviewTask
from turnout_clients.catalog.models import facts
from turnout_clients.errors import ProviderError, StreamCut
from turnout_clients.tokens import Correction
from turnout_clients.types import Chat, Deadlines, Done, Message, Model, Text, Usage

FOUND = '{"severity": "error", "category": "bug", "quote": "a / b", "explanation": "Zero."}\n'


world = pytest.fixture(worlds)


@pytest.fixture
async def bad() -> AsyncIterator[Upstream]:
    async with Upstream() as upstream:
        upstream.script(**FAILING)
        yield upstream


@pytest.fixture
async def good() -> AsyncIterator[Upstream]:
    async with Upstream() as upstream:
        upstream.script(text=DONE)
        yield upstream


FAILING: dict[str, Any] = {"status": 500, "error": {"error": {"message": "boom"}}}
BUSY: dict[str, Any] = {"status": 429, "error": {"error": {"message": "slow down"}}}
NO_KEY: dict[str, Any] = {"status": 401, "error": {"error": {"message": "no"}}}


def busy(wait: str, **headers: str) -> dict[str, Any]:
    return {**BUSY, "headers": {"retry-after": wait, **headers}}


# One quick retry


async def test_a_moment_later_it_answers(good: Upstream, world: Any) -> None:
    made = world(good)
    good.script(**FAILING, times=1)
    answer = await made.ask(review())
    assert isinstance(answer, Answer)
    first, second = made.rows()
    assert (first["relation"], first["outcome"], first["error"]) == ("", "failed", "Overloaded")
    assert (second["relation"], second["parent"]) == ("retry", first["id"])
    assert answer.call == second["id"]


async def test_a_kept_connection_that_breaks_has_its_own_line(good: Upstream, world: Any) -> None:
    """Nothing is sent twice in silence: what may have been a call has a line."""
    made = world(good)
    await made.ask(review())
    good.script(fault="rst-before-reply", times=1)
    assert isinstance(await made.ask(review()), Answer)
    assert [row["relation"] for row in made.rows()] == ["", "", "retry"]
    assert len(good.calls) == 3


@pytest.mark.parametrize("ask", [review(), inline()], ids=["review", "inline"])
@pytest.mark.parametrize(
    "fault", [FAILING, {"fault": "rst-before-reply"}, busy("0.05")], ids=["500", "reset", "429"]
)
async def test_one_retry_and_no_more(
    bad: Upstream, world: Any, ask: Ask, fault: dict[str, Any]
) -> None:
    bad.script(**fault)
    assert isinstance(await world(bad).ask(ask), Unanswered)
    assert len(bad.calls) == 2


@pytest.mark.parametrize(
    ("fault", "calls"),
    [
        (BUSY, 1),  # it does not say when to come again
        (busy("3"), 1),
        (busy("99999"), 1),
        (busy("0.1", **{"x-should-retry": "false"}), 1),
        ({**FAILING, "headers": {"x-should-retry": "false"}}, 1),
        ({**FAILING, "status": 400, "headers": {"x-should-retry": "true"}}, 2),
        ({**FAILING, "headers": {"retry-after-ms": "60"}}, 2),
        (NO_KEY, 1),
        ({**FAILING, "status": 400}, 1),
        ({"status": 429, "error": {"error": {"code": "insufficient_quota"}}}, 1),
        ({"fault": "status-307"}, 1),
        ({"text": ""}, 1),
        ({"text": FOUND, "fault": "rst-mid-stream"}, 1),
        ({"text": FOUND, "fault": "in-band-error"}, 1),
        ({"fault": "json-error-200"}, 2),
    ],
)
async def test_only_where_it_makes_sense(
    bad: Upstream, world: Any, fault: dict[str, Any], calls: int
) -> None:
    bad.script(**fault)
    await world(bad).ask(review())
    assert len(bad.calls) == calls


async def test_the_wait_that_was_asked_for_is_kept(good: Upstream, world: Any) -> None:
    good.script(**busy("0.4"), times=1)
    assert isinstance(await world(good).ask(review()), Answer)
    first, second = good.calls
    assert 0.4 <= second.started - first.started < 5


async def test_while_typing_nobody_waits_for_the_same_again(
    bad: Upstream, good: Upstream, world: Any
) -> None:
    good.script(text="2")
    assert isinstance(await world(bad, good).ask(inline()), Answer)
    assert len(bad.calls) == 1
    bad.script(**busy("0.3"))
    await world(bad).ask(inline())
    assert len(bad.calls) == 2  # and no third: that is too long between two keys


class Hasty(ReviewTask):
    deadlines = Deadlines(connect=3.0, first_token=3.0, total=6.0)


async def test_the_retry_has_the_time_that_is_left(
    bad: Upstream, good: Upstream, world: Any
) -> None:
    bad.script(**FAILING, delay=1.0, times=1)
    bad.script(fault="silence")
    made = world(bad, good, tasks={"review": Hasty()})
    answer = await made.ask(review())
    assert answer.model == "p1/big"
    assert len(bad.calls) == 2
    assert good.calls[0].started - bad.calls[0].started < 1.0 + 3.0  # anew it had three seconds
    assert [row["relation"] for row in made.rows()] == ["", "retry", "failover"]
    ids = [row["id"] for row in made.rows()]
    assert [row["parent"] for row in made.rows()] == ["", *ids[:2]]


async def test_a_wait_longer_than_the_deadline_is_not_waited_for(bad: Upstream, world: Any) -> None:
    bad.script(**busy("1.9"))
    await world(bad, tasks={"review": Hasty()}).ask(review())
    assert len(bad.calls) == 1


async def test_an_outage_is_not_amplified(
    bad: Upstream, good: Upstream, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though no breaker opens, and every request reaches the ill one."""
    monkeypatch.setattr("turnout.engine.retry._PAUSE", 0.001)
    made = world(bad, good)
    for _ in range(300):
        made.engine.forget()
        assert isinstance(await made.ask(review()), Answer)
    print(f"{len(bad.calls)} calls for 300 requests")
    assert 300 < len(bad.calls) <= 300 * (1 + RETRIES) + RETRIES_AT_FIRST


async def test_300_requests_in_an_outage(bad: Upstream, good: Upstream, world: Any) -> None:
    """With everything in place, the ill one hears of it a few times."""
    made = world(bad, good)
    answers = [await made.ask(review()) for _ in range(300)]
    assert {answer.model for answer in answers} == {"p1/big"}
    assert len(bad.calls) <= 6
    assert len(made.rows()) == len(bad.calls) + len(good.calls)


# Rest


async def test_it_is_passed_over_with_a_sentence(bad: Upstream, good: Upstream, world: Any) -> None:
    made = world(bad, good)
    for _ in range(IN_A_ROW):
        await made.ask(review())
    seen = len(bad.calls)
    found = await events(made.engine, review())
    (trying,) = [event for event in found if isinstance(event, Trying)]
    assert trying.model == "p1/big"
    assert trying.after.startswith("p0/big rests until ")
    assert trying.after.endswith(" (it is failing).")
    (ruled_out,) = made.engine.records[-1].route.ruled_out
    assert ruled_out.name == "p0/big"
    assert len(bad.calls) == seen


async def test_the_failure_that_opens_it_is_told_and_not_followed_by_another(
    bad: Upstream, world: Any
) -> None:
    made = world(bad)
    said = [(await made.ask(review())).why for _ in range(3)]
    assert len(bad.calls) == 5
    assert said == ["p0 is failing (500)."] * 3


async def test_one_of_many_finds_out_whether_it_is_well(
    bad: Upstream, good: Upstream, world: Any
) -> None:
    made = world(bad, good)
    for _ in range(IN_A_ROW):
        await made.ask(review())
    made.later += REST
    bad.reset()
    bad.script(text=DONE, delay=0.5)
    answers = await asyncio.gather(*(made.ask(review()) for _ in range(10)))
    assert len(bad.calls) == 1
    assert sorted(answer.model for answer in answers) == ["p0/big"] + ["p1/big"] * 9
    assert (await made.ask(review())).model == "p0/big"


async def test_whoever_pressed_a_key_is_not_refused_on_a_guess(bad: Upstream, world: Any) -> None:
    made = world(bad)
    for ask in (review(), inline()):
        for _ in range(IN_A_ROW):
            await made.ask(ask)
    seen = len(bad.calls)
    assert "rests until" in (await made.ask(inline())).why
    assert len(bad.calls) == seen  # one who types did not ask for it
    refused = await made.ask(review())
    assert "p0 is failing" in refused.why
    assert len(bad.calls) == seen + 1
    bad.script(text=DONE)
    assert isinstance(await made.ask(review()), Answer)
    assert (await made.ask(review())).model == "p0/big"


async def test_the_best_of_those_that_rest_is_asked(
    bad: Upstream, good: Upstream, world: Any
) -> None:
    good.script(**FAILING)
    made = world(bad, good)
    for _ in range(IN_A_ROW):
        await made.ask(review())
    seen = len(bad.calls), len(good.calls)
    bad.script(text=DONE)
    assert (await made.ask(review())).model == "p0/big"
    assert (len(bad.calls), len(good.calls)) == (seen[0] + 1, seen[1])


async def test_who_asked_for_a_rest_has_it(bad: Upstream, good: Upstream, world: Any) -> None:
    bad.script(**busy("30"))
    made = world(bad)
    await made.ask(review())
    found = await events(made.engine, review())
    refused = found[-1]
    assert len(bad.calls) == 1
    assert not any(isinstance(event, Trying) for event in found)
    assert refused.why.startswith("p0/big rests until ")
    assert refused.why.endswith(" (it asked to wait).")
    made.later += 30
    await made.ask(review())
    assert len(bad.calls) == 2


async def test_a_refused_key_is_not_tried_again_and_a_new_one_at_once(
    bad: Upstream, good: Upstream, world: Any
) -> None:
    bad.script(**NO_KEY)
    made = world(bad, good, key="keyring")
    made.parts.keys = {"p0": "sk-old", "p1": "sk-other"}
    for _ in range(3):
        assert (await made.ask(review())).model == "p1/big"
    await made.ask(Ask("explain", document(), Span(0, 9), explicit=True))
    assert len(bad.calls) == 1
    assert made.parts.forgotten >= 2  # at the refusal, and where somebody pressed a key
    made.parts.keys["p0"] = "sk-new"
    bad.script(text=DONE)
    assert (await made.ask(review())).model == "p0/big"


async def test_changed_settings_begin_anew(bad: Upstream, good: Upstream, world: Any) -> None:
    bad.script(**busy("3000"))
    made = world(bad, good)
    await made.ask(review())
    bad.script(text=DONE)
    assert (await made.ask(review())).model == "p1/big"
    made.engine.forget()
    assert (await made.ask(review())).model == "p0/big"


async def test_a_probe_that_is_cancelled_leaves_its_place(
    bad: Upstream, good: Upstream, world: Any
) -> None:
    made = world(bad, good)
    for _ in range(IN_A_ROW):
        await made.ask(review())
    made.later += REST
    bad.reset()
    bad.script(text=DONE, delay=15)
    task = asyncio.create_task(made.ask(review()))
    await bad.until(lambda: len(bad.calls) == 1)
    task.cancel()
    await asyncio.wait([task])
    bad.script(text=DONE)
    assert (await made.ask(review())).model == "p0/big"


# Failover


class Quick(InlineTask):
    deadlines = Deadlines(connect=0.2, first_token=0.3, total=1.0)


@pytest.mark.parametrize("fault", ["silence", "headers-silence", "comments-forever"])
@pytest.mark.parametrize("kind", ["inline", "review"])
async def test_the_next_one_is_asked_within_a_tenth_of_a_second(
    bad: Upstream, good: Upstream, world: Any, kind: str, fault: str
) -> None:
    bad.script(fault=fault)
    tasks = {"review": replace_deadlines(ReviewTask()), "inline": Quick()}
    made = world(bad, good, tasks=tasks)
    good.script(text="2" if kind == "inline" else DONE)
    await made.ask(replace(review(), model="p1/big"))  # what is loaded once is loaded
    gaps = []
    for _ in range(4):
        bad.calls.clear()
        good.calls.clear()
        answer = await made.ask(inline() if kind == "inline" else review())
        assert answer.model.startswith("p1/")
        left = made.engine.records[-1].tried[0].began
        gaps.append(good.calls[0].started - left - Quick.deadlines.first_token)
    print(f"{kind}, {fault}: deadline + {sorted(round(gap * 1e3, 1) for gap in gaps)} ms")
    assert min(gaps) > 0
    assert sorted(gaps)[1] < 0.5  # it takes milliseconds; a busy machine may take longer


def replace_deadlines(task: ReviewTask) -> ReviewTask:
    task.deadlines = Quick.deadlines
    return task


async def test_what_was_streamed_is_void_and_said_to_be(
    bad: Upstream, good: Upstream, world: Any
) -> None:
    bad.script(text=FOUND, fault="rst-mid-stream")
    found = await events(world(bad, good).engine, review())
    kinds = [type(event) for event in found]
    second = max(n for n, event in enumerate(found) if isinstance(event, Trying))
    assert Delta in kinds[:second]
    assert found[second].after
    assert found[-1].value.findings == ()


# What is sent and what is booked


async def test_calls_that_begin_alike_have_one_name(good: Upstream, world: Any) -> None:
    made = world(good)
    keys: list[str] = []
    stream = made.parts.client.stream

    def noting(call: Any) -> Any:
        keys.append(call.cache_key)
        return stream(call)

    made.parts.client.stream = noting
    good.script(text="2")
    for text in ("x = 1\ny = ", "x = 1\ny = 2\nz = "):
        await made.ask(inline(text))
    await made.ask(replace(inline(), document=document("x = 1\ny = ", "file:///ws/other.py")))
    await made.ask(review())
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert all(len(key) == 16 and key.isalnum() for key in keys)


def counting(made: World, change: Callable[[Usage], Usage]) -> None:
    """Let the provider count otherwise, also where it breaks off."""
    stream = made.parts.client.stream

    async def counted(call: Any) -> AsyncIterator[Any]:
        try:
            async with aclosing(stream(call)) as chunks:
                async for chunk in chunks:
                    if isinstance(chunk, Done) and chunk.usage:
                        chunk = Done(chunk.reason, change(chunk.usage))
                    yield chunk
        except ProviderError as error:
            error.usage = change(error.usage) if error.usage else None
            raise

    made.parts.client.stream = counted  # type: ignore[assignment, method-assign]


async def test_estimates_follow_what_the_provider_counts(good: Upstream, world: Any) -> None:
    """A provider that counts double: then a cut call is estimated so too, and more set aside."""
    made = world(good)
    counting(made, lambda usage: replace(usage, input=usage.input * 2))

    async def cut() -> dict[str, Any]:
        good.script(text=FOUND, fault="rst-mid-stream", times=1)
        await made.ask(review())
        row = made.rows()[-1]
        assert (row["error"], row["tokens_known"]) == ("StreamCut", "estimated")
        return row

    before = await cut()
    await made.ask(review())
    after = await cut()
    assert after["fresh"] == pytest.approx(2 * before["fresh"], rel=0.2)
    assert after["output"] == pytest.approx(2 * before["output"], rel=0.2)


async def test_a_provider_that_counts_too_little_holds_the_budget_no_less() -> None:
    model = Model("p/m", "p", "m")
    provider = Provider("p", "openai-chat", "https://x")
    prompt = Chat((Message("user", "a word " * 1_000),), 100)
    fresh, learnt = Correction(), Correction()
    learnt.learn("p/m", 1000, 1)
    first, second = (Bill.of("1", model, provider, prompt, one) for one in (fresh, learnt))
    assert second.most() == first.most()
    assert first.most().input >= 1.5 * first.size
    assert first.most().output == 100
    learnt.learn("p/m", 1000, 10**9)
    third = Bill.of("1", model, provider, prompt, learnt)
    assert third.most().input > first.most().input
    known = Provider("anthropic", "anthropic-messages", "https://api.anthropic.com")
    opus = Model("anthropic/claude-opus-5-5", "anthropic", "claude-opus-5-5")
    factor = facts("anthropic", "claude-opus-5-5").tokenizer.factor  # type: ignore[union-attr]
    assert factor != 1
    assert Bill.of("1", opus, known, prompt, fresh).usual == factor


async def test_what_was_counted_before_it_broke_off_is_booked(good: Upstream, world: Any) -> None:
    made = world(good)

    async def broken(call: Any) -> AsyncIterator[Any]:
        yield Text("word " * 760)
        error = StreamCut("It broke off.", provider=call.endpoint.name)
        error.usage = told
        raise error

    made.parts.client.stream = broken
    told = Usage(777, 1, cache_read=700)
    await made.ask(review())
    told = Usage(777, 4_000)
    await made.ask(review())
    first, second = made.rows()
    assert (first["fresh"], first["cache_read"], first["output"]) == (77, 700, 1_000)
    assert first["tokens_known"] == "estimated"
    assert (second["output"], second["tokens_known"]) == (4_000, "reported")
