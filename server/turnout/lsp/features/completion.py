"""`textDocument/completion`: the same suggestions in the menu, for editors without ghost text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lsprotocol import types

from turnout.document import Span, ending
from turnout.engine.ask import Ask
from turnout.lsp.features.suggestions import accept_command, offer, range_of, still_fitting
from turnout.lsp.protocol import request_document
from turnout.vocabulary import RECALL

if TYPE_CHECKING:
    from turnout.document import Document
    from turnout.inline.suggestion import Suggestion
    from turnout.lsp.server import TurnoutServer

TRIGGERS: Final = (".", "(", "[", "{", "=", ":", ">", "/", "@")
_WITHIN: Final = 0.08
"""Seconds that a menu may wait for a model; what comes later is there for the next key."""
_LABEL: Final = 60
_CUTS_EDITS: Final = "Neovim"
"""Its own menu puts in a text edit only up to the first blank, an insert text as it is."""
_WORD: Final = re.compile(r"[\w$]*")


def register(server: TurnoutServer) -> None:
    """Register the feature."""

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION,
        types.CompletionOptions(trigger_characters=TRIGGERS, resolve_provider=True),
    )
    async def completion(params: types.CompletionParams) -> types.CompletionList:
        document = request_document()
        items: list[types.CompletionItem] = []
        settings = server.app.settings.inline
        wanted = settings.enabled and settings.completion_menu and not server.app.paused
        if document is not None and wanted:
            offset = server.positions.offset(document, params.position)
            ask = Ask("complete", document, Span(offset, offset))
            suggestions = await server.app.suggester.suggest(ask, within=_WITHIN)
            current, suggestions = still_fitting(server, document, suggestions)
            offer(server, "complete", current, suggestions)
            items = [_item(server, current, one, rank) for rank, one in enumerate(suggestions)]
        # What is not there yet may be at the next key: the client is to ask again.
        return types.CompletionList(is_incomplete=True, items=items)

    @server.feature(types.COMPLETION_ITEM_RESOLVE)
    async def resolve(item: types.CompletionItem) -> types.CompletionItem:
        text = item.text_edit.new_text if item.text_edit is not None else item.insert_text
        if text is not None and item.documentation is None:
            item.documentation = _documentation(text, markdown=server.client.markdown)
        return item


def _item(
    server: TurnoutServer, document: Document, suggestion: Suggestion, rank: int
) -> types.CompletionItem:
    head = document.lines[suggestion.line][: suggestion.column]
    word = ending(head, _WORD)
    text = word + suggestion.text
    first, _, more = text.partition("\n")
    as_text = server.client.name == _CUTS_EDITS and _starts_at_word(suggestion, word, text)
    return types.CompletionItem(
        label=first[:_LABEL] + ("…" if more or len(first) > _LABEL else ""),
        kind=types.CompletionItemKind.Text,
        detail=RECALL if suggestion.model == RECALL else f"turnout: {suggestion.model}",
        sort_text=f"{rank:04}",
        filter_text=first,
        insert_text_format=types.InsertTextFormat.PlainText,
        insert_text=text if as_text else None,
        text_edit=None if as_text else _edit(server, document, suggestion, word, text),
        command=accept_command(suggestion),
    )


def _starts_at_word(suggestion: Suggestion, word: str, text: str) -> bool:
    """Whether a client that replaces the word before the cursor by itself puts it in rightly."""
    return suggestion.start == suggestion.end and "\n" not in text and "$" not in word


def _edit(
    server: TurnoutServer, document: Document, suggestion: Suggestion, word: str, text: str
) -> types.TextEdit | types.InsertReplaceEdit:
    """Replace the word before the cursor and what the text closes; no client is left to guess."""
    place = range_of(server.positions, document, suggestion)
    start = place.start.character - server.positions.units(word)
    place.start = types.Position(line=place.start.line, character=start)
    if server.client.insert_replace and suggestion.start == suggestion.end:
        return types.InsertReplaceEdit(new_text=text, insert=place, replace=place)
    return types.TextEdit(range=place, new_text=text)


def _documentation(text: str, *, markdown: bool) -> types.MarkupContent:
    if not markdown:
        return types.MarkupContent(kind=types.MarkupKind.PlainText, value=text)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    value = f"{fence}\n{text}\n{fence}"
    return types.MarkupContent(kind=types.MarkupKind.Markdown, value=value)
