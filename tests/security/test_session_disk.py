"""The database of sessions runs nothing, reads nothing and deletes nothing that a row names."""

from __future__ import annotations

import os
import pickle
import sqlite3
import stat
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import diskcache
import pytest

from turnout.session import disk
from turnout.session.disk import FILE, BytesDisk, open_cache
from turnout.session.record import entry_key, head_key, open_key, read_head, sealed, unsealed
from turnout.session.shelf import Shelf
from turnout.session.transcript import Asked, Entry

WORKSPACE = "/home/me/project"
CAP = 16 * 2**20
ENTRY = Entry(Asked("a question"), at=1.0)


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, (str(self.trace),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "sessions"


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return tmp_path / "it ran"


def kept(folder: Path, *more: Entry) -> str:
    shelf = Shelf(folder, CAP)
    assert shelf.append(WORKSPACE, [ENTRY, *more])
    (head,) = shelf.list()
    shelf.close()
    return head.id


def execute(folder: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(folder / FILE)) as connection, connection:
        connection.execute(statement, values)


def plant(folder: Path, key: object, value: object, mode: int = 4, filename: object = None) -> None:
    execute(folder, "DELETE FROM Cache WHERE key = ?", key)
    execute(
        folder, "INSERT INTO Cache (key, raw, store_time, mode, filename, value, tag)"
        " VALUES (?, 1, 0, ?, ?, ?, 'tag')", key, mode, filename, value,
    )  # fmt: skip


@pytest.mark.parametrize("kind", [diskcache.Disk, diskcache.JSONDisk])
def test_the_stock_disks_run_code_from_a_planted_row(
    folder: Path, trace: Path, kind: type[diskcache.Disk]
) -> None:
    """Why we have our own."""
    with diskcache.Cache(str(folder), disk=kind) as cache:
        cache["key"] = "value"
        key, _ = cache.disk.put("key")
    cache.close()
    plant(folder, key, pickle.dumps(Bomb(trace)))
    with diskcache.Cache(str(folder), disk=kind) as cache, pytest.raises(Exception):  # noqa: B017, PT011
        raise ValueError(
            cache["key"]
        )  # a Disk returns what the pickle says, a JSONDisk fails on it
    cache.close()
    assert trace.is_dir()


def test_the_stock_cache_is_led_elsewhere_by_a_planted_setting(
    folder: Path, tmp_path: Path, trace: Path
) -> None:
    other = tmp_path / "other"
    for place in (folder, other):
        with diskcache.Cache(str(place)) as cache:
            cache["key"] = "value"
        cache.close()
    plant(other, "key", pickle.dumps(Bomb(trace)))
    execute(folder, "INSERT INTO Settings VALUES ('_directory', ?)", str(other))
    with diskcache.Cache(str(folder)) as cache:
        assert cache["key"] is None
    cache.close()
    assert trace.is_dir()


def rows(session: str) -> list[str]:
    return [open_key(WORKSPACE), head_key(session), entry_key(session, 1)]


@pytest.mark.parametrize("row", range(3))
@pytest.mark.parametrize("mode", range(-1, 6))
@pytest.mark.parametrize("packed", [False, True])
def test_ours_runs_nothing(folder: Path, trace: Path, row: int, mode: int, packed: bool) -> None:
    session = kept(folder)
    bomb = pickle.dumps(Bomb(trace))
    plant(folder, rows(session)[row], zlib.compress(bomb) if packed else bomb, mode)
    shelf = Shelf(folder, CAP)
    assert shelf.entries_of(WORKSPACE) == ()
    assert set(shelf.read(session)) <= {ENTRY}
    shelf.list()
    assert shelf.append(WORKSPACE, [ENTRY])
    shelf.remove(session)
    shelf.close()
    assert not trace.exists()


@pytest.mark.parametrize("mode", [1, 2, 3, 4])
def test_a_row_names_no_file_to_read_or_delete(
    folder: Path, tmp_path: Path, trace: Path, mode: int
) -> None:
    session = kept(folder)
    outside = tmp_path / "outside.val"
    key = entry_key(session, 1)
    for content in (
        sealed(key, b'{"what":{"kind":"asked","text":"x"}}'),
        pickle.dumps(Bomb(trace)),
    ):
        outside.write_bytes(content)
        plant(folder, key, None, mode, str(outside))
        shelf = Shelf(folder, CAP)
        assert shelf.entries_of(WORKSPACE) == ()
        shelf.remove("tag")
        shelf.close()
        assert outside.exists()
    assert not trace.exists()


def test_keys_are_text_alone(folder: Path, trace: Path) -> None:
    kept(folder)
    bomb = pickle.dumps(Bomb(trace))
    for key in (None, 7, 1.5, b"bytes", bomb):
        execute(folder, "INSERT INTO Cache (key, raw, mode) VALUES (?, 0, 0)", key)
    shelf = Shelf(folder, CAP)
    assert shelf.entries_of(WORKSPACE) == (ENTRY,)
    shelf.list()
    shelf.close()
    assert not trace.exists()
    ours = BytesDisk("")
    for key in (1, 1.5, b"x", None, ("x",)):
        with pytest.raises(TypeError):
            ours.put(key)
        assert ours.get(key, True) == ""
    for value in ("x", 1, None, {"a": 1}):
        with pytest.raises(TypeError):
            ours.store(value, False)


PLANTED = [
    ("disk", "diskcache.JSONDisk"),
    ("disk_fetch", "x"),
    ("disk_pickle_protocol", "5"),
    ("disk__directory", "/"),
    ("_directory", "/"),
    ("_disk", "x"),
    ("get", "x"),
    ("eviction_policy", "least-recently-stored"),
    ("sqlite_journal_mode", "off"),
    ("sqlite_temp_store_directory", "'/'"),
    ("sqlite_writable_schema", 1),
    ("sqlite_mmap_size", "268435456; DROP TABLE Cache"),
    (None, 1),
    (7, 7),
    ("size_limit", b"\x80\x04."),
]


@pytest.mark.parametrize(("key", "value"), PLANTED)
def test_settings_that_are_not_ours_are_damage(
    folder: Path, key: object, value: object, caplog: pytest.LogCaptureFixture
) -> None:
    kept(folder)
    execute(folder, "DROP TABLE Settings")
    execute(folder, "CREATE TABLE Settings (key, value)")
    execute(folder, "INSERT INTO Settings VALUES (?, ?)", key, value)
    executed: list[str] = []
    connect = sqlite3.connect

    def traced(*arguments: Any, **named: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **named)
        connection.set_trace_callback(executed.append)
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", traced)
        shelf = Shelf(folder, CAP)
        assert shelf.entries_of(WORKSPACE) == ()
        assert shelf.append(WORKSPACE, [ENTRY])
        shelf.close()
    assert (folder / f"damaged-{FILE}").exists()
    assert len(caplog.records) == 1
    assert not [
        one for one in executed if "temp_store" in one or "writable" in one or "DROP" in one
    ]
    cache = open_cache(folder)
    assert Path(cache.directory) == folder
    assert type(cache.disk) is BytesDisk
    assert cache.eviction_policy == "none"
    cache.close()


def test_a_row_moved_to_another_place_is_missing(folder: Path) -> None:
    second = Entry(Asked("another question"), at=2.0)
    session = kept(folder, second)
    execute(
        folder, "UPDATE Cache SET value = (SELECT value FROM Cache WHERE key = ?) WHERE key = ?",
        entry_key(session, 2), entry_key(session, 1),
    )  # fmt: skip
    shelf = Shelf(folder, CAP)
    assert shelf.entries_of(WORKSPACE) == (second,)
    shelf.close()


def test_a_head_that_promises_endless_entries_is_missing() -> None:
    head = b'{"id": "x", "workspace": "w", "begun": 1, "last": 1, "entries": %d}'
    assert read_head(head % 1000) is not None
    for number in (10**15, -1):
        assert read_head(head % number) is None
    assert unsealed("key", sealed("other", b"value")) is None


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_it_is_for_the_user_alone(folder: Path, umask: int) -> None:
    folder.parent.mkdir(mode=0o755)
    before = os.umask(umask)
    try:
        shelf = Shelf(folder, CAP)
        assert shelf.append(WORKSPACE, [ENTRY])
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {one.name for one in folder.iterdir()} == {FILE, f"{FILE}-wal", f"{FILE}-shm"}
    for one in folder.iterdir():
        assert stat.S_IMODE(one.stat().st_mode) == 0o600, one
    shelf.close()


def test_what_was_open_to_others_is_closed_to_them(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o755)
    kept(folder)
    (folder / FILE).chmod(0o644)
    kept_again = Shelf(folder, CAP)
    assert kept_again.entries_of(WORKSPACE) == (ENTRY,)
    kept_again.close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600


def linked(folder: Path) -> None:
    real = folder.parent / "real"
    real.mkdir(parents=True, mode=0o700)
    folder.symlink_to(real)


def linked_file(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o700)
    (folder / FILE).symlink_to(folder.parent / "elsewhere.db")


def writable(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o770)


def writable_by_all(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o1777)


@pytest.mark.parametrize("trap", [linked, linked_file, writable, writable_by_all])
def test_a_folder_that_others_can_reach_is_refused(
    folder: Path, trap: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    trap(folder)
    shelf = Shelf(folder, CAP)
    assert not shelf.append(WORKSPACE, [ENTRY])
    assert shelf.entries_of(WORKSPACE) == ()
    assert len(caplog.records) == 1
    assert "sessions cannot be stored" in caplog.text
    assert (trap is linked) == ("is a link" in caplog.text)
    assert not [one for one in folder.parent.rglob("*") if one.is_file()]


def test_a_folder_of_someone_else_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder.mkdir(parents=True, mode=0o700)
    monkeypatch.setattr(disk.os, "getuid", lambda: folder.stat().st_uid + 1)
    shelf = Shelf(folder, CAP)
    assert not shelf.append(WORKSPACE, [ENTRY])
    assert "belongs to someone else" in caplog.text
    assert not list(folder.iterdir())
