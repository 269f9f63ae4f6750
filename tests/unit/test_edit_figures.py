"""The bars that docs/edits.md promises, on real commits and real reviews; see ``bench.edits``."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.edits import anchoring, applying, commits
from bench.edits.__main__ import data

COMMITS = data() / "next_edit" / "git_next_edit_dev.jsonl.gz"
REVIEWS = data() / "review" / "aacr_prs_dev.jsonl.gz"
needs_data = pytest.mark.skipif(
    not (COMMITS.exists() and REVIEWS.exists()), reason="no data sets: set TURNOUT_DATA"
)


@needs_data
@pytest.mark.slow
def test_answers_made_from_commits() -> None:
    tallies = applying.measure(commits.read(COMMITS), 1)
    notes = [note for tally in tallies.values() for note in tally.notes if "WRONG" in note]
    assert not notes
    clean = {"blocks, as quoted", "json, as quoted", "whole symbol, as it stands"}
    for name, tally in tallies.items():
        assert tally.right >= (0.99 if name in clean else 0.95) * tally.all, name


@needs_data
def test_findings_of_reviews() -> None:
    golds = anchoring.read(REVIEWS)
    counts: Counter[str] = Counter()
    for seed in range(30):
        counts += anchoring.landing(golds, seed, 20, telling=False)
    assert counts["right"] >= 0.95 * counts.total()
    assert counts["wrong"] <= 0.005 * counts.total()
    lasting = anchoring.lasting(golds, 1)
    assert lasting["right"] > 0
    assert not lasting["wrong"]
