"""From samples to the table, and whether the bars are met."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

import psutil

from bench.figures import Figures, Summary
from bench.sdks import PAIRS
from bench.streams import PACES

OURS: Final = "turnout"
TYPING: Final = "turnout, automatic"
BARE: Final = "bare pygls"
TABBY: Final = "tabby-agent"
TABBY_0: Final = "tabby-agent, debounce 0"
FLOOR: Final = "HTTP floor"
SDK: Final = "official SDK"
DELAYS: Final = (0, 50)


@dataclass(frozen=True)
class Bar:
    """One promise: the figure, what it may be at most, and whether it is kept."""

    what: str
    value: float | None
    limit: float
    unit: str

    @property
    def missed(self) -> bool:
        return self.value is None or self.value > self.limit

    @property
    def line(self) -> str:
        mark = "**MISS**" if self.missed else "pass"
        figure = "not reached" if self.value is None else self._with_unit(self.value)
        return f"| {self.what} | <= {self._with_unit(self.limit)} | {figure} | {mark} |"

    def _with_unit(self, value: float) -> str:
        return f"{_plain(value)} {self.unit}".rstrip()


def bars(figures: Figures) -> Iterator[Bar]:
    """Every bar whose measure was run."""
    for delay in DELAYS:
        at = f"upstream {delay} ms"
        yield from _latency(figures, "typing through", "typing through, a key", delay, 2, 5)
        if fresh := figures.of(OURS, "fresh overhead", delay):
            yield Bar(f"fresh: own overhead, median ({at})", fresh.p50 * 1e3, 10, "ms")
    yield from _latency(figures, "recall", "recall, inline", 0, 4, 10)
    yield from _latency(figures, "recall, menu", "recall, completion menu", 0, 4, 10)
    for measure, limit in (("initialize", 0.2), ("first completion", 1.1)):
        ours, bare = figures.of(OURS, measure), figures.of(BARE, measure)
        if ours and bare:
            yield Bar(f"spawn to {measure}, of bare pygls'", ours.p50 / bare.p50, limit, "")
    if rss := figures.of(OURS, "rss"):
        yield Bar("memory after 200 requests", rss.p50, 100, "MB")
    for measure in ("cancel", "superseded"):
        never = figures.of(OURS, f"{measure}: not closed")
        if closed := figures.of(OURS, measure):
            value = None if never else closed.p99 * 1e3
            yield Bar(f"{measure} to socket closed, p99", value, 50, "ms")
    for text in ("5 MB line", "50,000 lines"):
        if edit := figures.of(OURS, f"one edit: {text}"):
            yield Bar(f"one edit, {text}, median", edit.p50 * 1e3, 10, "ms")
    yield from _streaming(figures)


def _streaming(figures: Figures) -> Iterator[Bar]:
    for pair in PAIRS:
        for pace in PACES:
            measure = f"event, {pace}: {pair.name}"
            if ratio := figures.of(OURS, f"{measure}, of the SDK's"):
                words = f"processor time of an event, of the SDK's: {pair.name}, {pace}"
                yield Bar(words, ratio.p50, 0.5, "")
    if added := figures.of(OURS, "load: added"):
        failed = sum(figures.called[OURS, "load: failed", 0])
        yield Bar("50 streams at once: failed", failed, 0, "")
        yield Bar("50 streams at once: added to a token, p95", added.p95 * 1e3, 20, "ms")
    if lag := figures.of(OURS, "load: lag"):
        yield Bar("50 streams at once: lag of the loop, p99", lag.p99 * 1e3, 50, "ms")
    if loaded := figures.of(OURS, "rss, all loaded"):
        yield Bar("memory with token counts and prices loaded", loaded.p50, 200, "MB")


def _latency(
    figures: Figures, measure: str, words: str, delay: int, median: float, p95: float
) -> Iterator[Bar]:
    if not (got := figures.of(OURS, measure, delay)):
        return
    at = f" (upstream {delay} ms)" if measure == "typing through" else ""
    yield Bar(f"{words}, median{at}", got.p50 * 1e3, median, "ms")
    yield Bar(f"{words}, p95{at}", got.p95 * 1e3, p95, "ms")
    calls = sum(figures.called.get((OURS, measure, delay), []))
    yield Bar(f"{words}: upstream calls{at}", calls, 0, "")


def table(figures: Figures) -> str:
    """The whole report as Markdown."""
    parts = [_machine(), _bars(figures), _start(figures)]
    parts += [_latencies(figures, delay) for delay in DELAYS]
    parts += [_recall(figures), _cancel(figures), _micro(figures)]
    parts += [_streams(figures), _load(figures)]
    return "\n\n".join(part for part in parts if part)


def _machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{platform.system()}, {os.cpu_count()} cores, {memory:.0f} GB; "
        f"Python {platform.python_version()}, pygls {version('pygls')}, "
        f"Turnout {version('turnout')}, tabby-agent 1.5.0 on node. "
        "Times are median / p95 in milliseconds unless a line says otherwise."
    )


def _bars(figures: Figures) -> str:
    rows = [bar.line for bar in bars(figures)]
    return _grid("Bars", ["measure", "bar", "measured", ""], rows)


def _start(figures: Figures) -> str:
    columns = (OURS, BARE, TABBY_0)
    rows = []
    for measure, words in (
        ("initialize", "spawn to initialize"),
        ("first completion", "spawn to first completion answered"),
        ("first text", "spawn to first completion with text"),
        ("first call", "then the first that asks the upstream"),
    ):
        cells = [_pair(figures.of(name, measure)) for name in columns]
        rows.append(f"| {words} | " + " | ".join(cells) + " |")
    memory = [figures.of(name, "rss") for name in columns]
    cells = [f"{_plain(got.p50)} MB" if got else "" for got in memory]
    rows.append("| memory after 200 requests | " + " | ".join(cells) + " |")
    return _grid("Start and memory", ["", *columns], _filled(rows))


def _latencies(figures: Figures, delay: int) -> str:
    columns = (OURS, TABBY_0, TYPING, TABBY)
    rows = []
    for measure, words in (
        ("fresh", "fresh suggestion"),
        ("fresh overhead", "of it own overhead"),
        ("typing through", "typing through, a key"),
        ("burst", "burst of 20 keys, the last"),
    ):
        cells = [_pair(figures.of(name, measure, delay)) for name in columns]
        rows.append(f"| {words} | " + " | ".join(cells) + " |")
    for measure, words in (("typing through", "calls per 12 keys"), ("burst", "calls per burst")):
        cells = [_mean(figures.called.get((name, measure, delay))) for name in columns]
        rows.append(f"| {words} | " + " | ".join(cells) + " |")
    names = [
        f"{OURS}, asked by key",
        TABBY_0,
        f"{TYPING}, default debounce",
        f"{TABBY}, default debounce",
    ]
    floor = figures.of(FLOOR, "fresh", delay)
    title = f"Upstream at {delay} ms"
    if floor:
        title += f" (kept-alive HTTP alone: {_pair(floor)})"
    return _grid(title, ["", *names], _filled(rows))


def _recall(figures: Figures) -> str:
    rows = []
    for measure, words in (("recall", "inline"), ("recall, menu", "completion menu")):
        if got := figures.of(OURS, measure):
            passed = figures.of(OURS, f"{measure}: passed on")
            calls = sum(figures.called.get((OURS, measure, 0), []))
            rows.append(
                f"| {words} | {_pair(got)} | {_plain(got.p99 * 1e3)} | {got.n} | {calls} "
                f"| {passed.n if passed else 0} |"
            )
    if got := figures.of(BARE, "round trip"):
        rows.append(
            f"| bare pygls, a constant | {_pair(got)} | {_plain(got.p99 * 1e3)} | {got.n} | | |"
        )
    columns = ["", "answer", "p99", "answers", "upstream calls", "left to the next candidate"]
    return _grid("Recall", columns, rows)


def _cancel(figures: Figures) -> str:
    rows = []
    for name in (OURS, TABBY_0):
        for measure, words in (("cancel", "$/cancelRequest"), ("superseded", "asked elsewhere")):
            closed = figures.of(name, measure)
            left = figures.of(name, f"{measure}: not closed")
            if not closed and not left:
                continue
            times = f"{_plain(closed.p50 * 1e3)} / {_plain(closed.p99 * 1e3)}" if closed else ""
            never = left.n if left else 0
            total = never + (closed.n if closed else 0)
            answered = _pair(figures.of(name, f"{measure}: answered"))
            rows.append(f"| {name}: {words} | {times} | {never} of {total} | {answered} |")
    columns = ["", "socket closed after, median / p99", "never closed", "answered after"]
    return _grid("Cancel", columns, rows)


def _micro(figures: Figures) -> str:
    rows = []
    for text in ("5 MB line", "50,000 lines"):
        cells = [_pair(figures.of(name, f"one edit: {text}")) for name in (OURS, "pygls")]
        rows.append(f"| {text} | " + " | ".join(cells) + " |")
    return _grid("One edit in a large text", ["", "our document store", "pygls'"], _filled(rows))


def _streams(figures: Figures) -> str:
    rows = []
    for pair in PAIRS:
        cells = []
        for pace in PACES:
            measure = f"event, {pace}: {pair.name}"
            ours, theirs = figures.of(OURS, measure), figures.of(SDK, measure)
            ratio = figures.of(OURS, f"{measure}, of the SDK's")
            if ours and theirs and ratio:
                cells += [f"{ours.p50 * 1e6:.0f}", f"{theirs.p50 * 1e6:.0f}", f"{ratio.p50:.2f}"]
        if cells:
            rows.append(f"| {pair.name} | {pair.interface} | {' | '.join(cells)} |")
    columns = ["", "compared with"]
    columns += [f"{who}, {pace}" for pace in PACES for who in ("turnout", "SDK", "ratio")]
    return _grid("Processor time of a streamed event, microseconds (medians)", columns, rows)


def _load(figures: Figures) -> str:
    rows = []
    for measure, words in (
        ("load: added", "from the upstream's sending of a token to the engine's event"),
        ("load: lag", "lag of the event loop meanwhile"),
    ):
        if got := figures.of(OURS, measure):
            rows.append(
                f"| {words} | {_pair(got)} | {_plain(got.p99 * 1e3)} "
                f"| {_plain(got.worst * 1e3)} | {got.n} |"
            )
    columns = ["", "median / p95", "p99", "worst", "samples"]
    return _grid("50 streams of 200 tokens at 60 ms, at once", columns, rows)


def _grid(title: str, columns: list[str], rows: list[str]) -> str:
    if not rows:
        return ""
    head = f"| {' | '.join(columns)} |"
    return "\n".join([f"### {title}", "", head, "|---" * len(columns) + "|", *rows])


def _filled(rows: list[str]) -> list[str]:
    """Without the rows that have nothing in any column."""
    return [row for row in rows if any(cell.strip() for cell in row.split("|")[2:])]


def _pair(got: Summary | None) -> str:
    return f"{_plain(got.p50 * 1e3)} / {_plain(got.p95 * 1e3)}" if got else ""


def _mean(counts: list[int] | None) -> str:
    return _plain(sum(counts) / len(counts)) if counts else ""


def _plain(value: float) -> str:
    """Three figures, never in powers of ten."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.2g}" if value < 0.1 else f"{value:.3g}"
