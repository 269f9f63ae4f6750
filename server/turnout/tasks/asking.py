"""Asks about what changed in a repository: a review of each file, a message, a pull request.

All faces use it. What is left out is said in a sentence, never silently.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from turnout.context.git import Change, GitError
from turnout.document import Document, Span
from turnout.engine.ask import Ask, Material
from turnout.tasks.change_reviews import ChangeReviews
from turnout.tasks.changes import Asked, Changes, Work, masked
from turnout.tasks.commit_message import SUBJECTS
from turnout.vocabulary import Task

__all__ = ["Asked", "GitError", "Work", "commit_message", "pull_request", "review_changes"]

_TEMPLATES: Final = (
    ".github/pull_request_template.md",
    ".github/PULL_REQUEST_TEMPLATE.md",
    "pull_request_template.md",
    "docs/pull_request_template.md",
)
LARGEST_DIFF: Final = 1_000_000
"""Characters of all changes together that a message is asked for."""


async def review_changes(
    work: Work, against: str = "uncommitted", model: str | None = None
) -> Asked:
    """Return one ask for every file that changed, about the places where it did.

    ``against``: "uncommitted", "staged", "branch" (since it left the main one), or a revision.
    Raises `GitError`, which has a remedy.
    """
    return await asyncio.to_thread(lambda: ChangeReviews(work, against, model).asked())


async def commit_message(work: Work, model: str | None = None) -> Asked:
    """Return the ask for a message: of what is staged, or where nothing is, of all changes."""

    def read() -> Asked:
        changes = Changes(work)
        patches = changes.read("staged")
        if not patches and not changes.notes:
            patches = changes.read("uncommitted")
        return _described(changes, "commit_message", patches, (), model)

    return await asyncio.to_thread(read)


async def pull_request(work: Work, against: str = "branch", model: str | None = None) -> Asked:
    """Return the ask for the title and text of a pull request."""

    def read() -> Asked:
        changes = Changes(work)
        patches = changes.read(against)
        materials = (
            Material("text", "The name of the branch", changes.repository.branch()),
            Material("text", "The template to fill in", _template(changes)),
        )
        return _described(changes, "pull_request", patches, materials, model)

    return await asyncio.to_thread(read)


def _described(
    changes: Changes,
    task: Task,
    patches: Sequence[Change],
    materials: tuple[Material, ...],
    model: str | None,
) -> Asked:
    """Return the ask for a text about all changes."""
    notes = changes.notes
    diff = "".join(masked(change.patch, changes.text(change.path) or "") for change in patches)
    if not diff:
        return Asked((), (*notes, "There is no change to describe."))
    if len(diff) > LARGEST_DIFF:
        raise GitError(
            f"The change has more than {LARGEST_DIFF:,} characters.", "name a part of it"
        )
    document = Document(changes.repository.root.as_uri(), 0, "", ("",))
    subjects = "\n".join(changes.repository.subjects())
    materials = (
        Material("diff", "The change", diff),
        Material(SUBJECTS, "The subjects of recent commits", subjects),
        *materials,
    )
    materials = tuple(material for material in materials if material.text.strip())
    ask = Ask(task, document, Span(0, 0), model=model, explicit=True, materials=materials)
    return Asked((ask,), tuple(notes))


def _template(changes: Changes) -> str:
    """Return what the project wants the text of a pull request to look like."""
    texts = (changes.text(changes.repository.root / name) for name in _TEMPLATES)
    return next(filter(None, texts), "")
