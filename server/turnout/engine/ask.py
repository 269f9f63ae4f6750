"""What goes into the engine and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from turnout.document import Document
from turnout.routing.route import Route
from turnout.vocabulary import Task

PROPOSALS: Final[dict[Task, int]] = {"inline": 3, "complete": 5}
"""How many suggestions are shown at the most, where several are wanted."""


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code-point offsets into the text of a document."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, from any face. ``span`` is what it is about; for a cursor, start == end."""

    task: Task
    document: Document
    span: Span
    model: str | None = None  # one-shot choice of the user
    explicit: bool = False  # the user asked for it by a key; nothing is debounced
    not_before: float = 0.0  # event-loop time before which no call may leave the machine
    max_tokens: int | None = None  # of the answer; None: as the task sees fit


@dataclass(frozen=True, slots=True)
class Routed:
    """The route was made; comes first, exactly once."""

    route: Route


@dataclass(frozen=True, slots=True)
class Trying:
    """A candidate is being asked. Deltas of an earlier candidate are void from here on."""

    model: str
    after: str = ""  # why the one before failed, one sentence


@dataclass(frozen=True, slots=True)
class Delta:
    """Streamed text of the candidate being tried."""

    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the task made of the answer. There may be several; the last has ``final``.

    The value's type belongs to the task (`turnout.tasks`): inline suggestions, findings, text.
    """

    value: Any
    model: str
    final: bool = True
    call: str = ""  # its line in the ledger; "" where there was no call


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Nothing could answer; comes last. ``why`` is one sentence, ``remedy`` what mends it."""

    why: str
    remedy: str = ""
    model: str = ""


Event = Routed | Trying | Delta | Answer | Unanswered
