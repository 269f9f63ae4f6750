"""A report for programs: one object, described in docs/headless.md. Pure.

``schema`` 1 may gain keys and loses none.
"""

from __future__ import annotations

from typing import Any, Final

from turnout.document import Document
from turnout.edits.findings import Finding
from turnout.edits.unified import render
from turnout.headless.report import Report, Result, seen_from_here
from turnout.headless.sarif import fingerprint
from turnout.tasks.editing import Edits
from turnout.tasks.review import Review
from turnout.tasks.suggest import Suggestion

SCHEMA: Final = 1


def as_json(report: Report, exit_code: int) -> dict[str, Any]:
    """Return the object."""
    return {
        "schema": SCHEMA,
        "task": report.task,
        "exit": exit_code,
        "usd": report.usd,
        "models": report.models,
        "results": [_result(result) for result in report.results],
        "left_out": [
            {"path": seen_from_here(str(one.path)), "why": one.why} for one in report.left_out
        ],
    }


def _result(result: Result) -> dict[str, Any]:
    common = {
        "path": result.path or None,
        "outcome": "unanswered" if result.value is None else "answered",
        "model": result.model or None,
        "usd": result.usd,
        "complete": result.whole,
        "note": result.note,
        "why": result.why,
        "remedy": result.remedy,
    }
    return {**common, **_value(result)}


def _value(result: Result) -> dict[str, Any]:
    value = result.value
    if isinstance(value, Review):
        findings = [_finding(result.ask.document, finding) for finding in result.findings]
        return {"findings": findings, "unplaced": value.unplaced}
    if isinstance(value, Edits):
        return {
            "summary": value.summary,
            "diff": render(value.edit_set),
            "files": [
                {
                    "path": file.subject.path,
                    "new": file.new,
                    "written": file.subject.path in result.written,
                }
                for file in value.edit_set.files
            ],
            "refused": [refusal.sentence for refusal in value.refused],
            "failures": list(result.failures),
        }
    if isinstance(value, Suggestion):
        told = {"explanation": value.explanation, "warning": value.warning or None}
        return {"command": value.command, **told}
    return {} if value is None else {"text": value.text}


def _finding(document: Document, finding: Finding) -> dict[str, Any]:
    (line, column), (last, after) = map(document.line_column, (finding.start, finding.end))
    return {
        "line": line + 1,
        "column": column + 1,
        "end_line": last + 1,
        "end_column": after + 1,
        "severity": finding.severity,
        "category": finding.category,
        "message": finding.message,
        "quote": finding.quote,
        "replacement": finding.replacement or None,
        "model": finding.model,
        "fingerprint": fingerprint(finding),
    }
