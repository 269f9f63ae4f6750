"""Samples as they come in, and what is made of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

Key = tuple[str, str, int]  # contestant, measure, upstream delay in ms


@dataclass(frozen=True)
class Summary:
    """Of seconds, unless the measure is one of bytes."""

    n: int
    p50: float
    p95: float
    p99: float
    worst: float


@dataclass
class Figures:
    """All samples of a run. `delay` is the upstream's delay that holds now."""

    delay: int = 0
    samples: dict[Key, list[float]] = field(default_factory=lambda: defaultdict(list))
    called: dict[Key, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, contestant: str, measure: str, value: float) -> None:
        self.samples[contestant, measure, self.delay].append(value)

    def calls(self, contestant: str, measure: str, count: int) -> None:
        """How many calls reached the upstream for one unit of the measure."""
        self.called[contestant, measure, self.delay].append(count)

    def of(self, contestant: str, measure: str, delay: int = 0) -> Summary | None:
        values = self.samples.get((contestant, measure, delay))
        return summary(values) if values else None

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {
                "contestant": contestant,
                "measure": measure,
                "upstream_ms": delay,
                "samples": [round(value, 6) for value in values],
                "calls": self.called.get((contestant, measure, delay)),
            }
            for (contestant, measure, delay), values in sorted(self.samples.items())
        ]


def summary(values: list[float]) -> Summary:
    ordered = sorted(values)
    return Summary(
        len(ordered),
        percentile(ordered, 0.50),
        percentile(ordered, 0.95),
        percentile(ordered, 0.99),
        ordered[-1],
    )


def percentile(ordered: list[float], share: float) -> float:
    """The smallest value that `share` of all values do not exceed (nearest rank)."""
    rank = -(-share * len(ordered) // 1)
    return ordered[max(0, int(rank) - 1)]
