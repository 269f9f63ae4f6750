"""`turnout report`: sums that can be done in one's head, and savings with their baselines."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Any, get_args

import pytest

from support import prices_stand_in
from support.ledger_process import entry
from turnout.cli import main
from turnout.ledger import report
from turnout.ledger.entry import Ending, Outcome, Relation, Source
from turnout.ledger.ledger import Ledger
from turnout.ledger.report_text import _OUTCOMES
from turnout.settings.model import Budget
from turnout.settings.paths import ledger_file
from turnout_clients.types import Usage

FAST = Source("q/fast", "q", "openai-chat", "fast")
ODD = Source("q/odd", "q", "openai-chat", "odd")
CONFIG = """
[providers.p]
dialect = "openai-chat"
base_url = "https://p.example/v1"
[models."p/big"]
id = "big"
[models."p/odd"]
id = "odd"
"""


@pytest.fixture(autouse=True)
def prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "turnout_clients.prices", prices_stand_in.module())


@pytest.fixture
def config(home: Path) -> None:
    file = home / ".config" / "turnout" / "turnout.toml"
    file.parent.mkdir(parents=True)
    file.write_text(CONFIG)


def book(*calls: dict[str, Any], recall: dict[str, int] | None = None) -> None:
    async def go() -> None:
        ledger = Ledger(ledger_file())
        for fields in calls:
            call = ledger.begin()
            ledger.record(entry(call, **fields))
        for kind, count in (recall or {}).items():
            for _ in range(count):
                ledger.recalled("inline", kind)
        await ledger.aclose()

    asyncio.run(go())


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["report", "--json", *arguments]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_before_anything_was_booked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report"]) == 0
    assert "$0.00 for 0 calls" in capsys.readouterr().out
    assert not ledger_file().parent.exists()
    found = run(capsys)
    assert found["groups"] == []
    assert found["total"]["first_ms"] == {"p50": None, "p95": None}
    assert found["savings"]["cache"]["usd"] is None


def test_sums_by_task_and_model(capsys: pytest.CaptureFixture[str]) -> None:
    book(
        {"usage": Usage(1_000_000, 0), "first_ms": 100.0, "total_ms": 1000.0},
        {"usage": Usage(0, 200_000), "first_ms": 300.0, "total_ms": 3000.0},
        {"usage": Usage(500_000, 0), "estimated": True, "aborted": True, "ending": "cancelled"},
        {"usage": Usage(0, 0), "error": "Overloaded", "ending": "failed", "estimated": True},
        {"task": "inline", "source": FAST, "usage": Usage(1_000_000, 0), "first_ms": 5.0,
         "total_ms": 6.0},
        {"task": "inline", "source": ODD, "usage": Usage(70, 7)},
    )  # fmt: skip
    found = run(capsys)
    groups = {group["name"]: group for group in found["groups"]}
    review = groups["review"]
    assert review["usd"] == pytest.approx(2.5)
    assert [review[key] for key in ("calls", "answered", "failed", "aborted")] == [4, 2, 1, 1]
    assert review["by_known"] == {"priced": 2, "estimated": 2}
    assert review["tokens"]["fresh"] == 1_500_000
    assert review["first_ms"] == {"p50": 100.0, "p95": 300.0}
    assert review["total_ms"] == {"p50": 1000.0, "p95": 3000.0}
    assert groups["inline"]["by_known"] == {"priced": 1, "unknown": 1}
    assert found["total"]["usd"] == pytest.approx(3.5)
    by_model = {group["name"]: group["usd"] for group in run(capsys, "--by", "model")["groups"]}
    assert by_model == {"p/big": pytest.approx(2.5), "q/fast": pytest.approx(1.0), "q/odd": 0.0}
    (today,) = run(capsys, "--by", "day")["groups"]
    assert today["name"] == time.strftime("%Y-%m-%d")
    assert len(run(capsys, "--by", "session")["groups"]) == 1


def test_only_what_was_since(capsys: pytest.CaptureFixture[str]) -> None:
    now = time.time()
    book(*({"usage": Usage(1, 1), "at": now - hours * 3600} for hours in (0, 30, 24 * 8, 24 * 90)))
    counts = {
        since: run(capsys, "--since", since)["total"]["calls"]
        for since in ("1h", "2d", "7d", "2w", "all")
    }
    assert counts == {"1h": 1, "2d": 2, "7d": 2, "2w": 3, "all": 4}
    assert main(["report", "--since", "soon"]) == 2
    assert "24h" in capsys.readouterr().err


def test_what_caches_saved_and_what_they_cost(capsys: pytest.CaptureFixture[str]) -> None:
    book({"usage": Usage(1_000_000, 0, cache_read=1_000_000)})
    assert run(capsys)["savings"]["cache"]["usd"] == pytest.approx(0.9)
    book({"usage": Usage(8_000_000, 0, cache_write=8_000_000)})
    cache = run(capsys)["savings"]["cache"]
    assert cache["usd"] == pytest.approx(0.9 - 2.0)
    assert (cache["otherwise_usd"], cache["compared"]) == (pytest.approx(9.0), 2)
    assert main(["report"]) == 0
    said = "Saved by prompt caches: -$1.10 ($10.10 instead of $9.00 for 2 calls)"
    assert said in capsys.readouterr().out


def test_calls_that_were_made_for_another_one(capsys: pytest.CaptureFixture[str]) -> None:
    words: tuple[Relation, ...] = get_args(Relation)
    more = [{"usage": Usage(1_000_000, 0), "parent": "x", "relation": word} for word in words]
    book(*more, {"usage": Usage(500_000, 0), "parent": "x", "relation": "retry"})
    assert run(capsys)["relations"] == {
        "failover": {"calls": 1, "usd": pytest.approx(1.0)},
        "retry": {"calls": 2, "usd": pytest.approx(1.5)},
        "hedge": {"calls": 1, "usd": pytest.approx(1.0)},
        "escalation": {"calls": 1, "usd": pytest.approx(1.0)},
        "repair": {"calls": 1, "usd": pytest.approx(1.0)},
        "keep-alive": {"calls": 1, "usd": pytest.approx(1.0)},
    }
    assert main(["report"]) == 0
    assert (
        "  of which 1 escalation ($1.00), 1 failover ($1.00), 1 hedge ($1.00), "
        "1 keep-alive ($1.00), 1 repair ($1.00), 2 retries ($1.50)\n"
    ) in capsys.readouterr().out


def test_estimates_say_nothing_about_caches(capsys: pytest.CaptureFixture[str]) -> None:
    book({"usage": Usage(1_000_000, 0), "estimated": True})
    assert run(capsys)["savings"]["cache"]["usd"] is None


def test_what_recall_saved(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"answered": 50, "shown": 40, "accepted": 8, "partly": 2, "dismissed": 30}
    book(recall=counts)
    found = run(capsys)
    assert found["recall"] == counts
    assert found["savings"]["recall"]["usd"] is None
    book({"task": "inline", "usage": Usage(1_000, 0)}, {"task": "inline", "usage": Usage(3_000, 0)})
    recall = run(capsys)["savings"]["recall"]
    assert (recall["usd"], recall["compared"]) == (pytest.approx(10 * 0.002), 10)


def test_what_one_model_for_everything_would_have_cost(
    config: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stand-in's prices are alike, so the cheap one is made cheap here."""
    stand_in = prices_stand_in.module()

    def cost(provider: str, dialect: str, model_id: str, usage: Usage, when: Any, **_: Any) -> Any:
        found = prices_stand_in.cost(provider, dialect, model_id, usage, when)
        cheap = model_id == "fast" and found.usd is not None
        return prices_stand_in.Cost(found.usd / 10, "priced") if cheap else found

    monkeypatch.setattr(stand_in, "cost", cost)
    monkeypatch.setitem(sys.modules, "turnout_clients.prices", stand_in)
    book(
        {"usage": Usage(2_000_000, 0, cache_read=1_000_000)},  # 1.10; 2.00 with nothing cached
        {"task": "docs", "source": FAST, "usage": Usage(5_000_000, 0)},  # 0.50 instead of 5.00
        {"task": "docs", "source": ODD, "usage": Usage(5_000_000, 0)},  # nobody knows
    )
    routing = run(capsys)["savings"]["routing"]
    assert routing["otherwise_usd"] == pytest.approx(7.0)
    assert (routing["usd"], routing["compared"]) == (pytest.approx(4.5), 2)
    assert "all asked of p/big" in routing["baseline"]
    assert run(capsys, "--against", "p/odd")["savings"]["routing"]["usd"] is None
    strange = run(capsys, "--against", "who/knows")["savings"]["routing"]
    assert (strange["usd"], strange["compared"]) == (None, 0)
    assert "the provider of who/knows is not in your settings" in strange["baseline"]
    unnamed = run(capsys, "--against", "p/unnamed")["savings"]["routing"]
    assert unnamed["otherwise_usd"] == pytest.approx(7.0)  # its provider is in the settings


def test_the_text(config: None, capsys: pytest.CaptureFixture[str]) -> None:
    book(
        {"usage": Usage(1_000_000, 0), "first_ms": 100.0, "total_ms": 1234.0},
        {"task": "inline", "source": ODD, "usage": Usage(70, 7)},
        {"usage": Usage(9, 9), "estimated": True, "aborted": True, "ending": "cancelled"},
        recall={"answered": 3, "shown": 2, "partly": 1},
    )
    assert main(["report"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("$1.00 for 3 calls since ")
    assert "1 call of unknown cost, which is in no sum" in out
    assert "1 call estimated" in out
    assert "0.10 s / 0.10 s" in out
    assert "not known" in out
    assert "Recall: 3 answers; 2 shown; 1 accepted in part\n" in out
    assert "What became of the calls: 2 answered otherwise; 1 cancelled\n" in out
    assert all(line.isprintable() for line in out.split("\n"))


def test_every_outcome_has_its_words() -> None:
    assert set(_OUTCOMES) == {*get_args(Outcome), *get_args(Ending), "under way"}


def test_what_a_killed_server_left(capsys: pytest.CaptureFixture[str]) -> None:
    async def go() -> None:
        ledger = Ledger(ledger_file())
        await ledger.reserve(entry(ledger.begin()), lambda: Usage(0, 100_000), Budget(day=9.0))
        await ledger.aclose()

    asyncio.run(go())
    assert run(capsys)["total"]["by_known"] == {"reserved": 1}
    assert main(["report"]) == 0
    assert "1 call under way or lost with their server, at their worst case" in (
        capsys.readouterr().out
    )


def test_a_ledger_that_can_not_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    ledger_file().parent.mkdir(parents=True)
    ledger_file().write_text("hello\n" * 1000)
    assert main(["report"]) == 1
    assert "can not be read" in capsys.readouterr().err
    assert ledger_file().read_text() == "hello\n" * 1000


def test_a_hundred_thousand_calls_take_a_moment(capsys: pytest.CaptureFixture[str]) -> None:
    book({"usage": Usage(1_000, 10)})
    with sqlite3.connect(ledger_file()) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(calls)")][1:]
        names = ", ".join(columns)
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99999) "
            f"INSERT INTO calls (id, {names}) SELECT i, {names} FROM calls, n"
        )
    connection.close()
    begin = time.perf_counter()
    found = report.main(Namespace(since="7d", by="task", against=None, json=True, config=None))
    seconds = time.perf_counter() - begin
    assert found == 0
    assert json.loads(capsys.readouterr().out)["total"]["calls"] == 100_000
    print(f"{seconds:.2f} s")
    assert seconds < 60
