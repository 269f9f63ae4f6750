"""Gather what a model should see besides the code in question, within a time limit.

The loop is never kept waiting: everything runs in a thread. What is not found when the time is over
is absent. The same state of texts gives the same pieces in the same order.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

from turnout.context import abroad, examples, related, trace, uses
from turnout.context.files import Files
from turnout.context.pieces import Context, Original, Piece
from turnout.context.scene import OutOfTime, Scene
from turnout.context.target import Diagnostic, RecentEdit, Sources, Target

__all__ = ["Context", "Diagnostic", "Piece", "RecentEdit", "Sources", "Target", "gather"]

Finder = Callable[[Scene], Iterable[Piece]]

TIME: Final = 0.3
"""Seconds that gathering takes at the most."""
TIME_FOR_ALL: Final = 1.5
"""With a trace or a package, which any file may have to do with: all are looked at first."""
_LOOKING: Final = 0.5  # of them: the share in which the workspace's files are looked at
_GRACE: Final = 0.05  # seconds in which the thread may end by itself

_AT_HOME: Final[tuple[Finder, ...]] = (
    related.target,
    related.diagnostics,
    related.edits,
    related.imports,
    related.scopes,
    related.own_definitions,
    related.near,
)
_ABROAD: Final[tuple[Finder, ...]] = (
    trace.traced,
    abroad.instructions,
    abroad.definitions,
    abroad.sibling,
    abroad.callers,
    uses.uses,
    examples.examples,
)


_UNTRUSTED: Final = tuple(finder for finder in _ABROAD if finder is not abroad.instructions)


async def gather(target: Target, sources: Sources, seconds: float | None = None) -> Context:
    """Return what was found in time; empty for a document that is excluded."""
    if seconds is None:
        seconds = TIME_FOR_ALL if target.trace or target.package else TIME
    search = _Search(target, sources, seconds)
    work = asyncio.get_running_loop().run_in_executor(None, search.run)
    try:
        await asyncio.wait({work}, timeout=seconds + _GRACE)
    finally:
        search.stop()
    if work.done():
        work.result()  # its errors are ours
    return search.found()


class _Search:
    """What the thread does, and what it has found so far."""

    def __init__(self, target: Target, sources: Sources, seconds: float) -> None:
        self._target = target
        self._sources = sources
        self._until = time.monotonic() + seconds
        self._pieces: list[Piece] = []
        self._complete = False
        self._root = ""
        self._originals: tuple[Original, ...] = ()
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Look no further; nobody waits."""
        self._stopped.set()

    def found(self) -> Context:
        """Return what was found so far."""
        return Context.of(
            tuple(self._pieces), complete=self._complete, root=self._root, files=self._originals
        )

    def run(self) -> None:
        """Find everything there is, or as much as there is time for."""
        target, sources = self._target, self._sources
        if sources.exclusion.check_uri(target.document.uri) is not None:
            self._complete = True
            return
        workspace = sources.workspace
        files = Files(workspace.roots, sources.exclusion, sources.documents, workspace.trees)
        scene = Scene(
            target, files.of(target.document), files, workspace, self._until, self._stopped.is_set
        )
        self._root = files.root_of(scene.path)
        try:
            self._find(scene, _AT_HOME)
            alone = not self._root and not target.trace
            looked = alone or workspace.look(scene.left * _LOOKING)
            self._find(scene, _ABROAD if sources.trusted else _UNTRUSTED)
            self._complete = looked
        except OutOfTime:
            pass
        self._originals = tuple(files.originals(scene.path, {piece.path for piece in self._pieces}))

    def _find(self, scene: Scene, finders: Iterable[Finder]) -> None:
        for finder in finders:
            scene.on_time()
            for piece in finder(scene):
                self._pieces.append(piece)
                scene.on_time()
