"""A prompt that goes on with a session: what was said stands between the rules and the question.

What is stored has a fixed word in the place of the fence's mark, so that the mark of today stands
around what was shown yesterday. Text that holds the word itself loses it: nothing that was shown
can close the fence by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from turnout.engine.bill import size
from turnout.session.render import messages
from turnout.session.transcript import Asked, Entry
from turnout_clients import tokens
from turnout_clients.types import Chat, Message, Model, Text

if TYPE_CHECKING:
    from turnout_clients.types import Part

MOST_TOKENS: Final = 64_000
"""What is given of a session at the most, however much a model can hold: it is paid for."""

_SHARE: Final = 2  # of the model's window: a half
_MARGIN: Final = 1.3  # by which texts may have more tokens than estimated
_MARK: Final = "TURNOUT_MARK"
_NOT_THE_MARK: Final = "(mark)"
_APART: Final = "\n\n"
"""Stands between the texts of one message: most dialects have no other way to tell them apart."""


def stored(text: str, mark: str) -> str:
    """Return what was sent as the session keeps it."""
    text = text.replace(_MARK, _NOT_THE_MARK)
    return text.replace(mark, _MARK) if mark else text


def continued(
    own: Chat, past: Sequence[Entry], model: Model, mark: str, factor: float
) -> tuple[Message, ...]:
    """Return the messages of a prompt with those of a session before the question.

    What fits is the same from one question to the next, or nothing would stay in a cache; only
    where the question itself needs the room, less is given.
    """
    estimate = partial(tokens.estimate, factor=factor)
    budget = min(model.context // _SHARE, MOST_TOKENS)
    room = round((model.context - own.max_tokens) / _MARGIN - size(own) * factor)
    entries = [_with(mark, entry) for entry in past]
    said = messages(entries, model, max(min(budget, room), 0), estimate)
    at = next((n for n, one in enumerate(own.messages) if one.role != "system"), 0)
    return (*own.messages[:at], *_joined(said, own.messages[at:]))


def _with(mark: str, entry: Entry) -> Entry:
    what = entry.what
    if not isinstance(what, Asked):
        return entry
    return replace(entry, what=replace(what, text=what.text.replace(_MARK, mark)))


def _joined(said: Sequence[Message], own: Sequence[Message]) -> list[Message]:
    """Put the question behind what was said; neighbours of one role are one message."""
    joined = list(said)
    if joined and own and joined[-1].role == own[0].role:
        last = joined.pop()
        own = [replace(own[0], text="", parts=(*last.content, *own[0].content)), *own[1:]]
    return [_plain(one) for one in (*joined, *own)]


def _plain(message: Message) -> Message:
    """Write a message as the prompts of tasks are written: one text as such, several apart."""
    parts: tuple[Part, ...] = message.parts
    if message.role == "user":
        parts = _apart(parts)
        message = replace(message, parts=parts)
    if len(parts) == 1 and isinstance(parts[0], Text):
        return replace(message, text=parts[0].text, parts=())
    return message


def _apart(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Begin each text that follows another one with an empty line."""
    return tuple(
        replace(part, text=_APART + part.text)
        if isinstance(part, Text) and isinstance(before, Text)
        else part
        for before, part in zip((None, *parts), parts, strict=False)
    )
