"""The menu of actions: offered at once, from memory, with the model that would answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lsprotocol import types

from turnout.context.symbol import enclosing
from turnout.document import Document
from turnout.engine.ask import Ask, Span
from turnout.lsp.features.actions import COMMANDS
from turnout.lsp.features.findings import DISMISS, NOTE, SOURCE, mended
from turnout.lsp.features.notes import COMMENT, LABEL, keepable
from turnout.lsp.protocol import request_document
from turnout.vocabulary import Task

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer

# Not below `source`, which editors leave out of the menu at the cursor.
KINDS: Final[dict[Task, str]] = {"review": "turnout.review", "explain": "turnout.explain"}
_QUICKFIX: Final = types.CodeActionKind.QuickFix.value
_MOST: Final = 5
_TITLES: Final[dict[Task, str]] = {"review": "Review", "explain": "Explain"}


def register(server: TurnoutServer) -> None:
    """Register the feature."""
    options = types.CodeActionOptions(
        code_action_kinds=[*KINDS.values(), _QUICKFIX], resolve_provider=True
    )

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)
    async def code_action(
        params: types.CodeActionParams,
    ) -> list[types.CodeAction | types.Command] | None:
        document = request_document()
        return None if document is None else menu(server, document, params)

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolve(action: types.CodeAction) -> types.CodeAction:
        return action  # every action is whole when it is offered; some clients resolve all the same


@dataclass(frozen=True, slots=True)
class _Offer:
    """A task on a part of the text."""

    task: Task
    what: str
    span: Span


def menu(
    server: TurnoutServer, document: Document, params: types.CodeActionParams
) -> list[types.CodeAction | types.Command]:
    """Return the actions for a range, at most five."""
    only = params.context.only
    on_findings: list[types.CodeAction] = []
    if _wanted(_QUICKFIX, only):
        on_findings = list(_on_findings(server, document, params.context.diagnostics))
    actions = on_findings + [
        action
        for offer in _offers(server, document, params.range)
        if _wanted(KINDS[offer.task], only)
        and (action := _action(server, document, offer, asked_for=bool(only))) is not None
    ]
    if server.client.literal_actions:
        return list(actions[:_MOST])
    commands = [action.command for action in actions if action.command is not None]
    return list(commands[:_MOST])


def _wanted(kind: str, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether a client that asks only for some kinds asks for this one, or one above it."""
    if not only:
        return True
    asked = [str(getattr(one, "value", one)) for one in only]
    return any(one in ("", kind) or kind.startswith(f"{one}.") for one in asked)


def _offers(server: TurnoutServer, document: Document, chosen: types.Range) -> Iterator[_Offer]:
    """Yield what may be done here: with the selection, else with the definition and the file."""
    start = server.positions.offset(document, chosen.start)
    end = server.positions.offset(document, chosen.end)
    if document.text[start:end].strip():
        selection = Span(start, end)
        yield _Offer("review", "the selection", selection)
        yield _Offer("explain", "the selection", selection)
        return
    whole = Span(0, len(document.text))
    if not document.text.strip():
        return
    symbol = enclosing(document, document.line_column(start)[0])
    if symbol is not None:
        span = Span(symbol.start, symbol.end)
        yield _Offer("review", f"`{symbol.name}`", span)
        yield _Offer("explain", f"`{symbol.name}`", span)
    yield _Offer("review", "this file", whole)
    if symbol is None:
        yield _Offer("explain", "this file", whole)


def _action(
    server: TurnoutServer, document: Document, offer: _Offer, *, asked_for: bool
) -> types.CodeAction | None:
    """Make the action; None where the client could not show that it is disabled.

    On demand such a client gets it all the same: whoever chooses it is told why it can not be done.
    """
    route = server.app.engine.route(Ask(offer.task, document, offer.span, explicit=True))
    title, kind = f"{_TITLES[offer.task]} {offer.what}", KINDS[offer.task]
    if route.candidates:
        title += f" - {route.candidates[0].name}"
    else:
        server.app.look_for_keys()  # one may have been set meanwhile
        if server.client.disabled_actions:
            disabled = types.CodeActionDisabled(reason=mended(route.why, route.remedy))
            return types.CodeAction(title=title, kind=kind, disabled=disabled)
        if not asked_for:
            return None
    where = server.positions.range(document, offer.span.start, offer.span.end)
    arguments = {"uri": document.uri, "range": _plain(where)}
    command = types.Command(title=title, command=COMMANDS[offer.task], arguments=[arguments])
    return types.CodeAction(title=title, kind=kind, command=command)


def _on_findings(
    server: TurnoutServer, document: Document, diagnostics: Sequence[types.Diagnostic]
) -> Iterator[types.CodeAction]:
    """Yield what may be done with the findings at the cursor."""
    for diagnostic in diagnostics:
        if diagnostic.source != SOURCE or not isinstance(diagnostic.data, dict):
            continue
        arguments = {"uri": document.uri, "id": diagnostic.data.get("id")}
        commands = {DISMISS: f"Dismiss this {'note' if diagnostic.code == NOTE else 'finding'}"}
        if keepable(server, document, diagnostic):
            commands = {COMMENT: LABEL, **commands}
        for command, title in commands.items():
            yield types.CodeAction(
                title=title,
                kind=_QUICKFIX,
                diagnostics=[diagnostic],
                command=types.Command(title=title, command=command, arguments=[arguments]),
            )


def _plain(where: types.Range) -> dict[str, dict[str, int]]:
    return {
        "start": {"line": where.start.line, "character": where.start.character},
        "end": {"line": where.end.line, "character": where.end.character},
    }
