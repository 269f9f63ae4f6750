"""The sessions, from the event loop: whatever touches the disk is done in one thread.

A workspace has one open session at a time. All windows and processes that work there share it,
across restarts; after `record.IDLE` without a word, what is asked next begins a new one.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from turnout.session.record import Head
    from turnout.session.shelf import Shelf
    from turnout.session.transcript import Entry

T = TypeVar("T")

CAP_BYTES: Final = 128 * 2**20
"""What all sessions may take on the disk, unless the open ones alone take more."""


class SessionStore:
    """All sessions of the user. Nothing is imported, opened or made before it is needed."""

    def __init__(self, folder: Path, cap_bytes: int = CAP_BYTES) -> None:
        self._folder = folder
        self._cap = cap_bytes
        self._thread: ThreadPoolExecutor | None = None
        self._shelf: Shelf | None = None

    def of(self, workspace: str) -> Session:
        """Return the session of a workspace, whichever is open there when it is used."""
        return Session(workspace, self)

    async def list(self) -> tuple[Head, ...]:
        """Return the heads of all sessions, those that were used last first."""
        return await self.do(lambda shelf: shelf.list())

    async def read(self, session: str) -> tuple[Entry, ...]:
        """Read any session by its id; nothing where there is none."""
        return await self.do(lambda shelf: shelf.read(session))

    async def begin(self, workspace: str) -> str:
        """Begin a new session in a workspace and return its id; "" where none can be kept."""
        return await self.do(lambda shelf: shelf.begin(workspace))

    async def close(self, session: str) -> bool:
        """Close a session: what is asked next begins a new one."""
        return await self.do(lambda shelf: shelf.close_session(session))

    async def remove(self, session: str) -> bool:
        """Delete a session with all that is in it; false where there was none."""
        return await self.do(lambda shelf: shelf.remove(session))

    async def aclose(self) -> None:
        """Finish what was begun and end the thread."""
        if self._thread is None:
            return
        await self.do(lambda shelf: shelf.close())
        self._thread.shutdown(wait=False)
        self._thread = self._shelf = None

    async def do(self, work: Callable[[Shelf], T]) -> T:
        """Work on the shelf in its thread. What was asked for is done, even if nobody waits."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="sessions")
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._thread, self._work, work))

    def _work(self, work: Callable[[Shelf], T]) -> T:
        if self._shelf is None:
            from turnout.session.shelf import Shelf

            self._shelf = Shelf(self._folder, self._cap)
        return work(self._shelf)


@dataclass(frozen=True, slots=True)
class Session:
    """What is being worked on in a workspace."""

    workspace: str
    _store: SessionStore

    async def append(self, *entries: Entry) -> bool:
        """Add entries, in one step; true once all of them would survive a crash.

        They are added even if the caller is cancelled. Secrets are taken out first.
        """
        return await self._store.do(lambda shelf: shelf.append(self.workspace, entries))

    async def entries(self) -> tuple[Entry, ...]:
        """Return all that was said so far, by whichever process."""
        return await self._store.do(lambda shelf: shelf.entries_of(self.workspace))

    async def id(self) -> str:
        """Return the id of the session that is open; "" where the next entry begins one."""
        return await self._store.do(lambda shelf: shelf.open_id(self.workspace))
