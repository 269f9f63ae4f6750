"""The gate: how likely a candidate is exactly the rest of the line.

A logistic regression behind one small layer of hidden units, so that what speaks for a candidate
may count differently in different places. ``tests/bench/recall`` fits it; ``gate.json`` holds it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Self

import numpy as np

from turnout.recall.candidates import Candidate
from turnout.recall.occurrences import Floats


@dataclass(frozen=True)
class Gate:
    """Fitted weights; features that a candidate does not have count as 0."""

    features: tuple[str, ...]
    hidden: Floats
    hidden_bias: Floats
    output: Floats
    output_bias: float

    @classmethod
    @cache
    def shipped(cls) -> Self:
        """The gate of this version."""
        data = json.loads(files(__package__).joinpath("gate.json").read_text())
        return cls(
            features=tuple(data["features"]),
            hidden=np.array(data["hidden"]),
            hidden_bias=np.array(data["hidden_bias"]),
            output=np.array(data["output"]),
            output_bias=data["output_bias"],
        )

    def probabilities(self, candidates: Sequence[Candidate]) -> Floats:
        """How likely each is right, 0 to 1."""
        names = self.features
        values = np.array([[c.features.get(name, 0.0) for name in names] for c in candidates])
        active = np.maximum(values @ self.hidden + self.hidden_bias, 0)
        odds: Floats = active @ self.output + self.output_bias
        likely: Floats = 1 / (1 + np.exp(-odds.clip(-30, 30)))
        return likely

    def rank(self, candidates: Sequence[Candidate]) -> list[tuple[float, Candidate]]:
        """Candidates with their probabilities, the likeliest first."""
        if not candidates:
            return []
        ranked = zip(self.probabilities(candidates).tolist(), candidates, strict=True)
        return sorted(ranked, key=lambda pair: -pair[0])
