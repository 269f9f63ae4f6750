"""What `mode` does to a route: the order changes, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from turnout.routing.mode import in_mode
from turnout.routing.route import Candidate, Route
from turnout.settings.model import Mode

PRICES = {"recall": None, "a": 0.03, "b": 0.01, "c": 0.02, "d": None, "e": 0.01, "z": 0.001}


def route(names: str, escalate: str = "") -> Route:
    candidates = {n: Candidate(n, "routes.tests", PRICES[n]) for n in names.split()}
    escalation = candidates.get(escalate)
    return Route("tests", "mechanical", tuple(candidates.values()), escalation=escalation)


def names(found: Route) -> str:
    return " ".join(candidate.name for candidate in found.candidates)


@pytest.mark.parametrize(
    ("mode", "given", "escalate", "expected"),
    [
        ("balanced", "recall a b c", "", "recall a b c"),
        ("balanced", "a b z", "z", "a b z"),
        ("economy", "recall a b c", "", "recall b c a"),
        ("economy", "a recall b", "", "b recall a"),
        ("economy", "a d b", "", "b d a"),  # an unknown price keeps its place
        ("economy", "a b e", "", "b e a"),  # equal prices keep their order
        ("economy", "a b z", "z", "b a z"),  # whoever is escalated to stays last
        ("economy", "a z", "z", "a z"),
        ("economy", "d", "", "d"),
        ("economy", "", "", ""),
        ("best", "recall a b z", "z", "recall z a b"),
        ("best", "a b z", "z", "z a b"),
        ("best", "z", "z", "z"),
        ("best", "a b c", "", "a b c"),
        ("best", "", "", ""),
    ],
)
def test_the_order(mode: Mode, given: str, escalate: str, expected: str) -> None:
    found = in_mode(route(given, escalate), mode)
    assert names(found) == expected
    assert sorted(names(found)) == sorted(given)


def test_the_reason_says_what_the_mode_did() -> None:
    def reasons(mode: Mode, **given: Any) -> list[str]:
        return [one.reason for one in in_mode(route(**given), mode).candidates]

    assert reasons("balanced", names="a b") == ["routes.tests"] * 2
    moved = "routes.tests, the cheapest first (mode economy)"
    assert reasons("economy", names="a d b") == [moved, "routes.tests", moved]
    assert reasons("economy", names="a d") == ["routes.tests"] * 2  # nothing to compare with
    assert reasons("best", names="a z", escalate="z") == [
        "routes.tests, asked at once (mode best)", "routes.tests",
    ]  # fmt: skip


def test_in_best_nobody_is_escalated_to_any_more() -> None:
    assert in_mode(route("a z", "z"), "best").escalation is None
    economy = in_mode(route("a z", "z"), "economy").escalation
    assert economy is not None
    assert economy.name == "z"
