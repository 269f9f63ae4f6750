"""One line of the ledger, as it is handed in. What it cost is found out by the writer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from turnout.settings.offers import is_local
from turnout.vocabulary import Layer, Task
from turnout_clients.types import Model, Price, Usage

if TYPE_CHECKING:
    from turnout.settings.model import Provider

Known = Literal["reported", "priced", "estimated", "unknown", "free", "reserved"]
"""How a cost is known. ``reserved`` is the worst case of a call that has not ended."""

Ending = Literal["answered", "failed", "superseded", "cancelled"]
Outcome = Literal["shown", "accepted", "partly", "typed", "dismissed"]
Relation = Literal["", "failover", "retry", "hedge", "escalation", "repair", "keep-alive"]
"""What a call is to the one that it was made for; "" for one that came first."""


@dataclass(frozen=True, slots=True)
class Source:
    """The model that was called, as its price is looked up."""

    name: str  # "provider/name"
    provider: str
    dialect: str
    id: str  # as the provider calls it
    base_url: str = ""
    local: bool = False  # on this machine: free, unless it passes requests on
    price: Price | None = None  # by the user's word

    @classmethod
    def of(cls, model: Model, provider: Provider) -> Source:
        """Make it of the user's settings."""
        return cls(
            model.name,
            provider.name,
            provider.dialect,
            model.id,
            provider.base_url,
            is_local(provider),
            model.price,
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One call to one model. Times in milliseconds, ``at`` in seconds since 1970."""

    id: str
    at: float
    task: Task
    layer: Layer
    route: str  # the candidates in their order
    reason: str  # why this one stood where it did
    source: Source
    usage: Usage | None = None
    estimated: bool = False  # the usage was counted here; the provider did not say
    first_ms: float | None = None
    total_ms: float | None = None
    ending: Ending = "answered"
    error: str = ""  # the name of its class
    aborted: bool = False  # closed by us before its end
    parent: str = ""
    relation: Relation = ""
    cache_predicted: int | None = None  # tokens
