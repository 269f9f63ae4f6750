"""Work-done progress of one action: shown where the client shows such, and cancelled from there.

A token that came with the command is used; else the client is asked to make one, if it can.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from lsprotocol import types

from turnout.lsp.protocol import work_done_token

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer


class Progress:
    """Begins once the client has the token; nothing ever waits for that."""

    def __init__(self, server: TurnoutServer, title: str, cancel: Callable[[], Any]) -> None:
        self._server = server
        self._title = title
        self._cancel = cancel
        self._message = ""
        self._begun = self._ended = False
        given = work_done_token()
        self._token = uuid4().hex if given is None else given
        self.shown = given is not None or server.client.progress
        """Whether the client shows it."""
        if given is not None:
            self._begin()
        elif self.shown:
            created = server.protocol.send_request(
                types.WINDOW_WORK_DONE_PROGRESS_CREATE,
                types.WorkDoneProgressCreateParams(token=self._token),
            )
            created.add_done_callback(self._created)

    def report(self, message: str) -> None:
        """Say how far it has come."""
        if message == self._message:
            return
        self._message = message
        if self._begun and not self._ended:
            value = types.WorkDoneProgressReport(message=message, cancellable=True)
            self._server.work_done_progress.report(self._token, value)

    def end(self, message: str) -> None:
        """Say what came of it."""
        if self._begun and not self._ended:
            value = types.WorkDoneProgressEnd(message=message)
            self._server.work_done_progress.end(self._token, value)
            self._server.work_done_progress.tokens.pop(self._token, None)
        self._ended = True

    def _created(self, created: Future[Any]) -> None:
        if not (created.cancelled() or created.exception() is not None or self._ended):
            self._begin()

    def _begin(self) -> None:
        self._begun = True
        value = types.WorkDoneProgressBegin(
            title=self._title, message=self._message or None, cancellable=True
        )
        self._server.work_done_progress.begin(self._token, value)
        cancelled = self._server.work_done_progress.tokens[self._token]
        cancelled.add_done_callback(lambda _: self._cancel())
