"""Symbols, imports and names of a text in any language, by their looks: no grammar is known."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from turnout.context.symbol import Symbol, enclosing, every
from turnout.document import Document, Span, split_lines

_IMPORT: Final = re.compile(
    r"^[ \t]*(?:import\b|from\s+[\w.]+\s+import\b|#\s*include\b|use\s+[\w:\\]|using\s+[\w.]+\s*;"
    r"|require(?:_relative|_once)?\b|(?:local|const|let|var)\s+[\w{}, ]+=\s*require\b|@import\b"
    r"|open\s+[A-Z]\w*|source\s+\S)[^\r\n]{0,300}",
    re.MULTILINE,
)
_IMPORT_HEAD: Final = 200_000  # characters at the beginning in which imports are looked for
_QUOTED: Final = re.compile(r"""["'<]([^"'<>\r\n]+)["'>]""")
_MODULE: Final = re.compile(r"(?:import|from|use|using|open|source)\s+([\w.:\\/-]+)")
_NAME: Final = re.compile(r"[^\W\d][\w$]*")
_LITERAL: Final = re.compile(
    r"(?P<comment>/\*.*?(?:\*/|\Z)|(?://|#(?![\[!])|--(?=\s)|;;)[^\r\n]*)"
    r"""|(?P<string>"(?:\\.|[^"\\\r\n]){0,2000}+"|'(?:\\.|[^'\\\r\n]){0,2000}+'"""
    r"""|`(?:\\.|[^`\\]){0,20000}+`)""",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A symbol that was found, before it is known what it lies in."""

    name: str
    kind: str
    span: Span
    named: Span
    body: Span | None


def symbols(text: str, language: str) -> Iterator[Found]:
    """Return the definitions of a text."""
    document = Document("", 0, language, tuple(split_lines(text)))
    for symbol in every(document):
        yield _found(document, symbol)


def near(text: str, language: str, offset: int) -> Found | None:
    """Return the innermost definition around an offset, looking at no more than is near it."""
    document = Document("", 0, language, tuple(split_lines(text)))
    symbol = enclosing(document, document.line_column(offset)[0])
    return _found(document, symbol) if symbol else None


def imports(text: str) -> list[tuple[Span, str]]:
    """Return the lines that bring something in, each with what it names."""
    found = []
    for statement in _IMPORT.finditer(text, 0, min(len(text), _IMPORT_HEAD)):
        module = _QUOTED.search(statement[0]) or _MODULE.search(statement[0])
        found.append((Span(*statement.span()), module[1] if module else ""))
    return found


def literals(text: str) -> Iterator[tuple[Span, str]]:
    """Return what looks like comments and strings."""
    for found in _LITERAL.finditer(text):
        yield Span(*found.span()), found.lastgroup or ""


def identifiers(text: str, span: Span, excepted: Sequence[tuple[Span, str]]) -> list[Span]:
    """Return where names stand in a span, outside of comments and strings."""
    starts = [literal.start for literal, _ in excepted]
    found = []
    for name in _NAME.finditer(text, span.start, span.end):
        before = bisect_right(starts, name.start()) - 1
        if before < 0 or excepted[before][0].end <= name.start():
            found.append(Span(*name.span()))
    return found


def _found(document: Document, symbol: Symbol) -> Found:
    line = document.lines[symbol.line]
    short = symbol.name.rpartition(".")[2] or symbol.name
    at = document.starts[symbol.line] + max(line.find(short), 0)
    header = document.starts[symbol.line] + len(line.rstrip())
    body = Span(header, symbol.end) if header < symbol.end else None
    named = Span(at, at + len(short))
    return Found(short, "symbol", Span(symbol.start, symbol.end), named, body)
