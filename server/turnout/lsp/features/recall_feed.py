"""Keeps recall and the recent edits in step with the open documents.

An edit is searchable at the next key.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from turnout.lsp.client import path_of

if TYPE_CHECKING:
    from turnout.document import Document
    from turnout.lsp.documents import Edit
    from turnout.lsp.server import TurnoutServer


def register(server: TurnoutServer) -> None:
    """Register the feature."""
    server.documents.observe(_Feed(server))


class _Feed:
    """Passes changes on, of what is not excluded."""

    def __init__(self, server: TurnoutServer) -> None:
        self._server = server
        self._open: set[str] = set()
        self._exclusion: object = None

    def opened(self, document: Document) -> None:
        """Follow a document, unless it is excluded."""
        self._open.add(document.uri)
        if self._allows(document.uri):
            self._server.app.recall.open(document.uri, document.lines)
            self._server.app.recent.open(document.uri, document.lines)

    def edited(self, edit: Edit) -> None:
        """Pass the changed lines on."""
        if self._exclusion is not self._server.app.exclusion:
            self._leave_excluded()
        app, change = self._server.app, (edit.uri, edit.line, edit.removed_lines, edit.lines)
        app.recall.splice(*change)
        app.recent.splice(*change, monotonic())

    def closed(self, uri: str) -> None:
        """Follow it no more."""
        self._open.discard(uri)
        self._server.app.recall.close(uri)
        self._server.app.recent.close(uri)

    def saved(self, uri: str) -> None:
        """Do nothing: what is on disk now was followed all along."""

    def _leave_excluded(self) -> None:
        """Settings have changed: follow no more what is excluded now."""
        self._exclusion = self._server.app.exclusion
        for uri in self._open:
            if not self._allows(uri):
                self._server.app.recall.close(uri)
                self._server.app.recent.forget(uri)

    def _allows(self, uri: str) -> bool:
        path = path_of(uri)
        return path is None or self._server.app.exclusion.check(str(path)) is None
