"""What changed in a repository, as far as it may be looked at."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from turnout.context.git import Change, GitError, Repository
from turnout.context.secret_rules import find_secrets
from turnout.document import Document
from turnout.engine.ask import Ask


@dataclass(frozen=True, slots=True)
class Work:
    """Where changes are looked for."""

    folder: Path  # anywhere in the repository
    allowed: Callable[[str], str | None]  # why a file must not be looked at, None where it may
    documents: Sequence[Document] = ()  # the open ones: their text counts before the disk's
    only: Sequence[Path] = ()  # files and folders; () means all


@dataclass(frozen=True, slots=True)
class Asked:
    """What to ask, and in sentences, what is not asked about and why."""

    asks: tuple[Ask, ...]
    notes: tuple[str, ...] = ()


class Changes:
    """What git says, and what of it must not be looked at."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._only = [os.path.realpath(path) for path in work.only]
        self._excluded: set[str] = set()
        found = Repository.around(work.folder.absolute(), self._allowed)
        if found is None:
            raise GitError(f"{work.folder} lies in no git repository.", "run `git init` there")
        self.repository = found

    @property
    def notes(self) -> list[str]:
        """What was left out."""
        count = len(self._excluded)
        return [sentence(count, "changed file", "excluded and left out")] if count else []

    def read(self, against: str) -> list[Change]:
        """Return what changed."""
        if against in ("uncommitted", "staged"):
            return self.repository.uncommitted(staged=against == "staged")
        revision = self.repository.main_branch() if against == "branch" else against
        return self.repository.since(revision)

    def text(self, path: Path) -> str | None:
        """Return a file as it lies on the disk; None for what is excluded or no text in UTF-8."""
        if self._work.allowed(str(path)) is not None or path.is_symlink():
            return None
        try:
            return path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def _allowed(self, path: str) -> str | None:
        if self._only and not any(_within(path, one) for one in self._only):
            return "it was not named"
        reason = self._work.allowed(path)
        if reason is not None:
            self._excluded.add(path)
        return reason


def masked(patch: str, text: str) -> str:
    """Return the patch without lines of keys that fill several lines of the text.

    A hunk may show half of one, which nothing would recognise.
    """
    hidden = {
        line.strip()
        for start, end in find_secrets(text)
        for line in text[start:end].splitlines()[:-1] + text[start:end].splitlines()[1:]
    }
    hidden.discard("")
    if not hidden:
        return patch
    lines = patch.split("\n")
    return "\n".join(f"{x[0]}(secret)" if x[1:].strip() in hidden else x for x in lines)


def sentence(count: int, what: str, why: str) -> str:
    """Say what is with so many things."""
    return f"{count} {what}{'s are' if count > 1 else ' is'} {why}."


def _within(path: str, folder: str) -> bool:
    real = os.path.realpath(path)
    return real == folder or real.startswith(folder.rstrip(os.sep) + os.sep)
