"""What a request is expected to cost: typical sizes of what is sent and answered, as data.

Known only where prices are loaded; nothing is read, loaded or waited for here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from turnout.engine.bill import tokens_per_token
from turnout.ledger.entry import Source
from turnout.ledger.money import expected_price
from turnout.vocabulary import LAYER_OF, Task
from turnout_clients import tokens

if TYPE_CHECKING:
    from turnout.engine.ask import Ask
    from turnout.routing.route import Candidate, Route
    from turnout.settings.model import Settings


@dataclass(frozen=True, slots=True)
class Size:
    """Tokens of o200k that go with a request of a task, besides the code in question."""

    sent: int  # the words of the task and the code around
    answered: int
    share: float = 0.0  # of the code in question, that is answered on top of it


_USUAL: Final = Size(3_000, 500)
SIZES: Final[Mapping[Task, Size]] = {
    "inline": Size(2_500, 50),
    "complete": Size(2_500, 50),
    "review": Size(3_000, 500, 0.1),
    "refactor": Size(4_500, 300, 1.0),
    "fix": Size(3_500, 250, 0.3),
    "tests": Size(4_500, 500, 1.2),
    "docs": Size(3_500, 150, 0.5),
    "explain": Size(3_000, 300),
    "boilerplate": Size(3_500, 600),
    "commit_message": Size(600, 100),
    "pull_request": Size(600, 300),
    "dependency": Size(5_000, 600, 0.3),
    "suggest": Size(400, 80),
    "debug": Size(5_000, 700),
    "design": Size(4_000, 1_200),
    "ask": Size(4_000, 500),
}
"""Rough sizes, for a price in a title; what it did cost stands in the ledger."""


def priced(route: Route, ask: Ask, settings: Settings) -> Route:
    """Return the route with what each candidate is expected to cost, as far as it is known.

    What is typed costs too little to be told; only where the cheapest is asked first, it matters.
    """
    untold = LAYER_OF[ask.task] == "instant" and settings.mode != "economy"
    if untold or not route.candidates:
        return route
    usual = SIZES.get(ask.task, _USUAL)
    code = _code(ask)
    sent, answered = usual.sent + code, round(usual.answered + usual.share * code)

    def with_price(candidate: Candidate) -> Candidate:
        model = settings.models.get(candidate.name)
        provider = settings.providers.get(model.provider) if model else None
        if model is None or provider is None:
            return candidate
        factor = tokens_per_token(model, provider)
        source = Source.of(model, provider)
        price = expected_price(source, round(sent * factor), round(answered * factor))
        return replace(candidate, price=price)

    escalation = route.escalation and with_price(route.escalation)
    return replace(
        route, candidates=tuple(map(with_price, route.candidates)), escalation=escalation
    )


def _code(ask: Ask) -> int:
    spans = ask.parts or (ask.span,)
    given = sum(tokens.estimate(material.text) for material in ask.materials)
    characters = sum(span.end - span.start for span in spans)
    return given + round(characters / tokens.BYTES_PER_TOKEN) + tokens.estimate(ask.instruction)
