"""Keeps recall in step with the open documents, so that an edit is searchable at the next key."""

from __future__ import annotations

import asyncio
import logging
from importlib import import_module
from typing import TYPE_CHECKING, Final

from turnout.lsp.client import path_of
from turnout.lsp.faults import report

if TYPE_CHECKING:
    from turnout.document import Document
    from turnout.lsp.documents import Edit
    from turnout.lsp.server import TurnoutServer

logger = logging.getLogger(__name__)

_SETTLE: Final = 0.2
"""Seconds before recall is loaded, which takes a moment: what was asked at once goes first."""


def register(server: TurnoutServer) -> None:
    """Register the feature."""
    server.documents.observe(_Feed(server))


class _Feed:
    """Passes changes on. Until recall is loaded, it notes what is open."""

    def __init__(self, server: TurnoutServer) -> None:
        self._server = server
        self._open: set[str] = set()
        self._loading: asyncio.Task[None] | None = None
        self._loaded = False
        self._exclusion: object = None

    def opened(self, document: Document) -> None:
        """Follow a document, unless it is excluded."""
        self._open.add(document.uri)
        if self._loaded:
            self._follow(document)
        elif self._loading is None:
            self._loading = asyncio.get_running_loop().create_task(self._load())

    def edited(self, edit: Edit) -> None:
        """Pass the changed lines on."""
        if self._loaded:
            if self._exclusion is not self._server.app.exclusion:
                self._leave_excluded()
            self._server.app.recall.splice(edit.uri, edit.line, edit.removed_lines, edit.lines)

    def closed(self, uri: str) -> None:
        """Follow it no more."""
        self._open.discard(uri)
        if self._loaded:
            self._server.app.recall.close(uri)

    def saved(self, uri: str) -> None:
        """Do nothing: what is on disk now was followed all along."""

    async def _load(self) -> None:
        await asyncio.sleep(_SETTLE)
        try:
            for module in ("turnout.recall.recall", "turnout.context.exclude"):
                await asyncio.to_thread(import_module, module)
        except Exception as error:  # then there is no recall, and everything else
            report(logger, "recall can not be loaded", error)
            return
        self._loaded = True
        self._exclusion = self._server.app.exclusion
        for uri in self._open:
            if (document := self._server.documents.snapshot(uri)) is not None:
                self._follow(document)

    def _leave_excluded(self) -> None:
        """Settings have changed: follow no more what is excluded now."""
        self._exclusion = self._server.app.exclusion
        for uri in self._open:
            if not self._allows(uri):
                self._server.app.recall.close(uri)

    def _follow(self, document: Document) -> None:
        if self._allows(document.uri):
            self._server.app.recall.open(document.uri, document.lines)

    def _allows(self, uri: str) -> bool:
        path = path_of(uri)
        return path is None or self._server.app.exclusion.check(str(path)) is None
