"""The figures as a page of tables."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from bench.recall.fitting import Judgement
from bench.recall.measure import Measured

Figures = dict[str, Any]


def write(measured: Measured, judgement: Judgement, beside: Figures, seeds: int) -> str:
    """All tables, in Markdown."""
    parts = [
        (
            f"{len(measured.rows):,} cursors ({seeds} seeds), Python {sys.version.split()[0]}, "
            f"numpy {np.__version__}.\n"
        ),
        *_answers(judgement),
        "",
        *_calibration(judgement),
        "",
        _early(measured),
        "",
        *_times(measured, beside),
        "",
        _sizes(measured, beside),
    ]
    return "\n".join(parts)


def latency(measured: Measured) -> dict[str, list[float]]:
    """Milliseconds: p50, p95, p99."""
    timed = {
        "propose, wall": measured.wall,
        "propose, CPU": measured.cpu,
        "edit of a line, wall": measured.edits,
    }
    return {
        name: (np.percentile(some, [50, 95, 99]) * 1000).tolist() for name, some in timed.items()
    }


def _answers(judgement: Judgement) -> list[str]:
    head = (
        "| target precision | coverage, by ranking | **coverage, threshold fixed elsewhere** "
        "| precision then | of these, >= 4 word characters | precision of those "
        "| coverage by ranking, those alone |"
    )
    rows = [
        f"| {ranked.target:.0f} % | {ranked.coverage:.1f} % | **{fixed.coverage:.1f} %** "
        f"| {fixed.precision:.1f} % | {fixed.long_coverage:.1f} % | {fixed.long_precision:.1f} % "
        f"| {long.coverage:.1f} % |"
        for ranked, fixed, long in zip(
            judgement.ranked, judgement.fixed, judgement.ranked_long, strict=True
        )
    ]
    return [head, "|---|---|---|---|---|---|---|", *rows]


def _calibration(judgement: Judgement) -> list[str]:
    rows = [
        f"| {least:.1f} | {coverage:.1f} % | {right:.1f} % |"
        for least, coverage, right in judgement.calibration
    ]
    return ["| confidence at least | coverage | right |", "|---|---|---|", *rows]


def _early(measured: Measured) -> str:
    shown, right = len(measured.early), sum(measured.early)
    return (
        "In the first moment, before the engine is loaded: "
        f"{100 * shown / len(measured.rows):.1f} % "
        f"answered, {100 * right / shown:.1f} % of that right."
    )


def _times(measured: Measured, beside: Figures) -> list[str]:
    times = latency(measured)
    for name, values in beside["answers_ms"].items():
        times[f"edit and propose, 20 a second, {name}"] = values
    for name, values in beside["lag_ms"].items():
        times[f"lag of the event loop, {name}"] = values
    rows = [
        f"| {name} | " + " | ".join(f"{value:.2f}" for value in values) + " |"
        for name, values in times.items()
    ]
    return ["| milliseconds | p50 | p95 | p99 |", "|---|---|---|---|", *rows]


def _sizes(measured: Measured, beside: Figures) -> str:
    speed = measured.source_bytes / 1e6 / measured.build_seconds
    memory = measured.index_bytes / measured.source_bytes
    before, after = beside["resident_mb"]
    return (
        f"Lexing and sorting take one CPU second for {speed:.1f} MB of source; the index holds "
        f"{memory:.2f} bytes per byte of source. A workspace of {beside['bytes'] / 1e6:.1f} MB in "
        f"{beside['stats']['files']} files is ready after {beside['seconds_alone']:.1f} s "
        f"({beside['seconds_typing']:.1f} s while somebody types); the process grows from "
        f"{before:.0f} to {after:.0f} MB."
    )
