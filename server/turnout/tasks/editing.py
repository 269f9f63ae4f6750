"""What every task that changes files has in common: how edits are asked for, read and checked."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from turnout.context.pieces import Kind
from turnout.edits.apply import Refusal, Target
from turnout.edits.outcome import EditSet, Outcome, outcome
from turnout.edits.proposed import Answer
from turnout.edits.reader import AnswerReader, Form
from turnout.edits.verify import Demands, Verdict, verify
from turnout.engine.ask import Ask, Material
from turnout.tasks import syntax_checks
from turnout.tasks.base import ChatTask
from turnout.tasks.forms import WHOLE, edit_tool, form_of, rules
from turnout.tasks.ground import Ground, own, span_of
from turnout.tasks.prompts import Wording, conversation, places, root_of
from turnout.tasks.thoughts import Thoughts
from turnout_clients.types import Effort, Limits, Model, Prompt, StopReason

ANSWER_TOKENS: Final = 16_384
_SMALL: Final = 80  # lines that a model without tools is asked to write anew as a whole


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an answer has come. Nothing of it may be applied yet."""

    paths: tuple[str, ...]  # as the model names them
    edits: int


@dataclass(frozen=True, slots=True)
class Edits:
    """What an answer comes to; nothing of it has been applied."""

    edit_set: EditSet
    refused: tuple[Refusal, ...] = ()  # what has no certain place: to be shown, never applied
    summary: str = ""  # the model's own words, one readable line
    complete: bool = False
    unread: tuple[str, ...] = ()  # what of the answer was in no form
    empty: bool = False  # it says that there is nothing to change


class EditTask(ChatTask):
    """A task whose answer is edits: says what is wanted, what may be changed, what is demanded."""

    limits = Limits(event_bytes=2 * 1024 * 1024, answer_bytes=8 * 1024 * 1024)
    demands: ClassVar[Demands] = Demands(parses=syntax_checks.parses)
    effort: ClassVar[Effort | None] = "low"
    writes_anew: ClassVar[bool] = False
    """Whether a short text is best written as a whole by models without tools."""
    whole: ClassVar[str] = WHOLE
    """What an answer in the form of one code block holds."""
    left_out: ClassVar[tuple[Kind, ...]] = ("target", "example")
    """Kinds of context that are of no use here."""

    @abstractmethod
    def instructions(self, ask: Ask, form: Form) -> str:
        """Say what the task is, whatever it is about this time."""

    @abstractmethod
    def question(self, ask: Ask) -> str:
        """Say what is wanted this time."""

    def ground(self, ask: Ask) -> Ground:
        """Say what may be changed: here the document that it is about."""
        return Ground.of(root_of(ask), [own(ask, Target(span_of(ask)))])

    def shown(self, ask: Ask) -> Ask:
        """Return the ask with what else is to be seen of it."""
        return ask

    def render(self, ask: Ask, model: Model) -> Prompt:
        """Put the words, the code and what belongs to it together."""
        shown = self.shown(ask)
        materials = (*shown.materials, _files(self.ground(ask)))
        return conversation(replace(shown, materials=materials), model, self.wording(ask, model))

    def form(self, ask: Ask, model: Model) -> Form:
        """Choose the form of the answer."""
        start, end = span_of(ask)
        lines = ask.document.text.count("\n", start, end)
        alone = len(places(ask)) == 1 and end > start
        return form_of(model, small=self.writes_anew and alone and lines < _SMALL)

    def wording(self, ask: Ask, model: Model) -> Wording:
        """Put the task's words and those of the form together."""
        form, ground = self.form(ask, model), self.ground(ask)
        written = rules(form, ground.marks, self.whole)
        return Wording(
            f"{self.instructions(ask, form)}\n\n{written}",
            self.question(ask),
            min(ANSWER_TOKENS, model.context // 4),
            tools=(edit_tool(),) if form == "tool" else (),
            effort=self.effort,
            without=self.left_out,
        )

    def reader(self, ask: Ask, model: Model) -> EditReader:
        """Read edits in any form, whichever was asked for."""
        return EditReader(self.ground(ask), self.form(ask, model), self.title)

    def check(self, ask: Ask, value: Any) -> Verdict | None:  # noqa: ARG002
        """Judge edits by what the task demands of them."""
        if not isinstance(value, Edits):
            return None
        answer = Answer((), value.complete, value.unread, value.empty)
        return verify(answer, Outcome(value.edit_set, value.refused), self.demands)

    def record(self, ask: Ask, value: Any) -> str:  # noqa: ARG002
        """Return which files were to be changed, and why."""
        if not isinstance(value, Edits):
            return ""
        files = ", ".join(file.subject.path for file in value.edit_set.files)
        done = f"Proposed edits of {files}." if files else "Proposed no edit."
        return f"{done} {value.summary}".strip()


class EditReader:
    """Reads the edits of one answer and brings them to their places."""

    def __init__(self, ground: Ground, form: Form, label: str) -> None:
        self._ground = ground
        self._label = label
        self._answer = AnswerReader(
            form, [subject.path for subject in ground.subjects], ground.marks
        )
        self._thoughts = Thoughts()
        self._paths: dict[str, None] = {}
        self._count = 0

    @property
    def enough(self) -> bool:
        """Whether more was said than any edit needs."""
        return self._answer.enough

    def feed(self, text: str) -> Progress | None:
        """Take streamed text; tell how many edits there are where there is one more."""
        proposed = self._answer.feed(self._thoughts.feed(text))
        if not proposed:
            return None
        self._paths.update(dict.fromkeys(one.path for one in proposed))
        self._count += len(proposed)
        return Progress(tuple(self._paths), self._count)

    def finish(self, reason: StopReason) -> Edits | None:
        """Place what was proposed; ``None`` for an answer that is in none of the forms."""
        self._answer.feed(self._thoughts.rest())
        answer = self._answer.finish(cut=reason not in ("stop", "tool_use"))
        if answer is None:
            return None
        summary = self._answer.summary
        found = outcome(
            answer.proposed,
            self._ground.subjects,
            self._ground.scope,
            f"{self._label}: {summary}" if summary else self._label,
        )
        refused = tuple(one for one in found.refused if one.reason != "no change")
        same = bool(answer.proposed) and not (found.edits.files or refused)
        return Edits(
            found.edits, refused, summary, answer.complete, answer.unread, answer.empty or same
        )


def _files(ground: Ground) -> Material:
    """Say which files may be changed, by the names that an answer has to use."""
    names = "\n".join(subject.path for subject in ground.subjects)
    return Material("files", "The only files that may be changed", names)
