"""Findings as diagnostics: published, moved along with the text, and taken back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types

from turnout.document import Document
from turnout.edits.findings import Finding, FindingStore
from turnout.lsp.client import path_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnout.lsp.documents import Edit
    from turnout.lsp.server import TurnoutServer

SOURCE: Final = "turnout"
NOTE: Final = "explanation"
"""The code of the diagnostic that shows an explanation."""
DISMISS: Final = "turnout.dismiss"

_QUIET: Final = 0.25
"""Seconds without an edit after which moved findings are published; editors move them meanwhile."""
_SEVERITY: Final = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
    "hint": types.DiagnosticSeverity.Hint,
}


def register(server: TurnoutServer) -> None:
    """Register the feature."""
    findings = findings_of(server)
    server.documents.observe(findings)

    @server.command(DISMISS)
    async def dismiss(arguments: Any = None) -> None:
        if isinstance(arguments, dict) and isinstance(uri := arguments.get("uri"), str):
            await findings.dismiss(uri, arguments.get("id"))


def findings_of(server: TurnoutServer) -> Findings:
    """Return the findings of a session; they are made with its first feature that needs them."""
    return server.part(Findings, lambda: Findings(server))


class Findings:
    """What the user sees of reviews and explanations; an observer of the documents."""

    def __init__(self, server: TurnoutServer) -> None:
        self._server = server
        self._due: dict[str, asyncio.TimerHandle] = {}
        self._unopened: dict[str, Document] = {}  # files as they were when they were reviewed
        self.store = FindingStore()

    def document(self, uri: str) -> Document | None:
        """Return what findings of a document stand in: its text as it is now, if it is open."""
        if self._server.documents.is_open(uri):
            return self._server.documents.snapshot(uri)
        return self._unopened.get(uri)

    def look_at(self, document: Document) -> None:
        """Take note of a file under review, which need not be open."""
        if not self._server.documents.is_open(document.uri):
            self._unopened[document.uri] = document

    def opened(self, document: Document) -> None:
        """Find what was said of the file in the text that was opened, which may be another."""
        if self._unopened.pop(document.uri, None) is None:
            return
        self.store.reopened(document)
        self.publish(document.uri)

    def saved(self, uri: str) -> None:
        """Saving moves nothing."""

    def edited(self, edit: Edit) -> None:
        """Move what there is, and publish it once the typing pauses."""
        moved = self.store.edited(
            edit.uri, edit.line, edit.column, edit.removed, len(edit.text),
            edit.removed_lines, edit.lines,
        )  # fmt: skip
        if moved:
            self._publish_later(edit.uri)

    def closed(self, uri: str) -> None:
        """Take everything back: a closed document is nobody's business."""
        had = bool(self.store.of(uri))
        self.store.closed(uri)
        self._unopened.pop(uri, None)
        if timer := self._due.pop(uri, None):
            timer.cancel()
        if had:
            self._send(types.PublishDiagnosticsParams(uri=uri, diagnostics=[]))

    def publish(self, uri: str) -> None:
        """Publish the findings that still hold, against the text as it is now."""
        document = self.document(uri)
        if document is None:  # in doubt: the whole text will come and bring an edit with it
            return
        self.store.settle(uri, document.text)
        diagnostics = [self.diagnostic(document, finding) for finding in self.store.of(uri)]
        version = None if uri in self._unopened else document.version
        self._send(
            types.PublishDiagnosticsParams(uri=uri, version=version, diagnostics=diagnostics)
        )

    async def dismiss(self, uri: str, finding_id: object = None) -> None:
        """Take one finding of a document away for good, or all from view."""
        gone = [f for f in self.store.of(uri) if finding_id in (None, f.id)]
        self.take(uri, [finding.id for finding in gone])
        for finding in gone:
            if finding_id is not None and finding.category != NOTE:
                from turnout.lsp.features.reviews import dismiss_for_good

                await dismiss_for_good(self._server, path_of(uri), finding)

    def take(self, uri: str, ids: Sequence[str]) -> None:
        """Take findings away that are settled."""
        self.store.remove(uri, ids)
        self.publish(uri)

    def _publish_later(self, uri: str) -> None:
        if timer := self._due.get(uri):
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._due[uri] = loop.call_later(_QUIET, self._publish_due, uri)

    def _publish_due(self, uri: str) -> None:
        del self._due[uri]
        self.publish(uri)

    def diagnostic(self, document: Document, finding: Finding) -> types.Diagnostic:
        """Return a finding as the client is told of it."""
        return types.Diagnostic(
            range=self._server.positions.range(document, finding.start, finding.end),
            message=finding.message,
            severity=_SEVERITY[finding.severity],
            source=SOURCE,
            code=finding.category,
            data={
                "id": finding.id,
                "model": finding.model,
                "fix": bool(finding.replacement),
            },
        )

    def _send(self, params: types.PublishDiagnosticsParams) -> None:
        self._server.text_document_publish_diagnostics(params)
