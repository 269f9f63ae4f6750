"""Which brackets and quotes of a piece of code are open, in any language.

A light reader, not a parser: strings and comments are skipped, an apostrophe that opens nothing is
let pass. It may be wrong about exotic code; then a suggestion is cut a little early or late.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

CLOSER_OF: Final = {"(": ")", "[": "]", "{": "}"}

_HASH: Final = frozenset({
    "python", "ruby", "shellscript", "sh", "bash", "zsh", "fish", "perl", "r", "yaml", "toml",
    "ini", "makefile", "dockerfile", "elixir", "julia", "nim", "cmake", "coffeescript", "nix",
    "powershell", "gdscript", "starlark", "terraform", "tcl",
})  # fmt: skip
_DASHES: Final = frozenset({"lua", "sql", "haskell", "elm", "ada", "vhdl", "purescript"})
_LISPS: Final = frozenset({"clojure", "lisp", "commonlisp", "scheme", "racket", "elisp"})
_MARK: Final = re.compile(r'"""|\'\'\'|["\'`()\[\]{}]|//|/\*|--|#|;')
_CHARACTER: Final = re.compile(r"'(\\.|.)'")
_BEFORE_STRING: Final = re.compile(
    r"(?:^|[\s(\[{=,:;+!?&|>~%^*/@.$-]|\b(?:[bfru]|[br]{2}|[fr]{2}|L|u8))$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Bracket:
    """A bracket outside strings and comments, or the end of a string that was open before."""

    index: int
    mark: str


def comment_mark(language: str) -> str:
    """Return what starts a comment to the end of the line."""
    if language in _HASH:
        return "#"
    if language in _DASHES:
        return "--"
    return ";" if language in _LISPS else "//"


def brackets(text: str, language: str, quote: str = "") -> Iterator[Bracket]:
    """Yield the brackets of ``text`` in order. ``quote`` is the string the text begins within."""
    at = 0
    unended: dict[str, int] = {}  # up to where a string of this quote has no end
    if quote:
        at = _string_end(text, 0, quote)
        if at < 0:
            return
        yield Bracket(at - len(quote), quote)
    comment = comment_mark(language)
    while found := _MARK.search(text, at):
        mark, start, at = found[0], found.start(), found.end()
        if mark == comment:
            at = _line_end(text, at)
        elif mark == "/*" and comment == "//":
            end = text.find("*/", at)
            at = len(text) if end < 0 else end + 2
        elif mark[0] in "\"'`":
            if at < unended.get(mark, 0) or not _opens_string(text, start, mark, language):
                continue
            end = _string_end(text, at, mark)
            if end < 0:
                unended[mark] = _limit(text, at, mark)
            else:
                at = end
        elif mark in "()[]{}":
            yield Bracket(start, mark)


def open_quote(head: str, language: str) -> str:
    """Return the quote of the string in which a line breaks off, "" where it is in none."""
    comment = comment_mark(language)
    at = 0
    while found := _MARK.search(head, at):
        mark, at = found[0], found.end()
        if mark == comment:
            return ""
        if mark[0] in "\"'`" and _opens_string(head, found.start(), mark, language):
            end = _string_end(head, at, mark)
            if end < 0:
                return mark
            at = end
    return ""


def unmatched(text: str, language: str, quote: str = "") -> list[Bracket]:
    """Return the closing brackets (and the end of ``quote``) that nothing in ``text`` opens."""
    surplus, _ = _match(text, language, quote)
    return surplus


def unclosed(text: str, language: str) -> str:
    """Return the closers that ``text`` still waits for, the innermost first."""
    _, waiting = _match(text, language, "")
    return "".join(reversed(waiting))


def _match(text: str, language: str, quote: str) -> tuple[list[Bracket], list[str]]:
    surplus: list[Bracket] = []
    waiting: list[str] = []
    for bracket in brackets(text, language, quote):
        if bracket.mark in CLOSER_OF:
            waiting.append(CLOSER_OF[bracket.mark])
        elif waiting and waiting[-1] == bracket.mark:
            waiting.pop()
        else:
            surplus.append(bracket)
    return surplus, waiting


def _string_end(text: str, at: int, quote: str) -> int:
    """Return the place past the end of the string that is open at ``at``, -1 if it has none."""
    limit = _limit(text, at, quote)
    while (end := text.find(quote, at, limit)) >= 0:
        slashes = end - len(text[at:end].rstrip("\\")) - at
        if slashes % 2 == 0:
            return end + len(quote)
        at = end + 1
    return -1


def _limit(text: str, at: int, quote: str) -> int:
    """Return how far a string may reach that is open at ``at``."""
    several_lines = len(quote) == 3 or quote == "`"
    return len(text) if several_lines else _line_end(text, at)


def _opens_string(text: str, start: int, mark: str, language: str) -> bool:
    if mark != "'":
        return True
    # don't, Rust's &'a and Lisp's 'name are not strings
    if language in _LISPS or (language == "rust" and not _CHARACTER.match(text, start)):
        return False
    return _BEFORE_STRING.search(text[max(0, start - 3) : start]) is not None


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end
