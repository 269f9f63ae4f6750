"""Inline: ask what goes in at the cursor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from turnout.inline.cursor import Cursor
from turnout.inline.shape import Shaped, progress, shape
from turnout.tasks.task import TaskSpec
from turnout_clients import fim
from turnout_clients.types import Deadlines, Fill, Limits, Model, Prompt, StopReason

if TYPE_CHECKING:
    from turnout.engine.ask import Ask
    from turnout.vocabulary import Task

ANSWER_TOKENS: Final = 128
PREFIX_CHARS: Final = 8_000  # more is read more slowly by small models, and hardly helps
SUFFIX_CHARS: Final = 2_000
_CHARS_PER_TOKEN: Final = 3  # of code, on the safe side
_TEMPLATE_TOKENS: Final = 200
_STEP: Final = 16  # lines by which the beginning of a large window moves

_MARKER: Final = re.compile(
    r"<\|[\w▁ -]{2,40}\|>|<｜[\w▁ -]{2,40}｜>|<fim_\w+>|</?(?:PRE|SUF|MID|EOT)>"
    r"|\[(?:PREFIX|SUFFIX|MIDDLE)\]|</?HOLE(?:-\d+)?>"
)
_THOUGHT: Final = re.compile(r"\s*<think>.*?(?:</think>\s*|\Z)", re.DOTALL)
_FENCE: Final = re.compile(r"^[ \t]*```[^\n`]*\n", re.MULTILINE)
_FENCE_END: Final = re.compile(r"(?:\A|\n)[ \t]*```[ \t]*(?=\n|\Z)")
_SPOKEN: Final = re.compile(
    r"\s*(?:here|sure|certainly|okay|the (?:complet|code|text))\b", re.IGNORECASE
)


class InlineTask(TaskSpec):
    """The task."""

    name: Task = "inline"
    title = "Suggest"
    deadlines = Deadlines(connect=1.0, first_token=1.2, total=3.0)
    limits = Limits(answer_bytes=64 * 1024)

    def render(self, ask: Ask, model: Model) -> Prompt:
        """Show the model what stands before and behind the cursor."""
        tokens = min(ask.max_tokens or ANSWER_TOKENS, model.max_output)
        room = max(400, (model.context - tokens - _TEMPLATE_TOKENS) * _CHARS_PER_TOKEN)
        if model.inline_context is not None:
            room = min(room, model.inline_context * _CHARS_PER_TOKEN)
        cursor = Cursor.at(ask.document, ask.span.end)
        suffix = after(cursor, min(SUFFIX_CHARS, room // 4)) if fim.sees_suffix(model) else ""
        return Fill(
            prefix=before(cursor, min(PREFIX_CHARS, room - len(suffix))),
            suffix=suffix,
            max_tokens=tokens,
            path=(ask.document.path or "").rpartition("/")[2],
            temperature=0.0,
        )

    def reader(self, ask: Ask, model: Model) -> InlineReader:  # noqa: ARG002
        """Read a completion as it comes."""
        return InlineReader(Cursor.at(ask.document, ask.span.end))


class InlineReader:
    """Takes off what models wrap code in, and knows when a statement and when all is there."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._raw = ""
        self._answered = False
        self.enough = False
        """Whether the block is complete, or what comes repeats what stands there."""

    def feed(self, text: str) -> Shaped | None:
        """Take streamed text; return the first complete statement, once."""
        self._raw += text
        if "\n" not in text:
            return None
        text, ended = unwrap(self._raw, self._cursor.language)
        state = progress(text + "\n" if ended else text, self._cursor)
        self.enough = ended or state == "whole"
        if self._answered or self.enough or state == "begun":
            return None
        shaped = shape(text[: text.rfind("\n") + 1], self._cursor)
        self._answered = shaped is not None
        return shaped

    def finish(self, reason: StopReason) -> Shaped | None:
        """Return all of it, shaped; a line that the model could not finish is dropped."""
        text, ended = unwrap(self._raw, self._cursor.language, over=True)
        if reason == "length" and not ended and text.strip().count("\n"):
            text = text[: text.rstrip().rfind("\n")]
        return shape(text, self._cursor)


def before(cursor: Cursor, room: int) -> str:
    """Return what stands before the cursor: whole lines, as many as there is room for.

    Where the window can not begin with the file, its beginning moves in steps: while lines are
    typed the prompt mostly begins with the same bytes, and a provider's prompt cache can hold it.
    """
    first, left = cursor.line, room - len(cursor.head)
    while first > 0 and left >= len(cursor.lines[first - 1]):
        first -= 1
        left -= len(cursor.lines[first])
    if first > 0:
        step = _step(cursor.line - first)
        first = min(-(-first // step) * step, cursor.line)
    return _plain("".join(cursor.lines[first : cursor.line])) + cursor.head[-room:]


def _step(shown: int) -> int:
    """Return by how many lines the beginning moves: a quarter of what is shown at the most."""
    step = _STEP
    while step > 1 and step * 4 > shown:
        step //= 2
    return step


def after(cursor: Cursor, room: int) -> str:
    """Return what stands behind the cursor: whole lines, as many as there is room for."""
    if len(cursor.rest) > room:
        return cursor.rest[:room]
    last, left = cursor.line, room - len(cursor.rest)
    while last + 1 < len(cursor.lines) and left >= len(cursor.lines[last + 1]):
        last += 1
        left -= len(cursor.lines[last])
    behind = "".join(cursor.lines[cursor.line : last + 1])
    return _plain(behind[cursor.column :])


def unwrap(raw: str, language: str, *, over: bool = False) -> tuple[str, bool]:
    """Take off fences, markers and thoughts; say whether the model has ended by them.

    ``over`` says that nothing more will come. While it may, text that could be talk is held back.
    """
    text = _THOUGHT.sub("", raw, count=1) if raw.lstrip().startswith("<think>") else raw
    marker = _MARKER.search(text)
    while marker is not None and not text[: marker.start()].strip():
        text = text[marker.end() :]
        marker = _MARKER.search(text)
    if marker is not None:
        text = text[: marker.start()]
    if language != "markdown":
        opened = _FENCE.search(text)
        if opened is not None and (
            not text[: opened.start()].strip() or _SPOKEN.match(text) is not None
        ):
            text = text[opened.end() :]
        elif not over and (_SPOKEN.match(text) is not None or text.lstrip().startswith("```")):
            return "", False
        elif over and text.lstrip().startswith("```"):
            text = text.lstrip().strip("`")
        closed = _FENCE_END.search(text)
        if closed is not None:
            return text[: closed.start()], True
        text = text.removesuffix("\n```") if over else text
    return text, marker is not None


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
