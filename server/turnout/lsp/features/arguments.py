"""What a command is about, read from its arguments. Nonsense is `JsonRpcInvalidParams`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from turnout.context.symbol import enclosing
from turnout.context.target import Diagnostic
from turnout.document import Document, Span
from turnout.engine.ask import Ask, Material
from turnout.lsp.features.task_actions import TaskAction

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer

WORKSPACE: Final = ""
"""The slot of what is about no open document."""

_MOST_WORDS: Final = 20_000  # characters of an instruction
_MOST_MATERIAL: Final = 400_000
_MOST_DIAGNOSTICS: Final = 100
_MATERIALS: Final = ("diff", "trace", "changelog", "text")
_SEVERITIES: Final = {"1": "error", "2": "warning", "3": "information", "4": "hint"}


@dataclass(frozen=True, slots=True)
class Order:
    """One action as it was asked for, on the text as it was when the command was read."""

    action: TaskAction
    ask: Ask
    name: str  # of the symbol or file, for titles
    slot: str
    choose: bool = False  # the user wants to say which model answers
    anew: bool = False  # whatever was answered before
    preset: str = ""
    against: str = ""  # "uncommitted", "staged", "branch" or a revision: about changes

    @property
    def title(self) -> str:
        """What is done to what, for progress and documents."""
        return f"{self.action.title} {self.name}".strip()


def read_order(server: TurnoutServer, action: TaskAction, arguments: object) -> Order:
    """Read ``{uri?, range?, model?, choose?, instruction?, preset?, diagnostics?, ...}``."""
    options: dict[str, Any] = arguments if isinstance(arguments, dict) else {}
    against = _text(options, "against", 200)
    if action.about == "changes" and not against:
        against = "branch" if action.task == "pull_request" else "staged"
    document, span, name = _about(server, action, options, against)
    ask = Ask(
        action.task,
        document,
        span,
        model=_text(options, "model", 500) or None,
        explicit=True,
        instruction=_text(options, "instruction", _MOST_WORDS).strip(),
        diagnostics=tuple(_diagnostics(server, document, options.get("diagnostics"))),
        materials=tuple(_materials(options.get("materials"))),
        edits=server.app.recent.edits(),
        documents=server.documents.snapshots(without=document.uri),
    )
    preset = _text(options, "preset", 100)
    if action.wants_words and not ask.instruction:
        raise JsonRpcInvalidParams("the command takes an instruction: what is wanted, in words")
    slot = WORKSPACE if against or not options.get("uri") else document.uri
    choose = options.get("choose") is True
    anew = choose or options.get("anew") is True
    return Order(action, ask, name, slot, choose, anew, preset, against)


def _about(
    server: TurnoutServer, action: TaskAction, options: dict[str, Any], against: str
) -> tuple[Document, Span, str]:
    uri = options.get("uri")
    if against:
        document = server.documents.snapshot(uri) if isinstance(uri, str) else None
        return document or nowhere(server), Span(0, 0), "the changes"
    if uri is None and action.about == "anything":
        return nowhere(server), Span(0, 0), "this workspace"
    if not isinstance(uri, str):
        raise JsonRpcInvalidParams("the command takes one object with a uri")
    document = server.documents.snapshot(uri)
    if document is None:
        raise JsonRpcInvalidParams("the document is not open, or out of sync until it is sent anew")
    span, name = _span(server, document, options.get("range"), action)
    return document, span, name


def nowhere(server: TurnoutServer) -> Document:
    """Return what stands for a document where there is none: the folder that is worked in."""
    uri = f"{server.folders[0].as_uri()}/" if server.folders else "untitled:workspace"
    return Document(uri, 0, "", ("",))


def _span(
    server: TurnoutServer, document: Document, value: object, action: TaskAction
) -> tuple[Span, str]:
    blank = not document.text.strip()
    if blank and action.about == "code":
        raise JsonRpcInvalidParams("the document is empty")
    if value is None:
        return Span(0, len(document.text)), "this file"
    start = server.positions.offset(document, _position(value, "start"))
    end = server.positions.offset(document, _position(value, "end"))
    if start == end and action.about != "code":
        return Span(start, end), "this place"
    if start >= end:
        raise JsonRpcInvalidParams("the range is empty")
    return Span(start, end), name_of(document, start, end)


def name_of(document: Document, start: int, end: int) -> str:
    """Return what a range is called: the definition that it is, or the selection."""
    # The last line belongs to the definition whatever stands above its name.
    symbol = enclosing(document, document.line_column(end - 1)[0])
    while symbol and symbol.start > start and symbol.line > 0:
        symbol = enclosing(document, symbol.line - 1)
    named = symbol is not None and (symbol.start, symbol.end) == (start, end)
    return f"`{symbol.name}`" if symbol and named else "the selection"


def _position(value: object, side: str) -> types.Position:
    position = value.get(side) if isinstance(value, dict) else None
    if isinstance(position, dict):
        line, character = position.get("line"), position.get("character")
        if type(line) is int and type(character) is int and line >= 0 and character >= 0:
            return types.Position(line=line, character=character)
    raise JsonRpcInvalidParams("the range does not validate")


def _text(options: dict[str, Any], name: str, most: int) -> str:
    value = options.get(name)
    return value[:most] if isinstance(value, str) else ""


def _diagnostics(server: TurnoutServer, document: Document, value: object) -> Iterator[Diagnostic]:
    """Yield what of the client's diagnostics can be read; they are data, of whatever server."""
    for one in value[:_MOST_DIAGNOSTICS] if isinstance(value, list) else ():
        if not isinstance(one, dict) or not isinstance(one.get("message"), str):
            continue
        where = one.get("range")
        start = server.positions.offset(document, _position(where, "start"))
        end = server.positions.offset(document, _position(where, "end"))
        yield Diagnostic(
            Span(start, max(start, end)),
            _SEVERITIES.get(str(one.get("severity")), "error"),
            _text(one, "message", 4_000),
            _text(one, "source", 100),
        )


def _materials(value: object) -> Iterator[Material]:
    for one in value[:8] if isinstance(value, list) else ():
        if isinstance(one, dict) and isinstance(text := one.get("text"), str):
            kind = _text(one, "kind", 20)
            title = _text(one, "title", 200) or "What the user gave"
            yield Material(kind if kind in _MATERIALS else "text", title, text[:_MOST_MATERIAL])
