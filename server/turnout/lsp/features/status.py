"""How things stand: asked for, pushed when it changes, and switched by the user's key press."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, get_args

from pygls.exceptions import JsonRpcInvalidParams

from turnout.settings.model import Mode

if TYPE_CHECKING:
    from turnout.lsp.features.arguments import Order
    from turnout.lsp.server import TurnoutServer

STATUS: Final = "turnout/status"
PAUSE: Final = "turnout/pause"
MODE: Final = "turnout/mode"

_FIRST: Final = 1.0
"""Seconds after the start that belong to the first completion."""
_AT_MOST_EVERY: Final = 0.25
_TYPING: Final = 1.0
"""Seconds for which what is only another suggestion may wait."""
_MODES: Final[tuple[Mode, ...]] = get_args(Mode)


def register(server: TurnoutServer) -> None:
    """Register the feature."""
    news = status_of(server)
    server.app.observers.append(news.changed)

    @server.feature(STATUS)
    async def status(_: Any = None) -> dict[str, Any]:
        return await news.now()

    @server.feature(PAUSE)
    async def pause(params: Any = None) -> dict[str, Any]:
        paused = params.get("paused") if isinstance(params, dict) else None
        if not isinstance(paused, bool):
            raise JsonRpcInvalidParams("the request takes {paused}: true or false")
        server.app.pause(paused)
        return await news.now()

    @server.feature(MODE)
    async def mode(params: Any = None) -> dict[str, Any]:
        wanted = params.get("mode") if isinstance(params, dict) else None
        chosen = next((one for one in _MODES if one == wanted), None)
        if chosen is None:
            raise JsonRpcInvalidParams(f"the request takes {{mode}}: {', '.join(_MODES)}")
        server.app.use(chosen)
        return await news.now()


def status_of(server: TurnoutServer) -> Status:
    """Return what follows the status of a session; it is made when it is first needed."""
    return server.part(Status, lambda: Status(server))


class Status:
    """Tells a client that wants to know of each change, at most four times a second."""

    def __init__(self, server: TurnoutServer) -> None:
        self._server = server
        self._working: dict[int, dict[str, str]] = {}
        self._news = asyncio.Event()
        self._urgent = asyncio.Event()
        self._following = False
        self._told: dict[str, Any] = {}

    def changed(self, urgent: bool = True) -> None:
        """Something may be different. Costs next to nothing."""
        if not self._server.client.shows_status:
            return
        self._news.set()
        if urgent:
            self._urgent.set()
        if not self._following:
            self._following = True
            self._server.app.background(self._follow)

    @contextmanager
    def working(self, order: Order) -> Iterator[None]:
        """Count an action as under way."""
        self._working[id(order)] = {"task": order.action.task, "title": order.title}
        self.changed()
        try:
            yield
        finally:
            self.done(order)

    def done(self, order: Order) -> None:
        """Count it no more: it has ended, or waits for the user."""
        if self._working.pop(id(order), None):
            self.changed()

    async def now(self) -> dict[str, Any]:
        """Find out how things stand."""
        from turnout.lsp.features.standing import standing

        return (await standing(self._server, list(self._working.values())))[0]

    async def _follow(self) -> None:
        await asyncio.sleep(_FIRST)
        while True:
            await self._news.wait()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._urgent.wait(), _TYPING)
            self._news.clear()
            self._urgent.clear()
            await self._tell()
            await asyncio.sleep(_AT_MOST_EVERY)

    async def _tell(self) -> None:
        from turnout.lsp.features.standing import standing

        status, until = await standing(self._server, list(self._working.values()))
        if status != self._told:
            self._told = status
            self._server.protocol.notify(STATUS, status)
        if until is not None:  # a rest ends by itself
            asyncio.get_running_loop().call_later(until, self.changed)
