"""What becomes of suggestions: the command that items carry, and the changes of the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from turnout.lsp.features.suggestions import ACCEPT

if TYPE_CHECKING:
    from turnout.document import Document
    from turnout.lsp.documents import Edit
    from turnout.lsp.server import TurnoutServer


def register(server: TurnoutServer) -> None:
    """Register the feature."""

    @server.command(ACCEPT)
    async def accept(offer_id: Any = None) -> None:
        if isinstance(offer_id, str):
            server.app.suggester.acceptance.accepted(offer_id)

    server.documents.observe(_Watch(server))


class _Watch:
    """Follows the documents."""

    def __init__(self, server: TurnoutServer) -> None:
        self._server = server

    def opened(self, document: Document) -> None:
        """Do nothing: nothing was offered in it yet."""

    def edited(self, edit: Edit) -> None:
        """See whether a suggestion came in with it."""
        suggester = self._server.app.suggester
        suggester.changed(edit.uri, edit.version)
        suggester.acceptance.edited(edit)

    def closed(self, uri: str) -> None:
        """End what is under way for it."""
        self._server.app.suggester.acceptance.closed(uri)
        self._server.app.suggester.forget(uri)

    def saved(self, uri: str) -> None:
        """Do nothing: saving accepts nothing."""
