"""What goes into the engine and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from turnout.document import Document, Span
from turnout.routing.route import Route
from turnout.vocabulary import Task

if TYPE_CHECKING:
    from turnout.context.pieces import Context
    from turnout.context.target import Diagnostic, RecentEdit
    from turnout.edits.verify import Verdict

PROPOSALS: Final[dict[Task, int]] = {"inline": 3, "complete": 5}
"""How many suggestions are shown at the most, where several are wanted."""


@dataclass(frozen=True, slots=True)
class Material:
    """What the user gave beside the document: data, and never instructions."""

    kind: str  # "diff", "trace", "changelog", "text"
    title: str
    text: str


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
    max_cost: float | None = None  # USD, of all its calls
    parts: tuple[Span, ...] = ()  # several places within ``span``; () means the whole of it
    instruction: str = ""  # what the user wants, in words
    diagnostics: tuple[Diagnostic, ...] = ()  # of any server, at the place
    materials: tuple[Material, ...] = ()
    edits: tuple[RecentEdit, ...] = ()  # of a moment ago, in any open document, the newest last
    documents: tuple[Document, ...] = ()  # open ones: their text counts before the disk's
    context: Context | None = None  # gathered before the ask is rendered
    mark: str = ""  # of the fence around data in prompts
    earlier: str = ""  # an answer that did not pass its check
    feedback: tuple[str, ...] = ()  # why it did not


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
    verdict: Verdict | None = None  # of the check; None where there was nothing to check
    cost: float | None = None  # USD, of all calls of the ask; None where it is not known


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Nothing could answer; comes last. ``why`` is one sentence, ``remedy`` what mends it."""

    why: str
    remedy: str = ""
    model: str = ""
    cost: float | None = None  # as of an answer: what failed may have cost too


Event = Routed | Trying | Delta | Answer | Unanswered
