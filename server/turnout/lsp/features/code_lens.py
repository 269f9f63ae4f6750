"""`textDocument/codeLens`: what may be done with a definition, above it.

A lens is as good as the menu's entry and comes of the same text; nothing is read or asked for it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types

from turnout.document import Document, Span
from turnout.engine.ask import Ask
from turnout.lsp.features.task_actions import ACTIONS
from turnout.lsp.protocol import request_document
from turnout.vocabulary import Task

if TYPE_CHECKING:
    from turnout.context.workspace import Trees
    from turnout.lsp.server import TurnoutServer

_TITLES: Final[dict[Task, str]] = {
    "review": "Review",
    "tests": "Tests",
    "docs": "Docs",
    "explain": "Explain",
}
_CALM: Final = 0.3
"""Seconds before anything is parsed: whoever types on has the request cancelled."""
_LONGEST: Final = 10_000  # lines
_MOST: Final = 300  # definitions
_BLANKS: Final = re.compile(r"\s*")

Place = tuple[int, Span]
"""Where a definition begins, and the whole of it with what belongs to it."""


def register(server: TurnoutServer) -> None:
    """Register the feature."""
    server.app.observers.append(_Refresher(server).changed)

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=False))
    async def code_lens(_: types.CodeLensParams) -> list[types.CodeLens]:
        document = request_document()
        if document is None or not server.app.settings.code_lens.enabled:
            return []
        await asyncio.sleep(_CALM)
        tasks = _served(server, document)
        stale = server.documents.version(document.uri) != document.version
        if stale or not tasks or len(document.lines) > _LONGEST:
            return []
        trees = server.app.workspace.trees
        places = await asyncio.to_thread(_places, trees, document)
        if server.documents.version(document.uri) != document.version:
            return []  # it will be asked for anew
        return [lens for place in places for lens in _lenses(server, document, tasks, place)]


def _served(server: TurnoutServer, document: Document) -> list[Task]:
    """Return the tasks that a model can serve for this file."""
    whole = Span(0, 0)
    asks = (Ask(task, document, whole, explicit=True) for task in _TITLES)
    return [ask.task for ask in asks if server.app.engine.route(ask).candidates]


def _places(trees: Trees, document: Document) -> Sequence[Place]:
    from turnout.context.units import definitions

    tree = trees.tree(document.path or document.uri, document.language, document.text)
    if not tree.parsed:
        return ()
    comments = {span.start: span.end for span, kind in tree.literals if kind == "comment"}
    found = (symbol.span for symbol in definitions(tree) if symbol.body)
    return [(_top(tree.text, span, comments), span) for span in islice(found, _MOST)]


def _top(text: str, span: Span, comments: Mapping[int, int]) -> int:
    """Return where a definition begins, its decorators included and its comments not."""
    at = _after_blanks(text, span.start)
    while at in comments:
        at = _after_blanks(text, comments[at])
    return at


def _after_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def _lenses(
    server: TurnoutServer, document: Document, tasks: Sequence[Task], place: Place
) -> Iterator[types.CodeLens]:
    top, whole = place
    above = server.positions.range(document, top, top)
    where = server.positions.range(document, whole.start, whole.end)
    arguments: list[Any] = [{"uri": document.uri, "range": where}]
    for task in tasks:
        command = ACTIONS[task].command
        yield types.CodeLens(
            range=above,
            command=types.Command(title=_TITLES[task], command=command, arguments=arguments),
        )


class _Refresher:
    """Has lenses asked for anew when other models can serve them, or they are switched off."""

    def __init__(self, server: TurnoutServer) -> None:
        self._server = server
        self._known: object = None

    def changed(self, urgent: bool) -> None:
        """See whether there is a reason."""
        server = self._server
        if not urgent or not server.client.refreshes_lenses:
            return
        now = server.app.settings, frozenset(server.app.keyless)
        known, self._known = self._known, now
        if known not in (None, now):
            asked = server.protocol.send_request(types.WORKSPACE_CODE_LENS_REFRESH)
            asked.add_done_callback(_heard)


def _heard(asked: Future[Any]) -> None:
    """Take note of whatever the client answered: there is nothing to do about it."""
    if not asked.cancelled():
        asked.exception()
