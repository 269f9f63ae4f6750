"""The report for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from turnout.doctor.report import LOG, ProviderState, Report
from turnout.ledger.read import Condition
from turnout.routing.route import Route

_SIGNS: Final = {"good": "✓", "error": "✗", "warning": "!", "info": "·", "arrow": "→"}
_ASCII: Final = {"good": "+", "error": "x", "warning": "!", "info": "-", "arrow": "->"}
_WIDTH: Final = 100
_TRUST: Final = (
    "what a repository tells models (AGENTS.md and the like) is passed on;"
    " an editor that has a notion of trust can say no"
)
_DISTRUST: Final = (
    "what a repository tells models (AGENTS.md and the like) is not passed on,"
    " since your editor does not trust the folders; trust them there"
)
_FILLS: Final = {None: "does not fill in", "continue": "continues text"}


def as_text(report: Report, encoding: str) -> str:
    """Return the report for a terminal of this encoding; nothing in it can steer the terminal."""
    writer = _Writer(report, _signs(encoding))
    home = f"{Path.home()}/"
    text = "\n".join(_printable(line).rstrip().replace(home, "~/") for line in writer.lines())
    return text.encode(encoding, "replace").decode(encoding)


def _signs(encoding: str) -> dict[str, str]:
    try:
        "".join(_SIGNS.values()).encode(encoding)
    except UnicodeEncodeError:
        return _ASCII
    return _SIGNS


class _Writer:
    def __init__(self, report: Report, signs: dict[str, str]) -> None:
        self.report = report
        self.signs = signs

    def lines(self) -> Iterator[str]:
        """Yield the sections, a blank line between them."""
        yield from self._versions()
        for title, rows in (
            ("Settings", self._settings()),
            ("Providers", self._providers()),
            ("Models", self._models()),
            ("Routes", self._routes()),
            ("On this machine", self._machine()),
            ("Problems", self._problems()),
        ):
            yield ""
            yield title
            yield from (f"  {row}" for row in rows)

    def _versions(self) -> Iterator[str]:
        found = dict(self.report.versions)
        yield f"Turnout {found.pop('turnout')} on {found.pop('os')}"
        yield ", ".join(f"{package} {number}" for package, number in found.items())

    def _settings(self) -> Iterator[str]:
        files = self.report.settings.files
        yield from (f"{self.signs['good']} {file}" for file in files)
        if self.report.user_file not in files:
            yield f"{self.signs['info']} {self.report.user_file} is not read"
        yield f"{self.signs['info']} {_TRUST if self.report.trusted else _DISTRUST}"

    def _providers(self) -> Iterator[str]:
        rows = [
            [self.signs["good" if p.state == "answers" else "error"], p.name, p.base_url, _state(p)]
            for p in self.report.providers
        ]
        rows += [
            [self.signs["info"], one.name, "not enabled", f"{one.because}; {one.remedy}"]
            for one in self.report.offered
        ]
        return _aligned(rows, "none is enabled")

    def _models(self) -> Iterator[str]:
        rows = []
        for model in self.report.settings.models.values():
            listed = self.report.listed(model)
            sign = {True: "good", False: "warning", None: "info"}[listed]
            facts = _FILLS.get(model.fim, f"fills in by {model.fim}")
            window = f"{model.context:,} tokens"
            rows.append([self.signs[sign], model.name, model.id, window, facts])
        return _aligned(rows, "none is configured")

    def _routes(self) -> Iterator[str]:
        """Tasks that are served alike share a line."""
        alike: dict[str, list[str]] = {}
        for route in self.report.routes:
            alike.setdefault(_served(route), []).append(route.task)
        for served, tasks in alike.items():
            yield served
            yield from (f"    {line}" for line in _wrapped(tasks))

    def _machine(self) -> Iterator[str]:
        recall = self.report.recall
        more = "" if recall.complete else " at least; the time to count ran out"
        rows = [["recall", f"{recall.files:,} files, {_bytes(recall.bytes)} to index here{more}"]]
        for folder in self.report.folders:
            size = _bytes(folder.bytes) if folder.exists else "nothing there"
            rows.append([folder.name, f"{folder.path}, {size}"])
        rows.append(["ledger", _ledger(self.report.ledger)])
        rows += [["log" if not i else "", text] for i, text in enumerate(LOG)]
        none = "none; keys are kept in files that only you can read"
        rows.append(["keyring", self.report.keyring or none])
        return _aligned(rows, "")

    def _problems(self) -> Iterator[str]:
        ranks: dict[str, int] = {"error": 0, "warning": 1, "info": 2}
        for problem in sorted(self.report.problems, key=lambda p: ranks[p.severity]):
            yield f"{self.signs[problem.severity]} {problem.where}: {problem.what}"
            if problem.remedy:
                yield f"    {self.signs['arrow']} {problem.remedy}"
        if not self.report.problems:
            yield f"{self.signs['good']} none"


def _state(provider: ProviderState) -> str:
    if provider.state == "answers":
        many = f"{len(provider.models)} models" if provider.models else "lists no models"
        return f"answers in {provider.milliseconds} ms, {many}; key: {provider.key}"
    return f"{provider.detail} key: {provider.key}"


def _ledger(ledger: Condition) -> str:
    if ledger.fault:
        return ledger.fault
    state = f"{ledger.calls:,} calls, {_bytes(ledger.bytes)}" if ledger.exists else "nothing booked"
    aside = f"; {len(ledger.set_aside)} damaged, set aside" if ledger.set_aside else ""
    return f"{state}; see `turnout report`{aside}"


def _served(route: Route) -> str:
    return ", ".join(candidate.name for candidate in route.candidates) or "no model"


def _wrapped(words: Sequence[str]) -> Iterator[str]:
    line = ""
    for word in words:
        if line and len(line) + len(word) > _WIDTH - 10:
            yield line + ","
            line = ""
        line += f", {word}" if line else word
    yield line


def _aligned(rows: Sequence[Sequence[str]], otherwise: str) -> Iterator[str]:
    """Yield the rows in columns; the last column is as wide as it is."""
    if not rows:
        yield otherwise
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join([*map(str.ljust, row[:-1], widths), row[-1]])


def _bytes(size: int) -> str:
    if size < 1_000:
        return f"{size} bytes"
    return f"{size / 1e3:.0f} kB" if size < 1_000_000 else f"{size / 1e6:.1f} MB"


def _printable(line: str) -> str:
    """Replace control characters: a provider chooses the names of its models."""
    return "".join(char if char.isprintable() else "?" for char in line)
