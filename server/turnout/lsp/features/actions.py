"""The commands of the actions: what they are about, and one at a time for each document."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from turnout.context.symbol import enclosing
from turnout.document import Document
from turnout.engine.ask import Ask, Span
from turnout.vocabulary import Task

if TYPE_CHECKING:
    from turnout.lsp.features.running import Running, Target
    from turnout.lsp.server import TurnoutServer

COMMANDS: Final[dict[Task, str]] = {"review": "turnout.review", "explain": "turnout.explain"}


def register(server: TurnoutServer) -> None:
    """Register the feature."""
    slots = Slots()
    server.documents.observe(slots)
    for task in COMMANDS:
        _register_command(server, slots, task)


def _register_command(server: TurnoutServer, slots: Slots, task: Task) -> None:
    async def run(arguments: Any = None) -> dict[str, Any]:
        # Made before anything is awaited: the next message may change the text.
        running = _running(task)(server, target(server, task, arguments))
        try:
            return await slots.run(running.uri, running.run())
        finally:
            running.release()

    server.command(COMMANDS[task])(run)


def _running(task: Task) -> type[Running]:
    """Load what carries actions out: with the first of them, not before the first completion."""
    from turnout.lsp.features.running import Explaining, Reviewing

    return Reviewing if task == "review" else Explaining


class Slots:
    """One running action for each document: a new one takes the place of the old."""

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[dict[str, Any]]] = {}

    async def run(self, uri: str, work: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
        """Carry it out; one that is stopped or superseded says so as its result."""
        self.stop(uri)
        task = asyncio.get_running_loop().create_task(work)
        self._running[uri] = task
        try:
            return await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            return {"outcome": "stopped"}
        finally:
            if self._running.get(uri) is task:
                del self._running[uri]

    def stop(self, uri: str) -> None:
        """Stop the action of a document, if one runs."""
        if running := self._running.get(uri):
            running.cancel()

    def opened(self, document: Document) -> None:
        """Nothing runs for a document that was just opened."""

    def edited(self, edit: object) -> None:
        """An action goes on while the text moves; what it finds is anchored anew."""

    def saved(self, uri: str) -> None:
        """Saving changes nothing."""

    def closed(self, uri: str) -> None:
        """Stop what runs for a document that nobody looks at any more."""
        self.stop(uri)


def target(server: TurnoutServer, task: Task, arguments: object) -> Target:
    """Read ``{uri, range?, model?}``; raises `JsonRpcInvalidParams`."""
    from turnout.lsp.features.running import Target

    document = server.documents.snapshot(_uri(arguments))
    if document is None:
        raise JsonRpcInvalidParams("the document is not open, or out of sync until it is sent anew")
    options = arguments if isinstance(arguments, dict) else {}
    span, name = _span(server, document, options.get("range"))
    model = options.get("model")
    chosen = model if isinstance(model, str) else None
    return Target(Ask(task, document, span, model=chosen, explicit=True), name)


def _uri(arguments: object) -> str:
    if isinstance(arguments, dict) and isinstance(uri := arguments.get("uri"), str):
        return uri
    raise JsonRpcInvalidParams("the command takes one object with a uri")


def _span(server: TurnoutServer, document: Document, value: object) -> tuple[Span, str]:
    if not document.text.strip():
        raise JsonRpcInvalidParams("the document is empty")
    if value is None:
        return Span(0, len(document.text)), "this file"
    start = server.positions.offset(document, _position(value, "start"))
    end = server.positions.offset(document, _position(value, "end"))
    if start >= end:
        raise JsonRpcInvalidParams("the range is empty")
    # The last line belongs to the definition whatever stands above its name.
    symbol = enclosing(document, document.line_column(end - 1)[0])
    while symbol and symbol.start > start and symbol.line > 0:
        symbol = enclosing(document, symbol.line - 1)
    named = symbol is not None and (symbol.start, symbol.end) == (start, end)
    return Span(start, end), f"`{symbol.name}`" if symbol and named else "the selection"


def _position(value: object, side: str) -> types.Position:
    position = value.get(side) if isinstance(value, dict) else None
    if isinstance(position, dict):
        line, character = position.get("line"), position.get("character")
        if type(line) is int and type(character) is int and line >= 0 and character >= 0:
            return types.Position(line=line, character=character)
    raise JsonRpcInvalidParams("the range does not validate")
