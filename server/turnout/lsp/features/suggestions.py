"""What ghost text and the menu have in common: from suggestions to what a client is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lsprotocol import types

from turnout.inline.suggestion import catch_up

if TYPE_CHECKING:
    from turnout.document import Document
    from turnout.inline.suggestion import Suggestion
    from turnout.lsp.positions import Positions
    from turnout.lsp.server import TurnoutServer
    from turnout.vocabulary import Task

ACCEPT: Final = "turnout.accept"
"""The command that an item carries; its argument is the id of the suggestion."""


def still_fitting(
    server: TurnoutServer, document: Document, suggestions: list[Suggestion]
) -> tuple[Document, list[Suggestion]]:
    """Compare the version again: what the text has moved away from is dropped."""
    if server.documents.version(document.uri) == document.version:
        return document, suggestions
    current = server.documents.snapshot(document.uri)
    if current is None:
        return document, []
    caught_up = (catch_up(one, document, current) for one in suggestions)
    return current, [one for one in caught_up if one is not None]


def offer(
    server: TurnoutServer, task: Task, document: Document, suggestions: list[Suggestion]
) -> None:
    """Take note of an answer, unless it is the empty one to a request that was superseded."""
    if suggestions or server.documents.version(document.uri) == document.version:
        server.app.suggester.acceptance.offer(task, document, suggestions)


def range_of(positions: Positions, document: Document, suggestion: Suggestion) -> types.Range:
    """Return what a suggestion replaces: a part of one line."""
    line = document.lines[suggestion.line]
    start = positions.units(line[: suggestion.column])
    behind = line[suggestion.column : suggestion.column + suggestion.end - suggestion.start]
    return types.Range(
        start=types.Position(line=suggestion.line, character=start),
        end=types.Position(line=suggestion.line, character=start + positions.units(behind)),
    )


def accept_command(suggestion: Suggestion) -> types.Command:
    """Make the command that a client runs when an item was accepted."""
    return types.Command(title="Accept", command=ACCEPT, arguments=[suggestion.id])
