"""Tasks of which a test says what passes, and an engine with a session for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.asking import Parts, document, events
from turnout.document import Span
from turnout.edits.verify import Verdict
from turnout.engine.ask import Ask, Event
from turnout.engine.engine import Engine
from turnout.ledger.ledger import Ledger
from turnout.session.memory import Memory
from turnout.session.store import SessionStore
from turnout.session.transcript import Entry
from turnout.settings.model import Settings
from turnout.tasks.base import ChatTask
from turnout.tasks.prompts import Wording
from turnout.tasks.task import TaskSpec
from turnout.vocabulary import Task
from turnout_clients.types import Model, StopReason, Tool

RULES = "House rules."


@dataclass
class Said:
    text: str


class Reader:
    """Takes everything; what begins with ``?`` is in no form that can be read."""

    def __init__(self) -> None:
        self.text = ""
        self.enough = False

    def feed(self, text: str) -> Said | None:
        self.text += text
        return Said(self.text)

    def finish(self, reason: StopReason) -> Said | None:
        return None if self.text.startswith("?") else Said(self.text)


class Plain(ChatTask):
    """A task without a check."""

    in_session = True
    tools: tuple[Tool, ...] = ()

    def __init__(self, name: Task = "ask") -> None:
        self.name = name
        self.title = name.title()

    def wording(self, ask: Ask, model: Model) -> Wording:
        return Wording(RULES, f"Question of {self.name}.", 200, tools=self.tools)

    def reader(self, ask: Ask, model: Model) -> Reader:
        return Reader()


class Checked(Plain):
    """A task whose answers pass if they begin with ``ok``."""

    in_session = False

    def __init__(self, name: Task = "tests") -> None:
        super().__init__(name)
        self.judged: list[str] = []

    def check(self, ask: Ask, value: Any) -> Verdict:
        self.judged.append(value.text)
        return Verdict() if value.text.startswith("ok") else Verdict((f"{value.text} is bad.",))


def ask(task: Task = "tests", text: str = "x = 1\n", **more: Any) -> Ask:
    uri = more.pop("uri", "file:///ws/a.py")
    return Ask(task, document(text, uri), Span(0, len(text)), explicit=True, **more)


class Desk:
    """An engine with its ledger and session, and what is kept there."""

    def __init__(self, folder: Path, settings: Settings, tasks: Sequence[TaskSpec]) -> None:
        self.parts = Parts(settings)
        self.ledger = Ledger(folder / "ledger.sqlite3")
        self.memory = Memory(
            SessionStore(folder / "sessions"), lambda: [Path("/ws")], self._excluded
        )
        self.excluded: set[str] = set()
        self.engine = Engine(
            self.parts,
            {task.name: task for task in tasks},
            self.ledger,
            memory=self.memory,
        )

    def _excluded(self, path: str) -> str | None:
        return "it is excluded" if path in self.excluded else None

    async def ask(self, ask: Ask) -> list[Event]:
        return await events(self.engine, ask)

    async def session(self) -> list[Any]:
        return [entry.what for entry in await self.entries()]

    async def entries(self) -> tuple[Entry, ...]:
        return await self.memory.past("/ws")

    async def aclose(self) -> None:
        await self.parts.client.aclose()
        await self.memory.aclose()
        await self.ledger.aclose()


async def desks(tmp_path: Path) -> AsyncIterator[Callable[..., Desk]]:
    """Make desks; one made after another works on the same session, as after a restart."""
    made: list[Desk] = []

    def make(settings: Settings, *tasks: TaskSpec) -> Desk:
        made.append(Desk(tmp_path, settings, tasks))
        return made[-1]

    yield make
    for one in made:
        await one.aclose()
