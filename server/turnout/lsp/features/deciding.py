"""What becomes of proposals: the commands that apply and discard them, and fixes of findings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from lsprotocol import types

from turnout.edits.change import TextChange
from turnout.edits.findings import Finding, fix
from turnout.edits.outcome import EditSet, FileEdit, Subject
from turnout.edits.unified import render
from turnout.lsp.client import path_of
from turnout.lsp.features.findings import findings_of
from turnout.lsp.features.pending import Applied, Proposal, apply, pending_of
from turnout.lsp.features.remedies import say

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer

Outcome = Literal["accepted", "dismissed"]

_GONE: Final = Applied(False, "There is no such edit any more.")


async def carry_out(server: TurnoutServer, proposal: Proposal, *, confirm: bool = False) -> Applied:
    """Apply a proposal; whether it was, is kept, and why it was not, is said."""
    outcome = await apply(server, proposal, confirm=confirm)
    if outcome.applied:
        pending_of(server).settle(proposal.id)
        _keep(server, proposal, "accepted")
        _take_mended(server, proposal)
    elif outcome.why:
        say(server, types.MessageType.Warning, f"not applied. {outcome.why}")
    return outcome


def _take_mended(server: TurnoutServer, proposal: Proposal) -> None:
    """Take away the findings that an edit was made for; what they quote may stand there still."""
    findings = findings_of(server)
    gone = [one.id for one in findings.store.of(proposal.uri) if one.message in proposal.mends]
    if gone:
        findings.take(proposal.uri, gone)


def discard(server: TurnoutServer, proposal: Proposal) -> None:
    """Forget a proposal that the user does not want."""
    pending_of(server).settle(proposal.id)
    _keep(server, proposal, "dismissed")


async def apply_by_id(server: TurnoutServer, options: dict[str, Any]) -> dict[str, Any]:
    """Apply a proposal, ``{id}``, or what mends findings of a document, ``{uri, id?}``."""
    proposal = pending_of(server).get(options.get("id"))
    if proposal is not None:
        outcome = await carry_out(server, proposal)
    elif isinstance(uri := options.get("uri"), str):
        outcome = await _mend(server, uri, options.get("id"))
    else:
        outcome = _GONE
    return {"applied": outcome.applied, "why": outcome.why}


def discard_by_id(server: TurnoutServer, options: dict[str, Any]) -> dict[str, Any]:
    """Discard a proposal, ``{id}``."""
    proposal = pending_of(server).get(options.get("id"))
    if proposal is not None:
        discard(server, proposal)
    return {"discarded": proposal is not None}


async def _mend(server: TurnoutServer, uri: str, finding_id: object) -> Applied:
    """Apply the fix of one finding, or of all that have one. The user chose that very edit."""
    findings, document = findings_of(server), server.documents.snapshot(uri)
    if document is None:
        return _GONE
    findings.store.settle(uri, document.text)
    mended, changes = fixes(
        document.text, [one for one in findings.store.of(uri) if finding_id in (None, one.id)]
    )
    if not changes:
        return _GONE
    subject = Subject(uri, uri, document.version, document.text, document.language)
    label = mended[0].message if len(mended) == 1 else f"Fix {len(mended)} findings"
    edits = EditSet(label[:120], (FileEdit(subject, tuple(changes)),))
    outcome = await carry_out(server, Proposal(edits, mended[0].model))
    if outcome.applied:
        findings.take(uri, [finding.id for finding in mended])
    return outcome


def fixes(text: str, findings: Sequence[Finding]) -> tuple[list[Finding], list[TextChange]]:
    """Return the findings that can be mended together, and how: none in the place of another."""
    pairs = [(change, one) for one in findings if (change := fix(text, one)) is not None]
    pairs.sort(key=lambda pair: pair[0])
    changes: list[TextChange] = []
    mended: list[Finding] = []
    for change, finding in pairs:
        if not changes or changes[-1].end <= change.start:
            changes.append(change)
            mended.append(finding)
    return mended, changes


def _keep(server: TurnoutServer, proposal: Proposal, outcome: Outcome) -> None:
    """Have the session and the ledger remember what became of an edit."""
    folder = proposal.folder or Path()
    for file in proposal.edits.files:
        path = path_of(file.subject.uri) or folder / file.subject.path
        if outcome == "accepted":
            one = EditSet(proposal.edits.label, (file,))
            server.app.session.applied(str(path), render(one))
        else:
            server.app.session.dismissed(str(path), proposal.edits.label)
    if proposal.call:
        server.app.ledger.outcome(proposal.call, outcome)
