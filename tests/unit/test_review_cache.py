"""A second review asks only about what changed, and what was dismissed does not come back."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from turnout.document import Document, Span, split_lines
from turnout.edits.findings import Finding
from turnout.engine.ask import Ask, Material
from turnout.tasks.review import Review, ReviewReader
from turnout.tasks.review_cache import Plan, ReviewCache, family

TEXT = '''import os

LIMIT = 10


def first(items):
    return items[0]


class Shelf:
    """Holds things."""

    size = 3

    def ratio(self, a, b):
        return a / b

    def clean(self, path):
        os.system("rm -rf " + path)


print(LIMIT)
'''
MODEL = "anthropic/claude-opus-5-5"


def ask(text: str = TEXT, span: Span | None = None, language: str = "python") -> Ask:
    document = Document("file:///ws/a.py", 1, language, tuple(split_lines(text)))
    return Ask("review", document, span or Span(0, len(text)))


def review(asked: Ask, *quotes: str, complete: bool = True) -> Review:
    """Read an answer with these findings."""
    reader = ReviewReader(asked, MODEL)
    for quote in quotes:
        said = {"severity": "error", "category": "bug", "quote": quote, "explanation": f"{quote}!"}
        reader.feed(json.dumps(said) + "\n")
    reader.feed('{"done": true}')
    found = reader.finish("stop" if complete else "length")
    assert found is not None
    assert len(found.findings) == len(quotes)
    return replace(found, complete=complete)


def store(folder: Path, *excluded: str, workspace: str = "/ws") -> ReviewCache:
    return ReviewCache(folder, workspace, lambda uri: "excluded" if uri in excluded else None)


def asked_about(plan: Plan) -> list[str]:
    (one,) = plan.asks
    return [one.document.text[part.start : part.end] for part in one.parts or (one.span,)]


def known(plan: Plan, asked: Ask) -> list[str]:
    for finding in plan.known:
        assert asked.document.text[finding.start : finding.end] == finding.quote
    return [finding.quote for finding in plan.known]


@pytest.fixture
async def kept(tmp_path: Path) -> ReviewCache:
    """A cache that knows a review of the whole text."""
    cache = store(tmp_path)
    plan = await cache.plan(ask(), MODEL)
    assert plan == Plan((ask_of(plan),))
    await cache.keep(ask_of(plan), MODEL, review(ask(), "items[0]", "a / b", "LIMIT = 10"))
    return store(tmp_path)  # as after a restart


def ask_of(plan: Plan) -> Ask:
    (one,) = plan.asks
    return one


async def test_nothing_is_asked_where_nothing_changed(kept: ReviewCache) -> None:
    plan = await kept.plan(ask(), MODEL)
    assert not plan.asks
    assert sorted(known(plan, ask())) == ["LIMIT = 10", "a / b", "items[0]"]
    assert MODEL in plan.note
    assert [(f.severity, f.message, f.model) for f in plan.known if f.quote == "a / b"] == [
        ("error", "a / b!", MODEL)
    ]


async def test_only_what_changed_is_asked_about(kept: ReviewCache) -> None:
    text = TEXT.replace("rm -rf ", "rm -r ")
    plan = await kept.plan(ask(text), MODEL)
    (part,) = asked_about(plan)
    assert part.startswith("def clean(")
    assert part.endswith("+ path)")
    assert sorted(known(plan, ask(text))) == ["LIMIT = 10", "a / b", "items[0]"]
    await kept.keep(ask_of(plan), MODEL, review(ask_of(plan), "os.system"))
    plan = await kept.plan(ask(text), MODEL)
    assert not plan.asks
    assert len(plan.known) == 4


async def test_what_moved_is_known_where_it_stands_now(kept: ReviewCache) -> None:
    method = TEXT[TEXT.index("    def ratio") : TEXT.index("    def clean")]
    moved = "# é\U0001f600 new first line\n" + TEXT.replace(method, "")
    moved = moved.replace("print(LIMIT)", f"class Other:\n{method.rstrip()}\n\n\nprint(LIMIT)")
    plan = await kept.plan(ask(moved), MODEL)
    assert "a / b" in known(plan, ask(moved))
    assert not any("def ratio" in part for part in asked_about(plan))


async def test_a_finding_goes_with_its_code(kept: ReviewCache) -> None:
    text = TEXT.replace("    return items[0]", "    return items[1]")
    plan = await kept.plan(ask(text), MODEL)
    assert sorted(known(plan, ask(text))) == ["LIMIT = 10", "a / b"]


async def test_a_selection_and_the_file_share_what_is_known(kept: ReviewCache) -> None:
    start = TEXT.index("def first")
    plan = await kept.plan(ask(span=Span(start, TEXT.index("class Shelf"))), MODEL)
    assert not plan.asks
    assert known(plan, ask()) == ["items[0]"]
    half = Span(start, TEXT.index("return items"))
    assert asked_about(await kept.plan(ask(span=half), MODEL)) == [TEXT[half.start : half.end]]


@pytest.mark.parametrize(
    ("model", "language"),
    [("openai/gpt-6.1-sol", "python"), (MODEL, "typescript"), ("a/claude-haiku-5-5", "python")],
)
async def test_another_model_or_language_knows_nothing(
    kept: ReviewCache, model: str, language: str
) -> None:
    asked = ask(language=language)
    assert (await kept.plan(asked, model)).asks == (asked,)


async def test_the_same_text_in_another_language_is_another(tmp_path: Path) -> None:
    cache = store(tmp_path)
    asked = ask("x = 1;\n", language="javascript")
    await cache.keep(asked, MODEL, review(asked, "x = 1"))
    assert not (await cache.plan(asked, MODEL)).asks
    assert (await cache.plan(ask("x = 1;\n", language="python"), MODEL)).asks


async def test_the_same_model_elsewhere_knows_it(kept: ReviewCache) -> None:
    assert not (await kept.plan(ask(), "bedrock/claude-opus-5-5-20261101")).asks


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("anthropic/claude-opus-5-5", "claude-opus-5-5"),
        ("openrouter/anthropic/Claude-Opus-5-5", "claude-opus-5-5"),
        ("x/claude-opus-5-5-20261101", "claude-opus-5-5"),
        ("x/gpt-6.1-sol-2026-10-01", "gpt-6.1-sol"),
        ("x/mistral-large-latest", "mistral-large"),
        ("ollama/qwen3:8b", "qwen3:8b"),
    ],
)
def test_families(name: str, wanted: str) -> None:
    assert family(name) == wanted


async def test_anew_asks_about_all_of_it(kept: ReviewCache) -> None:
    plan = await kept.plan(ask(), MODEL, anew=True)
    assert plan.asks[0].span == Span(0, len(TEXT))
    assert not plan.known


async def test_an_incomplete_review_is_not_remembered(tmp_path: Path) -> None:
    cache = store(tmp_path)
    asked = ask()
    await cache.keep(asked, MODEL, review(asked, "items[0]", complete=False))
    assert await cache.plan(asked, MODEL) == Plan((asked,))


async def test_what_the_user_asks_for_in_words_is_asked(kept: ReviewCache) -> None:
    asked = replace(ask(), instruction="Look at the locks.")
    assert (await kept.plan(asked, MODEL)).asks == (asked,)


async def test_a_finding_across_pieces_leaves_them_unknown(tmp_path: Path) -> None:
    cache = store(tmp_path)
    quote = "items[0]\n\n\nclass Shelf:"
    await cache.keep(ask(), MODEL, review(ask(), quote))
    parts = asked_about(await cache.plan(ask(), MODEL))
    assert any(part.startswith("def first") for part in parts)
    assert not any("def ratio" in part for part in parts)


async def test_excluded_files_leave_nothing(tmp_path: Path) -> None:
    cache = store(tmp_path, "file:///ws/a.py")
    await cache.keep(ask(), MODEL, review(ask(), "items[0]"))
    assert not list((tmp_path).rglob("cache.db"))
    assert not (await cache.plan(ask(), MODEL)).known


async def test_neither_code_nor_secrets_are_stored(tmp_path: Path) -> None:
    secret = "ghp_" + "Ab3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6"
    text = f'TOKEN = "{secret}"\n'
    asked = ask(text)
    found = review(asked, f'TOKEN = "{secret}"')
    (finding,) = found.findings
    with_fix = replace(finding, replacement=f'TOKEN = "{secret}x"')
    await store(tmp_path).keep(asked, MODEL, replace(found, findings=(with_fix,)))
    await store(tmp_path).dismissals.add(finding)
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"TOKEN =" in stored  # of the message
    assert secret.encode() not in stored
    assert secret[4:24].encode() not in stored
    (back,) = (await ReviewCache(tmp_path, "other", lambda _: None).plan(asked, MODEL)).known
    assert back.quote == finding.quote
    assert secret not in back.message
    assert back.replacement == ""
    for path in tmp_path.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


async def test_damage_is_forgotten(kept: ReviewCache, tmp_path: Path) -> None:
    (file,) = (tmp_path / "done").glob("cache.db")
    file.write_bytes(b"garbage" * 1_000)
    assert (await kept.plan(ask(), MODEL)).asks
    await kept.keep(ask(), MODEL, review(ask(), "items[0]"))
    assert not (await kept.plan(ask(), MODEL)).asks


async def test_a_folder_that_others_can_write_to_is_not_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "done"
    folder.mkdir()
    folder.chmod(0o777)
    with caplog.at_level(logging.WARNING):
        await store(tmp_path).keep(ask(), MODEL, review(ask(), "items[0]"))
    assert "others can write" in caplog.text
    assert not list(folder.iterdir())


@pytest.mark.parametrize("_round", range(10))
async def test_several_windows_share_it(tmp_path: Path, _round: int) -> None:
    """They make the file at the same moment too."""

    async def one(number: int) -> None:
        asked = ask(TEXT.replace("items[0]", f"items[{number}]"))
        await store(tmp_path).keep(asked, MODEL, review(asked, f"items[{number}]"))

    await asyncio.gather(*(one(number) for number in range(8)))
    for number in range(8):
        asked = ask(TEXT.replace("items[0]", f"items[{number}]"))
        assert known(await store(tmp_path).plan(asked, MODEL), asked) == [f"items[{number}]"]


CHANGE = """--- a/a.py
+++ b/a.py
@@ -6,2 +6,2 @@
 def first(items):
-    return items[1]
+    return items[0]
@@ -15,2 +15,2 @@
     def ratio(self, a, b):
-        return b / a
+        return a / b
"""


def change_of(diff: str) -> Ask:
    parts = (
        Span(TEXT.index("def first"), TEXT.index("\n\n\nclass")),
        Span(TEXT.index("def ratio"), TEXT.index("\n\n    def clean")),
    )
    materials = (Material("diff", "The change", diff),)
    return replace(ask(), parts=parts, materials=materials)


async def test_the_review_of_a_change_is_known_by_the_change(kept: ReviewCache) -> None:
    asked = change_of(CHANGE)
    plan = await kept.plan(asked, MODEL)
    assert plan.asks == (asked,)  # the code was reviewed, but not the change
    await kept.keep(asked, MODEL, review(asked, "return items[0]"))
    again = await kept.plan(asked, MODEL)
    assert not again.asks
    assert known(again, asked) == ["return items[0]"]
    other = change_of(CHANGE.replace("-        return b / a", "-        return b // a"))
    plan = await kept.plan(other, MODEL)
    (part,) = asked_about(plan)
    assert part.startswith("def ratio")
    assert plan.asks[0].materials == other.materials
    assert known(plan, other) == ["return items[0]"]


async def test_a_dismissed_finding_stays_away(kept: ReviewCache, tmp_path: Path) -> None:
    (finding,) = (f for f in (await kept.plan(ask(), MODEL)).known if f.quote == "a / b")
    await kept.dismissals.add(finding)
    assert "a / b" not in known(await kept.plan(ask(), MODEL), ask())
    later = store(tmp_path)  # after a restart
    assert "a / b" not in known(await later.plan(ask(), MODEL), ask())
    anew = await later.plan(ask(), MODEL, anew=True)
    found = later.dismissals.without(review(anew.asks[0], "a / b", "items[0]").findings)
    assert [f.quote for f in found] == ["items[0]"]


@pytest.mark.parametrize(
    ("change", "stays_away"),
    [
        ({"quote": "a  /b"}, True),
        ({"message": "in other words", "start": 3, "model": "x/y", "severity": "info"}, True),
        ({"quote": "a // b"}, False),
        ({"category": "security"}, False),
        ({"symbol": "other"}, False),
    ],
)
async def test_what_a_dismissal_goes_by(
    tmp_path: Path, change: dict[str, str], stays_away: bool
) -> None:
    finding = Finding(0, 5, "a / b", "error", "bug", "It breaks.", symbol="ratio")
    await store(tmp_path).dismissals.add(finding)
    dismissals = store(tmp_path).dismissals
    await dismissals.load()
    other = replace(finding, **change)  # type: ignore[arg-type]
    assert dismissals.without([other]) == (() if stays_away else (other,))
    elsewhere = store(tmp_path, workspace="/other").dismissals
    await elsewhere.load()
    assert elsewhere.without([finding]) == (finding,)


async def test_the_oldest_goes_where_there_is_no_room(tmp_path: Path) -> None:
    from turnout.session.rows import Rows

    rows = Rows(tmp_path, 256 * 1024)
    for number in range(200):
        assert rows.write({f"{number:03}": b"x" * 4_000})
    kept = rows.keys()
    assert "199" in kept
    assert "000" not in kept
    assert sum(path.stat().st_size for path in tmp_path.glob("cache.db")) <= 512 * 1024
    assert not rows.write({"large": b"x" * 100_000})
    assert rows.keys() == kept


async def test_what_was_paid_for_and_what_was_dismissed_is_kept_though_nobody_waits(
    tmp_path: Path,
) -> None:
    cache, asked = store(tmp_path), ask()
    found = review(asked, "items[0]", "a / b")
    busy = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        asyncio.get_running_loop().set_default_executor(pool)
        pool.submit(busy.wait, 30)
        works = (cache.keep(asked, MODEL, found), cache.dismissals.add(found.findings[0]))
        for task in [asyncio.create_task(work) for work in works]:
            await asyncio.sleep(0)
            task.cancel()  # while it waits for its turn
            with pytest.raises(asyncio.CancelledError):
                await task
        busy.set()
        again = store(tmp_path)
        assert known(await again.plan(asked, MODEL), asked) == ["a / b"]
