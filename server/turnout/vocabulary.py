"""The words of the house: tasks and the layers they belong to."""

from __future__ import annotations

from typing import Final, Literal, get_args

Layer = Literal["instant", "mechanical", "analytical", "hybrid"]
Task = Literal[
    "inline", "complete", "next_edit",
    "fix", "tests", "docs", "explain", "boilerplate", "commit_message", "pull_request",
    "dependency", "suggest", "bulk",
    "review", "refactor", "debug", "design", "second_opinion", "ask",
    "ui", "feature", "migrate", "optimize",
]  # fmt: skip

TASKS: Final[tuple[Task, ...]] = get_args(Task)
LAYERS: Final[tuple[Layer, ...]] = get_args(Layer)

_TASKS_OF: Final[dict[Layer, tuple[Task, ...]]] = {
    "instant": ("inline", "complete", "next_edit"),
    "mechanical": (
        "fix", "tests", "docs", "explain", "boilerplate", "commit_message", "pull_request",
        "dependency", "suggest", "bulk",
    ),
    "analytical": ("review", "refactor", "debug", "design", "second_opinion", "ask"),
    "hybrid": ("ui", "feature", "migrate", "optimize"),
}  # fmt: skip

LAYER_OF: Final[dict[Task, Layer]] = {
    task: layer for layer, tasks in _TASKS_OF.items() for task in tasks
}

RECALL: Final = "recall"
"""The reserved name of the embedded completion engine in routes."""

_CENT: Final = 0.01


def money(usd: float) -> str:
    """Write an amount of USD: cents, and more digits where there is less than a cent."""
    if usd >= _CENT or usd == 0:
        return f"${usd:,.2f}"
    return "$" + f"{float(f'{usd:.2g}'):.10f}".rstrip("0")  # never 1e-05
