"""A route in words: who would be asked, why, at which price, and who would not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from turnout.vocabulary import money

if TYPE_CHECKING:
    from turnout.routing.route import Candidate, Route


def about(price: float | None) -> str:
    """Say an expected price; "" where it is not known."""
    if price is None:
        return ""
    return "free" if price == 0 else f"about {money(price)}"


def explain(route: Route, *, checked: bool = False) -> str:
    """Return the route as lines of plain text; ``checked`` says that answers are judged."""
    return "\n".join(_lines(route, checked)) + "\n"


def _lines(route: Route, checked: bool) -> Iterator[str]:
    yield f"{route.task.replace('_', ' ')} ({route.layer})"
    if route.candidates:
        yield from _table(route.candidates)
        if checked:
            yield _what_follows(route)
    else:
        yield f"  {route.why}"
        if route.remedy:
            yield f"  To mend it: {route.remedy}."
    if route.ruled_out:
        yield "Not asked:"
    for one in route.ruled_out:
        yield f"  {one.name}: {one.reason}" + (f" ({one.remedy})" if one.remedy else "")


def _table(candidates: Sequence[Candidate]) -> Iterator[str]:
    rows = [
        (f"{n}.", one.name, about(one.price), one.reason) for n, one in enumerate(candidates, 1)
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True) if width)
        yield f"  {'  '.join(cells)}".rstrip()


def _what_follows(route: Route) -> str:
    if route.escalation is None:
        return "An answer that does not pass its check: the same model is asked once more."
    return f"An answer that does not pass its check: {route.escalation.name} is asked once."
