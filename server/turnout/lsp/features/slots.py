"""One running action for each document, and one for the workspace: a new one ends the old."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from turnout.document import Document

Result = dict[str, Any]


class Slots:
    """Runs actions; an observer of the documents."""

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[Result]] = {}

    async def run(self, slot: str, work: Coroutine[Any, Any, Result]) -> Result:
        """Carry it out; one that is stopped or superseded says so as its result."""
        self.stop(slot)
        task = asyncio.get_running_loop().create_task(work)
        self._running[slot] = task
        try:
            return await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            return {"outcome": "stopped"}
        finally:
            if self._running.get(slot) is task:
                del self._running[slot]

    def stop(self, slot: str) -> None:
        """Stop the action of a slot, if one runs."""
        if running := self._running.get(slot):
            running.cancel()

    def opened(self, document: Document) -> None:
        """Nothing runs for a document that was just opened."""

    def edited(self, edit: object) -> None:
        """An action goes on while the text moves; what it finds is anchored anew."""

    def saved(self, uri: str) -> None:
        """Saving changes nothing."""

    def closed(self, uri: str) -> None:
        """Stop what runs for a document that nobody looks at any more."""
        self.stop(uri)
