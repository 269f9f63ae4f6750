"""Keep an explanation in the file, as a comment above the code: no model has a hand in it.

It is made by a key press of the user, for the version of the text that the server knows; a client
that takes versioned edits applies nothing where its text has moved on meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from turnout.document import Document
from turnout.edits.change import TextChange
from turnout.edits.comment import as_comment, can_comment
from turnout.edits.findings import Finding
from turnout.lsp.features.findings import NOTE, findings_of
from turnout.lsp.workspace_edits import Placed, workspace_edit

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer

COMMENT: Final = "turnout.comment"
LABEL: Final = "Keep this note as a comment"


def register(server: TurnoutServer) -> None:
    """Register the feature."""

    @server.command(COMMENT)
    async def comment(arguments: Any = None) -> dict[str, Any]:
        found = _find(server, arguments)
        if found is None:
            return {"applied": False}
        document, note = found
        edit = comment_edit(server, document, note)
        try:
            params = types.ApplyWorkspaceEditParams(label=LABEL, edit=edit)
            result = await server.workspace_apply_edit_async(params)
        except JsonRpcException:
            return {"applied": False}
        if result.applied:
            findings_of(server).take(document.uri, [note.id])
        return {"applied": result.applied}


def keepable(document: Document) -> bool:
    """Whether a note in a document can be kept."""
    return can_comment(document.language)


def comment_edit(server: TurnoutServer, document: Document, note: Finding) -> types.WorkspaceEdit:
    """Return the insertion above the line of a note."""
    line, column = document.line_column(note.start)
    head = document.lines[line][:column]
    indent = head[: len(head) - len(head.lstrip())]
    end = "\r\n" if document.lines[line].endswith("\r\n") else "\n"
    text = as_comment(note.message, document.language, indent).replace("\n", end)
    change = TextChange(document.starts[line], document.starts[line], text)
    return workspace_edit(server.client, server.positions, [Placed(document, [change])])


def _find(server: TurnoutServer, arguments: Any) -> tuple[Document, Finding] | None:
    options = arguments if isinstance(arguments, dict) else {}
    document = server.documents.snapshot(str(options.get("uri")))
    if document is None or not can_comment(document.language):
        return None
    store = findings_of(server).store
    store.settle(document.uri, document.text)
    notes = [note for note in store.of(document.uri) if note.category == NOTE]
    return next(((document, note) for note in notes if note.id == options.get("id")), None)
