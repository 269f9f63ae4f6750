"""What the check of an answer leads to: one more call, to whom, and what is shown of it."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support import prices_stand_in
from support.asking import kinds, settings
from support.calling import World
from support.judging import Checked, Desk, Plain, ask, desks
from support.upstream import Upstream
from support.upstream_wire import Asked as CalledTool
from turnout.context.redact import Redactor, Restorer
from turnout.edits.verify import Verdict
from turnout.engine.ask import Answer, Ask, Trying, Unanswered
from turnout.engine.bill import Bill
from turnout.engine.purse import Purse
from turnout.ledger.entry import Entry, Source
from turnout.settings.model import Budget, RouteRule, Settings
from turnout_clients.types import Tool, Usage


@pytest.fixture(autouse=True)
def prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "turnout_clients.prices", prices_stand_in.module())


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Callable[..., Desk]]:
    async for make in desks(tmp_path):
        yield make


def of(urls: list[str], **rule: tuple[str, ...]) -> Settings:
    made = settings(*urls)
    made.routes["tests"] = RouteRule(**rule)
    return made


def rows(desk: Desk) -> list[dict[str, Any]]:
    return World.rows(desk)  # type: ignore[arg-type]


async def test_what_passes_is_the_answer(desk: Any) -> None:
    async with Upstream() as one:
        one.script(text="ok good")
        made = desk(of([one.url], attempt=("p0/big",)), Checked())
        found = await made.ask(ask())
        assert len(one.calls) == 1
    assert kinds(found)[:2] == ["Routed", "Trying"]
    assert found[-1].final
    assert found[-1].verdict == Verdict()
    assert [row["relation"] for row in rows(made)] == [""]


async def test_what_does_not_pass_is_escalated_once_with_the_reason(desk: Any) -> None:
    async with Upstream() as cheap, Upstream() as dear:
        cheap.script(text="bad one")
        dear.script(text="ok better")
        rule = {"attempt": ("p0/big", "p0/fast"), "escalate": ("p1/big",)}
        task = Checked()
        made = desk(of([cheap.url, dear.url], **rule), task)
        found = await made.ask(ask())
        assert (len(cheap.calls), len(dear.calls)) == (1, 1)
        *_, earlier, told = dear.calls[0].body["messages"]
    assert earlier == {"role": "assistant", "content": "bad one"}
    assert "bad one is bad." in told["content"]
    trying = [event for event in found if isinstance(event, Trying)]
    assert [event.model for event in trying] == ["p0/big", "p1/big"]
    assert trying[1].after == "Tests by p0/big did not pass: bad one is bad."
    assert [e.value.text for e in found if isinstance(e, Answer) and e.final] == ["ok better"]
    assert found[-1].verdict == Verdict()
    assert task.judged == ["bad one", "ok better"]
    first, second = rows(made)
    assert (second["relation"], second["parent"]) == ("escalation", first["id"])
    assert made.engine.records[-1].asked_again == "p1/big"
    assert made.engine.records[-1].answer == "p1/big"


async def test_without_one_to_escalate_to_the_same_model_repairs(desk: Any) -> None:
    async with Upstream() as one, Upstream() as other:
        one.script(times=1, text="bad")
        one.script(text="ok now")
        made = desk(of([one.url, other.url], prefer=("p0/big", "p1/big")), Checked())
        found = await made.ask(ask())
        assert other.connections == 0
    assert (found[-1].value.text, found[-1].model) == ("ok now", "p0/big")
    assert [row["relation"] for row in rows(made)] == ["", "repair"]
    assert "did not pass" in [e for e in found if isinstance(e, Trying)][1].after


async def test_a_model_chosen_for_one_request_repairs_its_own(desk: Any) -> None:
    async with Upstream() as one, Upstream() as dear:
        one.script(text="bad")
        rule = {"attempt": ("p1/fast",), "escalate": ("p1/big",)}
        made = desk(of([one.url, dear.url], **rule), Checked())
        await made.ask(ask(model="p0/big"))
        assert (len(one.calls), dear.connections) == (2, 0)


async def test_the_second_answer_is_final_whatever_its_verdict(desk: Any) -> None:
    async with Upstream() as cheap, Upstream() as dear:
        cheap.script(text="bad one")
        dear.script(text="bad two")
        rule = {"attempt": ("p0/big",), "escalate": ("p1/big",)}
        found = await desk(of([cheap.url, dear.url], **rule), Checked()).ask(ask())
        assert (len(cheap.calls), len(dear.calls)) == (1, 1)
    assert (found[-1].value.text, found[-1].final) == ("bad two", True)
    assert found[-1].verdict == Verdict(("bad two is bad.",))


async def test_an_answer_in_no_form_is_asked_for_once_more(desk: Any) -> None:
    async with Upstream() as one:
        one.script(times=1, text="?what")
        one.script(text="ok")
        made = desk(of([one.url], prefer=("p0/big",)), Checked())
        found = await made.ask(ask())
        told = one.calls[1].body["messages"][-1]["content"]
    assert "the answer was not in the form that was asked for" in told
    assert found[-1].value.text == "ok"


async def test_twice_in_no_form_is_no_answer(desk: Any) -> None:
    async with Upstream() as one, Upstream() as other:
        one.script(text="?what")
        made = desk(of([one.url, other.url], prefer=("p0/big", "p1/big")), Checked())
        found = await made.ask(ask())
        assert (len(one.calls), other.connections) == (2, 0)
    assert isinstance(found[-1], Unanswered)
    assert "no answer in the form" in found[-1].why
    assert found[-1].remedy


async def test_where_the_second_fails_the_first_stands_with_its_verdict(desk: Any) -> None:
    async with Upstream() as cheap, Upstream() as dear:
        cheap.script(text="bad one")
        dear.script(fault="status-500")
        rule = {"attempt": ("p0/big",), "escalate": ("p1/big",)}
        found = await desk(of([cheap.url, dear.url], **rule), Checked()).ask(ask())
        assert len(cheap.calls) == 1
    assert (found[-1].value.text, found[-1].model) == ("bad one", "p0/big")
    assert found[-1].verdict == Verdict(("bad one is bad.",))


async def test_one_that_cannot_be_asked_leaves_the_call_to_the_first(desk: Any) -> None:
    """Its key is missing: no call was made, so the one more call is still to be had."""
    async with Upstream() as one:
        one.script(times=1, text="bad")
        one.script(text="ok")
        made = of([one.url, "http://127.0.0.1:9"], attempt=("p0/big",), escalate=("p1/big",))
        provider = made.providers["p1"]
        made.providers["p1"] = type(provider)("p1", provider.dialect, provider.base_url, "keyring")
        found = await desk(made, Checked()).ask(ask())
        assert len(one.calls) == 2
    assert (found[-1].value.text, found[-1].model) == ("ok", "p0/big")


async def test_those_that_are_tried_stand_in_for_each_other_and_the_dear_one_is_last(
    desk: Any,
) -> None:
    async with Upstream() as dead, Upstream() as dear:
        dead.script(fault="status-500")
        dear.script(times=1, text="bad")
        dear.script(text="ok")
        rule = {"attempt": ("p0/big", "p0/fast"), "escalate": ("p1/big",)}
        found = await desk(of([dead.url, dear.url], **rule), Checked()).ask(ask())
    trying = [event.model for event in found if isinstance(event, Trying)]
    assert trying == ["p0/big", "p0/fast", "p1/big", "p1/big"]
    assert found[-1].value.text == "ok"


async def test_a_task_without_a_check_is_left_alone(desk: Any) -> None:
    async with Upstream() as one, Upstream() as other:
        one.script(text="?what")
        other.script(text="bad")
        made = settings(one.url, other.url, ask=("p0/big", "p1/big"))
        found = await desk(made, Plain()).ask(ask("ask"))
        assert (len(one.calls), len(other.calls)) == (1, 1)
    assert (found[-1].value.text, found[-1].verdict) == ("bad", None)


async def test_a_check_that_breaks_passes_nothing_and_costs_no_call(desk: Any, caplog: Any) -> None:
    class Broken(Checked):
        def check(self, ask: Ask, value: Any) -> Verdict:
            raise KeyError(ask.document.text)

    async with Upstream() as one:
        one.script(text="ok")
        found = await desk(of([one.url], prefer=("p0/big",)), Broken()).ask(ask())
        assert len(one.calls) == 1
    assert not found[-1].verdict.ok
    assert "KeyError at " in caplog.text
    assert "x = 1" not in caplog.text


async def test_whatever_the_checks_find_there_is_at_most_one_call_more(
    desk: Any, seed: int
) -> None:
    chance = random.Random(seed)
    async with Upstream() as one, Upstream() as other, Upstream() as dear:
        ups = [one, other, dear]
        for _ in range(60):
            for up in ups:
                up.calls.clear()
                texts = [chance.choice(("ok", "bad", "?what")) for _ in range(4)]
                up._next.clear()
                for text in texts:
                    up.script(times=1, text=text)
            escalate = chance.choice(((), ("p2/big",), ("p0/big",)))
            rule = {"attempt": ("p0/big", "p1/big"), "escalate": escalate}
            made = desk(of([up.url for up in ups], **rule), Checked())
            found = await made.ask(ask())
            assert 1 <= sum(len(up.calls) for up in ups) <= 2
            last = found[-1]
            assert isinstance(last, Unanswered) or (last.final and last.verdict is not None)
            finals = [e for e in found if isinstance(e, Answer) and e.final]
            assert len(finals) <= 1
            relations = [row["relation"] for row in rows(made)][-2:]
            assert relations.count("repair") + relations.count("escalation") <= 1


class Calls(Plain):
    in_session = False
    tools = (Tool("edit", "Edit.", {"type": "object"}),)


async def test_the_arguments_of_a_tool_are_read_like_text(desk: Any) -> None:
    async with Upstream() as one:
        one.script(text="", tools=(CalledTool("edit", {"file": "a.py", "n": 1}),))
        found = await desk(settings(one.url, ask=("p0/big",)), Calls()).ask(ask("ask"))
    assert json.loads(found[-1].value.text) == {"file": "a.py", "n": 1}


def test_a_secret_within_arguments_is_written_as_json() -> None:
    key = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBg\n" * 9 + "-----END PRIVATE KEY-----"
    redactor = Redactor()
    sent = redactor.redact(key)
    assert "MIIE" not in sent
    restorer = Restorer(redactor, in_json=True)
    arguments = restorer.feed(json.dumps({"text": sent})) + restorer.finish()
    assert json.loads(arguments) == {"text": key}


async def test_an_ask_costs_what_its_calls_cost(desk: Any) -> None:
    async with Upstream() as one:
        one.script(times=1, text="bad")
        one.script(text="ok")
        made = desk(of([one.url], prefer=("p0/big",)), Checked())
        found = await made.ask(ask())
        booked = rows(made)
    assert len(booked) == 2
    assert found[-1].cost == pytest.approx(sum(row["usd"] for row in booked))
    assert found[-1].cost > 0


async def test_a_cap_on_one_ask_holds_over_all_its_calls(desk: Any) -> None:
    async with Upstream() as one:
        one.script(text="bad")
        made = desk(of([one.url], prefer=("p0/big",)), Checked())
        [*_, dear] = await made.ask(ask())
        one.calls.clear()
        [*_, none] = await made.ask(ask(max_cost=0.00001))
        assert not one.calls
        assert isinstance(none, Unanswered)
        assert "it may cost up to $" in none.why
        assert "$0.00001 is allowed for this" in none.why
        assert none.remedy == "allow more for it, or choose a cheaper model"
        # Enough for the first call at its worst, and not for the second on top of it.
        [*_, last] = await made.ask(ask(max_cost=0.0013))
        assert len(one.calls) == 1
        assert not last.verdict.ok
        assert last.cost < dear.cost


async def test_without_a_price_a_cap_lets_nothing_leave(desk: Any) -> None:
    async with Upstream() as one:
        made = settings(one.url, ask=("p0/big",), budget=Budget())
        model = made.models["p0/big"]
        made.models["p0/big"] = type(model)("p0/big", "p0", "odd")
        made.providers["p0"] = type(made.providers["p0"])(
            "p0", "openai-chat", one.url.replace("127.0.0.1", "localhost.") + "/v1", "none"
        )
        found = await desk(made, Plain()).ask(ask("ask", max_cost=1.0))
        assert one.connections == 0
    assert "the price of p0/big is not known" in found[-1].why


@pytest.mark.parametrize("third", ["bad", None])
async def test_the_one_call_more_is_used_up_where_it_fails(desk: Any, third: str | None) -> None:
    """Then those that are left may still answer, once each; whom it went to is not among them."""
    async with Upstream() as one, Upstream() as two, Upstream() as dear:
        one.script(text="?what")
        dear.script(text="half of it", fault="rst-mid-stream")
        two.script(**({"text": third} if third else {"text": "half", "fault": "rst-mid-stream"}))
        rule = {"attempt": ("p0/big", "p1/big"), "escalate": ("p2/big",)}
        made = desk(of([one.url, two.url, dear.url], **rule), Checked())
        found = await made.ask(ask())
        assert [len(up.calls) for up in (one, two, dear)] == [1, 1, 1]
    if third:
        assert (found[-1].value.text, found[-1].verdict.ok) == ("bad", False)
    else:
        assert isinstance(found[-1], Unanswered)


async def test_what_was_spent_counts_against_the_cap() -> None:
    source = Source("p/m", "p", "openai-chat", "m")
    bill = Bill("b", 0.0, source, 100_000, 10_000, 1.0, 1.0)
    most = 150_000 * prices_stand_in.WRITE + 10_000 * prices_stand_in.OUT
    spent = Entry("a", 0.0, "ask", "analytical", "", "", source, Usage(100_000, 0))
    purse = Purse(most + 0.09)
    assert await purse.refusal(bill) is None
    purse.pay(replace(spent, usage=Usage(0, 0)))
    assert await purse.refusal(bill) is None
    assert await purse.spent() == 0
    purse.pay(spent)
    refusal = await purse.refusal(bill)
    assert refusal is not None
    assert (
        refusal.why == "it may cost up to $0.24, and $0.33 is allowed for this, $0.10 of it spent"
    )
    assert await Purse(None).refusal(bill) is None
