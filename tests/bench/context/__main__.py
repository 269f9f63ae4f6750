"""The bench of context: which share of a true answer's names a model gets to see.

    PYTHONPATH=tests python -m bench.context [--functions N] [--seed N] [--docs]

``--docs`` writes the tables into ``docs/context.md``.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics

from bench.context.cases import NEXT_EDITS, REPOSITORY, next_edits, own_functions
from bench.context.measure import Measured, measure

DOCS = REPOSITORY / "docs" / "context.md"
MARKED = re.compile(r"(<!-- measured -->\n).*(\n<!-- end -->)", re.DOTALL)


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--functions", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--docs", action="store_true", help="write the tables into the docs")
    chosen = parser.parse_args()
    parts = []
    if NEXT_EDITS.exists():
        hunks = asyncio.run(measure(next_edits(), None))
        parts.append(_table("The next hunk of real commits; no workspace but the file", hunks))
    else:
        print(f"no {NEXT_EDITS}: the next hunks are left out")
    functions = own_functions(chosen.functions, chosen.seed)
    own = asyncio.run(measure(functions, REPOSITORY))
    parts.append(_table("The body of one of this project's functions, not given", own))
    text = "\n\n".join(parts)
    print(text)
    if chosen.docs:
        written = MARKED.sub(lambda marks: marks[1] + text + marks[2], DOCS.read_text("utf-8"))
        DOCS.write_text(written, "utf-8")


def _table(title: str, measured: Measured) -> str:
    count = next(iter(measured.shares.values())).cases
    lines = [
        f"{title} ({count} cases):",
        "",
        "| what is sent | names of the true answer in it | cases with all of them | tokens, mean |",
        "|---|---|---|---|",
    ]
    for name, share in measured.shares.items():
        lines.append(
            f"| {name} | {share.there / share.wanted:.1%} | {share.whole / share.cases:.1%} "
            f"| {share.tokens / share.cases:,.0f} |"
        )
    quantiles = statistics.quantiles(measured.seconds, n=20)
    lag = statistics.quantiles(measured.lags, n=100)[98]
    lines += [
        "",
        f"Gathering takes {quantiles[9] * 1000:.0f} ms (p50), {quantiles[18] * 1000:.0f} ms (p95); "
        f"out of time in {measured.incomplete} of {count} cases. Meanwhile the event loop is "
        f"late by {lag * 1000:.1f} ms (p99), {max(measured.lags) * 1000:.1f} ms at the most."
        + (
            f" With {measured.files} files to look at first: {measured.first * 1000:.0f} ms."
            if measured.first
            else ""
        ),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
