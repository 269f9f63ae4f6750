"""A review as SARIF 2.1.0, which code scanning services and editors read. Pure.

Columns count code points, lines end as in `turnout.document`, and paths are relative to the
workspace: the log says all of that of itself. A fingerprint is made of what a finding is about and
says nothing of where it stands, so that it stays the same while the code around it moves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from turnout import __version__
from turnout.document import Document
from turnout.edits.anchor import squeeze
from turnout.edits.findings import Finding, Severity, fix
from turnout.headless.report import Report, Result

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVEL: Final[dict[Severity, str]] = {
    "error": "error", "warning": "warning", "info": "note", "hint": "note",
}  # fmt: skip
RULES: Final = {
    "bug": "The code does not do what it is meant to do.",
    "security": "The code can be abused.",
    "data-loss": "Data can be lost or damaged.",
    "concurrency": "The outcome depends on timing.",
    "error-handling": "An error is not handled, or is hidden.",
    "performance": "The code is slower than it need be.",
    "resource-leak": "Something that was opened is not closed.",
    "api-misuse": "A function or library is not used as it is meant to be.",
    "edge-case": "A rare but possible input is not handled.",
    "readability": "The code is hard to understand.",
    "other": "Something else is worth a look.",
}
"""What each category of findings stands for."""


def as_sarif(report: Report, roots: Sequence[Path]) -> dict[str, Any]:
    """Return the log of a review."""
    answered = [result for result in report.results if result.value is not None]
    rules = sorted({finding.category for result in answered for finding in result.findings})
    run = {
        "tool": {
            "driver": {
                "name": "Turnout",
                "semanticVersion": __version__,
                "rules": [_rule(category) for category in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "invocations": [
            {
                "executionSuccessful": not report.signal and len(answered) == len(report.results),
                "toolExecutionNotifications": list(_notifications(report, roots)),
            }
        ],
        "results": list(_results(answered, rules, roots)),
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def fingerprint(finding: Finding) -> str:
    """Return what tells a finding from others, wherever its code stands now."""
    about = "\0".join((finding.category, finding.symbol, squeeze(finding.quote)))
    return sha256(about.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _rule(category: str) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": category,
        "name": "".join(word.capitalize() for word in category.split("-")),
        "shortDescription": {"text": RULES.get(category, RULES["other"])},
    }
    return {**rule, "properties": {"tags": ["security"]}} if category == "security" else rule


def _results(
    answered: Iterable[Result], rules: list[str], roots: Sequence[Path]
) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for result in answered:
        for finding in result.findings:
            key = fingerprint(finding)
            seen[key] += 1
            yield _result(result, finding, rules, roots, f"{key}:{seen[key]}")


def _result(
    result: Result, finding: Finding, rules: list[str], roots: Sequence[Path], key: str
) -> dict[str, Any]:
    document = result.ask.document
    place = {
        "artifactLocation": _artifact(document, roots),
        "region": {
            **_region(document, finding.start, finding.end),
            "snippet": {"text": finding.quote},
        },
    }
    found: dict[str, Any] = {
        "ruleId": finding.category,
        "ruleIndex": rules.index(finding.category),
        "level": _LEVEL[finding.severity],
        # Braces stay single: there are no arguments, and viewers would show them doubled.
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"turnout/v1": key},
        "properties": {"model": finding.model, "severity": finding.severity},
    }
    if change := fix(document.text, finding):
        replacement = {
            "deletedRegion": _region(document, change.start, change.end),
            "insertedContent": {"text": change.text},
        }
        changes = {"artifactLocation": _artifact(document, roots), "replacements": [replacement]}
        text = "Put this in its place."
        found["fixes"] = [{"description": {"text": text}, "artifactChanges": [changes]}]
    return found


def _region(document: Document, start: int, end: int) -> dict[str, int]:
    """Count from 1; the end is not part of it."""
    (line, column), (last, after) = document.line_column(start), document.line_column(end)
    return {
        "startLine": line + 1,
        "startColumn": column + 1,
        "endLine": last + 1,
        "endColumn": after + 1,
    }


def _artifact(document: Document, roots: Sequence[Path]) -> dict[str, str]:
    path = Path(document.path or "")
    for root in roots:
        if path.is_relative_to(root):
            below = path.relative_to(root).as_posix()
            return {"uri": quote(below.encode("utf-8", "surrogateescape")), "uriBaseId": "SRCROOT"}
    return {"uri": document.uri}


def _notifications(report: Report, roots: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Tell of the files that have no review."""
    for result in report.results:
        if result.value is None:
            place = {
                "physicalLocation": {"artifactLocation": _artifact(result.ask.document, roots)}
            }
            yield {"level": "error", "message": {"text": result.why}, "locations": [place]}
