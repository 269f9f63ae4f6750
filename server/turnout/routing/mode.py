"""What `mode` does to a route: cheap ones first, or the good one at once. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from turnout.routing.route import Candidate, Route
from turnout.settings.model import Mode


def in_mode(route: Route, mode: Mode) -> Route:
    """Return the route as the mode has it; nobody is added, nobody left out.

    Recall stays where it is, since it is free, and so does whom the route escalates to, but in
    ``best``: then it is asked at once.
    """
    if mode == "economy":
        return replace(route, candidates=tuple(_cheapest_first(route)))
    if mode == "best" and route.escalation is not None:
        return _best_first(route, route.escalation)
    return route


def _cheapest_first(route: Route) -> Iterator[Candidate]:
    """Sort those with a price into the places that they have; the others keep their own."""

    def moves(one: Candidate) -> bool:
        kept = one.is_recall or (route.escalation is not None and one.name == route.escalation.name)
        return one.price is not None and not kept

    priced = [one for one in route.candidates if moves(one)]
    cheapest = iter(sorted(priced, key=lambda one: one.price or 0.0))
    if len(priced) < 2:
        yield from route.candidates
        return
    for one in route.candidates:
        yield _moved(next(cheapest)) if moves(one) else one


def _moved(one: Candidate) -> Candidate:
    return replace(one, reason=f"{one.reason}, the cheapest first (mode economy)")


def _best_first(route: Route, best: Candidate) -> Route:
    """Ask whom the route escalates to before all models; it repairs its own answers."""
    others = [one for one in route.candidates if one.name != best.name]
    at = next((n for n, one in enumerate(others) if not one.is_recall), len(others))
    best = replace(best, reason=f"{best.reason}, asked at once (mode best)")
    return replace(route, candidates=(*others[:at], best, *others[at:]), escalation=None)
