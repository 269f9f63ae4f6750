"""Review: what is wrong with this code? Every finding quotes the code it speaks of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, get_args

from turnout.context.symbol import enclosing
from turnout.edits.findings import Finding, Severity
from turnout.edits.objects import Objects
from turnout.edits.plain import plain
from turnout.engine.ask import Ask
from turnout.tasks.base import ChatTask
from turnout.tasks.forms import findings_tool, structured
from turnout.tasks.prompts import Wording, name_of
from turnout.tasks.review_fixes import Fixes
from turnout.tasks.review_places import Places
from turnout.vocabulary import Task
from turnout_clients.types import Limits, Model, StopReason

MOST_FINDINGS: Final = 200
MESSAGE_CHARACTERS: Final = 2_000
_ANSWER_TOKENS: Final = 12_000  # some models cannot but think first, within the same limit
_REPLY_CHARACTERS: Final = 512 * 1024
"""More than this is no review, whatever it is."""
_AFTERWORD: Final = 200
"""Characters after the end that are waited for, so that the stream ends by itself."""

SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)  # the last is not asked for
CATEGORIES: Final = (
    "bug", "security", "data-loss", "concurrency", "error-handling", "performance", "resource-leak",
    "api-misuse", "edge-case", "readability",
)  # fmt: skip

_INSTRUCTIONS: Final = """\
You review code as a senior engineer who has to maintain it. Report what is wrong or will go wrong:
defects, security holes, lost data, races, leaked resources, unhandled errors and edge cases,
needless slowness. Leave out matters of taste, praise, and what you are not sure of from what you
see.

FORM

- severity: error (wrong now), warning (wrong in some situation), info (worth improving).
- category: one of CATEGORIES.
- quote: the shortest piece of the code under review that shows the problem, copied character by
  character, long enough to occur only once in it. A finding whose quote is not found is dropped.
- line: the number of the line where the quote begins, as well as you can tell.
- explanation: what happens, in which situation, and how to mend it. Plain text, at most 80 words,
  no links.
- replacement: what to put in the place of the quote, if that alone mends it: all of it, exactly,
  with its indentation. Quote whole lines then. Otherwise leave it empty.

The most important finding first, at most 20.""".replace("CATEGORIES", ", ".join(CATEGORIES))

_AS_LINES: Final = """\
Answer with one JSON object a line and nothing else:
{"severity": "error", "category": "bug", "quote": "exact code", "line": 7,
"explanation": "what and why", "replacement": ""}""".replace(",\n", ", ")
_END_OF_LINES: Final = """\
 When you are done, and also when there is nothing to
report, end with the line {"done": true}"""

_QUESTION: Final = "Review the code in question."
_CHANGE_QUESTION: Final = """\
Review the change that the diff shows. The code in question is what it touches, as it stands after
the change. Report what the change brings, breaks or forgets, and nothing that was there before and
has nothing to do with it. Quote lines that stand there after the change, added ones where you can,
without the sign at their beginning."""


@dataclass(frozen=True, slots=True)
class Review:
    """What a review has found so far."""

    findings: tuple[Finding, ...]
    unplaced: int = 0  # findings whose quote was not found, or not just once
    complete: bool = False  # the model said everything it had to say


class ReviewTask(ChatTask):
    """The task."""

    name: Task = "review"
    title = "Review"
    limits = Limits(answer_bytes=4 * 1024 * 1024)

    def wording(self, ask: Ask, model: Model) -> Wording:
        """Ask for findings: by the tool where the model takes one, as JSON lines elsewhere."""
        is_change = any(material.kind == "diff" for material in ask.materials)
        question = _CHANGE_QUESTION if is_change else _QUESTION
        if not structured(model):
            told = _INSTRUCTIONS.replace("FORM", _AS_LINES) + _END_OF_LINES
            return Wording(told, question, _ANSWER_TOKENS)
        tool = findings_tool(SEVERITIES[:3], CATEGORIES)
        form = (
            f"Answer by calling the tool {tool.name} once, with all findings in it, and with none\n"
            "where there is nothing to report. Say nothing besides."
        )
        told = _INSTRUCTIONS.replace("FORM", form)
        return Wording(told, question, _ANSWER_TOKENS, (tool,))

    def reader(self, ask: Ask, model: Model) -> ReviewReader:
        """Read findings as they come."""
        return ReviewReader(ask, model.name)

    def record(self, ask: Ask, value: Review) -> str:
        """Keep each finding as one line."""
        count = len(value.findings)
        said = [f"{count or 'No'} finding{'s' * (count != 1)} in {name_of(ask.document)}."]
        for finding in value.findings:
            line = ask.document.line_column(finding.start)[0] + 1
            message = " ".join(finding.message.split())
            said.append(f"Line {line}, {finding.severity}, {finding.category}: {message}")
        return "\n".join(said)


class ReviewReader:
    """Reads one review, in either form. A finding is there as soon as its object is complete."""

    def __init__(self, ask: Ask, model: str) -> None:
        self._document = ask.document
        self._model = model
        self._places = Places(ask)
        self._fixes = Fixes(ask.document)
        self._objects = Objects()
        self._read = 0
        self._findings: list[Finding] = []
        self._unplaced = 0
        self._ended_at: int | None = None

    def feed(self, text: str) -> Review | None:
        """Take streamed text; return the review so far where there is a new finding."""
        self._read += len(text)
        before = len(self._findings)
        for value in self._objects.feed(text):
            self._take(value)
        return self._review() if len(self._findings) > before else None

    @property
    def enough(self) -> bool:
        """Whether the model goes on after its end, or says more than anyone would read."""
        if self._ended_at is not None and self._read - self._ended_at >= _AFTERWORD:
            return True
        return len(self._findings) >= MOST_FINDINGS or self._read >= _REPLY_CHARACTERS

    def finish(self, reason: StopReason) -> Review | None:
        """Return the whole review; None where the answer was no review at all."""
        ended = self._ended_at is not None or self._objects.empty_list
        if not (self._findings or self._unplaced or ended):
            return None
        closed = reason in ("stop", "tool_use") and not self._objects.open
        return self._review((ended or closed) and self._read < _REPLY_CHARACTERS)

    def _review(self, complete: bool = False) -> Review:
        return Review(tuple(self._findings), self._unplaced, complete)

    def _take(self, value: dict[str, Any]) -> None:
        if value.get("done") is True or value.get("findings") == []:
            self._ended_at = self._read
            return
        quote, explanation = value.get("quote"), value.get("explanation")
        if not isinstance(quote, str) or not isinstance(explanation, str):
            return
        message = plain(explanation, MESSAGE_CHARACTERS).strip()
        place = self._places.find(quote, _line(value))
        if not message or place is None:
            self._unplaced += 1
        elif len(self._findings) < MOST_FINDINGS and not self._said(place, message):
            self._add(value, place, message)

    def _said(self, place: tuple[int, int], message: str) -> bool:
        return any((f.start, f.end, f.message) == (*place, message) for f in self._findings)

    def _add(self, value: dict[str, Any], place: tuple[int, int], message: str) -> None:
        start, end = place
        severity, category = _severity(value), _category(value)
        symbol = enclosing(self._document, self._document.line_column(start)[0])
        finding = Finding(
            start,
            end,
            self._document.text[start:end],
            severity,
            category,
            message,
            self._model,
            replacement=self._replacement(value, place),
            symbol=symbol.name if symbol else "",
        )
        self._findings.append(finding)

    def _replacement(self, value: dict[str, Any], place: tuple[int, int]) -> str:
        written = value.get("replacement")
        # One backslash was mended: others may have been lost before letters, where nothing shows.
        if not isinstance(written, str) or self._objects.mended:
            return ""
        return self._fixes.replacement(place, value["quote"], written)


def _line(value: dict[str, Any]) -> int | None:
    line = value.get("line")
    return line if type(line) is int else None


def _severity(value: dict[str, Any]) -> Severity:
    found = str(value.get("severity"))[:16].lower()
    return found if found in SEVERITIES else "warning"


def _category(value: dict[str, Any]) -> str:
    found = re.sub(r"[^a-z]+", "-", str(value.get("category"))[:64].lower()).strip("-")
    return found if found in CATEGORIES else "other"
