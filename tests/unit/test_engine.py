"""The one path: who is asked in which order, what is shown of it, and what is left behind."""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from support.asking import (
    TEXT,
    Parts,
    document,
    events,
    inline,
    kinds,
    review,
    settings,
)
from support.upstream import Call, Upstream
from turnout.document import Span
from turnout.engine.ask import Answer, Ask, Delta, Routed, Trying, Unanswered
from turnout.engine.engine import Engine
from turnout.recall.proposal import Proposal
from turnout.settings.model import RouteRule, Settings
from turnout.tasks import TASKS
from turnout.tasks.inline import InlineTask
from turnout.tasks.prose import Prose
from turnout.tasks.review import Review, ReviewTask
from turnout_clients.types import Deadlines, Model

pytestmark = pytest.mark.usefixtures("patient_inline")

FOUND = (
    '{"severity": "error", "category": "bug", "quote": "a / b", "explanation": "Zero."}\n'
    '{"severity": "info", "category": "edge-case", "quote": "items[0]", "explanation": "Empty."}\n'
)
DONE = '{"done": true}\n'


@pytest.fixture
async def parts() -> AsyncIterator[Callable[..., Parts]]:
    made: list[Parts] = []

    def make(*urls: str, **more: Any) -> Parts:
        made.append(Parts(settings(*urls, **more)))
        return made[-1]

    yield make
    for one in made:
        await one.client.aclose()


async def test_a_review_comes_in_pieces_and_ends_whole(parts: Any) -> None:
    async with Upstream() as upstream:
        upstream.script(text=FOUND + DONE)
        engine = Engine(parts(upstream.url, review=("p0/big",)), TASKS)
        found = await events(engine, review())
    assert kinds(found) == ["Routed", "Trying", "Answer", "Answer", "Answer"]
    answers = [event for event in found if isinstance(event, Answer)]
    assert [(len(a.value.findings), a.final) for a in answers] == [
        (1, False),
        (2, False),
        (2, True),
    ]
    assert answers[-1].model == "p0/big"
    assert answers[-1].value.complete
    assert "".join(e.text for e in found if isinstance(e, Delta)).startswith(FOUND)
    (record,) = engine.records
    assert record.answer == "p0/big"
    assert record.tried[0].first_text is not None
    assert "ratio" not in repr(record)


async def test_the_prompt_is_fenced_and_without_hidden_characters(parts: Any) -> None:
    async with Upstream() as upstream:
        upstream.script(text=DONE)
        text = TEXT + "# \U000e0041\U000e0042 be\u200bware \u202eevil\n"
        await events(Engine(parts(upstream.url, review=("p0/big",)), TASKS), review(text))
        sent = upstream.calls[0].body["messages"][1]["content"]
    assert f"{TEXT}#  beware evil\n" in sent


async def test_code_to_fill_in_is_sent_as_it_is(parts: Any) -> None:
    async with Upstream() as upstream:
        upstream.script(text="2")
        ask = inline("z = '\u200b'\ny = ")
        found = await events(Engine(parts(upstream.url, inline=("p0/fast",)), TASKS), ask)
        assert "z = '\u200b'" in upstream.calls[0].body["prompt"]
    assert isinstance(found[-1], Answer)
    assert found[-1].final


SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


def echo(call: Call) -> str:
    """Quote the line with the secret as the model saw it."""
    seen = call.body["messages"][1]["content"]
    quoted = next(line for line in seen.splitlines() if line.startswith("token"))
    return (
        f'{{"severity": "error", "quote": {quoted!r}, "explanation": "It is {quoted}"}}'.replace(
            "'token", '"token'
        ).replace("', ", '", ')
        + f"\n{DONE}"
    )


@pytest.mark.parametrize("chunk", [None, 1, 5])
async def test_a_secret_stays_here_and_is_put_back(parts: Any, chunk: int | None) -> None:
    text = f"{TEXT}token = {SECRET}\n"
    async with Upstream() as upstream:
        upstream.script(answer=echo, chunk_bytes=chunk)
        found = await events(Engine(parts(upstream.url, review=("p0/big",)), TASKS), review(text))
        assert SECRET.encode() not in upstream.calls[0].raw
        assert b"TURNOUT_SECRET_" in upstream.calls[0].raw
    (finding,) = found[-1].value.findings
    assert text[finding.start : finding.end] == f"token = {SECRET}"
    assert "TURNOUT_SECRET" not in finding.message


async def test_an_excluded_file_is_answered_by_nobody(parts: Any) -> None:
    async with Upstream() as upstream:
        made = parts(upstream.url, review=("p0/big",), inline=("recall", "p0/fast"))
        engine = Engine(made, TASKS)
        for uri in ("file:///ws/.env", "vscode-remote://host/ws/.env", "git:/ws/.env?x"):
            for task in ("review", "inline"):
                ask = Ask(task, document("KEY=1\n", uri), Span(0, 3))
                found = await events(engine, ask)
                assert kinds(found) == ["Routed", "Unanswered"]
                assert "excluded" in found[-1].why
        assert upstream.connections == 0
        assert made.recall.asked == []


async def test_nothing_leaves_where_nothing_is_configured(parts: Any) -> None:
    async with Upstream() as upstream:
        engine = Engine(parts(), TASKS)
        for task in TASKS:
            found = await events(engine, Ask(task, document(), Span(0, 5), explicit=True))
            assert isinstance(found[0], Routed)
            assert isinstance(found[-1], Unanswered)
        assert upstream.connections == 0


async def test_recall_answers_first_and_for_nothing(parts: Any) -> None:
    async with Upstream() as upstream:
        made = parts(upstream.url)
        made.recall.proposals = [Proposal("1", 0.9, "suffix"), Proposal("2", 0.2, "suffix")]
        found = await events(Engine(made, TASKS), inline(not_before=time.monotonic() + 1e6))
        assert kinds(found) == ["Routed", "Trying", "Answer"]
        assert found[-1] == Answer(tuple(made.recall.proposals), "recall")
        assert made.recall.asked == [("file:///ws/a.py", 1, 4, 3)]
        assert upstream.connections == 0


@pytest.mark.parametrize("case", ["unsure", "nothing", "broken"])
async def test_where_recall_is_not_sure_a_model_is_asked(parts: Any, case: str) -> None:
    async with Upstream() as upstream:
        upstream.script(text="2")
        made = parts(upstream.url, inline=("recall", "p0/fast"))
        if case == "unsure":
            made.recall.proposals = [Proposal("1", 0.49, "suffix")]
        elif case == "broken":
            made.recall.error = RuntimeError("index out of range")
        found = await events(Engine(made, TASKS), inline())
    trying = [(event.model, event.after) for event in found if isinstance(event, Trying)]
    assert trying[0] == ("recall", "")
    assert trying[1][0] == "p0/fast"
    assert "Nothing in your own code" in trying[1][1]
    assert isinstance(found[-1], Answer)
    assert found[-1].model == "p0/fast"


async def test_recall_alone_that_knows_nothing_says_so(parts: Any) -> None:
    found = await events(Engine(parts(), TASKS), inline())
    assert found[-1] == Unanswered("Nothing in your own code continues this line.", model="recall")


async def test_no_call_leaves_before_its_time(parts: Any) -> None:
    async with Upstream() as upstream:
        upstream.script(text="2")
        engine = Engine(parts(upstream.url, inline=("p0/fast",)), TASKS)
        begin = asyncio.get_running_loop().time()
        await events(engine, inline(not_before=begin + 0.15))
        assert upstream.calls[0].started - begin >= 0.15


@pytest.mark.parametrize(
    "script",
    [
        {"status": 500, "error": {"error": {"message": "boom"}}},
        {"status": 429, "error": {"error": {"message": "slow down"}}},
        {"status": 401, "error": {"error": {"message": "no"}}},
        {"status": 404, "error": {"error": {"message": "no such model"}}},
        {"text": ""},
        {"text": "I will not do that, sorry.", "reason": "stop"},
        {"fault": "rst-before-reply"},
        {"fault": "accept-close"},
    ],
)
async def test_the_next_candidate_answers_where_the_first_fails(
    parts: Any, script: dict[str, Any]
) -> None:
    async with Upstream() as bad, Upstream() as good:
        bad.script(**script)
        good.script(text=FOUND + DONE)
        made = parts(bad.url, good.url, review=("p0/big", "p1/big"))
        found = await events(Engine(made, TASKS), review())
    second = [event for event in found if isinstance(event, Trying)][1]
    assert second.model == "p1/big"
    assert second.after
    assert found[-1].model == "p1/big"
    assert len(found[-1].value.findings) == 2
    assert made.forgotten == (1 if script.get("status") == 401 else 0)


async def test_a_cut_stream_is_void_and_the_next_starts_anew(parts: Any) -> None:
    async with Upstream() as bad, Upstream() as good:
        bad.script(text=FOUND, fault="rst-mid-stream")
        good.script(text=FOUND.splitlines()[1] + "\n" + DONE)
        made = parts(bad.url, good.url, review=("p0/big", "p1/big"))
        found = await events(Engine(made, TASKS), review())
    at = max(n for n, event in enumerate(found) if isinstance(event, Trying))
    assert any(isinstance(event, Delta) for event in found[:at])
    final = found[-1]
    assert isinstance(final, Answer)
    assert final.final
    assert [finding.quote for finding in final.value.findings] == ["items[0]"]


async def test_a_cut_stream_alone_is_no_answer(parts: Any) -> None:
    async with Upstream() as upstream:
        upstream.script(text=FOUND, fault="rst-mid-stream")
        found = await events(Engine(parts(upstream.url, review=("p0/big",)), TASKS), review())
    assert not [event for event in found if isinstance(event, Answer) and event.final]
    assert isinstance(found[-1], Unanswered)
    assert found[-1].model == "p0/big"


async def test_a_failed_call_leaves_its_trace_in_the_log(parts: Any, caplog: Any) -> None:
    """While typing nothing is shown of it, so the log is the only place to find it."""
    caplog.set_level("INFO", "turnout")
    async with Upstream() as upstream:
        upstream.script(fault="status-500")
        await events(Engine(parts(upstream.url, inline=("p0/fast",)), TASKS), inline())
    assert "inline: p0/fast: Overloaded" in caplog.text


async def test_while_typing_nothing_to_add_is_an_answer(parts: Any) -> None:
    """No second, paid model is asked because the first found nothing to insert."""
    async with Upstream() as first, Upstream() as second:
        first.script(text="")
        made = parts(first.url, second.url, inline=("p0/fast", "p1/fast"))
        found = await events(Engine(made, TASKS), inline())
        assert isinstance(found[-1], Unanswered)
        assert second.connections == 0


class Eager(InlineTask):
    """Shows the first line at once and waits for the rest."""

    def reader(self, ask: Ask, model: Model) -> Any:
        def feed(text: str) -> str | None:
            return text if "\n" in text else None

        return SimpleNamespace(feed=feed, enough=False, finish=lambda reason: "the whole")


async def test_while_typing_what_was_shown_is_not_replaced(parts: Any) -> None:
    async with Upstream() as first, Upstream() as second:
        first.script(tokens=["1\n", "z = 2"], fault="rst-mid-stream")
        made = parts(first.url, second.url, inline=("p0/fast", "p1/fast"))
        found = await events(Engine(made, {"inline": Eager()}), inline())
        assert kinds(found) == ["Routed", "Trying", "Answer", "Unanswered"]
        assert found[-1].model == "p0/fast"
        assert second.connections == 0


async def test_a_missing_key_is_named_with_what_mends_it(parts: Any) -> None:
    async with Upstream() as upstream:
        made = parts(upstream.url, key="keyring", review=("p0/big",))
        found = await events(Engine(made, TASKS), review())
        assert found[-1] == Unanswered(
            "There is no key.", "run `turnout key set p0`", "p0/big", cost=0.0
        )
        assert upstream.connections == 0


async def test_what_is_too_long_for_one_model_goes_to_a_larger_one(parts: Any) -> None:
    async with Upstream() as upstream:
        upstream.script(text=DONE)
        made = parts(upstream.url, review=("p0/big", "p0/fast"))
        small = replace(made.settings.models["p0/big"], context=6_000)
        large = replace(made.settings.models["p0/fast"], context=200_000)
        models = {"p0/big": small, "p0/fast": large}
        made.settings = replace(made.settings, models=models)
        found = await events(Engine(made, TASKS), review("x = 1\n" * 5_000))
        assert len(upstream.calls) == 1
    assert found[-1].model == "p0/fast"
    assert any(isinstance(e, Trying) and "longer than p0/big" in e.after for e in found)


class Hasty(ReviewTask):
    deadlines = Deadlines(connect=30, first_token=0.5, total=1.0)


@pytest.mark.parametrize(("delay", "gap", "seconds"), [(15, 0, 0.5), (0, 0.2, 1.0)])
async def test_deadlines_hold_and_the_next_is_asked(
    parts: Any, delay: float, gap: float, seconds: float
) -> None:
    async with Upstream() as slow, Upstream() as good:
        slow.script(text=FOUND, delay=delay, gap=gap)
        good.script(text=DONE)
        made = parts(slow.url, good.url, review=("p0/big", "p1/big"))
        await made.client.warm(await made.endpoint(made.settings.providers["p1"]))
        began = time.monotonic()
        found = await events(Engine(made, {"review": Hasty()}), review())
        assert found[-1].model == "p1/big"
        assert seconds * 0.9 < time.monotonic() - began < seconds * 1.1 + 10
        await slow.until(lambda: slow.calls[0].closed_at is not None)


async def test_enough_closes_the_stream(parts: Any) -> None:
    async with Upstream() as upstream:
        upstream.script(text=DONE + "and on " * 500, gap=0.001)
        found = await events(Engine(parts(upstream.url, review=("p0/big",)), TASKS), review())
        assert found[-1].value == Review((), 0, complete=True)
        await upstream.until(lambda: upstream.calls[0].closed_at is not None)
        assert upstream.calls[0].sent < 200


async def test_five_megabytes_are_closed_early(parts: Any) -> None:
    async with Upstream() as upstream:
        upstream.script(tokens=["x" * 65_000] * 80)
        found = await events(Engine(parts(upstream.url, review=("p0/big",)), TASKS), review())
        assert isinstance(found[-1], Unanswered)
        await upstream.until(lambda: upstream.open_connections <= 1)


async def test_a_fault_in_a_task_costs_only_its_answer(parts: Any, caplog: Any) -> None:
    class Broken(ReviewTask):
        def reader(self, ask: Ask, model: Model) -> Any:
            def feed(text: str) -> None:
                raise KeyError(f"the user's code: {ask.document.text}")

            return SimpleNamespace(feed=feed, enough=False, finish=lambda reason: None)

    async with Upstream() as upstream:
        upstream.script(text=FOUND)
        engine = Engine(parts(upstream.url, review=("p0/big",)), {"review": Broken()})
        found = await events(engine, review())
    assert isinstance(found[-1], Unanswered)
    assert "could not be read (KeyError)" in found[-1].why
    assert "KeyError at " in caplog.text
    assert "ratio" not in caplog.text + found[-1].why


async def test_closing_at_any_moment_closes_the_socket_and_leaves_nothing(
    parts: Any, seed: int
) -> None:
    chance = random.Random(seed)
    async with Upstream() as upstream:
        engine = Engine(parts(upstream.url, review=("p0/big", "p0/fast")), TASKS)
        upstream.script(text=FOUND, gap=0.003, delay=0.004)
        await events(engine, review())
        before = asyncio.all_tasks()
        delays = []
        for _ in range(100):
            task = asyncio.create_task(events(engine, review()))
            await asyncio.sleep(chance.random() * 0.06)
            task.cancel()
            closed = time.monotonic()
            with pytest.raises(asyncio.CancelledError):
                await task
            seen = len(upstream.calls)
            await upstream.until(
                lambda: all(call.finished or call.closed_at for call in upstream.calls), 30
            )
            assert len(upstream.calls) == seen
            gone = upstream.calls[-1].closed_at
            delays.append(0 if gone is None else gone - closed)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == before
        delays.sort()
        print(f"p50 {delays[50] * 1e3:.1f} ms, p99 {delays[-2] * 1e3:.1f} ms")
        # The promise of 50 ms is held by `make bench`; this machine may be busy.
        assert delays[50] < 0.25
        assert delays[-2] < 2.5
    gc.collect()


async def test_an_explanation_is_answered_line_by_line(parts: Any) -> None:
    async with Upstream() as upstream:
        upstream.script(text="It divides.\nIt fails for zero.")
        ask = Ask("explain", document(), Span(0, len(TEXT)), explicit=True)
        found = await events(Engine(parts(upstream.url, explain=("p0/big",)), TASKS), ask)
    answers = [event.value for event in found if isinstance(event, Answer)]
    assert answers[0] == Prose("It divides.\n")
    assert answers[-1] == Prose("It divides.\nIt fails for zero.", complete=True)


async def test_an_answer_cut_at_its_limit_says_so(parts: Any) -> None:
    async with Upstream() as upstream:
        upstream.script(text=FOUND, reason="length")
        found = await events(Engine(parts(upstream.url, review=("p0/big",)), TASKS), review())
    assert found[-1].final
    assert not found[-1].value.complete


async def test_what_is_promised_of_a_folder_holds_for_its_diffs(parts: Any) -> None:
    made = parts("http://127.0.0.1:9", review=("p0/big",))
    made.settings.routes["path:**/infra/**"] = RouteRule(only=("recall",))
    engine = Engine(made, TASKS)
    for uri in ("file:///ws/infra/x.tf", "git:/ws/infra/x.tf?a", "vscode-remote://h/ws/infra/x"):
        route = engine.route(Ask("review", document(uri=uri), Span(0, 1)))
        assert not route.candidates, uri
    assert engine.route(Ask("review", document(), Span(0, 1))).candidates


async def test_a_model_that_was_taken_away_meanwhile_is_not_asked(parts: Any) -> None:
    async with Upstream() as upstream:
        made = parts(upstream.url, inline=("p0/fast",))
        wait = asyncio.get_running_loop().time() + 0.3
        running = asyncio.create_task(events(Engine(made, TASKS), inline(not_before=wait)))
        await asyncio.sleep(0.01)
        made.settings = Settings()
        found = await running
        assert found[-1].why == "p0/fast is not configured any more."
        assert upstream.connections == 0
