"""Which texts are no code that anybody writes, and would keep or crash a parser.

Parsers recurse: brackets nested a hundred thousand deep overflow the stack of the whole process.
Queries take time that grows with the square of the width of an error, and of the depth of a tree.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import tree_sitter

_LONGEST_LINE: Final = 4_000  # a parser may take a time that grows with its cube
_MOST_NESTED: Final = 500  # brackets; code by hand has less than 50
_BRACKETS: Final = re.compile(r"[()\[\]{}<>;]")
_ANGLES: Final = frozenset({"java", "typescript", "typescriptreact", "cpp", "rust"})
"""Languages in which ``<`` may open something, which makes a chain of them ambiguous."""

_DEEPEST: Final = 1_000  # nodes
_SAMPLED: Final = 8 * 1024  # bytes from one place where the depth is looked at to the next
_WIDEST_ERROR: Final = 2_000  # nodes
_MOST_LOOKED_AT: Final = 1_000


def is_parseable(text: str, language: str) -> bool:
    """Whether the lines of a text are as long, and its brackets as deeply nested, as in code."""
    if max(map(len, text.splitlines()), default=0) > _LONGEST_LINE:
        return False
    angles = language in _ANGLES
    depth = angle = 0
    for found in _BRACKETS.finditer(text):
        bracket = found[0]
        if bracket in "([{":
            depth += 1
        elif bracket in ")]}":
            depth = max(depth - 1, 0)
        if bracket in "<>":
            angle = max(angle + (1 if bracket == "<" else -1), 0)
        elif bracket in ";{}":
            angle = 0
        if depth > _MOST_NESTED or (angles and angle > _MOST_NESTED):
            return False
    return True


def is_searchable(root: tree_sitter.Node) -> bool:
    """Whether queries come to an end soon."""
    return not _has_wide_error(root) and not _is_deep(root)


def _has_wide_error(root: tree_sitter.Node) -> bool:
    waiting = [root] if root.has_error else []
    for _ in range(_MOST_LOOKED_AT):
        if not waiting:
            return False
        node = waiting.pop()
        if node.is_error and node.child_count > _WIDEST_ERROR:
            return True
        waiting.extend(child for child in node.children if child.has_error)
    return True


def _is_deep(root: tree_sitter.Node) -> bool:
    cursor = root.walk()
    for at in range(root.start_byte, root.end_byte, _SAMPLED):
        cursor.reset(root)
        while cursor.goto_first_child_for_byte(at) is not None:
            if cursor.depth > _DEEPEST:
                return True
    return False
