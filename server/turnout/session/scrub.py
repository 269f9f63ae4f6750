"""What may be stored: no secret, and nothing of a file that is excluded."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from typing import Any, Final

from turnout.context.redact import Redactor, contains_secret
from turnout.session.transcript import Answered, Applied, Dismissed, Entry, Returned, Seen, What
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
    """Leave out what is about files that ``check`` gives a reason against."""
    return tuple(entry for entry in entries if not ((p := _path(entry.what)) and check(p)))


def _path(what: What) -> str:
    return what.path if isinstance(what, Seen | Applied | Dismissed) else ""


def _scrubbed(what: What) -> What:
    match what:
        case Answered(parts):
            return Answered(tuple(_scrubbed_part(part) for part in parts))
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
