"""What may be stored: no secret, and nothing of a file that is excluded."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from typing import Any, Final

from turnout.context.redact import Redactor, contains_secret
from turnout.session.transcript import (
    Answered,
    Applied,
    Asked,
    Dismissed,
    Entry,
    Returned,
    Seen,
    What,
)
from turnout_clients.types import Message, Opaque, Part, Thinking, ToolCall

SECRET: Final = "<secret>"  # noqa: S105 - what stands in its place

_PLACEHOLDER: Final = re.compile(r"TURNOUT_SECRET_[0-9a-f]{12}")


def scrub(text: str) -> str:
    """Take secrets out for good. Placeholders of a `Redactor` mean nothing to a later process."""
    return _PLACEHOLDER.sub(SECRET, Redactor().redact(text))


def scrubbed(entry: Entry) -> Entry:
    """Return the entry without secrets."""
    return replace(entry, what=_scrubbed(entry.what))


def without_excluded(
    entries: Iterable[Entry], check: Callable[[str], str | None]
) -> tuple[Entry, ...]:
    """Leave out what is about files that ``check`` gives a reason against, answers with it."""
    entries = tuple(entries)
    left_out = [any(map(check, _paths(entry.what))) for entry in entries]
    turns = {
        entry.turn
        for entry, out in zip(entries, left_out, strict=True)
        if out and entry.turn and isinstance(entry.what, Asked)
    }
    return tuple(
        entry
        for entry, out in zip(entries, left_out, strict=True)
        if not out and entry.turn not in turns
    )


def _paths(what: What) -> tuple[str, ...]:
    match what:
        case Asked(paths=paths):
            return paths
        case Seen(path=path) | Applied(path=path) | Dismissed(path=path):
            return (path,) if path else ()
    return ()


def _scrubbed(what: What) -> What:
    match what:
        case Answered(parts):
            return replace(what, parts=tuple(_scrubbed_part(part) for part in parts))
        case Returned(result):
            return Returned(replace(result, text=scrub(result.text)))
    texts = {f.name: scrub(getattr(what, f.name)) for f in fields(what) if f.type == "str"}
    changed: What = replace(what, **texts)  # type: ignore[arg-type]
    return changed


def _scrubbed_part(part: Part) -> Part:
    try:
        (clean,) = Message("assistant", parts=(part,)).rewritten(scrub).parts
    except (ValueError, RecursionError):  # arguments that are no JSON, or a bomb of it
        return replace(part, arguments="{}", opaque=None) if isinstance(part, ToolCall) else part
    if isinstance(clean, Thinking | ToolCall):
        return replace(clean, opaque=_harmless(clean.opaque))
    return clean


def _harmless(opaque: Opaque | None) -> Opaque | None:
    """What only its provider can read goes back unchanged or not at all."""
    if opaque is None:
        return None
    try:
        found = any(contains_secret(text) for text in _strings(json.loads(opaque.value)))
    except (ValueError, RecursionError):
        return None
    return None if found else opaque


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
