"""Run the bench: see `--help` and docs/bench.md."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from bench import apart, measures, micro, peers, report
from bench.control import Control
from bench.figures import Figures
from bench.peers import REPOSITORY, Contestant
from bench.rawclient import RequestFailed, ServerDied
from bench.typist import Typist
from bench.workspace import make

T = TypeVar("T")
PARTS = ("start", "latency", "recall", "cancel", "memory", "micro", "streams", "load")
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


class Run:
    """One run: the contestants, the upstream they share, and how much is asked of them."""

    def __init__(self, folder: Path, control: Control, *, quick: bool) -> None:
        self.folder = folder
        self.control = control
        self.scale = 4 if quick else 1
        self.figures = Figures()
        self.workspace = make(folder / "workspace")
        self.ours = self._turnout(report.OURS, 1)
        self.typing = self._turnout(report.TYPING, 2)
        self.bare = peers.bare(folder / "bare")
        self.tabby = peers.tabby(report.TABBY, folder / "tabby", control.url, debounce=True)
        self.tabby_0 = peers.tabby(report.TABBY_0, folder / "tabby-0", control.url, debounce=False)

    def start(self) -> None:
        contestants = (self.ours, self.bare, self.tabby_0)
        for round_ in range(-1, self._few(12)):
            # The first round fills the machine's file cache and is thrown away.
            figures = Figures() if round_ < 0 else self.figures
            for contestant in _rotated(contestants, round_):
                measures.start(contestant, self.workspace, figures, round_)

    def latency(self) -> None:
        contestants = (self.ours, self.typing, self.tabby_0, self.tabby)
        with self._sessions(contestants) as sessions:
            for delay in report.DELAYS:
                self._upstream(delay)
                for round_ in range(self._few(4)):
                    measures.floor(self.control, self.figures, 20)
                    for session in _rotated(sessions, round_):
                        self._type(session)
        self._upstream(0)

    def recall(self) -> None:
        with self._sessions((self.ours, self.bare)) as (ours, bare):
            for _ in range(self._few(4)):
                measures.recall(ours, self.control, self.figures, 50)
                measures.recall(ours, self.control, self.figures, 25, menu=True)
                measures.round_trip(bare, self.figures, 50)

    def cancel(self) -> None:
        with self._sessions((self.ours, self.tabby_0)) as (ours, tabby):
            self.control.set_delay(measures.HANG)
            for _ in range(self._few(4)):
                measures.cancel(ours, self.control, self.figures, 25)
                measures.supersede(ours, self.control, self.figures, 25)
                measures.cancel(tabby, self.control, self.figures, 2)
                measures.supersede(tabby, self.control, self.figures, 10)
        self._upstream(0)

    def memory(self) -> None:
        for contestant in (self.ours, self.bare, self.tabby_0):
            measures.memory(contestant, self.workspace, self.figures, seed=1)
        apart.loaded(self.figures, self._env())

    def micro(self) -> None:
        micro.run(self.figures, self._few(20))

    def streams(self) -> None:
        apart.streams(self.figures, self._env(), self._few(6))

    def load(self) -> None:
        apart.load(self.figures, self._env(), self._few(3))

    def _env(self) -> dict[str, str]:
        return peers.environment(self.folder / "apart")

    def _type(self, session: Typist) -> None:
        few = self.scale * (4 if session.contestant.waits else 1)
        measures.fresh(session, self.control, self.figures, max(1, 16 // few))
        measures.type_through(session, self.control, self.figures, max(1, 6 // few))
        measures.burst(session, self.control, self.figures, max(1, 3 // few))

    def _turnout(self, name: str, trigger: int) -> Contestant:
        home = self.folder / name.replace(", ", "-")
        return peers.turnout(name, home, self.control.url, trigger=trigger)

    @contextmanager
    def _sessions(self, contestants: Sequence[Contestant]) -> Iterator[list[Typist]]:
        """All at once, each at rest before the first of them is measured."""
        with ExitStack() as stack:
            sessions = [
                stack.enter_context(Typist(contestant, self.workspace, seed=number))
                for number, contestant in enumerate(contestants)
            ]
            for session in sessions:
                session.settle()
            yield sessions

    def _upstream(self, delay: int) -> None:
        self.control.set_delay(delay / 1000)
        self.figures.delay = delay

    def _few(self, count: int) -> int:
        return max(1, count // self.scale)


def _rotated(items: Sequence[T], by: int) -> Sequence[T]:
    """Whoever comes first finds the machine in another state; so everyone does in turn."""
    by %= len(items)
    return [*items[by:], *items[:by]]


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    folder = Path(tempfile.mkdtemp(prefix="turnout-bench-"))
    try:
        with Control(peers.environment(folder / "upstream")) as control:
            run = Run(folder, control, quick=options.quick)
            for part in options.only or PARTS:
                _timed(part, getattr(run, part))
    except (peers.CannotRun, ServerDied, RequestFailed, OSError) as error:
        print(f"the bench could not run: {error}", file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    table = report.table(run.figures)
    print(f"\n{table}")
    _keep(run.figures, table, options)
    missed = [bar.what for bar in report.bars(run.figures) if bar.missed]
    print("\n" + (f"MISS: {'; '.join(missed)}" if missed else "all bars met"))
    return 1 if missed and options.strict else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a quarter of the samples")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="these parts and no others")
    parser.add_argument("--strict", action="store_true", help="exit 1 where a bar is missed")
    parser.add_argument("--copy", type=Path, metavar="FILE", help="write the samples there too")
    return parser.parse_args(arguments)


def _timed(name: str, part: Callable[[], None]) -> None:
    started = perf_counter()
    print(f"{name} ...", end=" ", flush=True)
    part()
    print(f"{perf_counter() - started:.0f} s", flush=True)


def _keep(figures: Figures, table: str, options: argparse.Namespace) -> None:
    """Samples as JSON always; the table into the docs where everything was measured in full."""
    raw = json.dumps(figures.as_json(), indent=1)
    latest = REPOSITORY / "build" / "bench" / "latest.json"
    for path in filter(None, (latest, options.copy)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(raw, encoding="utf-8")
    if options.quick or options.only:
        return
    page = REPOSITORY / "docs" / "bench.md"
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
