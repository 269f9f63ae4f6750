"""The definition around a line, found by names and indentation: good enough to offer an action on.

It knows no grammar. What it returns are whole lines, and the name that the first of them defines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from turnout.document import Document

_FARTHEST: Final = 5_000  # lines looked at in either direction
_LONGEST_LINE: Final = 400
_MOST: Final = 2_000  # definitions of one text

_MODIFIERS: Final = (
    r"(?:(?:export|default|declare|public|private|protected|internal|static|final|abstract|override"
    r"|async|unsafe|const|inline|virtual|sealed|partial|open|suspend|local|extern|pub(?:\([^)]*\))?)"
    r"\s+)*"
)
_NAMED: Final = re.compile(
    rf"\s*{_MODIFIERS}(?:def|class|function\*?|fn|func|fun|struct|enum|trait|impl|interface|module"
    r"|namespace|object|record|union|sub|proc|method|protocol|extension|type)\b(?:<[^>]*>)?\s+"
    r"(?:\([^)]*\)\s*)?(?P<name>[A-Za-z_$][\w$.:]*)"
)
_ASSIGNED: Final = re.compile(
    rf"\s*{_MODIFIERS}(?:(?:let|var)\s+)?(?P<name>[A-Za-z_$][\w$.]*)\s*[:=]\s*"
    r"(?:async\s+)?(?:function\b|(?:\([^()]*\)|[A-Za-z_$][\w$]*)\s*=>)"
)
_TYPED: Final = re.compile(  # int main(int argc, ...
    r"\s*(?:[A-Za-z_][\w:<>,\[\]]*[\s&*]+){1,6}(?P<name>~?[A-Za-z_]\w*(?:::~?\w+)*)\s*\([^;=]*$"
)
_METHOD: Final = re.compile(r"\s*(?P<name>[A-Za-z_$~#][\w$]*)\s*\([^;]*\{$")
_BRACED: Final = frozenset(
    {
        "c", "cpp", "objective-c", "objective-cpp", "csharp", "java", "dart", "php", "groovy",
        "javascript", "javascriptreact", "typescript", "typescriptreact", "cuda-cpp",
    }
)  # fmt: skip
_NO_NAMES: Final = frozenset(
    {"if", "for", "while", "switch", "catch", "return", "else", "do", "try", "with", "foreach",
     "lock", "using", "new", "throw", "await", "synchronized", "function", "super", "this"}
)  # fmt: skip
_ENDS: Final = re.compile(r"\s*(?:\}|end\b)")
_GOES_ON: Final = re.compile(r"\s*[)\]{]")
_DECORATES: Final = re.compile(r"\s*(?:@|#\[)")


@dataclass(frozen=True, slots=True)
class Symbol:
    """A definition: whole lines, in code-point offsets."""

    name: str
    start: int
    end: int
    line: int  # the one with the name


def enclosing(document: Document, line: int) -> Symbol | None:
    """Return the innermost definition that the line belongs to."""
    lines = document.lines
    line = min(line, len(lines) - 1)
    limit = _indent_near(lines, line)
    for at in range(line, max(-1, line - _FARTHEST), -1):
        if not lines[at].strip():
            continue
        indent = _indent(lines[at])
        if at < line and indent >= limit:
            continue
        name = _defined_name(lines[at], document.language)
        if name:
            last = _last_line(lines, at, indent)
            if last >= line:
                return _symbol(document, name, at, last)
        # What goes on with the line above may stand as far out as that line.
        limit = min(limit, indent + 1 if _GOES_ON.match(lines[at]) else indent)
    return None


def every(document: Document) -> Iterator[Symbol]:
    """Return the definitions of a whole text, in its order."""
    found = 0
    for at, line in enumerate(document.lines):
        name = _defined_name(line, document.language)
        if name and found < _MOST:
            found += 1
            yield _symbol(document, name, at, _last_line(document.lines, at, _indent(line)))


def _symbol(document: Document, name: str, at: int, last: int) -> Symbol:
    first = at
    while first > 0 and _DECORATES.match(document.lines[first - 1]):
        first -= 1
    end = document.starts[last] + len(document.lines[last].rstrip())
    return Symbol(name, document.starts[first], end, at)


def _defined_name(line: str, language: str) -> str:
    if len(line) > _LONGEST_LINE:
        return ""
    found = _NAMED.match(line) or _ASSIGNED.match(line)
    if found is None and language in _BRACED:
        found = _TYPED.match(line.rstrip()) or _METHOD.match(line.rstrip())
    name = found["name"].rstrip(".:") if found else ""
    return "" if name in _NO_NAMES or _first_word(line) in _NO_NAMES else name


def _first_word(line: str) -> str:
    found = re.match(r"\s*\}?\s*(\w+)", line)
    # "function name(" begins with a word that names nothing by itself.
    return found[1] if found and found[1] != "function" else ""


def _last_line(lines: tuple[str, ...], at: int, indent: int) -> int:
    last = at
    for below in range(at + 1, min(len(lines), at + _FARTHEST)):
        line = lines[below]
        if not line.strip():
            continue
        if _indent(line) > indent or _GOES_ON.match(line):
            last = below
            continue
        return below if _indent(line) == indent and _ENDS.match(line) else last
    return last


def _indent_near(lines: tuple[str, ...], line: int) -> int:
    """Return the indentation of a line; of a blank one, that of the next line with text."""
    for near in range(line, min(len(lines), line + 50)):
        if lines[near].strip():
            return _indent(lines[near])
    return 0


def _indent(line: str) -> int:
    expanded = line[:_LONGEST_LINE].expandtabs(4)
    return len(expanded) - len(expanded.lstrip())
