"""`turnout route`: who would be asked for a task, in which order, why, and at which price.

Nothing is contacted. With ``--json`` the answer is one object; ``schema`` 1 may gain keys and loses
none:

    schema, task, layer, why, remedy
    candidates [{name, reason, price}]    price: USD, expected for this request; null if not known
    escalation                            who is asked once where an answer does not pass; or null
    checked                               whether answers of the task are checked
    ruled_out [{name, reason, remedy}]
"""

from __future__ import annotations

import json
import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from turnout.app import App
    from turnout.engine.ask import Ask

_RANGE: Final = re.compile(r"(.+?):(\d{1,9})(?:-(\d{1,9}))?")


def add_parser(add: Callable[..., ArgumentParser]) -> None:
    """Add the command, with what makes a parser for it."""
    parser = add("route", help="say who would be asked for a task, and why")
    parser.add_argument("task", metavar="TASK", help="review, tests, inline, ...")
    parser.add_argument("place", nargs="?", metavar="FILE[:LINE[-LINE]]", help="what it is about")
    parser.add_argument("--model", metavar="NAME", help="as if chosen for this request")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--config", metavar="FILE", help="the settings file to read")
    parser.set_defaults(place=None, model=None, json=False)


def main(options: Namespace) -> int:
    """Print the route; return the exit code: 1 where nobody could answer."""
    import asyncio

    from turnout.tasks import TASKS

    task = options.task.replace("-", "_")
    if task not in TASKS:
        return _fail(f"there is no task {options.task}; there are {', '.join(TASKS)}")
    try:
        ask = _ask(task, options.place, options.model)
    except OSError as error:
        return _fail(f"{options.place}: {(error.strerror or 'cannot be read').lower()}")
    except ValueError as error:
        return _fail(str(error))
    return asyncio.run(_tell(ask, options))


async def _tell(ask: Ask, options: Namespace) -> int:
    from turnout.ahead import load_prices
    from turnout.app import App
    from turnout.settings.commands import complain_of

    app = App(options.config and Path(options.config))
    app.on_problem = lambda _: None
    app.reconfigure(workspaces=[Path.cwd()])
    complain_of(app.settings)  # `turnout doctor` tells of what matters less
    try:
        await load_prices(app.settings)
        await app.ledger.look(app.settings.budget)
        route = app.engine.route(ask)
        text = _as_json(app, ask) if options.json else app.engine.explain(ask)
    finally:
        await app.aclose()
    sys.stdout.write(text)
    return 0 if route.candidates else 1


def _ask(task: Any, place: str | None, model: str | None) -> Ask:
    from turnout.context.languages import language_id
    from turnout.document import Document, Span, split_lines
    from turnout.engine.ask import Ask

    if place is None:
        nothing = Document("untitled:", 0, "", ("",))
        return Ask(task, nothing, Span(0, 0), model=model, explicit=True)
    path, first, last = _place(place)
    text = path.read_bytes().decode("utf-8", "replace")
    lines = tuple(split_lines(text))
    document = Document(path.resolve().as_uri(), 0, language_id(str(path)), lines)
    count = max(1, len(lines) - (not lines[-1]))
    if first > count or (last and first > last):
        raise ValueError(f"{path.name} has {count} lines, of which {place} names none")
    first, last = max(first, 1), min(last or len(lines), len(lines))
    end = document.starts[last - 1] + len(lines[last - 1])
    return Ask(task, document, Span(document.starts[first - 1], end), model=model, explicit=True)


def _place(place: str) -> tuple[Path, int, int]:
    """Read FILE[:LINE[-LINE]]; 0 for no line. A file that has such a name is itself."""
    found = _RANGE.fullmatch(place)
    if found is None or Path(place).exists():
        return Path(place), 0, 0
    first = int(found[2])
    if first == 0:
        raise ValueError(f"{place}: lines are counted from 1")
    return Path(found[1]), first, int(found[3] or first)


def _as_json(app: App, ask: Ask) -> str:
    route = app.engine.route(ask)
    told = {
        "schema": 1,
        "task": route.task,
        "layer": route.layer,
        "why": route.why,
        "remedy": route.remedy,
        "candidates": [
            {"name": one.name, "reason": one.reason, "price": one.price} for one in route.candidates
        ],
        "escalation": route.escalation.name if route.escalation else None,
        "checked": app.engine.checks(ask.task),
        "ruled_out": [
            {"name": one.name, "reason": one.reason, "remedy": one.remedy}
            for one in route.ruled_out
        ],
    }
    return json.dumps(told, indent=2) + "\n"


def _fail(why: str) -> int:
    sys.stderr.write(f"turnout: {why}\n")
    return 2
