"""Review: what is wrong with this code? Every finding quotes the code it speaks of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, cast, get_args

from turnout.edits.anchor import anchor
from turnout.edits.findings import Finding, Severity
from turnout.edits.plain import plain
from turnout.engine.ask import Ask
from turnout.tasks.objects import Objects
from turnout.tasks.prompts import Fence, excerpt, name_of, surroundings
from turnout.vocabulary import Task
from turnout_clients.types import Chat, Deadlines, Limits, Message, Model, Prompt, StopReason

MOST_FINDINGS: Final = 200
MESSAGE_CHARACTERS: Final = 2_000
_ANSWER_TOKENS: Final = 4_096
_REPLY_CHARACTERS: Final = 512 * 1024
"""More than this is no review, whatever it is."""
_AFTERWORD: Final = 200
"""Characters after the end that are waited for, so that the stream ends by itself."""

CATEGORIES: Final = (
    "bug", "security", "data-loss", "concurrency", "error-handling", "performance", "resource-leak",
    "api-misuse", "edge-case", "readability",
)  # fmt: skip

_INSTRUCTIONS: Final = """\
You review code as a senior engineer who has to maintain it. Report what is wrong or will go wrong:
defects, security holes, lost data, races, leaked resources, unhandled errors and edge cases,
needless slowness. Leave out matters of taste, praise, and what you are not sure of from what you
see.

Answer with one JSON object a line and nothing else:
{{"severity": "error", "category": "bug", "quote": "exact code", "explanation": "what and why"}}

- severity: error (wrong now), warning (wrong in some situation), info (worth improving).
- category: one of {categories}.
- quote: the shortest piece of the code under review that shows the problem, copied character by
  character, long enough to occur only once in it. A finding whose quote is not found is dropped.
- explanation: what happens, in which situation, and how to mend it. Plain text, at most 80 words,
  no links.

The most important finding first, at most 20. When you are done, and also when there is nothing to
report, end with the line {{"done": true}}

{fence}"""


@dataclass(frozen=True, slots=True)
class Review:
    """What a review has found so far."""

    findings: tuple[Finding, ...]
    unplaced: int = 0  # findings whose quote was not found, or not just once
    complete: bool = False  # the model said everything it had to say


class ReviewTask:
    """The task."""

    name: Task = "review"
    title = "Review"
    deadlines = Deadlines(connect=3.0, first_token=15.0, total=90.0)
    limits = Limits(answer_bytes=4 * 1024 * 1024)

    def render(self, ask: Ask, model: Model) -> Prompt:
        """Ask for findings as JSON lines."""
        fence = Fence.new()
        answer_tokens = min(_ANSWER_TOKENS, model.max_output)
        cut = excerpt(ask, model, answer_tokens)
        system = _INSTRUCTIONS.format(categories=", ".join(CATEGORIES), fence=fence.rule())
        user = (
            f"File {name_of(ask.document)}, language {ask.document.language}.\n\n"
            f"{surroundings(fence, cut)}\n\n"
            f"The code under review:\n{fence.around('code', cut.code)}"
        )
        messages = (Message("system", system), Message("user", user))
        return Chat(messages, max_tokens=answer_tokens, temperature=0.0)

    def reader(self, ask: Ask, model: Model) -> ReviewReader:
        """Read findings as they come."""
        return ReviewReader(ask, model.name)


class ReviewReader:
    """Reads one review. A finding is there as soon as its object is complete."""

    def __init__(self, ask: Ask, model: str) -> None:
        self._ask = ask
        self._model = model
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
        complete = ended or reason == "stop"
        return self._review(complete and self._read < _REPLY_CHARACTERS)

    def _review(self, complete: bool = False) -> Review:
        return Review(tuple(self._findings), self._unplaced, complete)

    def _take(self, value: dict[str, Any]) -> None:
        if value.get("done") is True:
            self._ended_at = self._read
            return
        quote, explanation = value.get("quote"), value.get("explanation")
        if not isinstance(quote, str) or not isinstance(explanation, str):
            return
        message = plain(explanation, MESSAGE_CHARACTERS).strip()
        text, span = self._ask.document.text, self._ask.span
        place = anchor(text, quote, span.start, span.end)
        if not message or place is None:
            self._unplaced += 1
            return
        if len(self._findings) < MOST_FINDINGS:
            start, end = place
            severity, category = _severity(value), _category(value)
            self._findings.append(
                Finding(start, end, text[start:end], severity, category, message, self._model)
            )


def _severity(value: dict[str, Any]) -> Severity:
    found = str(value.get("severity"))[:16].lower()
    return cast("Severity", found) if found in get_args(Severity) else "warning"


def _category(value: dict[str, Any]) -> str:
    found = re.sub(r"[^a-z]+", "-", str(value.get("category"))[:64].lower()).strip("-")
    return found if found in CATEGORIES else "other"
