"""Prose: a text for people. What the tasks share that answer in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from turnout.edits.plain import plain
from turnout.engine.ask import Ask
from turnout.tasks.base import ChatTask
from turnout.tasks.task import Reader
from turnout.tasks.thoughts import Thoughts
from turnout_clients.types import Model, StopReason

LONGEST: Final = 16_000  # characters


@dataclass(frozen=True, slots=True)
class Prose:
    """A text as far as it has come; readable, nothing that acts."""

    text: str
    complete: bool = False


class ProseTask(ChatTask):
    """A task that is answered in words: streamed, and a part of the conversation."""

    in_session = True

    def reader(self, ask: Ask, model: Model) -> Reader:  # noqa: ARG002
        """Read a text as it comes."""
        return ProseReader()


class ProseReader:
    """Reads a text; shows whole lines, cleaned, and never cleans again what was shown."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._thoughts = Thoughts()
        self._read = 0
        self._clean = ""
        self._open = ""  # the line that has not ended yet

    def feed(self, text: str) -> Prose | None:
        """Take streamed text; return what there is so far where a line has ended."""
        self._read += len(text)
        self._open = (self._open + self._thoughts.feed(text))[: 4 * self._longest]
        head, newline, self._open = self._open.rpartition("\n")
        if not newline:
            return None
        before = len(self._clean)
        self._add(head + newline)
        return Prose(self._clean) if len(self._clean) > before and self._clean.strip() else None

    @property
    def enough(self) -> bool:
        """Whether it says more than anyone would read."""
        shown = len(self._clean) + len(self._open)
        return shown >= self._longest or self._read >= 16 * self._longest

    def finish(self, reason: StopReason) -> Prose | None:
        """Return the whole text; None where there was nothing but thoughts."""
        whole = reason == "stop" and not self.enough
        self._add(self._open + self._thoughts.rest())
        text = self._clean.rstrip()
        return Prose(text, whole) if text else None

    def _add(self, text: str) -> None:
        """Clean each line by itself, so that it is the same however the text was cut in pieces."""
        clean = "\n".join(plain(line, self._longest) for line in text.split("\n"))
        if not self._clean.strip():
            clean = clean.lstrip("\n")
        self._clean = (self._clean + clean)[: self._longest]
