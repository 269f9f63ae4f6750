"""Copilot's notifications, under their names: clients that know them say what they show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer

DID_SHOW: Final = "textDocument/didShowCompletion"
DID_PARTIALLY_ACCEPT: Final = "textDocument/didPartiallyAcceptCompletion"
DID_FOCUS: Final = "textDocument/didFocus"


def register(server: TurnoutServer) -> None:
    """Register the feature."""

    @server.feature(DID_SHOW)
    async def did_show(params: Any) -> None:
        if offer_id := _id(params):
            server.app.suggester.acceptance.shown(offer_id)

    @server.feature(DID_PARTIALLY_ACCEPT)
    async def did_partially_accept(params: Any) -> None:
        length = _dig(params, "acceptedLength")
        text = _dig(params, "item", "insertText")
        if (offer_id := _id(params)) and isinstance(text, str) and isinstance(length, int):
            units = text.encode("utf-16-le", "surrogatepass")[: 2 * max(0, length)]
            points = len(units.decode("utf-16-le", "replace"))
            server.app.suggester.acceptance.partly_accepted(offer_id, points)

    @server.feature(DID_FOCUS)
    async def did_focus(params: Any) -> None:
        uri = _dig(params, "textDocument", "uri")
        if isinstance(uri, str):
            server.app.suggester.focus(uri)


def _id(params: object) -> str | None:
    """Return the id of the item that is spoken of; it came with the item's command."""
    arguments = _dig(params, "item", "command", "arguments")
    first = arguments[0] if isinstance(arguments, list) and arguments else None
    return first if isinstance(first, str) else None


def _dig(value: object, *path: str) -> Any:
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value
