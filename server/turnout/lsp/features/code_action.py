"""The menu of actions: offered at once, from memory, with the model that would answer.

Every action is whole when it is offered: several clients resolve nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types

from turnout.document import Document, Span
from turnout.edits.findings import Finding
from turnout.engine.ask import Ask
from turnout.lsp.features import offers
from turnout.lsp.features.arguments import nowhere
from turnout.lsp.features.findings import DISMISS, NOTE, SOURCE, findings_of
from turnout.lsp.features.naming import name_and_price
from turnout.lsp.features.offers import Offer
from turnout.lsp.features.remedies import mended
from turnout.lsp.features.task_actions import ACTIONS
from turnout.lsp.protocol import request_document

if TYPE_CHECKING:
    from types import ModuleType

    from turnout.lsp.server import TurnoutServer

_QUICKFIX: Final = types.CodeActionKind.QuickFix.value
_MOST: Final = 5
_LONGEST_MESSAGE: Final = 1_000  # of a diagnostic, as an argument

_REWRITE: Final = ACTIONS["refactor"].kind

Menu = list[types.CodeAction | types.Command]
Only = Sequence[types.CodeActionKind | str] | None


def register(server: TurnoutServer) -> None:
    """Register the feature."""
    kinds = dict.fromkeys([_QUICKFIX, *(action.kind for action in ACTIONS.values())])
    options = types.CodeActionOptions(code_action_kinds=list(kinds), resolve_provider=True)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)
    async def code_action(params: types.CodeActionParams) -> Menu | None:
        document = request_document()
        return None if document is None else menu(server, document, params)

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolve(action: types.CodeAction) -> types.CodeAction:
        return action  # it is whole; some clients resolve all the same


def menu(server: TurnoutServer, document: Document, params: types.CodeActionParams) -> Menu:
    """Return the actions for a range, at most five."""
    only = params.context.only
    actions = islice(_actions(server, document, params, only), _MOST)
    if server.client.literal_actions:
        return list(actions)
    return [action.command for action in actions if action.command is not None]


def _actions(
    server: TurnoutServer, document: Document, params: types.CodeActionParams, only: Only
) -> Iterator[types.CodeAction]:
    """Yield first what concerns the findings at the place, then what other servers report there."""
    span = Span(
        server.positions.offset(document, params.range.start),
        server.positions.offset(document, params.range.end),
    )
    if not server.client.name and _is_line(document, span):
        span = Span(span.start, span.start)  # Kate, which says no name, sends the cursor's line
    diagnostics = params.context.diagnostics
    if _wanted(_REWRITE, only):
        yield from _settled().on_waiting(server, document, _REWRITE)
    if _wanted(_QUICKFIX, only):
        found = _findings_at(server, document, span, diagnostics)
        for finding in found:
            yield from _on_finding(server, document, finding, diagnostics)
        others = [one for one in diagnostics if not _is_said(one, found)]
        reported = offers.on_diagnostics(server.positions, document, others)
        yield from _made(server, document, reported, only)
    yield from _made(server, document, offers.at_place(document, span.start, span.end), only)


def _is_line(document: Document, span: Span) -> bool:
    line, column = document.line_column(span.start)
    return column == 0 and span.end - span.start == len(document.lines[line]) > 0


def _wanted(kind: str, only: Only) -> bool:
    """Whether a client that asks only for some kinds asks for this one, or one above it."""
    if not only:
        return True
    asked = [str(getattr(one, "value", one)) for one in only]
    return any(one in ("", kind) or kind.startswith(f"{one}.") for one in asked)


def _made(
    server: TurnoutServer, document: Document, offered: Iterable[Offer], only: Only
) -> Iterator[types.CodeAction]:
    for offer in offered if server.client.asks else offers.unasked(offered):
        kind = ACTIONS[offer.task].kind
        action = None
        if _wanted(kind, only):
            action = _action(server, document, offer, kind, asked_for=bool(only))
        if action is not None:
            yield action


def _action(
    server: TurnoutServer, document: Document, offer: Offer, kind: str, *, asked_for: bool
) -> types.CodeAction | None:
    """Make the action; None where the client could not show that it is disabled.

    On demand such a client gets it all the same: whoever chooses it is told why it can not be done.
    """
    # Changes have routes of their own, file by file: the one in front need not be among them.
    of_changes = "against" in offer.more
    about = (nowhere(server), Span(0, 0)) if of_changes else (document, offer.span)
    route = server.app.engine.route(Ask(offer.task, *about, explicit=True))
    action = types.CodeAction(
        title=offer.title, kind=kind, diagnostics=list(offer.diagnostics) or None
    )
    if route.candidates and offer.names_model:
        action.title += f" - {name_and_price(server, route.candidates[0])}"
    elif not route.candidates:
        server.app.look_for_keys()  # one may have been set meanwhile
        if server.client.disabled_actions:
            action.disabled = types.CodeActionDisabled(reason=mended(route.why, route.remedy))
            return action
        if not asked_for:
            return None
    where = server.positions.range(document, offer.span.start, offer.span.end)
    arguments: dict[str, Any] = {"uri": document.uri, "range": _plain(where), **offer.more}
    if offer.diagnostics:
        arguments["diagnostics"] = [_plain_diagnostic(one) for one in offer.diagnostics]
    command = ACTIONS[offer.task].command
    action.command = types.Command(title=action.title, command=command, arguments=[arguments])
    return action


def _findings_at(
    server: TurnoutServer,
    document: Document,
    span: Span,
    diagnostics: Sequence[types.Diagnostic],
) -> list[Finding]:
    """Return those the client names; not every client does, so else those at the place."""
    known = findings_of(server).store.of(document.uri)
    named = {_id_of(one) for one in diagnostics}
    found = [finding for finding in known if finding.id in named]
    first, last = (document.line_column(offset)[0] for offset in (span.start, span.end))
    here = Span(document.starts[first], document.starts[last] + len(document.lines[last]))
    return found or [finding for finding in known if here.meets(Span(finding.start, finding.end))]


def _id_of(diagnostic: types.Diagnostic) -> str:
    data = diagnostic.data if diagnostic.source == SOURCE else None
    return str(data.get("id")) if isinstance(data, dict) else ""


def _is_said(diagnostic: types.Diagnostic, findings: Sequence[Finding]) -> bool:
    """Whether a diagnostic is one of ours: some clients send neither its source nor its data."""
    words = diagnostic.message.split()
    own = (one.message.split() == words for one in findings if one.category == diagnostic.code)
    return diagnostic.source is None and any(own)


def _on_finding(
    server: TurnoutServer,
    document: Document,
    finding: Finding,
    diagnostics: Sequence[types.Diagnostic],
) -> Iterator[types.CodeAction]:
    own = [one for one in diagnostics if _id_of(one) == finding.id]
    is_note = finding.category == NOTE
    if is_note:
        yield from _settled().on_note(server, document, finding, own)
    if finding.replacement:
        yield from _settled().on_fixable(server, document, finding, own)
    told = own or [findings_of(server).diagnostic(document, finding)]
    offered = offers.on_finding(document, finding, told)
    for offer in offered if server.client.asks else offers.unasked(offered):
        if action := _action(server, document, offer, _QUICKFIX, asked_for=False):
            yield action
    title = f"Dismiss this {'note' if is_note else 'finding'}"
    arguments = [{"uri": document.uri, "id": finding.id}]
    command = types.Command(title=title, command=DISMISS, arguments=arguments)
    yield types.CodeAction(title=title, kind=_QUICKFIX, diagnostics=own or None, command=command)


def _settled() -> ModuleType:
    """Load what is needed once there is an answer: not on the way to the first completion."""
    return import_module("turnout.lsp.features.settled_actions")


def _plain_diagnostic(one: types.Diagnostic) -> dict[str, Any]:
    return {
        "range": _plain(one.range),
        "message": one.message[:_LONGEST_MESSAGE],
        "severity": one.severity.value if one.severity else 1,
        "source": one.source or "",
    }


def _plain(where: types.Range) -> dict[str, dict[str, int]]:
    return {
        "start": {"line": where.start.line, "character": where.start.character},
        "end": {"line": where.end.line, "character": where.end.character},
    }
