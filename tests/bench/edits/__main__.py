"""Measure how right the edits and anchors are.

    PYTHONPATH=tests python -m bench.edits [--seeds N] [--docs]

Reads the data sets from ``TURNOUT_DATA``, else from ``../shared/data`` beside the repository.
``--docs`` writes the tables into ``docs/edits.md``.
"""

from __future__ import annotations

import argparse
import os
import re
from collections import Counter
from pathlib import Path

from bench.edits import anchoring, applying, commits, reading

REPOSITORY = Path(__file__).parents[3]
DOCS = REPOSITORY / "docs" / "edits.md"
MEASURED = re.compile(r"(<!-- measured -->\n).*(\n<!-- end -->)", re.DOTALL)


def data() -> Path:
    """Return the folder of the data sets."""
    return Path(os.environ.get("TURNOUT_DATA", REPOSITORY.parent / "shared" / "data"))


def main() -> None:
    """Measure, print, and keep."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--docs", action="store_true", help="write the tables into the docs")
    chosen = parser.parse_args()
    tables = applied(chosen.seeds), read(chosen.seeds), anchored(chosen.seeds)
    text = "\n\n".join(tables)
    print(text)
    if chosen.docs:
        DOCS.write_text(MEASURED.sub(lambda marks: marks[1] + text + marks[2], DOCS.read_text()))


def applied(seeds: int) -> str:
    """Return the table of applied answers."""
    every = commits.read(data() / "next_edit" / "git_next_edit_dev.jsonl.gz")
    rows = [
        "| answers | n | the commit, byte for byte | refused | wrong |",
        "|---|---|---|---|---|",
    ]
    runs = [applying.measure(every, seed) for seed in range(seeds)]
    for name in runs[0]:
        right, refused, wrong = (
            sum(getattr(run[name], what) for run in runs) for what in ("right", "refused", "wrong")
        )
        size = right + refused + wrong
        share = f"{100 * right / size:.1f} %"
        rows.append(f"| {name} | {size} | {share} | {100 * refused / size:.1f} % | {wrong} |")
    return "\n".join(rows)


def read(seeds: int) -> str:
    """Return the table of answers that went through a task: reader, placing and check."""
    every = commits.read(data() / "next_edit" / "git_next_edit_dev.jsonl.gz")
    rows = [
        "| through the task | n | the commit, byte for byte | refused | wrong | passes its check |",
        "|---|---|---|---|---|---|",
    ]
    runs = [reading.measure(every, seed) for seed in range(seeds)]
    for name in runs[0]:
        right, refused, wrong, passed = (
            sum(getattr(run[name], what) for run in runs)
            for what in ("right", "refused", "wrong", "passed")
        )
        size = right + refused + wrong
        shares = (f"{100 * part / size:.1f} %" for part in (right, refused))
        rows.append(f"| {name} | {size} | {' | '.join(shares)} | {wrong} | {passed} |")
    return "\n".join(rows)


def anchored(seeds: int) -> str:
    """Return the tables of anchors."""
    golds = anchoring.read(data() / "review" / "aacr_prs_dev.jsonl.gz")
    rounds = range(10 * seeds)
    rows = ["| the quoted line | its number off by up to | right | none | wrong |"]
    rows += ["|---|---|---|---|---|"]
    for telling, words in ((False, "any gold line"), (True, "the most telling gold line")):
        for off in anchoring.ERRORS:
            counts: Counter[str] = Counter()
            for seed in rounds:
                counts += anchoring.landing(golds, seed, off, telling=telling)
            rows.append(f"| {words} | {off} | {_shares(counts, 'right', 'none', 'wrong')} |")
    counts = Counter()
    for seed in rounds:
        counts += anchoring.lasting(golds, seed)
    del counts["not placed"]
    rows += ["", f"After 20 random edits around {counts.total():,} findings: "]
    rows[-1] += (
        ", ".join(f"{_share(counts, what)} {what}" for what in ("right", "gone", "wrong")) + "."
    )
    return "\n".join(rows)


def _shares(counts: Counter[str], *names: str) -> str:
    return " | ".join(_share(counts, name) for name in names)


def _share(counts: Counter[str], name: str) -> str:
    return f"{100 * counts[name] / counts.total():.2f} %"


if __name__ == "__main__":
    main()
