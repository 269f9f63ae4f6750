"""What the grammar of a language says of a text: symbols, imports, names, errors.

Everything is in code points. `parse` takes its time and is meant for a thread, in which it lets
other threads go on. Languages without a grammar, and texts over a megabyte, are read by names and
indentation instead (`parsed` is False then): nothing here fails.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from turnout.context import plain_syntax
from turnout.context.languages import PLAIN, Grammar, Language, grammar, language
from turnout.context.orderly import is_parseable, is_searchable
from turnout.context.points import Points
from turnout.document import Span

if TYPE_CHECKING:
    import tree_sitter

LARGEST: Final = 1_000_000
"""Characters; what is longer is not parsed."""
_LONGEST: Final = 2.0  # seconds of parsing
_PIECE: Final = 16 * 1024  # bytes the parser is given at a time; between two, other threads run
_QUERIED: Final = 128 * 1024
_MOST_ERRORS: Final = 1_000
_INSIDE: Final = frozenset({"class", "interface", "trait", "impl", "struct"})


@dataclass(frozen=True, slots=True, eq=False)
class Symbol:
    """Something with a name: its whole text from the start of its line, with what belongs to it."""

    name: str
    kind: str  # function, method, class, type, constant, field, declaration, ...
    span: Span  # with decorators and the comments right above it
    named: Span  # its name
    body: Span | None  # what a header leaves out
    parent: Symbol | None

    @property
    def scopes(self) -> tuple[Symbol, ...]:
        """The symbols around it, the outermost first."""
        found: list[Symbol] = []
        around = self.parent
        while around is not None:
            found.append(around)
            around = around.parent
        return tuple(reversed(found))


@dataclass(frozen=True, slots=True)
class Import:
    """A statement that brings in names from elsewhere."""

    span: Span
    module: str  # as it is written, without quotes; several are separated by blanks
    names: tuple[str, ...]


class Tree:
    """A text and what its grammar says of it; read when first asked for."""

    def __init__(self, text: str, language_id: str, root: tree_sitter.Node | None) -> None:
        self.text = text
        self.language = language_id
        self._root = root
        self._table = language(language_id) or PLAIN
        self._grammar = grammar(language_id) if root is not None else None

    @property
    def parsed(self) -> bool:
        """Whether a grammar was at work; without one there are no errors, and less is found."""
        return self._root is not None

    @property
    def has_error(self) -> bool:
        """Whether anything in the text does not parse."""
        return self._root is not None and self._root.has_error

    @cached_property
    def errors(self) -> tuple[Span, ...]:
        """Where it does not parse; the span of something missing is empty."""
        if self._root is None or not self._root.has_error:
            return ()
        return tuple(self._span(node) for node in _errors(self._root))

    @cached_property
    def symbols(self) -> tuple[Symbol, ...]:
        """All symbols, in the order of the text, outer ones before inner ones."""
        if self._queried is None or self._grammar is None:
            return _nested(plain_syntax.symbols(self.text, self.language)) if self._readable else ()
        matches = sorted(_matches(self._grammar.symbols, self._queried), key=lambda match: match[0])
        return _nested(self._found_symbol(captures) for _, captures in matches)

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """All imports, in the order of the text."""
        if self._queried is None or self._grammar is None:
            found = plain_syntax.imports(self.text)
            return tuple(Import(span, module, ()) for span, module in found)
        statements: dict[Span, tuple[list[str], list[str]]] = {}
        for _, captures in _matches(self._grammar.imports, self._queried):
            span = self._line_span(self._span(captures["import"][0]))
            modules, names = statements.setdefault(span, ([], []))
            modules += (self._text(node).strip("\"'<>`") for node in captures.get("module", ()))
            names += (self._text(node) for node in captures.get("bound", ()))
        return tuple(
            Import(span, " ".join(dict.fromkeys(modules)), tuple(dict.fromkeys(names)))
            for span, (modules, names) in sorted(statements.items(), key=lambda s: s[0].start)
        )

    @cached_property
    def literals(self) -> tuple[tuple[Span, str], ...]:
        """Comments and strings, each with ``comment`` or ``string``, in the order of the text."""
        if self._queried is None or self._grammar is None:
            return tuple(plain_syntax.literals(self.text)) if self._readable else ()
        captured = _captures(self._grammar.literals, self._queried)
        found = {(self._span(node), kind) for kind, nodes in captured.items() for node in nodes}
        return tuple(sorted(found, key=lambda literal: literal[0].start))

    def identifiers(self, span: Span | None = None) -> list[Span]:
        """Return where names stand in a span, or in the whole text."""
        span = span or Span(0, len(self.text))
        if self._queried is None or self._grammar is None:
            return plain_syntax.identifiers(self.text, span, self.literals)
        within = self._points.to_byte(span.start), self._points.to_byte(span.end)
        captured = _captures(self._grammar.identifiers, self._queried, within)
        found = {self._span(node) for node in captured.get("identifier", ())}
        return sorted((s for s in found if span.holds(s)), key=lambda s: s.start)

    def names(self, span: Span | None = None) -> tuple[str, ...]:
        """Return the different names in a span, in the order in which they first stand there."""
        text = self.text
        return tuple(dict.fromkeys(text[at.start : at.end] for at in self.identifiers(span)))

    def symbol_at(self, span: Span) -> Symbol | None:
        """Return the innermost symbol that a span lies in."""
        if not self._readable:
            found = plain_syntax.near(self.text, self.language, span.start)
            return _nested([found])[0] if found else None
        held = [s for s in self.symbols if s.span.holds(span) and s.kind != "field"]
        return max(held, key=lambda s: (s.span.start, -s.span.end), default=None)

    def header(self, symbol: Symbol) -> str:
        """Return the text of a symbol up to its body."""
        if symbol.body is None:
            return self.text[symbol.span.start : symbol.span.end].rstrip()
        return self.text[symbol.span.start : symbol.body.start].rstrip()

    @cached_property
    def _queried(self) -> tree_sitter.Node | None:
        """The root, where it makes sense to look for anything in it."""
        return self._root if self._root is not None and is_searchable(self._root) else None

    @property
    def _readable(self) -> bool:
        return len(self.text) <= LARGEST

    @cached_property
    def _points(self) -> Points:
        return Points(self.text)

    def _span(self, node: tree_sitter.Node) -> Span:
        return Span(self._points.from_byte(node.start_byte), self._points.from_byte(node.end_byte))

    def _text(self, node: tree_sitter.Node) -> str:
        span = self._span(node)
        return self.text[span.start : span.end]

    def _found_symbol(self, captures: dict[str, list[tree_sitter.Node]]) -> plain_syntax.Found:
        kind = next(name for name in captures if name not in ("name", "body"))
        node, name = captures[kind][0], captures["name"][0]
        body = captures.get("body")
        named = self._span(name)
        whole = self._line_span(self._whole(node))
        return plain_syntax.Found(
            name=self.text[named.start : named.end],
            kind=kind,
            span=whole,
            named=named,
            body=self._span(body[0]) if body else None,
        )

    def _whole(self, node: tree_sitter.Node) -> Span:
        """Return the span of a symbol with its wrappers, and with what stands right above it."""
        table = self._table
        while (around := node.parent) and around.type in table.wrappers and _alone(node, around):
            node = around
        span = self._span(node)
        # A comment before the first thing in a body stands before the body.
        while (around := node.parent) and around.start_byte == node.start_byte:
            node = around
        before = node.prev_sibling
        while before is not None and self._leads(before, span.start, table):
            span = Span(self._span(before).start, span.end)
            before = before.prev_sibling
        return span

    def _leads(self, node: tree_sitter.Node, start: int, table: Language) -> bool:
        if node.type not in table.comments and node.type not in table.leading:
            return False
        at = self._span(node)
        between = self.text[at.start : start][len(self.text[at.start : at.end].rstrip()) :]
        return _breaks(between) <= 1 and self._begins_line(at.start)

    def _begins_line(self, offset: int) -> bool:
        return not self.text[_line_start(self.text, offset) : offset].strip()

    def _line_span(self, span: Span) -> Span:
        """Take in the indentation before, and a semicolon behind; leave blanks at the end out."""
        text = self.text
        start = _line_start(text, span.start) if self._begins_line(span.start) else span.start
        end = start + len(text[start : span.end].rstrip())
        return Span(start, end + 1 if text[end : end + 1] == ";" else end)


def parse(text: str, language_id: str) -> Tree:
    """Read a text. What takes longer than two seconds to parse is read by its looks."""
    loaded = grammar(language_id) if len(text) <= LARGEST else None
    if loaded is None or not is_parseable(text, language_id):
        return Tree(text, language_id, None)
    return Tree(text, language_id, _root(text, loaded))


def new_errors(before: Tree, after: Tree) -> tuple[Span, ...]:
    """Return the errors of a changed text that the text did not have before the change."""
    if not after.errors:
        return ()
    head = _common(before.text, after.text)
    tail = _common(before.text[head:][::-1], after.text[head:][::-1])
    shift = len(after.text) - len(before.text)
    edited_end = len(before.text) - tail
    known = {
        Span(e.start + shift, e.end + shift) if e.start >= edited_end else e
        for e in before.errors
        if e.end <= head or e.start >= edited_end
    }
    new = [e for e in after.errors if e not in known]
    # An error that the change went through is still the old one.
    through = sum(1 for e in before.errors if e.end > head and e.start < edited_end)
    return tuple(new[through:])


def _root(text: str, loaded: Grammar) -> tree_sitter.Node | None:
    from tree_sitter import Parser

    data = text.encode("utf-8", "surrogatepass")
    end = time.perf_counter() + _LONGEST
    try:
        # Given all at once, the parser would keep every other thread waiting until it is done.
        return (
            Parser(loaded.grammar)
            .parse(
                lambda at, _: data[at : at + _PIECE],
                progress_callback=lambda *_: time.perf_counter() > end,
            )
            .root_node
        )
    except ValueError:  # it took too long
        return None


def _captures(
    query: tree_sitter.Query, root: tree_sitter.Node, within: tuple[int, int] | None = None
) -> dict[str, list[tree_sitter.Node]]:
    from tree_sitter import QueryCursor

    found: dict[str, list[tree_sitter.Node]] = {}
    for start, end in _pieces(*(within or root.byte_range)):
        cursor = QueryCursor(query)
        cursor.set_byte_range(start, end)
        for name, nodes in cursor.captures(root).items():
            found.setdefault(name, []).extend(nodes)
    return found


def _matches(
    query: tree_sitter.Query, root: tree_sitter.Node
) -> Iterator[tuple[int, dict[str, list[tree_sitter.Node]]]]:
    """Yield each match with the number of its pattern."""
    from tree_sitter import QueryCursor

    for start, end in _pieces(*root.byte_range):
        cursor = QueryCursor(query)
        cursor.set_byte_range(start, end)
        yield from cursor.matches(root)


def _pieces(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a range: a query keeps other threads waiting. What lies across a cut is found twice."""
    for at in range(start, max(end, start + 1), _QUERIED):
        yield at, min(at + _QUERIED, end)


def _errors(root: tree_sitter.Node) -> list[tree_sitter.Node]:
    found: list[tree_sitter.Node] = []
    waiting = [root]
    while waiting and len(found) < _MOST_ERRORS:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            found.append(node)
        elif node.has_error:
            waiting.extend(reversed(node.children))
    return found


def _alone(node: tree_sitter.Node, around: tree_sitter.Node) -> bool:
    """Whether a wrapper holds just this symbol: not others of its kind, nor room for them."""
    same = sum(1 for child in around.named_children if child.type == node.type)
    return same == 1 and not any(child.type == "(" for child in around.children)


def _nested(found: Iterable[plain_syntax.Found]) -> tuple[Symbol, ...]:
    """Give symbols their parents; of several readings of one name the first counts."""
    first = {symbol.named.start: symbol for symbol in reversed(list(found))}
    symbols: list[Symbol] = []
    around: list[Symbol] = []
    for symbol in sorted(first.values(), key=lambda s: (s.span.start, -s.span.end, s.named.start)):
        while around and not around[-1].span.holds(symbol.span):
            around.pop()
        parent = around[-1] if around else None
        kind = symbol.kind
        if kind == "function" and parent and parent.kind in _INSIDE:
            kind = "method"
        symbols.append(Symbol(symbol.name, kind, symbol.span, symbol.named, symbol.body, parent))
        if parent is None or parent.span != symbol.span:
            around.append(symbols[-1])
    return tuple(symbols)


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def _breaks(blank: str) -> int:
    return len(blank.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1


def _common(one: str, other: str) -> int:
    """Return the length of the common beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
