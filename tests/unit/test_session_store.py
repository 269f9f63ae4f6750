"""Sessions as the server uses them: one open at a time, shared, capped, without secrets."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from turnout.context.redact import Redactor
from turnout.session.record import IDLE
from turnout.session.scrub import SECRET, scrub, scrubbed, without_excluded
from turnout.session.shelf import Shelf
from turnout.session.store import SessionStore
from turnout.session.transcript import (
    VERSION,
    Answered,
    Applied,
    Asked,
    Dismissed,
    Entry,
    Judged,
    Returned,
    Seen,
    decode,
    encode,
    new_turn,
)
from turnout_clients.types import Opaque, Text, Thinking, ToolCall, ToolResult

MB = 2**20
KEY = "ghp_" + "a1B2" * 9
ENTRIES = (
    Entry(Asked("why?\n\ud800 \u2028"), "t", "ask", at=1.5),
    Entry(Seen("src/a.py", "x = 1\n", 7, "diff"), "t"),
    Entry(
        Answered(
            (
                Thinking("hm", Opaque("anthropic", '{"signature": "abc"}')),
                Text("because"),
                ToolCall("1", "grep", '{"for": "x"}', Opaque("google", '"sig"')),
            )
        ),
        "t",
        "ask",
        "anthropic/opus",
        "call-1",
    ),
    Entry(Returned(ToolResult("1", "grep", "a.py:1", failed=True)), "t"),
    Entry(Judged(False, "it does not parse"), "t"),
    Entry(Applied("src/a.py", "+x = 2"), "t"),
    Entry(Dismissed("a finding", "src/a.py"), "t"),
)


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sessions"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: type(entry.what).__name__)
def test_an_entry_is_read_as_it_was_written(entry: Entry) -> None:
    assert decode(encode(entry)) == entry
    assert json.loads(encode(entry).decode("utf-8", "surrogatepass"))["version"] == VERSION


def test_what_a_later_version_adds_is_left_out() -> None:
    written = json.loads(encode(ENTRIES[1]))
    written |= {"version": 99, "mood": "good"}
    written["what"]["colour"] = {"blue": 1}
    assert decode(json.dumps(written).encode()) == ENTRIES[1]
    del written["task"], written["at"], written["what"]["line"]
    assert decode(json.dumps(written).encode()) == Entry(
        Seen("src/a.py", "x = 1\n", 0, "diff"), "t"
    )
    written["what"]["kind"] = "sung"
    assert decode(json.dumps(written).encode()) is None
    for rubbish in (b"", b"{}", b"[]", b"null", b"\xff", b'{"what":3}', b"[" * 100_000):
        assert decode(rubbish) is None


async def test_a_session_outlives_its_process(folder: Path) -> None:
    first = SessionStore(folder)
    session = first.of("/w")
    assert await session.entries() == ()
    assert await session.id() == ""
    assert await session.append(*ENTRIES[:3])
    assert await session.append(*ENTRIES[3:])
    await first.aclose()
    second = SessionStore(folder)
    found = await second.of("/w").entries()
    assert [entry.what for entry in found] == [entry.what for entry in ENTRIES]
    assert found[0].at == 1.5
    assert all(entry.at > 1e9 for entry in found[1:])
    assert await second.of("/elsewhere").entries() == ()
    (head,) = await second.list()
    assert (head.workspace, head.entries) == ("/w", len(ENTRIES))
    assert await second.read(head.id) == found
    assert await second.read("another") == ()
    await second.aclose()
    await second.aclose()


def test_nothing_heavy_is_imported_with_the_store() -> None:
    code = (
        "import sys; import turnout.session.store, turnout.session.transcript,"
        " turnout.session.render, turnout.session.scrub;"
        "print(sorted({'diskcache', 'pickle', 'sqlite3', 'cattrs'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_nothing_is_made_or_started_before_it_is_needed(folder: Path) -> None:
    threads = threading.active_count()
    store = SessionStore(folder)
    store.of("/w")
    await store.aclose()
    assert threading.active_count() == threads
    assert not folder.exists()


async def test_one_cancelled_in_mid_append_has_appended(folder: Path) -> None:
    store = SessionStore(folder)
    session = store.of("/w")
    busy = threading.Event()
    other = asyncio.create_task(store.do(lambda _: busy.wait(30)))
    task = asyncio.create_task(session.append(ENTRIES[0]))
    await asyncio.sleep(0)
    task.cancel()  # while it waits for its turn
    with pytest.raises(asyncio.CancelledError):
        await task
    busy.set()
    assert await other
    assert len(await session.entries()) == 1
    await store.aclose()


async def test_a_closed_or_removed_session_is_followed_by_a_new_one(folder: Path) -> None:
    store = SessionStore(folder)
    session = store.of("/w")
    await session.append(Entry(Asked("one")))
    first = await session.id()
    assert await store.close(first)
    assert await session.entries() == ()
    await session.append(Entry(Asked("two")))
    second = await session.id()
    assert second not in {"", first}
    assert [head.is_open(head.last) for head in await store.list()].count(True) == 1
    assert await store.remove(second)
    assert not await store.remove(second)
    assert not await store.close(second)
    await session.append(Entry(Asked("three")))
    assert [entry.what for entry in await session.entries()] == [Asked("three")]
    assert {head.id for head in await store.list()} == {first, await session.id()}
    await store.aclose()


def test_after_hours_of_silence_a_new_session_begins(folder: Path) -> None:
    clock = Clock()
    shelf = Shelf(folder, MB, clock)
    shelf.append("/w", [Entry(Asked("one"))])
    clock.now += IDLE - 1
    shelf.append("/w", [Entry(Asked("two"))])
    clock.now += IDLE - 1
    assert len(shelf.entries_of("/w")) == 2
    clock.now += 2
    assert shelf.entries_of("/w") == ()
    shelf.append("/w", [Entry(Asked("three"))])
    assert len(shelf.entries_of("/w")) == 1
    assert [head.entries for head in shelf.list()] == [1, 2]
    shelf.close()


def stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_what_was_removed_is_on_the_disk_no_more(folder: Path) -> None:
    shelf = Shelf(folder, MB)
    shelf.append("/w", [Entry(Seen("a.py", "canary_" * 2000))])
    shelf.append("/v", [Entry(Asked("stays_here"))])
    assert b"canary_" in stored(folder)
    shelf.remove(shelf.open_id("/w"))
    assert b"canary_" not in stored(folder)
    assert b"stays_here" in stored(folder)
    shelf.close()


def test_whole_closed_sessions_go_first_and_never_an_open_one(folder: Path) -> None:
    clock = Clock()
    cap = 8 * MB
    shelf = Shelf(folder, cap, clock)
    code = Entry(Seen("a.py", "value = compute(7)\n" * 5_000))  # some 100 KB
    shelf.append("/stays open", [Entry(Asked("old but open"))])
    ids: list[str] = []
    for number in range(40):
        clock.now += 60
        shelf.append(f"/{number}", [Entry(Asked(str(number)))] + [code] * 5)
        ids.append(shelf.open_id(f"/{number}"))
        shelf.close_session(ids[-1])
        left = {head.id for head in shelf.list()}
        kept = [one for one in ids if one in left]
        assert kept == ids[-len(kept) :], "the oldest go first"
        assert all(len(shelf.read(one)) == 6 for one in kept[-3:]), "whole sessions go"
    assert 5 < len(kept) < 20
    assert len(shelf.entries_of("/stays open")) == 1
    shelf.close()
    assert sum(path.stat().st_size for path in folder.iterdir()) <= cap * 1.1


def test_where_all_is_open_the_cap_gives_way(folder: Path) -> None:
    shelf = Shelf(folder, MB)
    code = Entry(Seen("a.py", "value = compute(7)\n" * 2_000))
    for number in range(50):
        assert shelf.append(f"/{number}", [code])
    assert all(len(shelf.entries_of(f"/{number}")) == 1 for number in range(50))
    shelf.close()


def test_one_that_grows_too_large_goes_on_with_its_last_turns(folder: Path) -> None:
    shelf = Shelf(folder, MB)
    code = "value = compute(7)\n" * 100
    for number in range(300):
        turn = [
            Entry(Asked(str(number))),
            Entry(Seen("a.py", code)),
            Entry(Answered((Text("yes"),))),
        ]
        assert shelf.append("/w", turn)
    found = shelf.entries_of("/w")
    assert len(shelf.list()) > 1
    asked = [int(entry.what.text) for entry in found if isinstance(entry.what, Asked)]
    assert asked == list(range(asked[0], 300)), "without a gap"
    assert isinstance(found[0].what, Asked)
    assert all(head.size < MB // 3 for head in shelf.list())
    older = [shelf.read(head.id) for head in shelf.list()[1:]]
    assert [e for e in older[0] if e in found], "some of the end was carried over"
    shelf.close()


def test_what_is_too_large_is_not_acknowledged(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shelf = Shelf(folder, MB)
    assert not shelf.append("/w", [Entry(Asked("small")), Entry(Seen("a.py", "x" * MB))])
    assert [entry.what for entry in shelf.entries_of("/w")] == [Asked("small")]
    assert "larger" in caplog.text
    assert shelf.append("/w", [])
    shelf.close()


def test_sessions_whose_head_is_damaged_make_room(folder: Path) -> None:
    clock = Clock()
    shelf = Shelf(folder, MB, clock)
    code = Entry(Seen("a.py", "value = compute(7)\n" * 2_000))
    shelf.append("/lost", [code] * 6)
    lost = shelf.open_id("/lost")
    with closing(sqlite3.connect(folder / "cache.db")) as connection, connection:
        connection.execute("UPDATE Cache SET value = x'00' WHERE key = ?", (f"head:{lost}",))
    assert shelf.read(lost) == ()
    for number in range(40):
        shelf.append(f"/{number}", [code])
        shelf.close_session(shelf.open_id(f"/{number}"))
    with closing(sqlite3.connect(folder / "cache.db")) as connection:
        (left,) = connection.execute("SELECT count(*) FROM Cache WHERE tag = ?", (lost,)).fetchone()
    assert left == 0
    shelf.close()


SECRETS = {  # what stands in the text, and what of it must not be stored
    KEY: KEY,
    "sk-ant-" + "api03-Zx9" * 5: "api03-Zx9",
    "-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA1\nqL0aZ9\n-----END PRIVATE KEY-----": "qL0aZ9",
    'password = "kX9#mP2$vL5q"': "kX9#mP2$vL5q",
    "TURNOUT_SECRET_0123456789ab": "TURNOUT_SECRET",
    "turnout_secret_kept_by_a_model": "kept_by_a_model",
}


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_is_stored(folder: Path, secret: str) -> None:
    text = f"before\n{secret}\nafter"
    arguments = json.dumps({"text": text, "deep": [{"a": text}]})
    entries = [
        Entry(Asked(text)),
        Entry(Seen("a.py", text)),
        Entry(Answered((Text(text), Thinking(text), ToolCall("1", "n", arguments)))),
        Entry(Returned(ToolResult("1", "n", text))),
        Entry(Judged(False, text)),
        Entry(Applied("a.py", text)),
        Entry(Dismissed(text)),
    ]
    shelf = Shelf(folder, MB)
    assert shelf.append("/w", entries)
    found = shelf.entries_of("/w")
    assert len(found) == len(entries)
    for entry in found:
        written = encode(entry).decode()
        assert SECRET in written
        assert "before" in written
        assert "after" in written
    assert SECRETS[secret].encode() not in stored(folder)
    assert isinstance(found[2].what, Answered)
    call = next(part for part in found[2].what.parts if isinstance(part, ToolCall))
    assert set(json.loads(call.arguments)) == {"text", "deep"}
    shelf.close()


def test_a_redactor_finds_nothing_more_in_what_is_stored() -> None:
    text = scrub("\n".join(SECRETS))
    assert scrub(text) == text
    shapes_gone = text.replace("PRIVATE KEY", "")
    assert Redactor().redact(shapes_gone) == shapes_gone
    plain = "def f(token: str) -> None:\n    return secrets.token_hex(4)\n"
    assert scrub(plain) == plain


def test_what_only_the_provider_can_read_is_kept_as_it_is_or_not_at_all() -> None:
    whole = Opaque("anthropic", json.dumps({"thinking": "look", "signature": "Eq" + "aB3x" * 200}))
    telling = Opaque("anthropic", json.dumps({"thinking": f"the key is {KEY}", "signature": "x"}))
    broken = Opaque("anthropic", "{")
    said = Answered((Thinking("", whole), Thinking("", telling), ToolCall("1", "n", "{}", broken)))
    clean = scrubbed(Entry(said)).what
    assert clean == Answered((Thinking("", whole), Thinking(""), ToolCall("1", "n", "{}")))


@pytest.mark.parametrize("arguments", ["not json", "[" * 100_000, ""])
def test_arguments_that_are_no_json_are_dropped(arguments: str) -> None:
    clean = scrubbed(Entry(Answered((Text("x"), ToolCall("1", "n", arguments))))).what
    assert clean == Answered((Text("x"), ToolCall("1", "n", "{}")))


def test_what_is_excluded_is_left_out() -> None:
    entries = [
        Entry(Asked("q")),
        Entry(Seen(".env", "K=1")),
        Entry(Seen("a.py", "x")),
        Entry(Applied(".env", "+K=2")),
        Entry(Dismissed("finding", ".env")),
    ]
    kept = without_excluded(entries, lambda path: "secret" if path == ".env" else None)
    assert kept == (entries[0], entries[2])


@pytest.mark.parametrize(
    "workspace", ["", "/ü \udcff", "/\ud83d\ude00", "C:\\x", "at:/w", "/" * 5000]
)
def test_a_workspace_is_any_text(folder: Path, workspace: str) -> None:
    shelf = Shelf(folder, MB)
    assert shelf.append(workspace, [Entry(Asked("one"))])
    assert shelf.append(workspace, [Entry(Asked("two"))])
    assert len(shelf.entries_of(workspace)) == 2
    assert [head.workspace for head in shelf.list()] == [workspace]
    shelf.close()


def test_turns_have_names_of_their_own() -> None:
    assert len({new_turn() for _ in range(1000)}) == 1000
