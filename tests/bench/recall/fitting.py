"""Fits the gate, and says honestly how far it can be trusted.

Every figure is made with gates that never saw the package they are judged on. The threshold is
fixed without it too: on the other packages, each judged in turn by a gate fitted on the rest.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from bench.recall.measure import Row
from turnout.recall.gate import Gate

PRECISIONS = (0.7, 0.8, 0.9, 0.95)
CONFIDENCES = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9)
HIDDEN = 16
NETWORKS = 4
ALPHA = 0.5
ROUNDS = 60
WORD = re.compile(r"\w")


@dataclass
class Judged:
    """The best candidate of a cursor: how likely it is said to be right, and whether it is."""

    confidence: float
    right: bool
    long: bool
    """Four word characters at least."""


def fit(rows: Sequence[Row]) -> Gate:
    """One gate: the mean of a few small networks that differ in their random start."""
    features = sorted({name for row in rows for c in row.candidates for name in c.features})
    values = np.array(
        [[c.features.get(f, 0.0) for f in features] for r in rows for c in r.candidates]
    )
    right = np.array([c.text == row.truth for row in rows for c in row.candidates])
    scale = StandardScaler().fit(values)
    hidden, hidden_bias, output, output_bias = [], [], [], []
    for number in range(NETWORKS):
        network = MLPClassifier((HIDDEN,), alpha=ALPHA, max_iter=ROUNDS, random_state=number)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            network.fit(scale.transform(values), right)
        weights = network.coefs_[0] / scale.scale_[:, None]
        hidden.append(weights)
        hidden_bias.append(network.intercepts_[0] - scale.mean_ @ weights)
        output.append(network.coefs_[1][:, 0] / NETWORKS)
        output_bias.append(network.intercepts_[1][0] / NETWORKS)
    return Gate(
        tuple(features),
        np.hstack(hidden),
        np.concatenate(hidden_bias),
        np.concatenate(output),
        float(sum(output_bias)),
    )


def save(gate: Gate, path: Path) -> None:
    """Write the weights to be shipped."""
    data = {
        "features": gate.features,
        "hidden": gate.hidden.round(5).tolist(),
        "hidden_bias": gate.hidden_bias.round(5).tolist(),
        "output": gate.output.round(5).tolist(),
        "output_bias": round(gate.output_bias, 5),
    }
    path.write_text(json.dumps(data, separators=(",", ":")).replace("],[", "],\n[") + "\n")


def judge(gate: Gate, rows: Sequence[Row]) -> list[Judged]:
    """The best candidate at each cursor that has any."""
    judged = []
    for row in rows:
        if row.candidates:
            confidence, best = gate.rank(row.candidates)[0]
            long = len(WORD.findall(best.text)) >= 4
            judged.append(Judged(confidence, best.text == row.truth, long))
    return judged


def threshold(judged: Sequence[Judged], precision: float) -> float:
    """The least confidence from which on so many are right; over 1 if none."""
    ranked = sorted(judged, key=lambda j: -j.confidence)
    right = np.cumsum([j.right for j in ranked]) / np.arange(1, len(ranked) + 1)
    enough = np.flatnonzero(right >= precision)
    enough = enough[enough >= 19]
    return ranked[enough[-1]].confidence if len(enough) else 2.0


@dataclass
class Figure:
    """At one target precision, in percent."""

    target: float
    coverage: float
    precision: float
    long_coverage: float
    long_precision: float


def _figure(target: float, shown: Sequence[Judged], cursors: int) -> Figure:
    long = [j for j in shown if j.long]
    return Figure(
        100 * target,
        100 * len(shown) / cursors,
        100 * float(np.mean([j.right for j in shown] or [0])),
        100 * len(long) / cursors,
        100 * float(np.mean([j.right for j in long] or [0])),
    )


@dataclass
class Judgement:
    """What the bench reports."""

    ranked: list[Figure]
    """By ranking: the threshold that gives exactly this precision on these very cursors."""
    ranked_long: list[Figure]
    """By ranking those alone that have four word characters at least."""
    fixed: list[Figure]
    """With the threshold fixed on the other packages: what a user can expect."""
    calibration: list[tuple[float, float, float]]
    """Least confidence, coverage, precision."""


def leave_one_out(rows: Sequence[Row]) -> Judgement:
    """Judge every package by gates fitted on the others."""
    packages = sorted({row.package for row in rows})
    shown: dict[float, list[Judged]] = {precision: [] for precision in PRECISIONS}
    everything: list[Judged] = []
    for package in packages:
        others = [row for row in rows if row.package != package]
        inner: list[Judged] = []
        for left_out in packages:
            if left_out != package:
                gate = fit([row for row in others if row.package != left_out])
                inner += judge(gate, [row for row in others if row.package == left_out])
        judged = judge(fit(others), [row for row in rows if row.package == package])
        everything += judged
        for precision in PRECISIONS:
            least = threshold(inner, precision)
            shown[precision] += [j for j in judged if j.confidence >= least]
    long = [j for j in everything if j.long]
    return Judgement(
        ranked=[_ranked(p, everything, len(rows)) for p in PRECISIONS],
        ranked_long=[_ranked(p, long, len(rows)) for p in PRECISIONS],
        fixed=[_figure(p, shown[p], len(rows)) for p in PRECISIONS],
        calibration=[_calibration(least, everything, len(rows)) for least in CONFIDENCES],
    )


def _ranked(target: float, judged: Sequence[Judged], cursors: int) -> Figure:
    least = threshold(judged, target)
    return _figure(target, [j for j in judged if j.confidence >= least], cursors)


def _calibration(
    least: float, judged: Sequence[Judged], cursors: int
) -> tuple[float, float, float]:
    shown = [j for j in judged if j.confidence >= least]
    return least, 100 * len(shown) / cursors, 100 * float(np.mean([j.right for j in shown] or [0]))
