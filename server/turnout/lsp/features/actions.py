"""The commands of the tasks, and those that decide about what the tasks propose."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from turnout.lsp.features.arguments import Order, read_order
from turnout.lsp.features.slots import Result, Slots
from turnout.lsp.features.status import status_of
from turnout.lsp.features.task_actions import ACTIONS, TaskAction

if TYPE_CHECKING:
    from turnout.lsp.features.running import Running
    from turnout.lsp.server import TurnoutServer

APPLY: Final = "turnout.apply"
DISCARD: Final = "turnout.discard"
EXPLAIN_ROUTE: Final = "turnout.explainRoute"

_RUNNING: Final = {
    "findings": ("reviewing", "Reviewing"),
    "edits": ("editing", "Editing"),
    "words": ("telling", "Telling"),
}
_ABOUT_CHANGES: Final = {
    "findings": ("changes", "ReviewingChanges"),
    "words": ("changes", "DescribingChanges"),
}


def register(server: TurnoutServer) -> None:
    """Register the feature."""
    slots = Slots()
    server.documents.observe(slots)
    for action in ACTIONS.values():
        _register_task(server, slots, action)
    _register_decisions(server)


def _register_task(server: TurnoutServer, slots: Slots, action: TaskAction) -> None:
    async def run(arguments: Any = None) -> Result:
        # Made before anything is awaited: the next message may change the text.
        order = read_order(server, action, arguments)
        running = _running(order)(server, order)
        try:
            with status_of(server).working(order):
                return await slots.run(order.slot, running.run())
        finally:
            running.release()

    server.command(action.command)(run)


def _running(order: Order) -> type[Running]:
    """Load what carries actions out: with the first of them, not before the first completion."""
    shows = order.action.shows
    module, name = _ABOUT_CHANGES[shows] if order.against else _RUNNING[shows]
    found: type[Running] = getattr(import_module(f"turnout.lsp.features.{module}"), name)
    return found


def _register_decisions(server: TurnoutServer) -> None:
    @server.command(APPLY)
    async def apply(arguments: Any = None) -> dict[str, Any]:
        from turnout.lsp.features.deciding import apply_by_id

        return await apply_by_id(server, arguments if isinstance(arguments, dict) else {})

    @server.command(EXPLAIN_ROUTE)
    async def explain_route(arguments: Any = None) -> dict[str, Any]:
        from turnout.lsp.features.route_explained import route_explained

        return route_explained(server, arguments)

    @server.command(DISCARD)
    async def discard(arguments: Any = None) -> dict[str, Any]:
        from turnout.lsp.features.deciding import discard_by_id

        return discard_by_id(server, arguments if isinstance(arguments, dict) else {})
