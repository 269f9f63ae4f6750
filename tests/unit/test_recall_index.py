"""Indexing a folder beside the editor: what is read, what is not, and that nothing waits."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from turnout.recall.recall import Recall

URI = "file:///somewhere/else.py"


def allow(path: str) -> str | None:
    return "not allowed" if "private" in path else None


@pytest.fixture
def recall():
    recall = Recall(lambda text: False)
    yield recall
    recall.stop()


def known(recall: Recall, word: str) -> bool:
    """Whether a word of an indexed file is completed in another."""
    recall.open(URI, [f"use {word[:-3]}"])
    return any(p.text == word[-3:] for p in recall.propose(URI, 0, len(word) + 1, limit=9))


async def settled(recall: Recall) -> None:
    async with asyncio.timeout(30):
        while not recall.stats().ready:
            await asyncio.sleep(0.005)


async def test_only_source_files_that_are_allowed_are_read(recall: Recall, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "linked.py").write_text("use linked_word\n")
    root = tmp_path / "root"
    files = {
        "plain.py": b"use plain_word\n",
        "deep/er/still.go": b"use deep_word\r\n",
        "bom.ts": b"\xef\xbb\xbfuse bom_word\n",
        "private.py": b"use private_word\n",
        "private/more.py": b"use hidden_word\n",
        "binary.py": b"use binary_word\n\0\n",
        "latin.py": b"use latin_word \xe9\n",
        "large.py": b"use large_word\n" + b"x = 1\n" * 80_000,
        "app.min.js": b"use minified_word\n",
        "data.txt": b"use data_word " + b"0123456789 " * 5000,
        "poetry.lock": b"use lock_word\n",
        ".git/config": b"use git_word\n",
        "node_modules/a/index.js": b"use module_word\n",
    }
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (root / "link.py").symlink_to(outside / "linked.py")
    (root / "linked").symlink_to(outside)
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe.py")
    await recall.index(root, allow)
    words = [data.removeprefix(b"\xef\xbb\xbf").split()[1].decode() for data in files.values()]
    assert [w for w in [*words, "linked_word"] if known(recall, w)] == [
        "plain_word", "deep_word", "bom_word",
    ]  # fmt: skip
    assert recall.stats().files == 3


async def test_saved_deleted_and_newly_excluded_files(recall: Recall, tmp_path: Path):
    file, other = tmp_path / "file.py", tmp_path / "other.py"
    file.write_text("use first_word\n")
    other.write_text("use other_word\n")
    await recall.index(tmp_path, allow)
    file.write_text("use second_word\n")
    recall.refresh(file)
    await settled(recall)
    assert known(recall, "second_word")
    assert not known(recall, "first_word")
    recall.forget(file)
    assert not known(recall, "second_word"), "forgotten at once"
    await settled(recall)
    assert not known(recall, "second_word")
    other.unlink()
    recall.refresh(other)
    await settled(recall)
    assert recall.stats().files == 0
    recall.refresh(tmp_path / "private.py")
    recall.refresh(Path("/elsewhere/file.py"))
    await settled(recall)
    assert recall.stats().files == 0


async def test_a_second_look_reads_only_what_changed(recall: Recall, tmp_path: Path, monkeypatch):
    for name in ("same.py", "gone.py", "later_excluded.py", "changed.py"):
        (tmp_path / name).write_text(f"use {name.removesuffix('.py')}_word\n")
    await recall.index(tmp_path, allow)
    (tmp_path / "gone.py").unlink()
    (tmp_path / "changed.py").write_text("use new_word\n")
    os.utime(tmp_path / "changed.py", (1, 1))
    read = []
    module = sys.modules["turnout.recall.background"]
    original = module.read_lines
    monkeypatch.setattr(module, "read_lines", lambda path: read.append(path) or original(path))
    await recall.index(tmp_path, lambda path: "no" if "later_excluded" in path else None)
    assert [Path(path).name for path in read] == ["changed.py"]
    assert known(recall, "new_word")
    assert known(recall, "same_word")
    assert not known(recall, "gone_word")
    assert not known(recall, "later_excluded_word")


async def test_a_file_forgotten_while_it_is_being_read_stays_forgotten(
    recall: Recall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for number in range(3):
        (tmp_path / f"file{number}.py").write_text(f"use number_{number}_word\n")
    module = sys.modules["turnout.recall.background"]
    original = module.read_lines
    read: list[str] = []

    def forget_the_first(path: str):
        read.append(path)
        if len(read) == 2:
            recall.forget(Path(read[0]))
        return original(path)

    monkeypatch.setattr(module, "read_lines", forget_the_first)
    await recall.index(tmp_path, allow)
    gone = Path(read[0]).stem.removeprefix("file")
    assert [n for n in "012" if known(recall, f"number_{n}_word")] == [
        n for n in "012" if n != gone
    ]


async def test_forgetting_a_folder_forgets_its_files(recall: Recall, tmp_path: Path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "a.py").write_text("use inner_word\n")
    (tmp_path / "package.py").write_text("use outer_word\n")
    await recall.index(tmp_path, allow)
    recall.forget(tmp_path / "pack")
    await settled(recall)
    assert not known(recall, "inner_word")
    assert known(recall, "outer_word")


async def test_an_exclusion_that_fails_does_not_stop_recall(recall: Recall, tmp_path: Path, caplog):
    (tmp_path / "file.py").write_text("use some_word\n")

    def failing(path: str) -> str | None:
        raise ValueError(path)

    await recall.index(tmp_path, failing)
    assert recall.stats().files == 0
    assert str(tmp_path) not in caplog.text
    await recall.index(tmp_path, allow)
    assert known(recall, "some_word")


async def test_usable_before_the_index_is_ready_and_never_delayed(recall: Recall, tmp_path: Path):
    source = "\n".join(
        f"def function_{n}(first_{n % 50}, second):\n    return first_{n % 50} + second * {n}"
        for n in range(1500)
    )
    for number in range(60):
        (tmp_path / f"module_{number}.py").write_text(source.replace("second", f"arg_{number}"))
    recall.open(URI, ["value = compute(one, two)", "value = compute("])
    indexing = asyncio.create_task(recall.index(tmp_path, allow))
    lags, answers = [], []
    while not indexing.done():
        start = time.perf_counter()
        assert recall.propose(URI, 1, 16)
        answers.append(time.perf_counter() - start)
        start = time.perf_counter()
        await asyncio.sleep(0.02)
        lags.append(time.perf_counter() - start - 0.02)
    await indexing
    assert recall.stats().files == 60
    assert len(answers) >= 5, "too quick to tell"
    answer, lag = sorted(answers)[len(answers) // 2], sorted(lags)[len(lags) // 2]
    print(f"meanwhile, median: answered in {answer * 1e3:.1f} ms, {lag * 1e3:.1f} ms late")
    assert answer < 0.5
    assert lag < 0.3


def test_importing_the_package_imports_no_numpy():
    code = (
        "import sys; import turnout.recall; from turnout.recall import Proposal;"
        "assert 'numpy' not in sys.modules; from turnout.recall import Recall;"
        "assert 'numpy' in sys.modules; assert 'sklearn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


async def test_the_index_is_bounded_and_the_latest_files_come_first(
    recall: Recall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for number in range(6):
        path = tmp_path / f"file{number}.py"
        path.write_text(f"use number_{number}_word\n")
        os.utime(path, (1000 + number, 1000 + number))
    monkeypatch.setattr("turnout.recall.index.MOST_FILES", 3)
    await recall.index(tmp_path, allow)
    assert recall.stats().files == 3
    assert [n for n in range(6) if known(recall, f"number_{n}_word")] == [3, 4, 5]


async def test_after_stop_nothing_is_indexed_and_nobody_waits(recall: Recall, tmp_path: Path):
    (tmp_path / "file.py").write_text("use some_word\n")
    recall.stop()
    await asyncio.wait_for(recall.index(tmp_path, allow), 30)
    assert recall.stats().files == 0


async def test_an_editor_that_never_rests_does_not_stop_the_indexing(
    recall: Recall, tmp_path: Path
):
    (tmp_path / "file.py").write_text("use some_word\n")
    indexing = asyncio.create_task(recall.index(tmp_path, allow))
    until = time.perf_counter() + 30
    while not indexing.done() and time.perf_counter() < until:
        recall.propose(URI, 0, 0)
        await asyncio.sleep(0.001)
    assert indexing.done()
    assert known(recall, "some_word")
