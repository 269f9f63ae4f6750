"""Sessions where the process is killed, and where the database is damaged, taken away or full."""

from __future__ import annotations

import logging
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diskcache
import pytest

from support.killing import kill_writers
from support.session_process import CAP, WORKSPACE
from turnout.session import disk
from turnout.session import shelf as shelf_module
from turnout.session.disk import FILE
from turnout.session.record import Head
from turnout.session.shelf import Shelf
from turnout.session.transcript import Answered, Asked, Entry, Seen
from turnout_clients.types import Text

TESTS = Path(__file__).parent.parent
KILLS = 200
MUTATIONS = 500


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "sessions"


def start(*arguments: object) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(TESTS), os.environ["PYTHONPATH"]])
    return subprocess.Popen(
        [sys.executable, "-m", "support.session_process", *map(str, arguments)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip


def asked(folder: Path) -> list[str]:
    shelf = Shelf(folder, CAP)
    entries = shelf.entries_of(WORKSPACE)
    shelf.close()
    return [entry.what.text for entry in entries if isinstance(entry.what, Asked)]


@pytest.mark.slow
def test_killed_at_any_time_nothing_acknowledged_is_lost(folder: Path, seed: int) -> None:
    acknowledged = kill_writers(lambda: start("write", folder), KILLS, seed)
    assert len(acknowledged) > 3 * KILLS
    found = asked(folder)
    assert set(acknowledged) <= set(found)
    assert len(found) == len(set(found))
    with sqlite3.connect(folder / FILE) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert not list(folder.glob("damaged-*"))


@pytest.mark.slow
def test_two_processes_share_a_session_without_loss(folder: Path) -> None:
    processes = [start("count", folder, name, 300) for name in ("a", "b", "c")]
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0
    found = asked(folder)
    for name in ("a", "b", "c"):
        mine = [text for text in found if text.startswith(name)]
        assert mine == [f"{name} {number}" for number in range(300)]
    assert len(found) == 900
    shelf = Shelf(folder, CAP)
    assert len(shelf.list()) == 1
    shelf.close()


def fill(folder: Path, n: int = 60) -> list[Entry]:
    entries = [
        Entry(Asked(f"question {number}" * 20), turn=str(number), at=float(number + 1))
        if number % 2
        else Entry(Answered((Text(f"answer {number}" * 300),)), str(number), at=float(number + 1))
        for number in range(n)
    ]
    shelf = Shelf(folder, CAP)
    for entry in entries:
        assert shelf.append(WORKSPACE, [entry])
    shelf.close()
    return entries


DAMAGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "rubbish": lambda data, rng: rng.randbytes(len(data)),
    "header": lambda data, rng: rng.randbytes(100) + data[100:],
    "cut": lambda data, rng: data[: len(data) // 2],
    "cut in a page": lambda data, rng: data[: len(data) // 2 + 77],
    "text": lambda data, rng: b"hello\n",
    "another database": lambda data, rng: other_database(),
}


def other_database() -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE Cache (a, b)")
    connection.execute("CREATE TABLE Settings (key TEXT NOT NULL UNIQUE, value)")
    data = connection.serialize()
    connection.close()
    return bytes(data)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_database_is_set_aside(
    folder: Path, damage: str, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    before = fill(folder, 200)
    data = DAMAGES[damage]((folder / FILE).read_bytes(), random.Random(seed))
    (folder / FILE).write_bytes(data)
    shelf = Shelf(folder, CAP)
    kept = shelf.entries_of(WORKSPACE)
    assert set(kept) <= set(before)
    new = [Entry(Asked(f"new {n}"), at=1e9) for n in range(3)]
    assert shelf.append(WORKSPACE, new)
    assert shelf.append(WORKSPACE, new)
    assert shelf.entries_of(WORKSPACE)[-6:] == (*new, *new)
    assert [r.message for r in caplog.records if r.levelno >= logging.WARNING] == [
        "the sessions were damaged; they are set aside and new ones begun"
    ]
    if damage != "another database":  # that one was whole enough to be opened
        assert (folder / f"damaged-{FILE}").read_bytes() == data
    shelf.remove_damaged()
    assert not list(folder.glob("damaged-*"))
    shelf.close()


@pytest.mark.slow
def test_flipped_bytes_make_entries_missing_never_wrong(
    folder: Path, tmp_path: Path, seed: int
) -> None:
    """500 mutations of the database: no exception, no entry that was not said, and it goes on."""
    rng = random.Random(seed)
    before = fill(folder)
    data = (folder / FILE).read_bytes()
    unharmed = missing = aside = 0
    for number in range(MUTATIONS):
        there = tmp_path / "mutated" / str(number)
        there.mkdir(parents=True, mode=0o700)
        harmed = bytearray(data)
        for _ in range(rng.choice((1, 1, 3, 50, 1000))):
            start = rng.randrange(0, len(harmed)) if rng.random() < 0.7 else rng.randrange(4096)
            harmed[start] ^= rng.randrange(1, 256)
        (there / FILE).write_bytes(harmed)
        shelf = Shelf(there, CAP)
        found = shelf.entries_of(WORKSPACE)
        assert set(found) <= set(before)
        assert list(found) == sorted(found, key=lambda entry: entry.at)
        shelf.list()
        new = Entry(Asked("new"), at=1e9)
        assert shelf.append(WORKSPACE, [new])
        if new not in shelf.entries_of(WORKSPACE):  # reading the rest has shown the damage
            assert (there / f"damaged-{FILE}").exists()
            assert shelf.append(WORKSPACE, [new])
        again = shelf.entries_of(WORKSPACE)
        assert again[-1] == new
        assert set(again) <= {*before, new}
        shelf.close()
        aside += (there / f"damaged-{FILE}").exists()
        unharmed += list(found) == before
        missing += 0 < len(found) < len(before)
        shutil.rmtree(there)
    print(f"{unharmed} unharmed, {missing} with entries missing, {aside} set aside")
    assert min(unharmed, missing, aside) > 0


def test_two_that_find_it_damaged_set_it_aside_once(folder: Path) -> None:
    fill(folder, 2)
    (folder / FILE).write_bytes(b"hello\n" * 1000)
    shelves = [Shelf(folder, CAP) for _ in range(8)]
    for number, shelf in enumerate(shelves):
        assert shelf.append(WORKSPACE, [Entry(Asked(str(number)))])
    assert asked(folder) == [str(number) for number in range(8)]
    for shelf in shelves:
        shelf.close()


def test_what_another_has_begun_anew_is_not_set_aside(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(folder, 2)
    other = Shelf(folder, CAP)

    def beaten(_: Path) -> diskcache.Cache:
        monkeypatch.undo()
        disk.set_aside(folder)
        assert other.append(WORKSPACE, [Entry(Asked("new"))])
        raise disk.DamagedError

    monkeypatch.setattr(shelf_module, "open_cache", beaten)
    shelf = Shelf(folder, CAP)
    assert shelf.append(WORKSPACE, [Entry(Asked("newer"))])
    assert asked(folder) == ["new", "newer"]
    other.close()
    shelf.close()


def test_one_that_goes_on_where_another_set_it_aside_loses_nothing_new(folder: Path) -> None:
    fill(folder, 2)
    first = Shelf(folder, CAP)
    assert first.append(WORKSPACE, [Entry(Asked("old"))])
    disk.set_aside(folder)
    second = Shelf(folder, CAP)
    assert second.append(WORKSPACE, [Entry(Asked("second"))])
    assert first.append(WORKSPACE, [Entry(Asked("first"))])
    assert asked(folder) == ["second", "first"]
    first.close()
    second.close()


def test_set_aside_in_mid_append_it_is_appended_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(folder, CAP)
    assert shelf.append(WORKSPACE, [Entry(Asked("old"))])
    find = shelf_module._open

    def interrupted(*arguments: Any) -> Head | None:
        monkeypatch.undo()
        disk.set_aside(folder)
        return find(*arguments)

    monkeypatch.setattr(shelf_module, "_open", interrupted)
    assert shelf.append(WORKSPACE, [Entry(Asked("new"))])
    assert asked(folder) == ["new"]
    shelf.close()


def test_taken_away_it_is_made_anew(folder: Path) -> None:
    shelf = Shelf(folder, CAP)
    assert shelf.append(WORKSPACE, [Entry(Asked("one"))])
    shutil.rmtree(folder)
    assert shelf.append(WORKSPACE, [Entry(Asked("two"))])
    assert asked(folder) == ["two"]
    shelf.close()


def test_where_it_cannot_be_stored_the_work_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "in the way").write_text("a file")
    folder = tmp_path / "in the way" / "sessions"
    shelf = Shelf(folder, CAP)
    for _ in range(3):
        assert not shelf.append(WORKSPACE, [Entry(Asked("one"))])
        assert shelf.entries_of(WORKSPACE) == ()
        assert shelf.list() == ()
        assert not shelf.remove("any")
    assert [r.message for r in caplog.records] == ["sessions cannot be stored: NotADirectoryError"]
    (tmp_path / "in the way").unlink()
    assert shelf.append(WORKSPACE, [Entry(Asked("two"))])
    assert asked(folder) == ["two"]
    shelf.close()


def test_a_full_disk_is_no_damage(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fill(folder, 2)

    def small(folder: Path) -> diskcache.Cache:
        cache = disk.open_cache(folder)
        cache.reset("sqlite_max_page_count", 1, update=False)  # as full as can be
        return cache

    monkeypatch.setattr(shelf_module, "open_cache", small)
    shelf = Shelf(folder, CAP)
    big = [Entry(Seen("a.py", "x = 1\n" * 100_000))]
    assert not shelf.append(WORKSPACE, big)
    assert not shelf.append(WORKSPACE, big)
    shelf.close()
    assert [r.message for r in caplog.records] == ["sessions cannot be stored: OperationalError"]
    assert not list(folder.glob("damaged-*"))
    monkeypatch.undo()
    assert asked(folder) == ["question 1" * 20]
    shelf = Shelf(folder, CAP)
    assert shelf.append(WORKSPACE, big)
    assert len(shelf.entries_of(WORKSPACE)) == 3
    shelf.close()


def test_a_database_held_by_another_is_no_damage(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fill(folder, 2)
    monkeypatch.setattr(disk, "BUSY_SECONDS", 0.05)
    shelf = Shelf(folder, CAP)
    assert len(shelf.entries_of(WORKSPACE)) == 2
    holder = sqlite3.connect(folder / FILE, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert not shelf.append(WORKSPACE, [Entry(Asked("one"))])
    assert not shelf.append(WORKSPACE, [Entry(Asked("one"))])
    holder.execute("ROLLBACK")
    holder.close()
    assert shelf.append(WORKSPACE, [Entry(Asked("two"))])
    assert [r.message for r in caplog.records] == ["sessions cannot be stored: Timeout"]
    assert asked(folder)[-1] == "two"
    assert not list(folder.glob("damaged-*"))
    shelf.close()
