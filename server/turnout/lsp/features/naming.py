"""What a candidate is called in titles: its model's name, and the price if it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnout.routing.explain import about

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer
    from turnout.routing.route import Candidate


def name_and_price(server: TurnoutServer, candidate: Candidate) -> str:
    """Return the like of "Opus 5.5, about $0.04"."""
    model = server.app.settings.models.get(candidate.name)
    name = (model.title if model else "") or candidate.name
    return ", ".join(filter(None, (name, about(candidate.price))))
