"""`turnout session`: what is kept of the work with models, to be read, taken along, deleted.

With ``--json`` the answer is one object; ``schema`` 1 may gain keys and loses none:

    list      schema, sessions [{id, workspace, begun, last, entries, size, open}]
    show      schema, session (as in the list), entries [{version, at, turn, task, model, call,
              what: {kind: asked | seen | answered | returned | judged | applied | dismissed, ..}}]
"""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from turnout.session.store import CAP_BYTES
from turnout.session.text import as_markdown, as_text, heads_as_text
from turnout.session.transcript import as_object
from turnout.settings.paths import sessions_folder

if TYPE_CHECKING:
    from turnout.session.record import Head
    from turnout.session.shelf import Shelf
    from turnout.session.transcript import Entry

SCHEMA: Final = 1


def add_parser(add: Callable[..., ArgumentParser]) -> None:
    """Add the command, with what makes a parser for it."""
    parser = add("session", help="read, export or delete what is kept of your work with models")
    parser.add_argument("action", choices=("list", "show", "export", "rm"))
    parser.add_argument(
        "ids", nargs="*", metavar="ID", help="or how it begins; show, export: else the last used"
    )
    parser.add_argument("--json", action="store_true", help="list, show: for programs")
    parser.add_argument("--format", choices=("markdown", "json"), help="export: markdown, or json")
    parser.add_argument("--output", metavar="FILE", help="export: to this file, not to stdout")
    parser.add_argument("--all", action="store_true", help="rm: every session")
    parser.add_argument("--yes", action="store_true", help="rm: without asking")
    parser.set_defaults(ids=[], json=False, format="markdown", output=None, all=False, yes=False)


def main(options: Namespace) -> int:
    """Run ``turnout session``; return the exit code."""
    from turnout.session.shelf import Shelf  # what it stands on takes its time to load

    with closing(Shelf(sessions_folder(), CAP_BYTES)) as shelf:
        heads = shelf.list()
        if options.action == "list":
            return _list(heads, options)
        if options.action == "rm" and not options.all and not options.ids:
            return _fail("Which session? `turnout session list` shows them; --all is every one.")
        if options.action == "rm" and options.all:
            chosen = heads
        elif options.ids:
            chosen = tuple(h for h in heads if any(h.id.startswith(one) for one in options.ids))
        else:
            chosen = heads[:1]
        missing = [one for one in options.ids if not any(h.id.startswith(one) for h in chosen)]
        if missing:
            return _fail(f"There is no session {missing[0]!r}; `turnout session list` shows them.")
        if options.action == "rm":
            return _remove(shelf, chosen, options)
        if len(chosen) != 1:
            if not chosen:
                return _fail("There are no sessions yet.")
            return _fail("There are several that begin so; `turnout session list` shows them.")
        read = chosen[0], shelf.read(chosen[0].id)
        return _show(*read, options) if options.action == "show" else _export(*read, options)


def _list(heads: Sequence[Head], options: Namespace) -> int:
    now = time.time()
    if options.json:
        sessions = [facts(head, now) for head in heads]
        _write(json.dumps({"schema": SCHEMA, "sessions": sessions}, indent=2) + "\n")
    else:
        _write(heads_as_text(heads, now))
    return 0


def _show(head: Head, entries: Sequence[Entry], options: Namespace) -> int:
    _write(_json(head, entries) if options.json else as_text(head, entries))
    return 0


def _export(head: Head, entries: Sequence[Entry], options: Namespace) -> int:
    as_json = options.json or options.format == "json"
    text = _json(head, entries) if as_json else as_markdown(head, entries)
    if options.output is None:
        _write(text)
        return 0
    try:
        descriptor = os.open(options.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        return _fail(f"{Path(options.output).name} could not be written: {error.strerror}.")
    return 0


def _remove(shelf: Shelf, heads: Sequence[Head], options: Namespace) -> int:
    if not options.yes:
        _write(heads_as_text(heads, time.time()))
        if heads and not _agreed():
            return _fail("Nothing was deleted.")
    removed = sum(shelf.remove(head.id) for head in heads)
    if options.all:
        shelf.remove_damaged()
    _write(f"{removed} deleted.\n")
    return 0 if removed == len(heads) else 1


def _agreed() -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        _fail("--yes deletes without asking.")
        return False
    _write("Delete? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _json(head: Head, entries: Sequence[Entry]) -> str:
    session = facts(head, time.time())
    said = [as_object(entry) for entry in entries]
    return json.dumps({"schema": SCHEMA, "session": session, "entries": said}, indent=2) + "\n"


def facts(head: Head, now: float) -> dict[str, Any]:
    """Return a session as it stands in a list for programs."""
    return {
        "id": head.id,
        "workspace": head.workspace,
        "begun": head.begun,
        "last": head.last,
        "entries": head.entries,
        "size": head.size,
        "open": head.is_open(now),
    }


def _write(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))


def _fail(text: str) -> int:
    sys.stderr.write(f"turnout: {text}\n")
    return 1
