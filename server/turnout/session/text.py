"""A session for people: on a terminal, and as Markdown. Nothing in it steers or hides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from turnout.edits.plain import plain, without_invisible
from turnout.session.transcript import (
    Answered,
    Applied,
    Asked,
    Dismissed,
    Entry,
    Judged,
    Returned,
    Seen,
    What,
)
from turnout_clients.types import Text, Thinking, ToolCall

if TYPE_CHECKING:
    from turnout.session.record import Head

_LIMIT: Final = 200_000  # characters of one entry
_LINE: Final = 200
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_TICKS: Final = re.compile("`{3,}")

Piece = tuple[str, str, bool]
"""A title, a text, and whether the text is code."""


def heads_as_text(heads: Sequence[Head], now: float) -> str:
    """Return the list of sessions."""
    if not heads:
        return "No sessions.\n"
    rows = [
        (
            head.id,
            "open" if head.is_open(now) else "closed",
            _moment(head.last),
            f"{head.entries:,} entries",
            f"{head.size / 1024:,.0f} KB",
            plain(head.workspace, _LINE).replace("\n", " "),
        )
        for head in heads
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        + "\n"
        for row in rows
    )


def as_text(head: Head, entries: Sequence[Entry]) -> str:
    """Return a session to be read on a terminal."""
    return "".join(_text_lines(head, entries))


def as_markdown(head: Head, entries: Sequence[Entry]) -> str:
    """Return a session as Markdown, its code fenced."""
    return "".join(_markdown_lines(head, entries))


def _text_lines(head: Head, entries: Sequence[Entry]) -> Iterator[str]:
    yield f"{head.id}  {_one_line(head.workspace)}\n"
    for entry in entries:
        yield f"\n{_moment(entry.at)}  {_by(entry)}\n"
        for title, text, _ in _pieces(entry.what):
            body = plain(text, _LIMIT)
            yield "".join(f"  {line}\n" for line in (_one_line(title), *body.splitlines()))


def _markdown_lines(head: Head, entries: Sequence[Entry]) -> Iterator[str]:
    yield f"# Session {head.id}\n\n`{_one_line(head.workspace)}`\n"
    for entry in entries:
        yield f"\n## {_moment(entry.at)} {_by(entry)}\n"
        for title, text, code in _pieces(entry.what):
            body = _fenced(text) if code else plain(text, _LIMIT) + "\n"
            yield f"\n*{_one_line(title)}*\n\n{body}"


def _pieces(what: What) -> Iterator[Piece]:
    match what:
        case Asked(text):
            yield "asked", text, False
        case Seen(path, text, line, sight):
            yield f"saw {sight} of {path}" + (f", from line {line}" if line else ""), text, True
        case Answered():
            yield from _said(what)
        case Returned(result):
            yield f"{result.name} {'failed' if result.failed else 'returned'}", result.text, True
        case Judged(passed, text):
            yield "passed the checks" if passed else "did not pass a check", text, False
        case Applied(path, text):
            yield f"applied to {path}", text, True
        case Dismissed(text, path):
            yield "dismissed" + (f" in {path}" if path else ""), text, False


def _said(what: Answered) -> Iterator[Piece]:
    for part in what.parts:
        match part:
            case Text(text):
                yield "answered" if what.complete else "answered, and was stopped", text, False
            case Thinking(text) if text:
                yield "thought", text, False
            case ToolCall(_, name, arguments):
                yield f"called {name}", arguments, True


def _by(entry: Entry) -> str:
    return _one_line("  ".join(one for one in (entry.task, entry.model) if one))


def _one_line(text: str) -> str:
    return plain(text, _LINE).replace("\n", " ")


def _fenced(text: str) -> str:
    """Fence code, which keeps its links and loses what cannot be seen."""
    text = _CONTROLS.sub("", without_invisible(text.replace("\r\n", "\n")))
    ticks = "`" * max((len(run) + 1 for run in _TICKS.findall(text)), default=3)
    return f"{ticks}\n{text}{'' if text.endswith(chr(10)) else chr(10)}{ticks}\n"


def _moment(at: float) -> str:
    try:
        return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return "?"
