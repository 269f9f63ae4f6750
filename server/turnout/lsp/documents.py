"""The open documents, as the client sees them.

Promise: a snapshot is the client's text at that version. Where that is in doubt (a version that
goes backwards, a change that can not be applied, a message that was lost) there is no snapshot
until the client sends the whole text again; nothing here ever raises for what a client sent.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from lsprotocol import types

from turnout.document import Document, split_lines
from turnout.lsp.faults import report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from turnout.lsp.positions import Positions

logger = logging.getLogger(__name__)

Change = types.TextDocumentContentChangePartial | types.TextDocumentContentChangeWholeDocument


@dataclass(frozen=True, slots=True)
class Edit:
    """One applied change, in code points."""

    uri: str
    version: int
    line: int  # where it starts
    column: int
    removed_lines: int  # whole lines replaced, from `line` on
    lines: tuple[str, ...]  # what stands there now
    removed: int  # code points removed
    text: str  # the inserted text


class Observer(Protocol):
    """Is told of every change, synchronously and in order, after the store was changed.

    Of several changes in one notification it is told when all of them were applied.
    """

    def opened(self, document: Document) -> None:
        """Take note of a document that was opened."""

    def edited(self, edit: Edit) -> None:
        """Take note of a change; the whole text sent anew is one edit over all lines."""

    def closed(self, uri: str) -> None:
        """Take note that a document was closed."""

    def saved(self, uri: str) -> None:
        """Take note that a document was saved."""


@dataclass(slots=True)
class _Open:
    uri: str
    language: str
    version: int
    lines: list[str]
    trusted: bool = True
    lost: bool = False  # not trusted only because some message was lost
    snapshot: Document | None = field(default=None, repr=False)


class DocumentStore:
    """Text and version of every open document."""

    def __init__(self, positions: Positions) -> None:
        self.positions = positions
        self._open: dict[str, _Open] = {}
        self._observers: list[Observer] = []

    def observe(self, observer: Observer) -> None:
        """Tell the observer of every change from now on."""
        self._observers.append(observer)

    def snapshot(self, uri: str) -> Document | None:
        """Return the document as it is now; None if it is not open or its text is in doubt."""
        document = self._open.get(uri)
        return _snapshot(document) if document is not None and document.trusted else None

    def is_open(self, uri: str) -> bool:
        """Whether the client has it open, in doubt or not."""
        return uri in self._open

    def snapshots(self, without: str) -> tuple[Document, ...]:
        """Return every document as it is now, except for one and those in doubt."""
        others = (document for uri, document in self._open.items() if uri != without)
        return tuple(_snapshot(document) for document in others if document.trusted)

    def version(self, uri: str) -> int | None:
        """Return the version a snapshot would have now; None where there would be none."""
        document = self._open.get(uri)
        return document.version if document is not None and document.trusted else None

    def open(self, item: types.TextDocumentItem) -> None:
        """Take the whole text of a document that the client opened (again)."""
        if item.uri in self._open:
            logger.warning("opened twice: %s", item.uri)
            self.close(item.uri)
        opened = _Open(item.uri, item.language_id, item.version, split_lines(_whole(item.text)))
        self._open[item.uri] = opened
        self._tell(lambda observer: observer.opened(_snapshot(opened)))

    def close(self, uri: str) -> None:
        """Forget a document."""
        if self._open.pop(uri, None) is None:
            logger.warning("closed but not open: %s", uri)
            return
        self._tell(lambda observer: observer.closed(uri))

    def save(self, uri: str) -> None:
        """Pass on that a document was saved."""
        if uri in self._open:
            self._tell(lambda observer: observer.saved(uri))

    def change(self, uri: str, version: int, changes: Sequence[Change]) -> None:
        """Apply the changes of one notification in order."""
        document = self._open.get(uri)
        if document is None:
            logger.warning("changed but not open: %s", uri)
            return
        if version <= document.version:
            self._doubt(document, f"version {version} after {document.version}")
            return
        if document.lost and version == document.version + 1:
            document.trusted, document.lost = True, False  # what was lost was not about this one
        document.version = version
        document.snapshot = None
        for edit in [edit for change in changes if (edit := self._apply(document, change))]:
            self._tell_of(edit)

    def doubt(self, uri: object, reason: str) -> None:
        """Give no snapshot of this document until its whole text comes again."""
        if isinstance(uri, str) and uri in self._open:
            self._doubt(self._open[uri], reason)

    def doubt_all(self, reason: str) -> None:
        """Take note that a message was lost which may have been about any document."""
        for document in self._open.values():
            if document.trusted:
                self._doubt(document, reason)
                document.lost = True

    def _doubt(self, document: _Open, reason: str) -> None:
        if document.trusted:
            logger.warning("out of sync until sent anew: %s (%s)", document.uri, reason)
        document.trusted = document.lost = False
        document.snapshot = None

    def _tell_of(self, edit: Edit) -> None:
        self._tell(lambda observer: observer.edited(edit))

    def _tell(self, tell: Callable[[Observer], None]) -> None:
        for observer in self._observers:
            try:
                tell(observer)
            except Exception as error:  # one that fails costs neither the text nor the others
                report(logger, "an observer of documents failed", error)

    def _apply(self, document: _Open, change: Change) -> Edit | None:
        if isinstance(change, types.TextDocumentContentChangeWholeDocument):
            document.trusted, document.lost = True, False
            return _replace_all(document, change.text)
        if not document.trusted:
            return None
        span = change.range
        start = self._locate(document, span.start)
        end = start if span.end == span.start else self._locate(document, span.end)
        if start is None or end is None or start > end:
            self._doubt(document, "a range that does not fit the text")
            return None
        return _splice(document, start, end, change.text)

    def _locate(self, document: _Open, position: types.Position) -> tuple[int, int] | None:
        """Return line and column; past the end of a line or the text it is that end (LSP)."""
        last = len(document.lines) - 1
        if position.line > last:
            return last, len(document.lines[last])
        column, exact = self.positions.column(document.lines[position.line], position.character)
        return (position.line, column) if exact else None


def _snapshot(document: _Open) -> Document:
    if document.snapshot is None:
        document.snapshot = Document(
            document.uri, document.version, document.language, tuple(document.lines)
        )
    return document.snapshot


def _whole(text: str) -> str:
    """Join halves of surrogate pairs that a client cut apart."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return text


def _replace_all(document: _Open, text: str) -> Edit:
    removed_lines, removed = len(document.lines), sum(map(len, document.lines))
    document.lines = split_lines(_whole(text))
    return Edit(
        document.uri,
        document.version,
        line=0,
        column=0,
        removed_lines=removed_lines,
        lines=tuple(document.lines),
        removed=removed,
        text="".join(document.lines),
    )


def _splice(document: _Open, start: tuple[int, int], end: tuple[int, int], text: str) -> Edit:
    """Replace a range. Only the new text is searched for line ends, however long the lines are."""
    lines = document.lines
    (first, column), (last, end_column) = start, end
    head, tail = lines[first][:column], lines[last][end_column:]
    if _is_cut(head, text or tail):
        head, text = head[:-1], head[-1] + text
    if _is_cut(text, tail):
        text, tail = text + tail[0], tail[1:]
    text = _whole(text)
    if text.endswith("\r") and tail.startswith("\n"):
        text, tail = text + "\n", tail[1:]
    if first and not head and (text or tail).startswith("\n") and lines[first - 1][-1] == "\r":
        first -= 1
        head = lines[first]
    removed = sum(map(len, lines[first : last + 1])) - len(head) - len(tail)
    new = split_lines(text)
    if len(new) == 1:
        new = [f"{head}{text}{tail}"]
    else:
        new[0] = head + new[0]
        new[-1] += tail
    if not new[-1] and last + 1 < len(lines):
        new.pop()
    edit = Edit(
        document.uri,
        document.version,
        line=first,
        column=len(head),
        removed_lines=last + 1 - first,
        lines=tuple(new),
        removed=removed,
        text=text,
    )
    lines[first : last + 1] = new
    return edit


def _is_cut(left: str, right: str) -> bool:
    """Whether the halves of a surrogate pair meet here."""
    return "\ud800" <= left[-1:] <= "\udbff" and "\udc00" <= right[:1] <= "\udfff"
