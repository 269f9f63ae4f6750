"""Measures that have a process of their own, so that nothing else is on its account."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench.figures import Figures
from bench.report import OURS, SDK

TESTS: Final = Path(__file__).parents[1]


def streams(figures: Figures, env: Mapping[str, str], rounds: int) -> None:
    """Processor time of an event, ours and the official SDKs'."""
    for row in json.loads(_run(env, "bench.streams", "--rounds", str(rounds))):
        measure = f"event, {row['pace']}: {row['pair']}"
        figures.add(OURS, measure, row["ours"])
        figures.add(SDK, measure, row["theirs"])
        figures.add(OURS, f"{measure}, of the SDK's", row["ours"] / row["theirs"])


def load(figures: Figures, env: Mapping[str, str], rounds: int) -> None:
    """50 streams at once."""
    for _ in range(rounds):
        got: dict[str, Any] = json.loads(_run(env, "bench.load"))
        for measure, name in (("load: added", "added"), ("load: lag", "lags")):
            for value in got[name]:
                figures.add(OURS, measure, value)
        figures.calls(OURS, "load: failed", got["streams"] - got["whole"])


def loaded(figures: Figures, env: Mapping[str, str]) -> None:
    """Memory with everything loaded that is loaded late."""
    figures.add(OURS, "rss, all loaded", int(_run(env, "bench.loaded")) / 1e6)


def _run(env: Mapping[str, str], module: str, *arguments: str) -> str:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, env=dict(env), cwd=TESTS, capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"{module} failed:\n{done.stderr}")
    return done.stdout
