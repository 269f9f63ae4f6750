"""What the session keeps of an ask: the question, what was answered, what the checks found.

It is handed over before the answer is shown, and where the asker goes away in the middle: what was
paid for is not lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from turnout.engine.conversation import stored
from turnout.engine.record import report
from turnout.session.transcript import Answered, Asked, Entry, Judged, new_turn
from turnout_clients.types import Text, answered

if TYPE_CHECKING:
    from turnout.edits.verify import Verdict
    from turnout.engine.ask import Ask
    from turnout.engine.attempt import Attempt
    from turnout.session.memory import Memory
    from turnout.session.transcript import What
    from turnout.tasks.task import TaskSpec

_FOLDER: Final = "."
"""What the workspace itself is called: an ask about it names no file."""


class Minutes:
    """Taken of one explicit ask."""

    def __init__(self, memory: Memory, ask: Ask, spec: TaskSpec) -> None:
        self._memory = memory
        self._spec = spec
        self._ask = ask
        self._workspace = memory.workspace(ask.document.path)
        self._said: list[Entry] = []
        self._turn = new_turn()
        self._asked = ""
        self._speaking: Attempt | None = None

    def begin(self, attempt: Attempt) -> None:
        """A model is being asked."""
        self._speaking = attempt

    def fail(self) -> None:
        """What it said is void: it failed."""
        self._speaking = None

    def answer(self, attempt: Attempt, value: Any, verdict: Verdict | None) -> None:
        """Take down an answer that came to its end; None for one that could not be read."""
        self._speaking = None
        exchange = attempt.exchange
        if self._spec.in_session:
            parts = answered(exchange.heard).parts
        else:
            text = exchange.said if value is None else self._recorded(exchange.ask, value)
            parts = (Text(text),) if text else ()
        if not parts:
            return
        self._add(attempt, Answered(parts))
        if verdict is not None:
            self._add(attempt, Judged(verdict.ok, "\n".join(verdict.failures)))

    def close(self) -> None:
        """Hand over what was taken down; what is not finished is kept as such."""
        attempt, self._speaking = self._speaking, None
        if attempt is not None and attempt.exchange.said.strip():
            tried = attempt.exchange.tried
            whole = tried is not None and tried.answered
            self._add(attempt, Answered((Text(attempt.exchange.said),), complete=whole))
        if not self._said:
            return
        text = self._asked if self._spec.in_session else self._in_words()
        asked = Entry(Asked(text, self._paths()), self._turn, self._ask.task)
        self._memory.keep(self._workspace, asked, *self._said)
        self._said = []

    def _add(self, attempt: Attempt, what: What) -> None:
        exchange = attempt.exchange
        if exchange.asked:
            self._asked = stored(exchange.asked, exchange.ask.mark)
            self._ask = exchange.ask
        call = exchange.tried.id if exchange.tried else ""
        self._said.append(Entry(what, self._turn, self._ask.task, attempt.name, call))

    def _recorded(self, ask: Ask, value: Any) -> str:
        try:
            return self._spec.record(ask, value)
        except Exception as error:
            report("session", error)
            return ""

    def _paths(self) -> tuple[str, ...]:
        """Name the files that the question shows, so that they can be excluded later."""
        path, context = self._ask.document.path, self._ask.context
        own = [] if path is None else [self._memory.below(self._workspace, path)]
        shown = [piece.path for piece in context.pieces] if context else []
        return tuple(dict.fromkeys((*own, *shown)))

    def _in_words(self) -> str:
        """Say what was asked for, as one would tell it."""
        path = self._ask.document.path
        name = "this text" if path is None else self._memory.below(self._workspace, path)
        return "\n".join(_told(self._ask, self._spec.title, name))


def _told(ask: Ask, title: str, name: str) -> Iterator[str]:
    yield f"{title}." if name == _FOLDER else f"{title}: {_where(ask, name)}."
    if ask.instruction.strip():
        yield ask.instruction.strip()
    yield from (f"- {found.message}" for found in ask.diagnostics)
    if ask.materials:
        yield f"Given with it: {'; '.join(material.title for material in ask.materials)}."


def _where(ask: Ask, name: str) -> str:
    document = ask.document
    if not document.text or ask.span.end - ask.span.start >= len(document.text):
        return name
    first = document.line_column(ask.span.start)[0] + 1
    last = document.line_column(max(ask.span.start, ask.span.end - 1))[0] + 1
    return f"{name}, line {first}" if first == last else f"{name}, lines {first} to {last}"
