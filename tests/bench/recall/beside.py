"""What the editor feels while a workspace is being indexed, against an idle server."""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import shutil
import sysconfig
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from turnout.recall.recall import Recall

WORKSPACE_BYTES = 10_000_000
KEYS_APART = 0.05
URI = "file:///edited.py"
TEXT = Path(__file__).read_text().split("\n")


@dataclass
class Felt:
    """Seconds, one entry per key or per tick."""

    answers: list[float]
    lags: list[float]
    elapsed: float


def workspace(folder: Path) -> int:
    """Copies of the standard library's files; how many bytes."""
    total = 0
    for path in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")):
        size = path.stat().st_size
        if "site-packages" in path.parts or size > 400_000:
            continue
        shutil.copyfile(path, folder / f"{total}-{path.name}")
        total += size
        if total >= WORKSPACE_BYTES:
            break
    return total


async def _lag(lags: list[float]) -> None:
    while True:
        start = time.perf_counter()
        await asyncio.sleep(0.001)
        lags.append(time.perf_counter() - start - 0.001)


async def _type(recall: Recall, answers: list[float], keys: int | None, until: asyncio.Task | None):
    recall.open(URI, TEXT)
    done = 0
    while (keys is None or done < keys) and (until is None or not until.done()):
        line = 40 + done % 40
        start = time.perf_counter()
        recall.splice(URI, line, 1, [TEXT[line]])
        recall.propose(URI, line, len(TEXT[line]) * 2 // 3)
        answers.append(time.perf_counter() - start)
        done += 1
        await asyncio.sleep(KEYS_APART)


async def felt(
    recall: Recall, folder: Path | None, keys: int | None = None, typing: bool = True
) -> Felt:
    """Type at a steady pace while a folder is indexed, or for so many keys."""
    answers: list[float] = []
    lags: list[float] = []
    start = time.perf_counter()
    indexing = asyncio.create_task(recall.index(folder, lambda path: None)) if folder else None
    ticking = asyncio.create_task(_lag(lags))
    if typing:
        await _type(recall, answers, keys, indexing)
    if indexing:
        await indexing
    ticking.cancel()
    return Felt(answers, lags, time.perf_counter() - start)


def _resident() -> float:
    """Memory of this process in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def _milliseconds(seconds: list[float]) -> list[float]:
    ranked = sorted(seconds)
    return [1000 * ranked[int(len(ranked) * part)] for part in (0.5, 0.95, 0.99)]


async def _main(folder: Path) -> dict[str, object]:
    size = workspace(folder)
    before = _resident()
    recall = Recall(lambda text: False)
    gc.collect()
    gc.freeze()
    undisturbed = await felt(Recall(lambda text: False), None, keys=60)
    busy = await felt(recall, folder)
    while recall._index.worn():
        await asyncio.sleep(0.1)
    idle = await felt(recall, None, keys=60)
    resident = [before, _resident()]
    alone = await felt(Recall(lambda text: False), folder, typing=False)
    return {
        "bytes": size,
        "stats": asdict(recall.stats()),
        "resident_mb": resident,
        "seconds_typing": busy.elapsed,
        "seconds_alone": alone.elapsed,
        "answers_ms": {
            "no index": _milliseconds(undisturbed.answers),
            "while indexing": _milliseconds(busy.answers),
            "indexed": _milliseconds(idle.answers),
        },
        "lag_ms": {
            "no index": _milliseconds(undisturbed.lags),
            "while indexing": _milliseconds(busy.lags),
            "indexed": _milliseconds(idle.lags),
            "while indexing, nobody types": _milliseconds(alone.lags),
        },
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(asyncio.run(_main(Path(name)))))
