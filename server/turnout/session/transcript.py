"""The transcript: what happened in a session, entry after entry, in words that no provider owns.

An entry is stored as one JSON object of `VERSION`. Versions only add: a reader leaves out kinds of
entries and fields that it does not know, and gives fields that are not there their defaults.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from turnout_clients.types import Part, Text, ToolResult

if TYPE_CHECKING:
    from cattrs import Converter

VERSION: Final = 1

Sight = Literal["excerpt", "diagnostics", "diff", "instructions"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user wanted, in words; for a task of the conversation, as it was sent."""

    text: str
    paths: tuple[str, ...] = ()  # of the files that it shows or speaks of


@dataclass(frozen=True, slots=True)
class Seen:
    """What the model was shown along with a question."""

    path: str
    text: str
    line: int = 0  # where an excerpt begins, from 1; 0: at no line in particular
    sight: Sight = "excerpt"


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model said: text, thinking and calls of tools, in their order."""

    parts: tuple[Part, ...]
    complete: bool = True  # False: it was stopped before its end

    @property
    def text(self) -> str:
        """The text alone."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))


@dataclass(frozen=True, slots=True)
class Returned:
    """What a tool gave for a call in the answer before."""

    result: ToolResult


@dataclass(frozen=True, slots=True)
class Judged:
    """What the checks found of the answer before."""

    passed: bool
    text: str = ""  # why not


@dataclass(frozen=True, slots=True)
class Applied:
    """The user took a change over."""

    path: str
    text: str = ""  # the change, as a diff or in a sentence


@dataclass(frozen=True, slots=True)
class Dismissed:
    """The user did not want something: a finding, a change."""

    text: str
    path: str = ""


What = Asked | Seen | Answered | Returned | Judged | Applied | Dismissed


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. A turn is a question with all that came of it."""

    what: What
    turn: str = ""  # from `new_turn`; "": that of the question before
    task: str = ""
    model: str = ""  # who said it: "provider/name"
    call: str = ""  # its line in the ledger
    at: float = 0.0  # seconds since 1970; 0: when it is stored


def new_turn() -> str:
    """Name a turn, so that those of several editor windows are not mixed up."""
    return secrets.token_hex(6)


def encode(entry: Entry) -> bytes:
    """Write an entry down."""
    return json.dumps(as_object(entry), ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


def as_object(entry: Entry) -> dict[str, Any]:
    """An entry as a JSON object."""
    written: dict[str, Any] = _converter().unstructure(entry, Entry)
    return {"version": VERSION, **written}


def decode(data: bytes) -> Entry | None:
    """Read an entry; None where it is of a kind that is not known here."""
    try:
        entry: Entry = _converter().structure(
            json.loads(data.decode("utf-8", "surrogatepass")), Entry
        )
    except Exception:  # cattrs raises groups of all sorts
        return None
    return entry


@cache
def _converter() -> Converter:
    """Make the converter when it is needed: it takes a while."""
    from cattrs import Converter
    from cattrs.strategies import configure_tagged_union

    converter = Converter(detailed_validation=False)
    for union, tag in ((Part, "part"), (What, "kind")):
        configure_tagged_union(
            union, converter, tag_generator=lambda kind: kind.__name__.lower(), tag_name=tag
        )
    return converter
