"""What an answer may touch: the files that were shown, their texts, and where new ones may go."""

# Texts, not Paths: as in the context that they come from.
# ruff: noqa: PTH118

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from turnout.context.pieces import Kind, Original
from turnout.document import Span
from turnout.edits.apply import Target
from turnout.edits.blocks import Marks
from turnout.edits.outcome import Subject
from turnout.edits.scope import Scope
from turnout.engine.ask import Ask
from turnout.tasks.prompts import path_of

CODE: frozenset[Kind] = frozenset({"definition", "caller", "sibling"})
"""The kinds of pieces whose files an answer may change, where it may change several."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The files of one ask, the first of which it is about, and the rules of the place."""

    subjects: tuple[Subject, ...]
    scope: Scope

    @classmethod
    def of(cls, root: str, subjects: Sequence[Subject], new_in: Sequence[str] = ()) -> Ground:
        """Let an answer touch these files, and new ones in some folders."""
        asked = tuple(subject.path for subject in subjects)
        return cls(
            tuple(subjects),
            Scope(
                asked,
                resolve=lambda path: _resolved(root, path),
                new_in=tuple(new_in) if root else (),
                exists=lambda path: os.path.lexists(os.path.join(root, path)),
            ),
        )

    @property
    def marks(self) -> Marks:
        """Marks for blocks that no line of these files looks like."""
        return Marks.fit(subject.text for subject in self.subjects)


def own(ask: Ask, target: Target) -> Subject:
    """Return the document itself as something that may be changed."""
    document = ask.document
    path = path_of(ask)
    return Subject(path, document.uri, document.version, document.text, document.language, target)


def span_of(ask: Ask) -> tuple[int, int]:
    """Return the ends of all that is in question."""
    parts: Sequence[Span] = ask.parts or (ask.span,)
    return min(part.start for part in parts), max(part.end for part in parts)


def others(ask: Ask, kinds: frozenset[Kind] = CODE) -> list[Subject]:
    """Return the other files of the workspace that pieces of these kinds were cut from."""
    if ask.context is None:
        return []
    shown = {piece.path for piece in ask.context.pieces if piece.kind in kinds}
    own_path = path_of(ask)
    return [subject_of(o) for o in ask.context.files if o.path in shown and o.path != own_path]


def subject_of(original: Original, target: Target | None = None) -> Subject:
    """Return a file of the context as something that may be changed."""
    return Subject(
        original.path,
        original.uri,
        original.version,
        original.text,
        original.language,
        target or Target(),
    )


def _resolved(root: str, path: str) -> str | None:
    """Follow links; None for what leads out of the workspace."""
    if not root:
        return path
    base = os.path.realpath(root)
    real = os.path.realpath(os.path.join(base, path))
    inside = real == base or real.startswith(base.rstrip("/\\") + os.sep)
    return real[len(base) :].lstrip("/\\").replace("\\", "/") if inside else None
