"""What a run came to, before it is written in one form or another. Pure."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from turnout.edits.findings import Finding, Severity
from turnout.engine.ask import Ask
from turnout.headless.targets import LeftOut
from turnout.tasks.editing import Edits
from turnout.tasks.review import Review
from turnout.vocabulary import Task

FINE: Final = 0
FOUND: Final = 1
USAGE: Final = 2
UNANSWERED: Final = 3

RANK: Final[dict[Severity, int]] = {"hint": 0, "info": 1, "warning": 2, "error": 3}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one ask."""

    ask: Ask
    value: Any = None  # Review, Edits, Prose, ...; None where there is no answer
    model: str = ""
    usd: float | None = None
    note: str = ""  # of the answer, such as that nothing had changed
    failures: tuple[str, ...] = ()  # why an edit is only shown, and never written
    why: str = ""  # there is no answer
    remedy: str = ""
    written: tuple[str, ...] = ()  # files

    @property
    def path(self) -> str:
        """The file that was asked about, as seen from here; "" where there is none."""
        return seen_from_here(self.ask.document.path) if self.ask.document.text else ""

    @property
    def findings(self) -> Sequence[Finding]:
        """What a review has found, in the order of the text."""
        if not isinstance(self.value, Review):
            return ()
        return sorted(self.value.findings, key=lambda finding: (finding.start, finding.end))

    @property
    def whole(self) -> bool:
        """Whether everything that was asked for is there."""
        if self.value is None or self.failures:
            return False
        if isinstance(self.value, Edits) and self.value.refused:
            return False
        return bool(getattr(self.value, "complete", True))


@dataclass(slots=True)
class Report:
    """All of a run."""

    task: Task
    results: list[Result] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)  # model -> what people call it
    usd: float | None = 0.0  # of all calls, also those that failed; None where it is not known
    signal: int = 0  # that ended the run early

    def exit_code(self, fail_on: Severity | None) -> int:
        """Return what the process tells whoever started it."""
        if self.signal:
            return 128 + self.signal
        if fail_on is not None and any(
            RANK[finding.severity] >= RANK[fail_on]
            for result in self.results
            for finding in result.findings
        ):
            return FOUND
        return FINE if all(result.whole for result in self.results) else UNANSWERED

    @property
    def models(self) -> list[str]:
        """Who answered, as people call them."""
        named = [result.model for result in self.results if result.model]
        return list(dict.fromkeys(self.titles.get(name, name) for name in named))


def seen_from_here(path: str | None) -> str:
    """Return a path relative to the current folder where it lies below it."""
    if path is None:
        return ""
    here = Path.cwd()
    absolute = Path(os.path.abspath(path))  # noqa: PTH100
    below = absolute.relative_to(here) if absolute.is_relative_to(here) else absolute
    return below.as_posix()
