"""The sessions as whoever works in them sees them: what is written is not waited for.

Nothing here fails: where nothing can be kept, nothing is remembered, and the log says so.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from turnout.session.scrub import without_excluded
from turnout.session.transcript import Applied, Dismissed, Entry

if TYPE_CHECKING:
    from turnout.session.store import SessionStore

logger = logging.getLogger(__name__)


class Memory:
    """What is asked, answered and done in the workspaces of one process.

    ``roots`` are their folders, ``excluded`` gives the reason where a path may not leave.
    """

    def __init__(
        self,
        store: SessionStore,
        roots: Callable[[], Sequence[Path]],
        excluded: Callable[[str], str | None],
    ) -> None:
        self.store = store
        """All sessions, whichever workspace they are of."""
        self._roots = roots
        self._excluded = excluded
        self._marks: dict[str, str] = {}
        self._writing: set[asyncio.Task[Any]] = set()

    def workspace(self, path: str | None) -> str:
        """Return the folder in whose session a file belongs; "" where there is none."""
        roots = self._roots()
        if path is not None:
            file = Path(path)
            for root in sorted(roots, key=lambda root: len(root.parts), reverse=True):
                if file.is_relative_to(root):
                    return str(root)
        if roots:
            return str(roots[0])
        return "" if path is None else str(Path(path).parent)

    def mark(self, workspace: str) -> str:
        """Return the mark of the fence around data: the same for all that is asked here."""
        return self._marks.setdefault(workspace, secrets.token_hex(8))

    async def past(self, workspace: str) -> tuple[Entry, ...]:
        """Return what was said so far, without what is excluded by now."""
        if not workspace:
            return ()
        await self._written()
        try:
            entries = await self.store.of(workspace).entries()
        except Exception as error:
            logger.warning("the session cannot be read: %s", type(error).__name__)
            return ()
        return without_excluded(entries, lambda path: self._excluded(str(Path(workspace, path))))

    async def begin(self, workspace: str) -> str:
        """Begin a new session in a workspace, for what is asked from now on; return its id."""
        await self._written()
        return await self.store.begin(workspace)

    def keep(self, workspace: str, *entries: Entry) -> None:
        """Add to the session, without waiting for it."""
        if workspace and entries:
            self._begin(self.store.of(workspace).append(*entries))

    def applied(self, path: str, text: str = "") -> None:
        """Take note that the user took a change over: the change as a diff, or in a sentence."""
        workspace = self.workspace(path)
        self.keep(workspace, Entry(Applied(self.below(workspace, path), text)))

    def dismissed(self, path: str, text: str) -> None:
        """Take note that the user did not want something: a finding, a change."""
        workspace = self.workspace(path)
        self.keep(workspace, Entry(Dismissed(text, self.below(workspace, path))))

    def below(self, workspace: str, path: str) -> str:
        """Return the path as it is told: without the folders that lead to the workspace."""
        file = Path(path)
        inside = bool(workspace) and file.is_relative_to(workspace)
        return file.relative_to(workspace).as_posix() if inside else file.name

    async def aclose(self) -> None:
        """Finish what is being written, and end."""
        await self._written()
        await self.store.aclose()

    async def _written(self) -> None:
        if self._writing:
            await asyncio.wait(self._writing)

    def _begin(self, work: Coroutine[Any, Any, bool]) -> None:
        task = asyncio.get_running_loop().create_task(_quietly(work))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)


async def _quietly(work: Coroutine[Any, Any, bool]) -> None:
    try:
        await work
    except Exception as error:  # what cannot be remembered costs no answer
        logger.warning("the session cannot be kept: %s", type(error).__name__)
