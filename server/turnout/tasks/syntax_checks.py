"""What a grammar says of an edit: whether it parses, and whether only comments changed."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from typing import Final

from turnout.context.syntax import Tree, new_errors, parse

_NO_CODE: Final = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER})
_STATEMENT: Final = frozenset({tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT})
_DIRECTIVE: Final = re.compile(
    r"#!.*|(?:#|//|/\*)[ \t]*(?:go:|\+build|type:|noqa|pylint:|ruff:|fmt:|mypy:|pragma|nosec"
    r"|@ts-|eslint|prettier-|rubocop:|frozen_string_literal|-\*-|vim?:|NOLINT|clang-format|istanbul|biome-"
    r"|cgo |#cgo|nolint|sourceMappingURL).*"
)
"""Comments that tools act upon: for a computer they are code."""
_Token = tuple[int, str]


def parses(before: str, after: str, language: str) -> bool:
    """Whether there is no new syntax error. True where no grammar is known."""
    return not new_errors(parse(before, language), parse(after, language))


def only_comments(before: str, after: str, language: str) -> bool:
    """Whether all code is as it was: only comments changed, and in Python docstrings."""
    if _directives(before) != _directives(after):
        return False
    if language == "python":
        codes = _python(before), _python(after)
        if None not in codes:
            return codes[0] == codes[1]
    trees = parse(before, language), parse(after, language)
    return _code(trees[0]) == _code(trees[1])


def _directives(text: str) -> list[str]:
    return [found.rstrip() for found in _DIRECTIVE.findall(text)]


def _code(tree: Tree) -> list[str]:
    """Return the lines of code, without comments and blanks at their ends."""
    pieces: list[str] = []
    at = 0
    for span, kind in tree.literals:
        if kind == "comment" and span.start >= at:
            pieces.append(tree.text[at : span.start])
            at = span.end
            if tree.text[span.start : at].endswith("\n"):
                pieces.append("\n")
    lines = "".join((*pieces, tree.text[at:])).splitlines()
    return [line.rstrip() for line in lines if line.strip()]


def _python(text: str) -> list[_Token] | None:
    """Return the tokens that mean something; None for what is no Python."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return None
    said = [(token.type, token.string) for token in tokens if token.type not in _NO_CODE]
    return list(_without_docstrings(said))


def _without_docstrings(tokens: Sequence[_Token]) -> Iterator[_Token]:
    """Leave out the statements that are nothing but a string."""
    skip = False
    for at, token in enumerate(tokens):
        begins = at == 0 or tokens[at - 1][0] in _STATEMENT
        ends = at + 1 < len(tokens) and tokens[at + 1][0] == tokenize.NEWLINE
        if token[0] == tokenize.STRING and begins and ends:
            skip = True  # with the end of its line
        elif skip:
            skip = False
        elif token[0] in (tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE):
            yield token[0], ""
        else:
            yield token
