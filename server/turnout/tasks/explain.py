"""Explain: what this code does, and what is easy to get wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from turnout.edits.plain import plain
from turnout.engine.ask import Ask
from turnout.tasks.prompts import Fence, excerpt, name_of, surroundings
from turnout.vocabulary import Task
from turnout_clients.types import Chat, Deadlines, Limits, Message, Model, Prompt, StopReason

LONGEST: Final = 16_000  # characters
_ANSWER_TOKENS: Final = 1_024

_INSTRUCTIONS: Final = """\
You explain code to a colleague who reads it for the first time and knows the language. Say first,
in one sentence, what it is for. Then how it works, in the order in which it happens, and last what
is easy to get wrong with it: assumptions, side effects, errors it lets through. Say plainly what
cannot be known from what you see. Speak of names as they stand in the code.

Plain text in short paragraphs, at most 200 words, no headings, no links, no repetition of the code.

{fence}"""


@dataclass(frozen=True, slots=True)
class Explanation:
    """An explanation as far as it has come; readable text, nothing that acts."""

    text: str
    complete: bool = False


class ExplainTask:
    """The task."""

    name: Task = "explain"
    title = "Explain"
    deadlines = Deadlines(connect=3.0, first_token=15.0, total=60.0)
    limits = Limits(answer_bytes=256 * 1024)

    def render(self, ask: Ask, model: Model) -> Prompt:
        """Ask for a short explanation."""
        fence = Fence.new()
        answer_tokens = min(_ANSWER_TOKENS, model.max_output)
        cut = excerpt(ask, model, answer_tokens)
        user = (
            f"File {name_of(ask.document)}, language {ask.document.language}.\n\n"
            f"{surroundings(fence, cut)}\n\n"
            f"Explain this:\n{fence.around('code', cut.code)}"
        )
        system = _INSTRUCTIONS.format(fence=fence.rule())
        messages = (Message("system", system), Message("user", user))
        return Chat(messages, max_tokens=answer_tokens, temperature=0.0)

    def reader(self, ask: Ask, model: Model) -> ExplainReader:  # noqa: ARG002
        """Read an explanation as it comes."""
        return ExplainReader()


class ExplainReader:
    """Reads one explanation; shows whole lines, so that nothing is shown that is cleaned later."""

    def __init__(self) -> None:
        self._raw = ""
        self._clean = ""
        self._open = ""  # the line that has not ended yet

    def feed(self, text: str) -> Explanation | None:
        """Take streamed text; return the explanation so far where a line has ended."""
        self._raw = (self._raw + text)[: 2 * LONGEST]
        head, newline, self._open = (self._open + text).rpartition("\n")
        if not newline:
            return None
        self._clean = (self._clean + plain(head, LONGEST) + "\n")[:LONGEST]
        return Explanation(self._clean) if self._clean.strip() else None

    @property
    def enough(self) -> bool:
        """Whether it says more than anyone would read."""
        return len(self._raw) >= LONGEST

    def finish(self, reason: StopReason) -> Explanation | None:
        """Return the whole explanation, cleaned as a whole."""
        text = plain(self._raw, LONGEST).strip()
        return Explanation(text, complete=reason == "stop") if text else None
