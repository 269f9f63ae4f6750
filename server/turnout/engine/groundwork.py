"""What an ask stands on before it is rendered: related code, and what was said before.

It is begun with the ask, so that it lies beside the look for keys, and done once for all its calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from turnout.engine.ask import Ask
from turnout.engine.local_paths import told_below
from turnout.engine.record import report
from turnout.vocabulary import LAYER_OF

if TYPE_CHECKING:
    from turnout.context.pieces import Context
    from turnout.session.memory import Memory
    from turnout.session.transcript import Entry
    from turnout.tasks.task import TaskSpec

Gather = Callable[[Ask], Awaitable["Context"]]


@dataclass(frozen=True, slots=True)
class Ground:
    """An ask with all that belongs to it, and the conversation that it goes on with."""

    ask: Ask
    past: tuple[Entry, ...] = ()


class Groundwork:
    """Makes the ground of one ask. Nothing of it is done while the user types."""

    def __init__(
        self, ask: Ask, spec: TaskSpec, gather: Gather | None, memory: Memory | None, mark: str
    ) -> None:
        self._ask = ask
        self._mark = mark  # of the fence, where no session has one
        self._spec = spec
        self._gather = gather
        self._memory = memory
        self._work: asyncio.Task[Ground] | None = None

    async def __aenter__(self) -> Groundwork:
        """Begin."""
        if LAYER_OF[self._ask.task] != "instant":
            self._work = asyncio.get_running_loop().create_task(self._do())
        return self

    async def __aexit__(self, *_: object) -> None:
        """End what nobody waits for any more."""
        if self._work is not None and not self._work.done():
            self._work.cancel()
            await asyncio.wait({self._work})

    async def done(self) -> Ground:
        """Wait for it."""
        return Ground(self._ask) if self._work is None else await asyncio.shield(self._work)

    async def _do(self) -> Ground:
        memory, ask = self._memory, self._ask
        workspace = memory.workspace(ask.document.path) if memory else ""
        mark = ask.mark or (memory.mark(workspace) if memory else self._mark)
        context, past = await asyncio.gather(self._context(), self._past(workspace))
        root = workspace or (context.root if context else "")
        # Not before it was gathered: what a trace names is looked for where it says.
        return Ground(told_below(replace(ask, context=context, mark=mark), root), past)

    async def _context(self) -> Context | None:
        if self._gather is None or self._ask.context or not self._spec.wants_context:
            return self._ask.context
        try:
            return await self._gather(self._ask)
        except Exception as error:  # without related code there is still the code in question
            report("context", error)
            return None

    async def _past(self, workspace: str) -> tuple[Entry, ...]:
        if self._memory is None or not self._spec.in_session:
            return ()
        return await self._memory.past(workspace)
