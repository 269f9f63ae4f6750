"""Imports `lsprotocol.types` in two thirds of the time that it takes otherwise.

attrs writes and compiles the methods of its 554 classes one by one. Nothing here needs their
`repr`, which would show the user's code wherever it was logged; leaving it out saves 50 ms between
the start and the first completion.
"""

from __future__ import annotations

import functools

import attrs


def import_types() -> None:
    """Import the types; does nothing more where they are imported already."""
    define = attrs.define
    attrs.define = functools.partial(define, repr=False)
    try:
        import lsprotocol.types  # noqa: F401
    finally:
        attrs.define = define
