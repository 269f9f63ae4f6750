"""An engine with its ledger, before fake upstreams of which each is a provider."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from support.asking import Parts, events, settings
from support.upstream import Upstream
from turnout.engine.ask import Ask
from turnout.engine.engine import Engine
from turnout.engine.experience import Experience, now
from turnout.ledger.ledger import Ledger
from turnout.tasks import TASKS

DONE = '{"done": true}\n'


class World:
    """An engine whose clock can be set forward, and its ledger."""

    def __init__(self, parts: Any, ledger: Ledger, tasks: Any) -> None:
        self.parts = parts
        self.ledger = ledger
        self.later = 0.0
        self.engine = Engine(parts, tasks, ledger)
        self.engine._experience = Experience(lambda: now() + self.later)

    async def ask(self, ask: Ask) -> Any:
        """Return the last event."""
        return (await events(self.engine, ask))[-1]

    def rows(self) -> list[dict[str, Any]]:
        assert self.ledger.flush()
        connection = sqlite3.connect(self.ledger._file)
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("SELECT * FROM calls ORDER BY at")]
        connection.close()
        return rows


async def worlds(tmp_path: Path) -> AsyncIterator[Callable[..., World]]:
    """Make worlds in which provider "pN" is the Nth upstream; to be used as a fixture."""
    made: list[World] = []

    def make(*upstreams: Upstream, tasks: Any = TASKS, **more: Any) -> World:
        names = tuple(f"p{n}" for n in range(len(upstreams)))
        routes = {
            "review": tuple(f"{name}/big" for name in names),
            "inline": tuple(f"{name}/fast" for name in names),
        }
        urls = [upstream.url for upstream in upstreams]
        ledger = Ledger(tmp_path / f"ledger{len(made)}.sqlite3")
        made.append(World(Parts(settings(*urls, **{**routes, **more})), ledger, tasks))
        return made[-1]

    yield make
    for one in made:
        await one.parts.client.aclose()
        await one.ledger.aclose()
