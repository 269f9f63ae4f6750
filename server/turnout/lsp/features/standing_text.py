"""The status in words: a few for a status bar, and some lines of Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from turnout.vocabulary import RECALL, money

_MOST: Final = 40  # characters of the short text
_DOING: Final = {
    "review": "reviewing",
    "refactor": "refactoring",
    "fix": "fixing",
    "tests": "writing tests",
    "docs": "documenting",
    "explain": "explaining",
    "boilerplate": "writing code",
    "ask": "answering",
    "debug": "debugging",
    "design": "thinking",
    "dependency": "updating",
    "commit_message": "writing a message",
    "pull_request": "writing a message",
    "suggest": "looking for a command",
}
_CODE: Final = re.compile(r"(`[^`]+`)")  # means nothing but itself
_MARKUP: Final = re.compile(r"([\\`*_\[\]<>#|~&])")

Status = Mapping[str, Any]


def text(status: Status) -> str:
    """Return a few words, "Turnout" where all is well."""
    if more := _more(status):
        words = f"Turnout: {more}"
        return words if len(words) <= _MOST else f"{words[: _MOST - 1].rstrip()}…"
    return "Turnout"


def tooltip(status: Status) -> str:
    """Return the route of the last answer, what is spent, how all are, and what mends it."""
    return "\n\n".join(_lines(status))


def _more(status: Status) -> str:
    if status["paused"]:
        return "paused"
    if working := status["working"]:
        doing = _DOING.get(working[0]["task"], working[0]["task"])
        return doing if len(working) == 1 else f"{len(working)} actions"
    errors = [one["text"] for one in status["problems"] if one["level"] == "error"]
    for provider in status["providers"]:
        if provider["why"] in errors:
            return f"check the key of {provider['name']}"
    keyless = [one["name"] for one in status["providers"] if one["state"] == "no-key"]
    return f"no key for {keyless[0]}" if keyless else ""


def _lines(status: Status) -> Iterator[str]:
    yield f"**Turnout**, mode {status['mode']}"
    yield from (_escaped(f"{one['title']} ...") for one in status["working"])
    if status["last"]:
        yield _last(status["last"])
    yield _spent(status)
    yield _health(status)
    yield _recall(status)
    for one in status["problems"]:
        mended = f" To mend it: {one['remedy'].rstrip('.')}." if one["remedy"] else ""
        yield _escaped(f"{one['text']}{mended}")


def _last(last: Mapping[str, Any]) -> str:
    task = str(last["task"]).replace("_", " ")
    usd = "cost not known" if last["usd"] is None else money(last["usd"])
    usd = "free" if last["usd"] == 0 else usd
    took = f"{last['ms']} ms" if last["ms"] < 1_000 else f"{last['ms'] / 1_000:.1f} s"
    return _escaped(f"Last: {task} by {last['model']} ({last['reason']}), {usd}, {took}")


def _spent(status: Status) -> str:
    spend, budget = status["spend"], status["budget"]
    parts = []
    for period, name in (("day", "today"), ("month", "this month")):
        cap = "" if budget[period] is None else f" of {money(budget[period])}"
        parts.append(f"{money(spend[period])}{cap} {name}")
    return f"Spent: {', '.join(parts)}"


def _health(status: Status) -> str:
    states = {"ready": "is ready", "no-key": "has no key", "resting": "rests"}
    if not status["providers"]:
        return "Only recall answers: code completion works, other tasks need a provider"
    told = (f"{one['name']} {states[one['state']]}" for one in status["providers"])
    return _escaped(", ".join(told))


def _recall(status: Status) -> str:
    recall = status["recall"]
    if not recall["ready"]:
        return f"{RECALL.capitalize()} is still reading your files"
    files = recall["files"]
    known = f"{files:,} file{'s' * (files != 1)}" if files else "the open files"
    return f"{RECALL.capitalize()} knows {known}"


def _escaped(words: str) -> str:
    """Take Markdown's meaning from what came from elsewhere: no link, no picture, no command."""
    parts = _CODE.split(" ".join(words.split()))
    parts[::2] = (_MARKUP.sub(r"\\\1", part) for part in parts[::2])
    return "".join(parts)
