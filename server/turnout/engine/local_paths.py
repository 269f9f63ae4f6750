"""Paths of this machine, in what tools say of code: told as whoever reads the code would call them.

Traces and diagnostics name files by the folders that lead to them, the user's name among them.
Code is left as it is: there a path is what somebody wrote.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from turnout.engine.ask import Ask


def told_below(ask: Ask, root: str) -> Ask:
    """Return the ask with its traces and diagnostics told below the workspace folder."""
    names = list(_names(root, os.path.expanduser("~")))  # noqa: PTH111 - it never fails
    traces = tuple(
        replace(one, text=_told(one.text, names)) if one.kind == "trace" else one
        for one in ask.materials
    )
    found = tuple(replace(one, message=_told(one.message, names)) for one in ask.diagnostics)
    context = ask.context
    if context is not None:
        pieces = tuple(
            replace(one, text=_told(one.text, names)) if one.kind == "diagnostic" else one
            for one in context.pieces
        )
        context = replace(context, pieces=pieces)
    return replace(ask, materials=traces, diagnostics=found, context=context)


def _names(root: str, home: str) -> Iterator[tuple[str, str]]:
    """Yield how the folders are written, and what is told instead."""
    for folder, instead in ((root, ""), (home, "~/")):
        path = PurePath(folder)
        if path.is_absolute() and path != PurePath(path.anchor):
            yield f"{path.as_uri()}/", instead
            yield f"{path}{os.sep}", instead
            yield f"{path.as_posix()}/", instead


def _told(text: str, names: list[tuple[str, str]]) -> str:
    for name, instead in names:
        text = text.replace(name, instead)
    return text
