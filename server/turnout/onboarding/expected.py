"""What a provider is expected to cost, before it was ever asked. Prices are loaded in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from turnout.engine.bill import tokens_per_token
from turnout.engine.expectation import SIZES
from turnout.ledger.entry import Source
from turnout.ledger.money import expected_price, load_prices
from turnout.settings.model import Provider
from turnout.vocabulary import money
from turnout_clients.catalog.models import display_name, fill_in
from turnout_clients.types import Model

LINES: Final = 200
"""Of the file in a typical review."""
SUGGESTIONS: Final = 1_000

_CODE: Final = 2_000  # tokens of so many lines
_REVIEW: Final = (
    SIZES["review"].sent + _CODE,
    round(SIZES["review"].answered + SIZES["review"].share * _CODE),
)
_SUGGESTION: Final = (2_000, 30)


@dataclass(frozen=True, slots=True)
class Expected:
    """The price of something typical in USD, None where it is not known, and the tokens of it."""

    model: str  # as people call it
    usd: float | None
    sent: int
    answered: int

    @property
    def words(self) -> str:
        """The price in a few words."""
        if self.usd is None:
            return "an unknown price"
        return f"about {money(self.usd)}" if self.usd else "nothing"


def review(provider: Provider, name: str) -> Expected:
    """Return what a review of a file costs."""
    return _expected(provider, name, *_REVIEW)


def suggestions(provider: Provider, name: str) -> Expected:
    """Return what so many suggestions cost."""
    sent, answered = (SUGGESTIONS * tokens for tokens in _SUGGESTION)
    return _expected(provider, name, sent, answered)


def _expected(provider: Provider, name: str, sent: int, answered: int) -> Expected:
    model = model_of(provider, name)
    factor = tokens_per_token(model, provider)
    sent, answered = round(sent * factor), round(answered * factor)
    source = Source.of(model, provider)
    load_prices([source])
    return Expected(display_name(model), expected_price(source, sent, answered), sent, answered)


def model_of(provider: Provider, name: str) -> Model:
    """Return a model of a provider of the catalogue with all that is known of it."""
    model = Model(name, provider.name, name.partition("/")[2])
    return fill_in(model, provider.name, {})
