"""What the next model is given of a session. Pure.

The rules, so that what a model has cached stays as it was sent:

- The rendering for a model depends on the entries alone. While turns follow each other, that of
  more entries begins with that of fewer: nothing already sent is changed, moved or added to. Where
  two windows ask at the same time, turns stand in the order in which they were answered.
- What became of an answer (applied, dismissed, failed a check) is told before the next question,
  not in the answer's place.
- When the whole no longer fits, the oldest turns go until half of the budget is free. So a prefix
  stays for as long as it takes to say the other half; a trim at every turn would never hit a cache.
- A turn under way is never cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import dropwhile, groupby
from typing import TYPE_CHECKING, Final

from turnout.session.transcript import (
    Answered,
    Applied,
    Asked,
    Dismissed,
    Entry,
    Judged,
    Returned,
    Seen,
    What,
)
from turnout_clients.types import Message, Part, Role, Text, Thinking, ToolCall, ToolResult

if TYPE_CHECKING:
    from turnout_clients.types import Model

_PER_PART: Final = 4  # tokens around a piece
_TICKS: Final = re.compile("`{3,}")
_STOPPED: Final = Text("(stopped before the end)")
_TITLES: Final = {
    "excerpt": "From", "diagnostics": "Diagnostics of", "diff": "Changes in", "instructions": "Of",
}  # fmt: skip

Numbered = tuple[int, What]


@dataclass(slots=True)
class _Turn:
    """A question with what came of it, each with its place in the transcript."""

    begun: int
    body: list[Numbered] = field(default_factory=list)

    @property
    def answered(self) -> int:
        """The place of the last answer, -1 where there is none."""
        return max((at for at, what in self.body if isinstance(what, Answered)), default=-1)

    def settled(self) -> list[Numbered]:
        """The turn up to its last answer."""
        return [(at, what) for at, what in self.body if at <= self.answered]

    def outcome(self) -> list[Numbered]:
        """What became of the last answer."""
        return [(at, what) for at, what in self.body if at > self.answered and _remark(what)]


def messages(
    entries: Sequence[Entry],
    model: Model,
    budget_tokens: int,
    estimate: Callable[[str], int],
    turn: str = "",
) -> tuple[Message, ...]:
    """Render the answered turns of a session, and after them ``turn``, which is under way.

    Without ``turn``, what became of the last answers ends it, as the beginning of the next
    question. Budget and estimate should stay the same for a model, or its cache is lost.
    """
    turns = _turns(entries)
    current = turns.pop(turn, None) if turn else None
    end = current.begun if current else len(entries)
    past = sorted(
        (one for one in turns.values() if 0 <= one.answered < end), key=lambda one: one.answered
    )
    remarks = sorted(
        ((at, what) for one in past for at, what in one.outcome()), key=lambda one: one[0]
    )
    rendered = []
    for one in past:
        rendered.append(
            _rendered(_before(remarks, one.begun), model) + _rendered(one.settled(), model)
        )
        remarks = [remark for remark in remarks if remark[0] > one.begun]
    said = current.body if current else []
    rendered.append(_rendered(_before(remarks, end), model) + _rendered(said, model))
    kept = rendered[_first(rendered, budget_tokens, estimate, current is None) :]
    return tuple(_merged(message for one in kept for message in one))


def _turns(entries: Sequence[Entry]) -> dict[str, _Turn]:
    turns: dict[str, _Turn] = {}
    before = ""
    for at, entry in enumerate(entries):
        if isinstance(entry.what, Asked):
            before = entry.turn or f"#{at}"
        if key := entry.turn or before:
            turns.setdefault(key, _Turn(at)).body.append((at, entry.what))
    return turns


def _before(numbered: Iterable[Numbered], end: int) -> list[Numbered]:
    return [(at, what) for at, what in numbered if at < end]


def _rendered(body: Sequence[Numbered], model: Model) -> list[Message]:
    """Render one turn. It begins with what the user says; what lost its beginning is left out."""
    body = list(dropwhile(lambda numbered: not _told(numbered[1]), body))
    paired = _paired(body)
    rendered: list[Message] = []
    for at, what in body:
        match what:
            case Answered(parts, complete):
                calls = {call for place, call in paired if place == at}
                said = _said(parts, calls, model.provider)
                rendered.append(Message("assistant", parts=said if complete else (*said, _STOPPED)))
            case Returned(result) if (at, result.id) in paired:
                rendered.append(Message("user", parts=(result,)))
            case Asked() | Seen() | Applied() | Dismissed() | Judged() if text := _told(what):
                rendered.append(Message("user", parts=(Text(text),)))
    return [message for message in rendered if message.parts]


def _paired(body: Iterable[Numbered]) -> set[tuple[int, str]]:
    """Where calls of tools and their results stand: only pairs are given to a model."""
    paired: set[tuple[int, str]] = set()
    waiting: dict[str, int] = {}
    heard = False
    for at, what in body:
        if isinstance(what, Answered):
            if heard:  # results have to follow their calls at once
                waiting.clear()
            heard = False
            waiting |= {part.id: at for part in what.parts if isinstance(part, ToolCall)}
            continue
        heard = True
        if isinstance(what, Returned) and (call := waiting.pop(what.result.id, None)) is not None:
            paired |= {(call, what.result.id), (at, what.result.id)}
    return paired


def _said(parts: Sequence[Part], paired: set[str], provider: str) -> tuple[Part, ...]:
    """Render an answer. A call that got no result was a way to answer: it becomes text.

    Thoughts go back to the provider that made them, with the answer as it was, or not at all.
    """
    as_it_was = all(part.id in paired for part in parts if isinstance(part, ToolCall))
    said: list[Part] = []
    for part in parts:
        opaque = getattr(part, "opaque", None)
        own = opaque if opaque is not None and opaque.provider == provider else None
        match part:
            case Text(text) if text.strip():
                said.append(part)
            case Thinking() if own and as_it_was:
                said.append(part)
            case ToolCall(id, name, arguments):
                call = replace(part, opaque=own)
                said.append(call if id in paired else Text(f"{name}: {arguments}"))
    return tuple(said)


def _told(what: What) -> str:
    match what:
        case Asked(text):
            return text
        case Seen(path, text, line, sight):
            where = f"{_TITLES[sight]} {path}" + (f", from line {line}" if line else "")
            return f"{where}:\n{_fenced(text)}"
    return _remark(what)


def _remark(what: What) -> str:
    match what:
        case Applied(path, text):
            return f"I applied the change to {path}." + (f"\n{_fenced(text)}" if text else "")
        case Dismissed(text, path):
            return f"I dismissed this{f' in {path}' if path else ''}:\n{_fenced(text)}"
        case Judged(passed=False, text=text):
            return f"The answer did not pass a check:\n{_fenced(text)}"
    return ""


def _fenced(text: str) -> str:
    """Put text between marks that it does not contain; the same text always gets the same."""
    ticks = "`" * max((len(run) + 1 for run in _TICKS.findall(text)), default=3)
    return f"{ticks}\n{text}{'' if text.endswith(chr(10)) else chr(10)}{ticks}"


def _first(
    turns: Sequence[Sequence[Message]],
    budget: int,
    estimate: Callable[[str], int],
    last_may_go: bool,
) -> int:
    """Return the first turn that is kept.

    Found by going through all that was said as it was said, so that it moves only where the budget
    was exceeded, and is the same whenever it is looked for again.
    """
    first, held = 0, 0
    sizes: list[int] = []
    for at, turn in enumerate(turns):
        sizes.append(0)
        for message in turn:
            tokens = sum(map(estimate, _texts(message))) + _PER_PART * len(message.parts)
            sizes[at] += tokens
            held += tokens
            if held <= budget:
                continue
            while first < at and held > budget // 2:
                held -= sizes[first]
                first += 1
    return first if held <= budget or not last_may_go else len(turns)


def _texts(message: Message) -> Iterator[str]:
    for part in message.parts:
        match part:
            case Thinking(_, opaque):
                yield opaque.value if opaque else ""
            case ToolCall(_, name, arguments, opaque):
                yield from (name, arguments, opaque.value if opaque else "")
            case Text(text) | ToolResult(_, _, text):
                yield text


def _merged(said: Iterable[Message]) -> Iterator[Message]:
    """Make neighbours of the same role one; the results of tools come first in theirs."""
    for role, neighbours in groupby(said, key=lambda message: message.role):
        parts = [part for message in neighbours for part in message.parts]
        yield _message(role, parts)


def _message(role: Role, parts: list[Part]) -> Message:
    if role == "user":
        parts.sort(key=lambda part: not isinstance(part, ToolResult))
    return Message(role, parts=tuple(parts))
