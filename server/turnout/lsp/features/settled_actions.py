"""Actions whose edit is known already: the fix of a finding, a note kept, an edit that waits.

They run as commands, so that it is known what became of them. A client that takes no edits from the
server gets them as the edit itself: it carries them out alone, and the text says that it did.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types

from turnout.document import Document
from turnout.edits.findings import Finding
from turnout.edits.plain import plain
from turnout.lsp.features.actions import APPLY
from turnout.lsp.features.deciding import fixes
from turnout.lsp.features.findings import findings_of
from turnout.lsp.features.notes import COMMENT, LABEL, comment_edit, keepable
from turnout.lsp.features.offers import fix_title
from turnout.lsp.features.pending import pending_of, placed_now
from turnout.lsp.workspace_edits import Placed, workspace_edit

if TYPE_CHECKING:
    from turnout.lsp.client import ClientFacts
    from turnout.lsp.features.pending import Proposal
    from turnout.lsp.server import TurnoutServer

_QUICKFIX: Final = types.CodeActionKind.QuickFix.value
_LONGEST: Final = 80


def on_note(
    server: TurnoutServer, document: Document, note: Finding, own: list[types.Diagnostic]
) -> Iterator[types.CodeAction]:
    """Keep it."""
    if not keepable(document):
        return
    kept = types.CodeAction(title=LABEL, kind=_QUICKFIX, diagnostics=own or None)
    if server.client.apply_edit:
        kept.command = _command(LABEL, COMMENT, uri=document.uri, id=note.id)
    else:
        kept.edit = comment_edit(server, document, note)
    yield kept


def on_fixable(
    server: TurnoutServer, document: Document, finding: Finding, own: list[types.Diagnostic]
) -> Iterator[types.CodeAction]:
    """Mend it, and all others that can be mended at once."""
    known = findings_of(server).store.of(document.uri)
    fix = _fix(server, document, fix_title(finding), [finding], id=finding.id)
    fix.diagnostics, fix.is_preferred = own or None, True
    yield fix
    fixable = [one for one in known if one.replacement]
    if len(fixable) > 1:
        yield _fix(server, document, f"Fix all {len(fixable)} findings of this file", fixable)


def _fix(
    server: TurnoutServer, document: Document, title: str, findings: list[Finding], **more: Any
) -> types.CodeAction:
    action = types.CodeAction(title=title, kind=_QUICKFIX)
    if server.client.apply_edit:
        action.command = _command(title, APPLY, uri=document.uri, **more)
    else:
        placed = Placed(document, fixes(document.text, findings)[1])
        action.edit = workspace_edit(server.client, server.positions, [placed])
    return action


def on_waiting(server: TurnoutServer, document: Document, kind: str) -> Iterator[types.CodeAction]:
    """Apply what was proposed for this file, where the client has no place of its own for that."""
    client = server.client
    waiting = pending_of(server).of(document.uri)
    if client.shows_documents or (client.change_annotations and client.document_changes):
        waiting = [one for one in waiting if _waits_for_a_file(client, one)]
    for proposal in waiting[:1]:
        placed = placed_now(server, proposal)
        action = types.CodeAction(title=_apply_title(proposal), kind=kind)
        if client.apply_edit:
            action.command = _command(action.title, APPLY, id=proposal.id)
        else:
            action.edit = workspace_edit(client, server.positions, placed)
        if placed or client.apply_edit:
            yield action


def _waits_for_a_file(client: ClientFacts, proposal: Proposal) -> bool:
    """Whether the user was told to make a file first."""
    return not client.creates_files and any(file.new for file in proposal.edits.files)


def _apply_title(proposal: Proposal) -> str:
    label = " ".join(plain(proposal.edits.label, _LONGEST).split())
    return f"Apply: {label}" if label else "Apply the edit that waits"


def _command(title: str, command: str, **arguments: Any) -> types.Command:
    return types.Command(title=title, command=command, arguments=[arguments])
