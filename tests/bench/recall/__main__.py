"""The bench of recall: how much it answers, how often it is right, how long it takes.

    PYTHONPATH=tests python -m bench.recall [--seeds N] [--fit] [--docs]

Five packages are downloaded once. ``--fit`` writes the gate that is shipped, fitted on all of
them; the figures never come from it, but from gates that did not see the package they judge.
``--docs`` writes the tables into ``docs/recall.md``.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from bench.recall import report
from bench.recall.corpus import fetch
from bench.recall.fitting import fit, leave_one_out, save
from bench.recall.measure import measure

REPOSITORY = Path(__file__).parents[3]
CACHE = REPOSITORY / ".cache" / "bench-recall"
GATE = REPOSITORY / "server" / "turnout" / "recall" / "gate.json"
DOCS = REPOSITORY / "docs" / "recall.md"
MEASURED = re.compile(r"(<!-- measured -->\n).*(\n<!-- end -->)", re.DOTALL)
PER_FILE = 60


def main() -> None:
    """Measure, judge, report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--fit", action="store_true", help="write the gate that is shipped")
    parser.add_argument("--docs", action="store_true", help="write the tables into the docs")
    chosen = parser.parse_args()
    beside = _beside()
    measured = measure(fetch(CACHE), chosen.seeds, PER_FILE)
    if chosen.fit:
        save(fit(measured.rows), GATE)
    judgement = leave_one_out(measured.rows)
    text = report.write(measured, judgement, beside, chosen.seeds)
    print(text)
    figures = {
        "cursors": len(measured.rows),
        "judgement": asdict(judgement),
        "milliseconds": report.latency(measured),
        "beside": beside,
    }
    (CACHE / "figures.json").write_text(json.dumps(figures, indent=1))
    if chosen.docs:
        DOCS.write_text(MEASURED.sub(lambda marks: marks[1] + text + marks[2], DOCS.read_text()))


def _beside() -> report.Figures:
    """Measured in a process of its own, whose memory is that of recall alone."""
    command = [sys.executable, "-m", "bench.recall.beside"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    figures: report.Figures = json.loads(done.stdout)
    return figures


if __name__ == "__main__":
    main()
