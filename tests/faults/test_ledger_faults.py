"""The ledger where the process is killed, and where its file is damaged, taken away or full."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from support import prices_stand_in
from support.killing import kill_writers
from support.ledger_process import entry
from turnout.ledger.ledger import Ledger
from turnout.ledger.read import examine
from turnout.settings.model import Budget
from turnout_clients.types import Usage

TESTS = Path(__file__).parent.parent
KILLS = 200


@pytest.fixture(autouse=True)
def prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "turnout_clients.prices", prices_stand_in.module())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger" / "ledger.sqlite3"


def start(*arguments: object) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(TESTS), os.environ["PYTHONPATH"]])
    return subprocess.Popen(
        [sys.executable, "-m", "support.ledger_process", *map(str, arguments)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip


def book(ledger: Ledger, n: int = 1) -> list[str]:
    calls = [ledger.begin() for _ in range(n)]
    for call in calls:
        ledger.record(entry(call, Usage(1000, 10)))
    return calls


def booked(file: Path) -> set[str]:
    connection = sqlite3.connect(file)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {call for (call,) in connection.execute("SELECT id FROM calls")}
    finally:
        connection.close()


@pytest.mark.slow
def test_killed_at_any_time_nothing_acknowledged_is_lost(file: Path, seed: int) -> None:
    acknowledged = set(kill_writers(lambda: start("write", file), KILLS, seed))
    assert len(acknowledged) > 3 * KILLS
    assert acknowledged <= booked(file)
    assert examine(file).fault == ""


def test_it_is_for_the_user_alone(file: Path) -> None:
    os.umask(0o022)
    ledger = Ledger(file)
    book(ledger)
    assert ledger.flush()
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    for one in file.parent.iterdir():
        assert stat.S_IMODE(one.stat().st_mode) == 0o600, one


DAMAGES = {
    "rubbish": lambda data, rng: rng.randbytes(len(data)),
    "header": lambda data, rng: rng.randbytes(100) + data[100:],
    "cut": lambda data, rng: data[: len(data) // 2],
    "text": lambda data, rng: b"hello\n",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_set_aside(
    file: Path, damage: str, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    first = Ledger(file)
    book(first, 500)
    assert first.flush()
    asyncio.run(first.aclose())
    data = DAMAGES[damage](file.read_bytes(), random.Random(seed))
    file.write_bytes(data)
    assert examine(file).fault
    ledger = Ledger(file)
    calls = book(ledger, 3)
    assert ledger.flush()
    assert set(calls) <= booked(file)
    assert [r.message for r in caplog.records if r.levelno >= logging.WARNING] == [
        "the ledger was damaged; it is set aside and a new one begun"
    ]
    (aside,) = examine(file).set_aside
    assert file.with_name(aside).read_bytes() == data
    asyncio.run(ledger.aclose())


def test_two_that_find_it_damaged_set_it_aside_once(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(b"hello\n" * 1000)
    ledgers = [Ledger(file) for _ in range(8)]
    calls = [call for ledger in ledgers for call in book(ledger)]
    assert {ledger.flush() for ledger in ledgers} == {True}
    calls += [call for ledger in ledgers for call in book(ledger)]
    assert {ledger.flush() for ledger in ledgers} == {True}
    assert len(examine(file).set_aside) == 1
    assert set(calls[8:]) <= booked(file)


async def test_where_it_cannot_be_written_the_server_works(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    in_the_way = tmp_path / "data"
    in_the_way.write_text("a file")
    file = in_the_way / "ledger" / "ledger.sqlite3"
    ledger = Ledger(file)
    calls = book(ledger, 3)
    for _ in range(3):
        assert not await asyncio.to_thread(ledger.flush)
    warnings = [record.message for record in caplog.records]
    assert warnings == ["the ledger cannot be written: NotADirectoryError"]
    assert examine(file).fault
    # A budget that can not be held lets nothing through that costs.
    most = Usage(10, 10)
    assert await ledger.reserve(entry(ledger.begin()), lambda: most, Budget(day=1.0))
    assert await ledger.reserve(entry(ledger.begin()), lambda: most, Budget()) is None
    in_the_way.unlink()
    assert await asyncio.to_thread(ledger.flush)
    assert set(calls) <= booked(file)
    assert len(caplog.records) == 2
    await ledger.aclose()


async def test_a_full_disk_loses_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from turnout.ledger.store import Store

    first = Ledger(file)
    book(first)
    assert await asyncio.to_thread(first.flush)
    prepare = Store.prepare

    def small(store: Store) -> None:
        prepare(store)
        store._connection.execute("PRAGMA max_page_count = 1")  # as full as can be

    monkeypatch.setattr(Store, "prepare", small)
    ledger = Ledger(file)
    calls = book(ledger, 2_000)
    assert not await asyncio.to_thread(ledger.flush)
    assert not await asyncio.to_thread(ledger.flush)
    assert [record.message for record in caplog.records] == [
        "the ledger cannot be written: OperationalError"
    ]
    monkeypatch.setattr(Store, "prepare", prepare)
    assert await asyncio.to_thread(ledger.flush)
    assert set(calls) <= booked(file)
    await first.aclose()
    await ledger.aclose()


def test_a_file_taken_away_is_made_anew(file: Path) -> None:
    ledger = Ledger(file)
    book(ledger)
    assert ledger.flush()
    for one in file.parent.iterdir():
        one.unlink()
    calls = book(ledger)
    assert ledger.flush()
    assert booked(file) == set(calls)


def test_a_later_schema_is_left_alone(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    ledger = Ledger(file)
    calls = book(ledger)
    assert ledger.flush()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    later = Ledger(file)
    book(later)
    assert not later.flush()
    assert "NewerLedgerError" in caplog.text
    assert booked(file) == set(calls)
    assert "later Turnout" in examine(file).fault


@pytest.mark.slow
def test_a_budget_holds_in_two_processes_at_once(file: Path) -> None:
    """1,000 calls at once, room for about a hundred: never more than the cap, and near it."""
    cap = 2.0
    processes = [start("spend", file, 500, cap) for _ in range(2)]
    results = [process.communicate(timeout=120)[0].split() for process in processes]
    spent = sum(float(usd) for usd, _ in results)
    with sqlite3.connect(file) as connection:
        known = dict(connection.execute("SELECT known, sum(usd) FROM calls GROUP BY known"))
    connection.close()
    assert set(known) == {"priced"}
    assert known["priced"] == pytest.approx(spent)
    assert spent <= cap
    assert spent >= cap / 3.25  # what was set aside, and cost less, was refused to others
