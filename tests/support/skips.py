"""A skipped test fails the run, unless `tests/skips.txt` allows it and says why.

Each line there is ``PATTERN -- justification``: the pattern (``*`` stands for anything) is compared
with the test's node id and with the reason it gives for the skip.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

ALLOW_LIST = "skips.txt"


@dataclass(frozen=True, slots=True)
class Allowed:
    """One line of the allow-list."""

    pattern: re.Pattern[str]

    def covers(self, *texts: str) -> bool:
        """Tell whether the pattern fits one of these texts, from end to end."""
        return any(self.pattern.fullmatch(text) for text in texts)


def read(lines: Iterable[str]) -> list[Allowed]:
    """Read the allow-list; a line without a justification is an error."""
    allowed = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        pattern, _, justification = line.partition(" -- ")
        if not justification.strip():
            raise pytest.UsageError(f"{ALLOW_LIST}:{number}: no justification after ' -- '")
        expression = ".*".join(re.escape(part) for part in pattern.strip().split("*"))
        allowed.append(Allowed(re.compile(expression, re.DOTALL)))
    return allowed


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ")


class SkipGuard:
    """Notes every skip of a run that nothing allows, and fails the run for it."""

    def __init__(self, allowed: list[Allowed]) -> None:
        self._allowed = allowed
        self._unlisted: list[str] = []

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if not report.skipped or hasattr(report, "wasxfail"):
            return
        reason = _reason(report)
        if not any(entry.covers(report.nodeid, reason) for entry in self._allowed):
            self._unlisted.append(f"{report.nodeid}: {reason}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._unlisted and session.exitstatus in (pytest.ExitCode.OK, 0):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._unlisted:
            return
        terminalreporter.section(f"skipped, but not allowed by {ALLOW_LIST}", red=True)
        for line in self._unlisted:
            terminalreporter.write_line(line)


def pytest_configure(config: pytest.Config) -> None:
    """Read the allow-list beside the tests; without the file no skip is allowed."""
    path = Path(config.rootpath) / "tests" / ALLOW_LIST
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    config.pluginmanager.register(SkipGuard(read(lines)), "skip-guard")
