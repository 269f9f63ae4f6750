"""What an answer comes to: the changes of every file it may touch, or why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from turnout.edits.apply import Refusal, Target, apply
from turnout.edits.change import TextChange, changed, core
from turnout.edits.lines import Lines
from turnout.edits.plain import plain
from turnout.edits.proposed import Proposed
from turnout.edits.scope import Scope, admit

_LABEL: Final = 120
MOST_EDITS: Final = 500
"""Of one answer; each is looked for in the whole file."""
_ANYWHERE: Final = Target()


@dataclass(frozen=True, slots=True)
class Subject:
    """A file that was asked about, as it was then; one that is still to be made has no uri."""

    path: str  # within the workspace
    uri: str
    version: int | None
    text: str
    language: str = ""
    target: Target = _ANYWHERE


@dataclass(frozen=True, slots=True)
class FileEdit:
    """The changes of one file. A new one has no uri yet, no version, and one change."""

    subject: Subject
    changes: tuple[TextChange, ...]
    new: bool = False

    @property
    def after(self) -> str:
        """The text with the changes."""
        return changed(self.subject.text, self.changes)

    @property
    def outside(self) -> bool:
        """Whether anything changes beyond what was asked about."""
        span = self.subject.target.span
        if span is None:
            return False
        start, end = Lines(self.subject.text).snapped(span)
        cores = (core(self.subject.text, change) for change in self.changes)
        return any(first < start or last > end for first, last in cores)


@dataclass(frozen=True, slots=True)
class EditSet:
    """All that one answer changes, applied as one or not at all."""

    label: str
    files: tuple[FileEdit, ...]

    @property
    def needs_confirmation(self) -> bool:
        """Whether it touches more than what the user has before them."""
        return len(self.files) > 1 or any(file.new or file.outside for file in self.files)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What can be applied, and what of the answer cannot."""

    edits: EditSet
    refused: tuple[Refusal, ...] = ()

    @property
    def refusals(self) -> tuple[str, ...]:
        """The reasons in words, each once."""
        return tuple(dict.fromkeys(refusal.sentence for refusal in self.refused))


def outcome(
    proposals: Sequence[Proposed], subjects: Sequence[Subject], scope: Scope, label: str
) -> Outcome:
    """Bring proposals to the files that they are for."""
    known = {subject.path: subject for subject in subjects}
    by_path: dict[str, list[Proposed]] = {}
    refused: list[Refusal] = []
    if len(proposals) > MOST_EDITS:
        many = f"The answer has more than {MOST_EDITS} edits."
        refused.append(Refusal(proposals[MOST_EDITS], "out of scope", many))
    for proposed in proposals[:MOST_EDITS]:
        admission = admit(proposed.path, scope)
        missing = not admission.new and admission.path not in known
        if admission.refusal or missing:
            why = admission.refusal or f"{admission.path} was not shown."
            refused.append(Refusal(proposed, "out of scope", why))
        else:
            by_path.setdefault(admission.path, []).append(proposed)
    files = []
    for path, its in by_path.items():
        subject = known.get(path) or Subject(path, "", None, "", target=Target(may_append=True))
        applied = apply(subject.text, its, subject.target)
        refused += applied.refusals
        if applied.changes:
            files.append(FileEdit(subject, applied.changes, new=not subject.uri))
    title = " ".join(plain(label, _LABEL).split())
    return Outcome(EditSet(title, tuple(files)), tuple(refused))
