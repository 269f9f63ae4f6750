"""Whether what the user allows to be spent allows one more call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from turnout.vocabulary import money as money

if TYPE_CHECKING:
    from turnout.settings.model import Budget

Period = Literal["day", "month", "session"]

PERIODS: Final[tuple[Period, ...]] = ("day", "month", "session")
_PHRASE: Final[dict[Period, str]] = {
    "day": "today's budget",
    "month": "this month's budget",
    "session": "the budget of this session",
}
_WARN_AT: Final = 0.8


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call may not be made, and what mends it."""

    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A cap and what was spent under it. ``held`` is set aside for calls under way."""

    period: Period
    cap: float
    spent: float
    held: float

    def refuses(self, usd: float) -> bool:
        """Whether a call that may cost so much could pass the cap."""
        return self.used_up or self.spent + self.held + usd > self.cap

    @property
    def used_up(self) -> bool:
        """Whether nothing is left."""
        return self.spent >= self.cap

    def refusal(self, usd: float) -> Refusal:
        """Say why a call is refused."""
        used = f"{money(self.spent)} of {money(self.cap)} spent"
        under_way = f", {money(self.held)} set aside for calls under way" if self.held else ""
        more = "" if self.used_up else f"; this call may cost up to {money(usd)}"
        return Refusal(
            f"{_PHRASE[self.period]} does not allow it: {used}{under_way}{more}",
            f"raise budget.{self.period} in turnout.toml",
        )

    @property
    def nearly(self) -> bool:
        """Whether so much is spent that the user should know."""
        return self.spent >= _WARN_AT * self.cap

    def word(self) -> str:
        """Say how much is spent."""
        return f"{money(self.spent)} of {_PHRASE[self.period]} of {money(self.cap)} is spent."


UNHELD: Final = Refusal(
    "the ledger cannot be written, so your budget could not be held", "see `turnout doctor`"
)


def unpriced(name: str) -> Refusal:
    """Say why a model without a price is refused."""
    return Refusal(
        f"the price of {name} is not known, so your budget could not be held",
        f'set price = {{ input = ..., output = ... }} in [models."{name}"], USD for a million'
        " tokens, or choose another model",
    )


def caps(budget: Budget) -> Iterator[tuple[Period, float]]:
    """Yield the caps that the user set."""
    for period in PERIODS:
        cap: float | None = getattr(budget, period)
        if cap is not None:
            yield period, cap


def begin_of(period: Period, now: float) -> float:
    """Return when the day or month of the user's own clock began; a session has no begin."""
    if period == "session":
        return 0.0
    midnight = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)  # noqa: DTZ006
    return (midnight if period == "day" else midnight.replace(day=1)).timestamp()


def day_of(at: float) -> str:
    """Return the user's own day."""
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d")  # noqa: DTZ006
