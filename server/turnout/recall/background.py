"""Indexing beside the editor: one thread that never makes a request wait.

Only one thread runs Python at a time, so this one works in slices of half a millisecond and then
sleeps; for a moment after each call from the editor it does not work at all. The long part, the
sorting, is numpy's and runs beside Python.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from turnout.recall.files import read_lines, walk
from turnout.recall.index import Index
from turnout.recall.lexer import lex
from turnout.recall.segment import Piece

Allowed = Callable[[str], str | None]

_SLICE: Final = 0.0005
_REST: Final = 0.0001
_QUIET: Final = 0.015
_LONGEST_REST: Final = 0.1
_FIRST_BATCH: Final = 16_000
_LARGEST_BATCH: Final = 1_000_000
_IDLE: Final = 0.5
_MOST_SEGMENTS: Final = 8

log = logging.getLogger(__name__)


class Pace:
    """Lets the indexer work only in slices, and not while the editor is being served."""

    def __init__(self) -> None:
        self._touched = 0.0
        self._rested = 0.0

    def touch(self) -> None:
        """The editor is being served now."""
        self._touched = time.perf_counter()

    def quiet(self) -> float:
        """How long ago the editor was served, in seconds."""
        return time.perf_counter() - self._touched

    def breathe(self) -> None:
        """Called often by the indexer: sleeps when its slice is used up."""
        if time.perf_counter() - self._rested < _SLICE:
            return
        time.sleep(_REST)
        latest = time.perf_counter() + _LONGEST_REST
        while (now := time.perf_counter()) < min(self._touched + _QUIET, latest):
            time.sleep(self._touched + _QUIET - now)
        self._rested = time.perf_counter()


@dataclass
class _Root:
    path: Path
    allowed: Allowed
    done: Future[None] = field(default_factory=Future)

    def finish(self) -> None:
        """Wake who waits for it, if anybody still does."""
        if self.done.set_running_or_notify_cancel():
            self.done.set_result(None)


class Indexer:
    """Reads what it is told to, in its own thread, which it starts at the first order."""

    def __init__(self, index: Index, pace: Pace) -> None:
        self._index = index
        self._pace = pace
        self._roots: list[_Root] = []
        self._unwalked: list[_Root] = []
        self._waiting: OrderedDict[str, bool] = OrderedDict()
        self._batch: list[Piece] = []
        self._read_at: dict[str, float] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self.busy = False

    @property
    def asked(self) -> bool:
        """Whether there is any folder to index."""
        return bool(self._roots)

    def add_root(self, path: Path, allowed: Allowed) -> Future[None]:
        """Index a folder; done when all of its files can be found."""
        root = _Root(path, allowed)
        with self._changed:
            self._roots = [r for r in self._roots if r.path != path] + [root]
            if self._stopped:
                root.finish()
            else:
                self._unwalked.append(root)
                self._start()
        return root.done

    def read(self, path: Path) -> None:
        """Index a file anew, before all others; forget it if it is gone or not allowed."""
        self._order(str(path), keep=True)

    def forget(self, path: Path) -> None:
        """Propose nothing more from a file, from now on."""
        self._index.forget(str(path))
        self._order(str(path), keep=False)

    def stop(self) -> None:
        """End the thread after its current slice."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
            for root in self._unwalked:
                root.finish()
            self._unwalked = []

    def _order(self, path: str, *, keep: bool) -> None:
        with self._changed:
            if self._stopped or not self._roots:
                return
            self._waiting[path] = keep
            self._read_at.pop(path, None)
            self._waiting.move_to_end(path, last=False)
            self._start()

    def _start(self) -> None:
        self.busy = True
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="recall", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _run(self) -> None:
        while not self._stopped:
            try:
                if self._wait():
                    self._work()
                else:
                    self._index.merge()
                    _give_back()
            except Exception as error:
                # Recall goes on with what it has; the message could quote a source.
                log.warning("indexing failed: %s", type(error).__name__)
                time.sleep(_IDLE)

    def _wait(self) -> bool:
        """Until there is something to read; or, False, time to merge: nobody types."""
        with self._changed:
            while not (self._unwalked or self._waiting or self._stopped):
                self.busy = False
                worn = self._index.worn()
                if worn and self._pace.quiet() >= _IDLE:
                    return False
                self._changed.wait(_IDLE if worn else None)
            return True

    def _work(self) -> None:
        """Walk, read and sort until nothing is waiting."""
        with self._changed:
            roots, self._unwalked = self._unwalked, []
        try:
            for root in roots:
                self._walk(root)
            while self._waiting and not self._stopped:
                with self._changed:
                    path, keep = self._waiting.popitem(last=False)
                self._batch = [piece for piece in self._batch if piece.path != path]
                if keep:
                    self._take(path)
                else:
                    self._drop(path)
            self._flush()
            if roots:
                _give_back()
        finally:
            for root in roots:
                root.finish()

    def _walk(self, root: _Root) -> None:
        """Wait for what is new or changed, the latest first; forget what is there no more."""
        files = sorted(walk(root.path, root.allowed, self._pace.breathe), reverse=True)
        there = {path for _, path in files}
        for path in self._index.below(str(root.path)):
            if path not in there:
                self._index.forget(path)
        with self._changed:
            for changed, path in files:
                if path not in self._index or self._read_at.get(path) != changed:
                    self._waiting.setdefault(path, True)
                    self._read_at[path] = changed

    def _take(self, path: str) -> None:
        self._pace.breathe()
        lines = read_lines(path) if self._is_allowed(path) else None
        batched = sum(len(piece.content) for piece in self._batch)
        room = path in self._index or self._index.has_room(len(self._batch), batched)
        if lines is None or not room:
            self._index.forget(path)
            return
        content = lex(lines, self._index.vocabulary, self._pace.breathe)
        self._batch.append(Piece(path, content))
        if batched + len(content) >= self._batch_size():
            self._flush()

    def _drop(self, path: str) -> None:
        """Forget a file or a whole folder."""
        for gone in (path, *self._index.below(path)):
            self._index.forget(gone)

    def _is_allowed(self, path: str) -> bool:
        return any(
            Path(path).is_relative_to(root.path) and root.allowed(path) is None
            for root in self._roots
        )

    def _batch_size(self) -> int:
        """Twice what there is: few segments, and the first of them soon."""
        return min(max(_FIRST_BATCH, 2 * self._index.tokens), _LARGEST_BATCH)

    def _flush(self) -> None:
        batch, self._batch = self._batch, []
        if batch:
            self._index.add(batch)
        while len(self._index.segments) > _MOST_SEGMENTS and self._index.merge():
            self._pace.breathe()


def _give_back() -> None:
    """Return what sorting has freed to the system; glibc would keep it, and it is much."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
