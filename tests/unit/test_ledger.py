"""What is booked of every call, whatever becomes of it, and how the budget is held."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support import prices_stand_in
from support.ledger_process import BIG, entry
from support.prices_stand_in import IN, OUT, READ, WRITE
from support.upstream import Upstream
from turnout.context.exclude import Exclusion
from turnout.document import Document, Span, split_lines
from turnout.engine.ask import Answer, Ask, Delta, Routed, Trying, Unanswered
from turnout.engine.engine import Engine
from turnout.ledger.budget import begin_of, money
from turnout.ledger.ledger import Ledger
from turnout.ledger.money import price, worst_case
from turnout.ledger.read import read
from turnout.ledger.store import COLUMNS, MIGRATIONS, Store
from turnout.recall.proposal import Proposal
from turnout.routing.router import Router
from turnout.settings.model import Budget, Provider, RouteRule, Settings
from turnout.tasks import TASKS
from turnout_clients.client import Client
from turnout_clients.types import Call, Done, Endpoint, Model, Text, Usage

pytestmark = pytest.mark.usefixtures("patient_inline")

TEXT = "def ratio(a, b):\n    return a / b\n"
DONE = '{"done": true}\n'


@pytest.fixture(autouse=True)
def prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "turnout_clients.prices", prices_stand_in.module())


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    made = Ledger(tmp_path / "ledger" / "ledger.sqlite3")
    yield made
    await made.aclose()


def rows(ledger: Ledger, table: str = "calls") -> list[dict[str, Any]]:
    assert ledger.flush()
    connection = sqlite3.connect(ledger._file)
    connection.row_factory = sqlite3.Row
    try:
        order = " ORDER BY at" if table == "calls" else ""
        return [dict(row) for row in connection.execute(f"SELECT * FROM {table}{order}")]
    finally:
        connection.close()


class Parts:
    """What `App` is to the engine; its models are on this machine unless ``far``."""

    def __init__(self, settings: Settings, client: Any, recalled: list[Proposal]) -> None:
        self.settings = settings
        self.exclusion = Exclusion((), ())
        self.client = client
        self.recall = SimpleNamespace(propose=lambda *_: recalled)

    @property
    def router(self) -> Router:
        return Router(self.settings, {})

    async def endpoint(self, provider: Provider) -> Endpoint:
        return Endpoint(provider.name, provider.dialect, provider.base_url)

    def forget_keys(self) -> None:
        """Nothing is kept."""


def settings(*urls: str, budget: Budget = Budget(), **routes: tuple[str, ...]) -> Settings:  # noqa: B008
    providers = {
        f"p{n}": Provider(f"p{n}", "openai-chat", f"{url}/v1", "none") for n, url in enumerate(urls)
    }
    models = {
        f"{name}/{size}": Model(f"{name}/{size}", name, size, fim)
        for name in providers
        for size, fim in {"big": None, "fast": "qwen", "odd": None}.items()
    }
    rules = {task: RouteRule(prefer=names) for task, names in routes.items()}
    return Settings(providers=providers, models=models, routes=rules, budget=budget)


@pytest.fixture
async def engine(ledger: Ledger) -> AsyncIterator[Callable[..., Engine]]:
    client = Client()

    def make(
        *urls: str, client: Any = client, recalled: list[Proposal] | None = None, **more: Any
    ) -> Engine:
        parts = Parts(settings(*urls, **more), client, recalled or [])
        return Engine(parts, TASKS, ledger)

    yield make
    await client.aclose()


def review(text: str = TEXT) -> Ask:
    document = Document("file:///ws/a.py", 1, "python", tuple(split_lines(text)))
    return Ask("review", document, Span(0, len(text)), explicit=True)


def inline(text: str = "x = 1\ny = ", **more: Any) -> Ask:
    document = Document("file:///ws/a.py", 1, "python", tuple(split_lines(text)))
    return Ask("inline", document, Span(len(text), len(text)), **more)


async def run(engine: Engine, ask: Ask) -> list[Any]:
    async with aclosing(engine.run(ask)) as events:
        return [event async for event in events]


class Far:
    """Models somewhere else, which always answer the same, with the usage that is wanted."""

    def __init__(self, usage: Usage | None = None, text: str = DONE) -> None:
        self.usage = usage or Usage(1000, 100)
        self.text = text
        self.calls: list[str] = []

    async def stream(self, call: Call) -> AsyncIterator[Any]:
        self.calls.append(call.model.name)
        yield Text(self.text)
        await asyncio.sleep(0)
        yield Done("stop", self.usage)


FAR = "https://api.example"


async def test_an_answered_call(ledger: Ledger, engine: Any) -> None:
    usage = Usage(1000, 100, cache_read=600, cache_write=300, writes=(("30m", 200), ("12h", 100)))
    found = await run(engine(FAR, client=Far(usage), review=("p0/big",)), review())
    (row,) = rows(ledger)
    assert found[-1].call == row["id"]
    tokens = ("fresh", "cache_read", "cache_write", "output", "thinking")
    assert [row[kind] for kind in tokens] == [100, 600, 300, 100, 0]
    assert json.loads(row["cache_writes"]) == {"30m": 200, "12h": 100}
    assert (row["tokens_known"], row["known"], row["cache_found"]) == ("reported", "priced", 600)
    assert row["usd"] == pytest.approx(100 * IN + 600 * READ + 300 * WRITE + 100 * OUT)
    assert row["uncached_usd"] == pytest.approx(1000 * IN + 100 * OUT)
    assert (row["task"], row["layer"], row["route"]) == ("review", "analytical", "p0/big")
    assert (row["reason"], row["provider"], row["model"]) == ("routes.review", "p0", "p0/big")
    assert (row["outcome"], row["error"], row["aborted"]) == ("answered", "", 0)
    assert 0 <= row["first_ms"] <= row["total_ms"] < 30_000
    assert abs(row["at"] - time.time()) < 60
    assert row["session"] == ledger.session
    assert row["cache_predicted"] is None


async def test_what_the_provider_says_it_cost_counts(ledger: Ledger, engine: Any) -> None:
    usage = Usage(1000, 100, raw={"cost": 0.5})
    await run(engine(FAR, client=Far(usage), review=("p0/big",)), review())
    (row,) = rows(ledger)
    assert (row["usd"], row["known"]) == (0.5, "reported")


async def test_a_model_without_a_price(ledger: Ledger, engine: Any) -> None:
    await run(engine(FAR, client=Far(), review=("p0/odd",)), review())
    await run(engine("http://127.0.0.1:9", client=Far(), review=("p0/odd",)), review())
    assert [(row["usd"], row["known"]) for row in rows(ledger)] == [
        (None, "unknown"),
        (0.0, "free"),
    ]


async def test_prices_that_fail_cost_no_line(
    ledger: Ledger, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "turnout_clients.prices", None)
    await run(engine(FAR, client=Far(), review=("p0/big",)), review())
    (row,) = rows(ledger)
    assert (row["usd"], row["known"], row["output"]) == (None, "unknown", 100)


FAILURES: dict[str, tuple[dict[str, Any], str, bool]] = {
    "refused": (
        {"status": 429, "error": {"error": {"message": "slow down"}}},
        "RateLimited",
        False,
    ),
    "failing": ({"status": 500, "error": {"error": {"message": "boom"}}}, "Overloaded", False),
    "cut": ({"text": DONE * 9, "fault": "rst-mid-stream"}, "StreamCut", True),
    "useless": ({"text": "I will not do that, sorry.", "reason": "stop"}, "EmptyAnswer", True),
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_failed_call_and_the_one_in_its_place(
    ledger: Ledger, engine: Any, failure: str
) -> None:
    script, error, billed = FAILURES[failure]
    async with Upstream() as bad, Upstream() as good:
        bad.script(**script)
        good.script(text=DONE)
        await run(engine(bad.url, good.url, review=("p0/big", "p1/big")), review())
    first, *again, second = rows(ledger)
    assert [row["relation"] for row in again] == (["retry"] if failure == "failing" else [])
    assert (first["error"], first["outcome"], first["parent"]) == (error, "failed", "")
    assert (second["error"], second["outcome"]) == ("", "answered")
    assert (second["parent"], second["relation"]) == ([first, *again][-1]["id"], "failover")
    assert first["route"] == "p0/big > p1/big"
    assert (first["usd"] > 0, first["fresh"] > 0) == (billed, billed)


async def test_an_answer_that_could_not_be_read_is_booked(ledger: Ledger, engine: Any) -> None:
    class Broken(Far):
        async def stream(self, call: Call) -> AsyncIterator[Any]:
            yield Text("x" * 350)
            raise RuntimeError

    await run(engine(FAR, client=Broken(), review=("p0/big",)), review())
    (row,) = rows(ledger)
    assert (row["error"], row["output"], row["known"]) == ("RuntimeError", 92, "estimated")


@pytest.mark.parametrize("how", ["closed", "cancelled", "dropped"])
@pytest.mark.parametrize("when", [Trying, Delta])
async def test_a_call_that_nobody_waits_for(
    ledger: Ledger, engine: Any, how: str, when: type
) -> None:
    """It was sent, so it is paid for: by estimate, and said to be one."""
    async with Upstream() as upstream:
        # It is far from its end, and where only trying from its beginning, when nobody waits.
        upstream.script(tokens=["abc\n"] * 50, delay=15 if when is Trying else 0, gap=15)
        made = engine(upstream.url, review=("p0/big",))
        reached = asyncio.Event()

        async def ask() -> None:
            async with aclosing(made.run(review())) as events:
                async for event in events:
                    if isinstance(event, when):
                        reached.set()
                        if how != "cancelled" and when is Delta:
                            return

        task = asyncio.create_task(ask())
        await reached.wait()
        await upstream.until(lambda: bool(upstream.calls))
        task.cancel()
        await asyncio.wait([task])
    (row,) = rows(ledger)
    assert (row["outcome"], row["aborted"], row["error"]) == ("cancelled", 1, "")
    assert (row["tokens_known"], row["known"]) == ("estimated", "estimated")
    assert row["fresh"] > 100
    assert row["usd"] > 0
    assert (row["output"] > 0) == (when is Delta)


async def test_one_that_had_to_wait_and_was_never_made_is_not_booked(
    ledger: Ledger, engine: Any
) -> None:
    made = engine(FAR, client=Far(), inline=("p0/fast",))
    task = asyncio.create_task(run(made, inline(not_before=time.monotonic() + 1e6)))
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    assert rows(ledger) == []


async def test_enough_was_heard(ledger: Ledger, engine: Any) -> None:
    far = Far(text="1\n\n\ndef other():\n    pass\n")
    await run(engine(FAR, client=far, inline=("p0/fast",)), inline("def f():\n    return "))
    (row,) = rows(ledger)
    assert (row["outcome"], row["aborted"], row["known"]) == ("answered", 1, "estimated")


async def test_it_is_booked_before_prices_are_loaded(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that ends meanwhile loses the price of the call, and not the call."""
    loading, loaded = threading.Event(), threading.Event()
    stand_in = prices_stand_in.module()

    def cost(*args: Any, **more: Any) -> Any:
        loading.set()
        assert loaded.wait(30)
        return prices_stand_in.cost(*args, **more)

    monkeypatch.setattr(stand_in, "cost", cost)
    monkeypatch.setitem(sys.modules, "turnout_clients.prices", stand_in)
    ledger.record(entry(ledger.begin(), Usage(1000, 0)))
    assert await asyncio.to_thread(loading.wait, 30)
    connection = sqlite3.connect(ledger._file)
    assert connection.execute("SELECT fresh, usd, known FROM calls").fetchall() == [
        (1000, None, "unknown")
    ]
    connection.close()
    loaded.set()
    (row,) = rows(ledger)
    assert (row["usd"], row["known"]) == (pytest.approx(1000 * IN), "priced")


async def test_what_became_of_an_answer(ledger: Ledger) -> None:
    under_way, ended, unheard = ledger.begin(), ledger.begin(), ledger.begin()
    ledger.outcome(under_way, "accepted")
    for call in (under_way, ended, unheard):
        ledger.record(entry(call, Usage(1, 1)))
    ledger.outcome(ended, "shown")
    ledger.outcome(ended, "partly")
    found = {row["id"]: row["outcome"] for row in rows(ledger)}
    assert found == {under_way: "accepted", ended: "partly", unheard: "answered"}


async def test_recall_is_counted(ledger: Ledger, engine: Any) -> None:
    made = engine(FAR, client=Far(), recalled=[Proposal("1", 0.9, "suffix")])
    for _ in range(5):
        assert (await run(made, inline()))[-1].model == "recall"
    ledger.recalled("inline", "accepted")
    assert rows(ledger) == []
    found = {(row["task"], row["kind"]): row["count"] for row in rows(ledger, "recall")}
    assert found == {("inline", "answered"): 5, ("inline", "accepted"): 1}


async def test_the_keystroke_path_gains_less_than_a_tenth_of_a_millisecond(
    ledger: Ledger, engine: Any
) -> None:
    async def seconds(made: Engine) -> float:
        times = []
        for _ in range(300):
            begin = time.perf_counter()
            await run(made, inline())
            times.append(time.perf_counter() - begin)
        return sorted(times)[150]

    made = engine(FAR, client=Far(), recalled=[Proposal("1", 0.9, "suffix")])
    bare = Engine(made._parts, TASKS)
    await seconds(bare)
    gained = await seconds(made) - await seconds(bare)
    print(f"recall: {gained * 1e6:.1f} us")
    assert gained < 1e-3  # the promise is a tenth of that; this machine may be busy
    asked = engine(FAR, client=Far(text="1"), inline=("p0/fast",))
    gained = await seconds(asked) - await seconds(Engine(asked._parts, TASKS))
    print(f"a call: {gained * 1e6:.1f} us")
    assert gained < 2.5e-3


async def test_nothing_of_the_code_and_no_path_is_in_it(ledger: Ledger, engine: Any) -> None:
    ledger.work_in("/home/wombat/numbat")
    far = Far(text='{"severity": "error", "quote": "a / b", "explanation": "quokka"}\n' + DONE)
    await run(engine(FAR, client=far, review=("p0/big",)), review("wombat_name = 1\n" + TEXT))
    (row,) = rows(ledger)
    data = b"".join(file.read_bytes() for file in ledger._file.parent.iterdir())
    assert row["workspace"]
    for word in (b"wombat", b"numbat", b"quokka", b"a / b", b"a.py"):
        assert word not in data


# The budget


async def test_at_the_cap_what_is_free_still_answers(ledger: Ledger, engine: Any) -> None:
    """The dear model answers while there is room, then the one on this machine does."""
    words: list[str] = []
    ledger.on_word = words.append
    far = Far(Usage(1000, 1_000_000))  # 5 dollars
    made = engine(
        FAR, "http://127.0.0.1:9", client=far, review=("p0/big", "p1/odd"), budget=Budget(day=4.0)
    )
    await run(made, review())
    assert ledger.flush()
    found = await run(made, review())
    assert far.calls == ["p0/big", "p1/odd"]
    assert isinstance(found[-1], Answer)
    assert [c.name for c in found[0].route.candidates] == ["p1/odd"]
    (ruled_out,) = found[0].route.ruled_out
    assert ruled_out.name == "p0/big"
    assert ruled_out.reason == "today's budget does not allow it: $5.00 of $4.00 spent"
    assert ruled_out.remedy == "raise budget.day in turnout.toml"
    assert words == ["$5.00 of today's budget of $4.00 is spent."]


@pytest.mark.parametrize("period", ["day", "month", "session"])
async def test_each_cap(ledger: Ledger, engine: Any, period: str) -> None:
    far = Far(Usage(1000, 1_000_000))
    made = engine(FAR, client=far, review=("p0/big",), budget=Budget(**{period: 4.0}))
    await run(made, review())
    ledger._standings = (0.0, ())  # as if another process had spent it
    found = await run(made, review())
    assert len(far.calls) == 1
    assert isinstance(found[-1], Unanswered)
    assert "does not allow it: $5.00 of $4.00 spent" in found[-1].why
    assert found[-1].remedy == f"raise budget.{period} in turnout.toml"
    record = made.records[-1]
    assert [ruled.name for ruled in record.route.ruled_out] == ["p0/big"]
    assert len(rows(ledger)) == 1


async def test_a_call_that_could_pass_the_cap_is_not_made(ledger: Ledger, engine: Any) -> None:
    far = Far(Usage(1000, 10))
    made = engine(FAR, client=far, review=("p0/big",), budget=Budget(day=0.002))
    found = await run(made, review())  # 4,096 tokens at most: 2 cents
    assert far.calls == []
    assert "this call may cost up to $0.02" in found[-1].why
    assert rows(ledger) == []


async def test_without_a_price_no_budget_can_be_held(ledger: Ledger, engine: Any) -> None:
    far = Far()
    made = engine(FAR, client=far, review=("p0/odd",), budget=Budget(day=100.0))
    found = await run(made, review())
    assert far.calls == []
    assert "the price of p0/odd is not known" in found[-1].why


async def test_what_was_set_aside_is_settled_or_given_back(ledger: Ledger) -> None:
    budget = Budget(day=1.0)
    most = Usage(0, 100_000)  # half a dollar
    calls = [ledger.begin() for _ in range(3)]
    answers = [await ledger.reserve(entry(call), lambda: most, budget) for call in calls]
    assert [bool(answer) for answer in answers] == [False, False, True]
    assert answers[2] is not None
    assert "$1.00 set aside for calls under way" in answers[2].why
    assert {row["known"] for row in rows(ledger)} == {"reserved"}
    ledger.record(entry(calls[0], Usage(0, 10)))
    ledger.release(calls[1])
    (row,) = rows(ledger)
    assert (row["known"], row["output"]) == ("priced", 10)
    again = ledger.begin()
    assert await ledger.reserve(entry(again), lambda: most, budget) is None


async def test_cancelled_while_it_is_set_aside(ledger: Ledger) -> None:
    most = Usage(0, 10)
    for delay in (0, 0.0005, 0.002, 0.005):
        call = ledger.begin()
        task = asyncio.create_task(ledger.reserve(entry(call), lambda: most, Budget(day=1.0)))
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.wait([task])
        is_kept = call in {row["id"] for row in rows(ledger)}
        assert is_kept is not task.cancelled()
        assert (call in ledger._open) is is_kept


async def test_one_word_a_day(ledger: Ledger, tmp_path: Path) -> None:
    words: list[str] = []
    other = Ledger(ledger._file)
    for books in (ledger, other):
        books.on_word = words.append
        for _ in range(5):
            call = books.begin()
            assert not await books.reserve(entry(call), lambda: Usage(0, 1), Budget(day=5.0))
            books.record(entry(call, Usage(0, 85_000)))  # 42.5 cents: 85 % after ten of them
            assert books.flush()
        await asyncio.sleep(0.01)
    async with asyncio.timeout(30):
        while not words:
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.02)  # for a second one, which must not come
    assert words == ["$4.25 of today's budget of $5.00 is spent."]
    await other.aclose()


def test_a_killed_server_leaves_the_worst_case(tmp_path: Path) -> None:
    """What was set aside and never settled counts as spent: it may have been."""
    file = tmp_path / "ledger.sqlite3"

    async def go() -> object:
        lost = Ledger(file)
        assert not await lost.reserve(entry("lost"), lambda: Usage(0, 180_000), Budget(day=1.0))
        later = Ledger(file)
        return await later.reserve(entry("late"), lambda: Usage(0, 50_000), Budget(day=1.0))

    assert asyncio.run(go()) is not None


# Parts


def test_the_worst_case_is_of_a_prompt_that_is_written_to_a_cache() -> None:
    assert worst_case(BIG, Usage(1000, 10), 0.0) == pytest.approx(1000 * WRITE + 10 * OUT)
    assert worst_case(replace(BIG, id="odd"), Usage(1000, 10), 0.0) is None
    assert worst_case(replace(BIG, id="odd", local=True), Usage(1000, 10), 0.0) == 0.0
    assert price(replace(BIG, id="odd", local=True), Usage(1, 1), 0.0) == (0.0, "free")
    assert price(BIG, None, 0.0) == (None, "unknown")


def test_days_and_months_are_those_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        now = 1_793_000_000.0  # 2026-10-26 16:53 in Tokyo
        assert time.strftime("%m-%d %H:%M", time.localtime(begin_of("day", now))) == "10-26 00:00"
        assert time.strftime("%m-%d %H:%M", time.localtime(begin_of("month", now))) == "10-01 00:00"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_amounts() -> None:
    found = [money(usd) for usd in (0, 12.345, 0.01, 0.00042, 0.0000714, 1234.5)]
    assert found == ["$0.00", "$12.35", "$0.01", "$0.00042", "$0.000071", "$1,234.50"]


def test_a_ledger_of_the_first_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "ledger.sqlite3"
    old = [*(c for c in COLUMNS if c != "cache_writes"), "cache_write_1h"]
    with monkeypatch.context() as patch:
        patch.setattr("turnout.ledger.store.MIGRATIONS", MIGRATIONS[:1])
        store = Store(file)
        store.prepare()
        store.close()
    connection = sqlite3.connect(file)
    for id_, kept in (("kept", 7), ("not", 0)):
        values = {**dict.fromkeys(old, 0), "id": id_, "cache_write": 9, "cache_write_1h": kept}
        marks = ", ".join(f":{column}" for column in old)
        connection.execute(f"INSERT INTO calls ({', '.join(old)}) VALUES ({marks})", values)
    connection.commit()
    connection.close()
    store = Store(file)
    store.prepare()
    store.close()
    found = {row["id"]: row["cache_writes"] for row in read(file, 0, "").calls}
    assert found == {"kept": '{"1h":7}', "not": None}


def test_the_schema_grows_step_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "ledger.sqlite3"
    store = Store(file)
    store.prepare()
    with store.transaction():
        store.put({**dict.fromkeys(COLUMNS, 0), "id": "old"})
    store.close()
    more = (*MIGRATIONS, "ALTER TABLE calls ADD COLUMN extra TEXT; CREATE TABLE new (x);")
    monkeypatch.setattr("turnout.ledger.store.MIGRATIONS", more)
    for _ in range(2):
        store = Store(file)
        store.prepare()
        store.close()
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT id, extra FROM calls").fetchall() == [("old", None)]
    assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)
    connection.close()


async def test_asking_for_a_route_looks_nowhere(ledger: Ledger, engine: Any) -> None:
    made = engine(FAR, client=Far(), review=("p0/big",), budget=Budget(day=1.0))
    assert made.route(review()).candidates
    assert isinstance((await run(made, review()))[0], Routed)
    assert ledger._file.parent.exists()


def test_the_real_price_list_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "turnout_clients.prices")
    known = replace(BIG, provider="openai", id="gpt-4o", base_url="https://api.openai.com/v1")
    usd, how = price(known, Usage(1_000_000, 0), 1_760_000_000.0)
    assert (usd, how) == (pytest.approx(2.5), "priced")
    local = replace(BIG, provider="mine", base_url="http://127.0.0.1:8080/v1", local=True)
    assert price(local, Usage(1000, 10), 1_760_000_000.0) == (0.0, "free")
