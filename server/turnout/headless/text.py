"""A report for people: findings as compilers write them, edits as a diff, prose as it is. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import indent

from turnout.edits.findings import Finding, fix
from turnout.edits.plain import hidden
from turnout.edits.unified import render
from turnout.headless.report import Report, Result
from turnout.tasks.editing import Edits, Progress
from turnout.tasks.review import Review
from turnout.tasks.suggest import Suggestion
from turnout.vocabulary import money


def as_text(result: Result, *, titled: bool = False) -> str:
    """Write one result, so that a terminal can show it; "" where there is nothing to show.

    With ``titled``, words say first which file they are about, as findings and diffs always do.
    """
    return spelled_out(_raw(result.value, result, titled=titled))


def spelled_out(text: str) -> str:
    """Write what cannot be seen, or steers a terminal, as the name of its code point."""
    text = text.replace("\r\n", "\n")
    return text.translate({ord(mark): f"<U+{ord(mark):04X}>" for mark in (*hidden(text), "\r")})


def progress_of(value: object) -> str:
    """Say how far an answer has come."""
    if isinstance(value, Review):
        return count(len(value.findings), "finding")
    if isinstance(value, Progress):
        return count(value.edits, "edit")
    words = str(getattr(value, "text", "")).split()
    return count(len(words), "word") if words else ""


def remarks(result: Result) -> Iterator[str]:
    """Say what the user has to know of an answer beside what it says."""
    about = f"{result.path}: " if result.path else ""
    value = result.value
    if result.note:
        yield f"{about}{result.note}"
    if isinstance(value, Review) and value.unplaced:
        yield f"{about}{count(value.unplaced, 'finding')} left out: the quotes were not found."
    if isinstance(value, Edits):
        yield from (f"{about}Not applied: {refusal.sentence}" for refusal in value.refused)
        if not value.edit_set.files and not value.refused:
            yield f"{about}{value.summary or 'There is nothing to change.'}"
    if isinstance(value, Suggestion):
        yield from filter(None, (value.explanation, value.warning and f"It {value.warning}."))
    yield from (f"{about}Only shown: {failure}" for failure in result.failures)
    if value is not None and not getattr(value, "complete", True):
        yield f"{about}The answer was cut at its limit; there may be more."
    yield from (f"{path} is written." for path in result.written)


def summary(report: Report) -> str:
    """Say in one line what came of it, by whom and for how much."""
    answered = [result for result in report.results if result.value is not None]
    if report.task == "review":
        found = sum(len(result.findings) for result in answered)
        parts = [f"{count(found, 'finding')} in {count(len(answered), 'file')}"]
    else:
        parts = [count(len(answered), "answer")]
    if failed := len(report.results) - len(answered):
        parts.append(f"{failed} unanswered")
    if report.left_out:
        parts.append(f"{len(report.left_out)} left out")
    cost = "cost not known" if report.usd is None else money(report.usd)
    return ", ".join([*parts, *report.models, cost])


def count(number: int, what: str) -> str:
    """Write a number with what it counts."""
    return f"1 {what}" if number == 1 else f"{number or 'no'} {what}s"


def _raw(value: object, result: Result, *, titled: bool) -> str:
    if isinstance(value, Review):
        return "".join(_finding(result, finding) for finding in result.findings)
    if isinstance(value, Edits):
        return render(value.edit_set)
    text = value.command if isinstance(value, Suggestion) else str(getattr(value, "text", ""))
    if not text:
        return ""
    return f"{result.path}:\n\n{text.rstrip()}\n\n" if titled else f"{text.rstrip()}\n"


def _finding(result: Result, finding: Finding) -> str:
    line, column = result.ask.document.line_column(finding.start)
    first, *rest = finding.message.splitlines() or [""]
    place = f"{result.path}:{line + 1}:{column + 1}"
    head = f"{place}: {finding.severity}: {first} [{finding.category}]\n"
    return head + "".join(indent(f"{more}\n", "    ") for more in rest) + _fix(result, finding)


def _fix(result: Result, finding: Finding) -> str:
    """Show a fix as the text that goes and the one that comes."""
    if fix(result.ask.document.text, finding) is None:
        return ""
    gone = (f"    - {line}\n" for line in finding.quote.splitlines())
    come = (f"    + {line}\n" for line in finding.replacement.splitlines())
    return "".join((*gone, *come))
