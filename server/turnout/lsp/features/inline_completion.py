"""`textDocument/inlineCompletion`: ghost text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lsprotocol import types

from turnout.document import Document, Span
from turnout.engine.ask import Ask
from turnout.inline.cursor import Cursor
from turnout.inline.shape import Shaped, without_cover
from turnout.inline.suggestion import WHAT_IF
from turnout.lsp.features.suggestions import accept_command, offer, range_of, still_fitting
from turnout.lsp.protocol import request_document

if TYPE_CHECKING:
    from turnout.inline.suggestion import Suggestion
    from turnout.lsp.positions import Positions
    from turnout.lsp.server import TurnoutServer

_REPLACE_THE_REST: Final = (
    "Visual Studio Code", "Code - OSS", "code-server", "VSCodium", "Cursor", "Windsurf", "Neovim",
)  # fmt: skip
"""Clients known to replace what stands behind the cursor. LSP4IJ shows the text behind it."""


def register(server: TurnoutServer) -> None:
    """Register the feature."""

    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    async def inline_completion(params: types.InlineCompletionParams) -> types.InlineCompletionList:
        document = request_document()
        app = server.app
        if document is None or app.paused or not app.settings.inline.enabled:
            return types.InlineCompletionList(items=[])
        suggestions = await _suggest(server, document, params)
        current, suggestions = still_fitting(server, document, suggestions)
        if not server.client.name.startswith(_REPLACE_THE_REST):
            suggestions = [s for one in suggestions if (s := _insert_only(current, one))]
        offer(server, "inline", current, suggestions)
        return types.InlineCompletionList(
            items=[_item(server.positions, current, one) for one in suggestions]
        )


async def _suggest(
    server: TurnoutServer, document: Document, params: types.InlineCompletionParams
) -> list[Suggestion]:
    offset = server.positions.offset(document, params.position)
    explicit = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
    ask = Ask("inline", document, Span(offset, offset), explicit=explicit)
    selected = params.context.selected_completion_info
    if selected is None:
        return await server.app.suggester.suggest(ask)
    return await _beyond(server, ask, selected)


async def _beyond(
    server: TurnoutServer, ask: Ask, selected: types.SelectedCompletionInfo
) -> list[Suggestion]:
    """Suggest how the entry selected in the editor's menu goes on; anything else is not shown."""
    document, text = ask.document, selected.text
    line, column = server.positions.line_column(document, selected.range.start)
    end_line, end_column = server.positions.line_column(document, selected.range.end)
    if "\n" in text or "\r" in text or line != end_line:
        return []
    start = document.offset(line, column)
    end = start + end_column - column
    typed = document.lines[line][column : column + max(0, ask.span.end - start)]
    found = [
        replace(one, text=typed + one.text, start=start, end=max(end, one.end), column=column)
        for one in await server.app.suggester.recalled(ask)
        if (typed + one.text).startswith(text) and len(typed + one.text) > len(text)
    ]
    if found:
        return found if ask.explicit else found[:1]
    # Recall knows the text as it is; models are asked about the text as it would be.
    chosen = document.lines[line][:column] + text + document.lines[line][end_column:]
    lines = (*document.lines[:line], chosen, *document.lines[line + 1 :])
    what_if = Document(document.uri + WHAT_IF, document.version, document.language, lines)
    at = Span(start + len(text), start + len(text))
    return [
        replace(
            one, text=text + one.text, start=start, end=end + one.end - one.start, column=column
        )
        for one in await server.app.suggester.suggest(replace(ask, document=what_if, span=at))
    ]


def _insert_only(document: Document, suggestion: Suggestion) -> Suggestion | None:
    """Leave away what closes the rest of the line, and all behind it."""
    end_column = suggestion.column + suggestion.end - suggestion.start
    cursor = Cursor.on(document.lines, suggestion.line, suggestion.column, document.language)
    behind = document.lines[suggestion.line][suggestion.column : end_column]
    if not behind or suggestion.text.startswith(behind):
        return suggestion
    shaped = without_cover(Shaped(suggestion.text, len(behind)), cursor)
    return None if shaped is None else replace(suggestion, text=shaped.text, end=suggestion.start)


def _item(
    positions: Positions, document: Document, suggestion: Suggestion
) -> types.InlineCompletionItem:
    return types.InlineCompletionItem(
        insert_text=suggestion.text,
        range=range_of(positions, document, suggestion),
        command=accept_command(suggestion),
    )
