"""How messages are read into types: nothing is made to fit that was not said.

What pygls does otherwise: a number where a text belongs becomes a text, and would end up in a
document; parameters that no type describes become objects with the names that the client chose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import fields
from lsprotocol import types
from pygls.protocol import JsonRPCNotification, JsonRPCRequestMessage, JsonRPCResponseMessage

if TYPE_CHECKING:
    from cattrs import Converter


def read_strictly(converter: Converter) -> None:
    """Have the converter of one session read as described above."""
    for kind in (JsonRPCRequestMessage, JsonRPCNotification, JsonRPCResponseMessage):
        converter.register_structure_hook(kind, _structure_plain)
    converter.register_structure_hook(types.InlineCompletionTriggerKind, _TriggerKinds())
    converter.register_structure_hook(str, _strict_text)
    converter.register_structure_hook(int, _strict_number)


class _TriggerKinds:
    """Reads why a suggestion is asked for, in one session.

    Older clients count from 0, "invoked"; once one has sent that, its 1 is taken for "automatic".
    """

    def __init__(self) -> None:
        self._from_zero = False

    def __call__(self, value: Any, _: object) -> types.InlineCompletionTriggerKind:
        self._from_zero |= value == 0
        older = self._from_zero and value in (0, 1)
        return types.InlineCompletionTriggerKind(value + 1 if older else value)


def _strict_text(value: object, kind: type[str]) -> str:
    """Refuse what `str` would make a text of: it would end up in a document."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return kind(value)  # a str, or a member of an enumeration of them


def _strict_number(value: Any, kind: type[int]) -> int:
    if kind is int and (isinstance(value, bool) or value != int(value)):
        raise TypeError("not a whole number")
    return kind(value)


def _structure_plain(data: dict[str, Any], kind: type[Any]) -> Any:
    """Make a message whose parameters or result no type describes; they stay as they came."""
    return kind(**{field.name: data.get(field.name) for field in fields(kind)})
