"""What the dialects of conversations share: tool calls as they come, payloads, effort, system."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, get_args

from turnout_clients.failures import Failures
from turnout_clients.text import read_json
from turnout_clients.types import (
    Call,
    Calling,
    Chat,
    Effort,
    Endpoint,
    Message,
    Opaque,
    Part,
    Role,
    StopReason,
    Text,
    ToolCall,
)

_LEVELS: Final[tuple[Effort, ...]] = get_args(Effort)


@dataclass
class _Draft:
    id: str
    name: str
    text: str = ""


class Drafts:
    """Tool calls whose arguments come in pieces, each under its key in the stream."""

    def __init__(self, failures: Failures) -> None:
        self._failures = failures
        self._open: dict[object, _Draft] = {}
        self._given = False
        self._torn = False

    def __contains__(self, key: object) -> bool:
        return key in self._open

    def begin(self, key: object, id: str, name: str) -> Calling:  # noqa: A002
        """A call begins."""
        self._open[key] = _Draft(id, name)
        return Calling(name, "")

    def add(self, key: object, text: str) -> Iterator[Calling]:
        """A piece of a call's arguments; a piece of nothing that began is nothing."""
        if text and (draft := self._open.get(key)):
            draft.text += text
            yield Calling(draft.name, text)

    def end(self, key: object, text: str = "") -> Iterator[ToolCall]:
        """A call is at its end; ``text`` where its arguments are said as a whole."""
        if draft := self._open.pop(key, None):
            yield from self.whole(draft.id, draft.name, text or draft.text)

    def end_all(self) -> Iterator[ToolCall]:
        """All calls are at their ends."""
        for key in list(self._open):
            yield from self.end(key)

    def whole(
        self,
        id: str,  # noqa: A002
        name: str,
        arguments: str,
        opaque: Opaque | None = None,
    ) -> Iterator[ToolCall]:
        """A call that may be given out, unless its arguments are torn."""
        arguments = arguments if arguments.strip() else "{}"
        if name and is_object(arguments):
            self._given = True
            yield ToolCall(id, name, arguments, opaque)
        else:
            self._torn = True

    def reason(self, reason: StopReason) -> StopReason:
        """Why the answer ended; a torn call is an error unless the answer was cut at its limit."""
        if reason in ("length", "refusal"):
            return reason
        if self._torn or self._open:
            raise self._failures.malformed("a tool call whose arguments are no JSON object")
        return "tool_use" if self._given else reason


def is_object(text: str) -> bool:
    """Whether this is a JSON object."""
    try:
        return isinstance(read_json(text), dict)
    except ValueError:
        return False


def kept(endpoint: Endpoint, value: Any) -> Opaque:
    """Keep what this provider wants back."""
    return Opaque(endpoint.name, json.dumps(value))


def returned(endpoint: Endpoint, opaque: Opaque | None) -> Any | None:
    """What was kept, if it is this provider that wants it back."""
    if opaque is None or opaque.provider != endpoint.name:
        return None
    return json.loads(opaque.value)


def effort(call: Call) -> Effort | None:
    """The level to ask for: the nearest one the model has, the weaker of two as near.

    Whoever wants a hole filled does not wait for thoughts.
    """
    asked = call.prompt.effort if isinstance(call.prompt, Chat) else "none"
    if asked is None or not call.model.efforts:
        return None
    wanted = _LEVELS.index(asked)
    return min(call.model.efforts, key=lambda level: abs(_LEVELS.index(level) - wanted))


def calls_so_far(call: Call) -> int:
    """How many tools were asked for in the conversation, to number calls that come without id."""
    messages = call.prompt.messages if isinstance(call.prompt, Chat) else ()
    return sum(isinstance(part, ToolCall) for message in messages for part in message.parts)


def text_of(message: Message) -> str:
    """The text of a turn alone."""
    return "".join(part.text for part in message.content if isinstance(part, Text))


def system(chat: Chat) -> tuple[Message, ...]:
    """What the system says, wherever it stands: for protocols that have a place of its own."""
    return tuple(m for m in chat.messages if m.role == "system" and text_of(m))


def turns(chat: Chat) -> Iterator[tuple[Role, tuple[Message, ...]]]:
    """The rest, with neighbours of the same role as one turn."""
    rest = (message for message in chat.messages if message.role != "system")
    for role, messages in groupby(rest, key=lambda message: message.role):
        yield role, tuple(messages)


def parts_of(messages: tuple[Message, ...]) -> Iterator[Part]:
    """The parts of several messages."""
    for message in messages:
        yield from message.content
