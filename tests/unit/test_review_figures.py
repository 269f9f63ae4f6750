"""Real review comments as a model's answer, through the reader of reviews: on their line or gone.

The bars are those of docs/edits.md; what the reader adds to the anchor must not cost any of them.
"""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

from bench.edits import anchoring
from bench.edits.__main__ import data
from turnout.document import Document, Span, split_lines
from turnout.engine.ask import Ask, Material
from turnout.tasks.review import ReviewReader

REVIEWS = data() / "review" / "aacr_prs_dev.jsonl.gz"
needs_data = pytest.mark.skipif(not REVIEWS.exists(), reason="no data sets: set TURNOUT_DATA")


def patch(gold: anchoring.Gold) -> str:
    """The change as a diff without the lines that it took away."""
    text = "diff --git a/f b/f\n--- a/f\n+++ b/f\n"
    for hunk in gold.file.hunks:
        size, old = len(hunk.lines), len(hunk.lines) - sum(hunk.added)
        text += f"@@ -{hunk.start},{old} +{hunk.start},{size} @@\n"
        pairs = zip(hunk.lines, hunk.added, strict=True)
        text += "".join(f"{' +'[added]}{line}\n" for line, added in pairs)
    return text


def asked(gold: anchoring.Gold) -> Ask:
    """A review of the change, all of the file in question."""
    text = anchoring._file(gold)
    document = Document("file:///f", 0, "", tuple(split_lines(text)))
    materials = (Material("diff", "The change", patch(gold)),)
    return Ask("review", document, Span(0, len(text)), materials=materials)


@needs_data
@pytest.mark.parametrize(("told", "least"), [(True, 0.95), (False, 0.9)])
def test_findings_of_a_change_land_on_their_lines(told: bool, least: float) -> None:
    counts: Counter[str] = Counter()
    chance = random.Random(1)
    asks = [(gold, asked(gold)) for gold in anchoring.read(REVIEWS)]
    for _ in range(30):
        for gold, ask in asks:
            number = chance.choice(gold.spoken)
            answer = {
                "severity": "error",
                "category": "bug",
                "quote": anchoring._noisy(gold.lines[number], chance),
                "line": number + chance.randint(-20, 20) if told else None,
                "explanation": "That.",
            }
            reader = ReviewReader(ask, "mine/big")
            reader.feed(json.dumps(answer) + "\n")
            review = reader.finish("stop")
            assert review is not None
            lines = {ask.document.line_column(f.start)[0] + 1 for f in review.findings}
            counts["right" if lines == {number} else "wrong" if lines else "none"] += 1
    assert counts["right"] >= least * counts.total()
    assert counts["wrong"] <= 0.005 * counts.total()
