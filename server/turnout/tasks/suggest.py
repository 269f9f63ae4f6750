"""Suggest: the shell command for an intent. It is shown; nothing here, or behind, runs it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from turnout.edits.plain import plain, visible
from turnout.edits.verify import Verdict
from turnout.engine.ask import Ask, Material
from turnout.tasks.base import ChatTask
from turnout.tasks.destructive import warning
from turnout.tasks.prompts import Wording
from turnout.tasks.thoughts import Thoughts
from turnout.vocabulary import Task
from turnout_clients.types import Deadlines, Limits, Model, StopReason

LONGEST: Final = 2_000  # characters of a command
_EXPLANATION: Final = 300
_ANSWER_TOKENS: Final = 1_024  # with what a model thinks before
_ANSWER_CHARACTERS: Final = 16_000
_SYSTEMS: Final = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}

_INSTRUCTIONS: Final = """\
Say which shell command does what the user wants. Answer with exactly this, and nothing else:

```
the command
```
One sentence of at most 25 words: what it does, and what to mind.

- One line that can be run as it stands, in the shell and on the system that are named; where none
  is named, POSIX shell on Linux. Write NAME in capitals for what only the user can know.
- The plainest tools that do it. Prefer what only shows to what changes, and what asks to what does
  not; never add a flag that forces, or root rights, unless the user asked for that.
- Where no command does it, leave the block empty and say why in the sentence."""
_SEVERAL_LINES: Final = "\n- The user asked for several lines: they may stand in the block."

_WANTS_LINES: Final = re.compile(
    r"\b(?:script|multi-?line|(?:several|multiple|many|two|three|more) (?:lines|commands)"
    r"|heredoc|here-?document|function|step by step)\b",
    re.IGNORECASE,
)
_BLOCK: Final = re.compile(
    r"^[ \t]*```[^\n`]*\n(.*?)(?:^[ \t]*```[ \t]*$|\Z)", re.DOTALL | re.MULTILINE
)
_PROMPT: Final = re.compile(r"^(?:[$%>]|PS [^>\n]*>|[\w.-]+@[\w.-]+[^$\n]{0,40}\$)[ \t]+")
_CONTINUED: Final = re.compile(r"(?<![ \t])[ \t]*\\\n[ \t]*")
_SPOKEN: Final = re.compile(r"(?:here|sure|certainly|okay|you can|use|run|to)\b.*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A command to be looked at, copied and run by the user, or not."""

    command: str  # "": none does it
    explanation: str  # one readable line
    warning: str = ""  # what it may destroy, in words; "" where the table knows nothing of it
    complete: bool = False

    @property
    def text(self) -> str:
        """All of it, as it is shown."""
        warned = f"Careful: it {self.warning}." if self.warning else ""
        return "\n".join(filter(None, (self.command, self.explanation, warned)))


class SuggestTask(ChatTask):
    """The task."""

    name: Task = "suggest"
    title = "Suggest a command"
    deadlines = Deadlines(connect=3.0, first_token=10.0, total=30.0)
    limits = Limits(answer_bytes=64 * 1024)
    wants_context = False

    def wording(self, ask: Ask, model: Model) -> Wording:  # noqa: ARG002
        """Ask for one line, or for several where the user did."""
        return Wording(
            _INSTRUCTIONS + (_SEVERAL_LINES if wants_lines(ask) else ""),
            "Which command does that?",
            _ANSWER_TOKENS,
            effort="low",
            shows_code=ask.span.start < ask.span.end,
            context_tokens=0,
        )

    def reader(self, ask: Ask, model: Model) -> SuggestReader:  # noqa: ARG002
        """Read a command and its explanation."""
        return SuggestReader(several_lines=wants_lines(ask))

    def check(self, ask: Ask, value: Suggestion) -> Verdict:  # noqa: ARG002
        """Judge the form."""
        whole = value.complete and len(value.command) <= LONGEST
        return Verdict(() if whole else ("The command was cut off, or too long.",))


class SuggestReader:
    """Reads one suggestion. Half a command is never shown."""

    def __init__(self, *, several_lines: bool = False) -> None:
        self._several_lines = several_lines
        self._raw = ""
        self._thoughts = Thoughts()

    @property
    def enough(self) -> bool:
        """Whether it is far too long already."""
        return len(self._raw) >= _ANSWER_CHARACTERS

    def feed(self, text: str) -> None:
        """Take streamed text."""
        self._raw = (self._raw + self._thoughts.feed(text))[:_ANSWER_CHARACTERS]

    def finish(self, reason: StopReason) -> Suggestion | None:
        """Return the suggestion; None where the command has lines that nobody asked for."""
        answer = visible(self._raw + self._thoughts.rest()).expandtabs(4)
        command, said = _parted(answer)
        command = _tidied(command, several_lines=self._several_lines)
        explanation = plain(" ".join(said.split()), _EXPLANATION)
        if not explanation and not command:
            return None
        # A new line runs what stands before it as soon as the command is pasted.
        if "\n" in command and not self._several_lines:
            return None
        complete = reason == "stop" and not self.enough
        return Suggestion(command, explanation, warning(command), complete)


def wants_lines(ask: Ask) -> bool:
    """Whether the user asks for more than one line."""
    return _WANTS_LINES.search(ask.instruction) is not None


def surroundings(environ: Mapping[str, str], platform: str) -> Material:
    """Tell where the command is to run: the name of the shell and of the system, nothing else."""
    usual = "PowerShell" if platform == "win32" else "sh"
    shell = re.split(r"[/\\]", environ.get("SHELL", ""))[-1] or usual
    name = shell if re.fullmatch(r"[\w.-]{1,20}", shell) else usual
    system = _SYSTEMS.get(platform, platform)
    return Material("text", "Where the command is to run", f"{name} on {system}")


def _parted(answer: str) -> tuple[str, str]:
    """Part the command from what is said about it."""
    block = _BLOCK.search(answer)
    if block is not None:
        said = answer[block.end() :].strip() or answer[: block.start()]
        return block[1], said.partition("```")[0]
    lines = [line for line in answer.strip().split("\n") if not _SPOKEN.fullmatch(line.strip())]
    return (lines[0].strip().strip("`"), "\n".join(lines[1:])) if lines else ("", "")


def _tidied(command: str, *, several_lines: bool) -> str:
    """Take prompts off, join what a backslash continues; without several lines no comments."""
    lines = [_PROMPT.sub("", line.rstrip()) for line in command.strip().split("\n")]
    if not several_lines:
        lines = [line for line in lines if line and not line.lstrip().startswith("#")]
    return _CONTINUED.sub(" ", "\n".join(lines)).strip()
