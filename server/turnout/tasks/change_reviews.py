"""The asks of a review of changes: one for each file, about the places where it changed."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from turnout.context.git import Change
from turnout.context.languages import language_id
from turnout.document import Document, Span, split_lines
from turnout.edits.rebase import rebased
from turnout.edits.unified import FileDiff, read_diff
from turnout.engine.ask import Ask, Material
from turnout.tasks.changes import Asked, Changes, Work, masked, sentence
from turnout.tasks.diffs import GOES_FIRST
from turnout.tasks.touched import touched

MOST_FILES: Final = 50
LARGEST_FILE: Final = 400_000  # characters
LARGEST_PATCH: Final = 60_000
_UNWRITTEN: Final = re.compile("|".join(path for _, path in GOES_FIRST), re.IGNORECASE)


class ChangeReviews:
    """Makes the asks of a review."""

    def __init__(self, work: Work, against: str, model: str | None) -> None:
        self._changes = Changes(work)
        self._against = against
        self._model = model
        self._documents = work.documents
        self._open = {
            os.path.realpath(path): document
            for document in work.documents
            if (path := document.path) is not None
        }
        self._left: Counter[str] = Counter()  # files that are left out, by the reason

    def asked(self) -> Asked:
        """Return the asks."""
        changes = self._changes.read(self._against)
        asks = list(self._asks(changes))
        notes = self._changes.notes
        notes += (sentence(count, "changed file", why) for why, count in self._left.items())
        if len(asks) > MOST_FILES:
            notes.append(
                f"{len(asks)} files changed: only the first {MOST_FILES} are reviewed. "
                "Name files or folders to review the others."
            )
        if not asks:
            notes.append("There is no change to look at.")
        return Asked(tuple(asks[:MOST_FILES]), tuple(notes))

    def _asks(self, changes: Sequence[Change]) -> Iterator[Ask]:
        for change in changes:
            ask = self._ask(change)
            if isinstance(ask, Ask):
                yield ask
            else:
                self._left[ask] += 1

    def _ask(self, change: Change) -> Ask | str:
        """Return the ask about one file, or why there is none."""
        if _UNWRITTEN.search(change.path.relative_to(self._changes.repository.root).as_posix()):
            return "written by a program or by others: not reviewed"
        files, _ = read_diff(change.patch)
        if not files or not files[0].hunks:
            return "deleted or no text: there is nothing to review"
        saved = self._saved(change.path)
        if saved is None:
            return "no text in UTF-8"
        document = self._open.get(os.path.realpath(change.path)) or _document(change.path, saved)
        if len(document.text) > LARGEST_FILE:
            return "too large to be reviewed"
        patch = rebased(change.patch, saved, document.text)
        if patch is None:
            return "being changed right now: ask again"
        return self._about(document, patch)

    def _about(self, document: Document, patch: str) -> Ask | str:
        files, _ = read_diff(patch)
        if not files:
            return "as committed once what is open is saved"
        whole = Span(0, len(document.text))
        if _is_new(files[0], document):
            return self._review(document, whole)
        if len(patch) > LARGEST_PATCH:
            return "changed too much to be reviewed as a change: review the files themselves"
        parts = touched(document, files[0])
        if not parts:
            return "without a line left to review where they changed"
        span = Span(parts[0].start, parts[-1].end)
        told = masked(patch, document.text)
        return self._review(document, span, parts, (Material("diff", "The change", told),))

    def _review(
        self,
        document: Document,
        span: Span,
        parts: tuple[Span, ...] = (),
        materials: tuple[Material, ...] = (),
    ) -> Ask:
        return Ask(
            "review",
            document,
            span,
            model=self._model,
            explicit=True,
            parts=parts,
            materials=materials,
            documents=tuple(self._documents),
        )

    def _saved(self, path: Path) -> str | None:
        if self._against == "staged":
            return self._changes.repository.staged_text(path)
        return self._changes.text(path)


def _is_new(file: FileDiff, document: Document) -> bool:
    added = sum(sum(hunk.added) for hunk in file.hunks)
    return added >= len(document.lines) - (not document.lines[-1])


def _document(path: Path, text: str) -> Document:
    text = text.removeprefix("\ufeff")
    return Document(path.as_uri(), 0, language_id(str(path)), tuple(split_lines(text)))
