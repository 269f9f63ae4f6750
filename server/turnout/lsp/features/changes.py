"""Actions on what git says has changed: reviews of every file, and texts about all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from turnout.engine.ask import Ask
from turnout.lsp.client import path_of
from turnout.lsp.features.reviewing import Reviewing, count
from turnout.lsp.features.telling import Telling
from turnout.tasks.asking import (
    Asked,
    GitError,
    Work,
    commit_message,
    pull_request,
    review_changes,
)

if TYPE_CHECKING:
    from turnout.lsp.features.running import Running
    from turnout.lsp.features.slots import Result


class ReviewingChanges(Reviewing):
    """Reviews every file that changed, one after the other; also those that are not open."""

    async def carry_out(self) -> Result:
        """Publish the findings of each file as they come."""
        against, model = self.order.against, self.ask.model
        asked = await _asked(self, lambda work: review_changes(work, against, model))
        if not isinstance(asked, Asked):
            return asked
        total: Result = {"findings": 0, "unplaced": 0, "complete": True, "files": 0, "cost": 0.0}
        for ask in asked.asks:
            result = await self._review(ask)
            cost = result.get("cost")
            total["cost"] = None if None in (total["cost"], cost) else total["cost"] + cost
            if result["outcome"] != "answered":
                return result | total | {"notes": list(asked.notes)}
            total = total | {"outcome": "answered", "model": result["model"]}
            for name in ("findings", "unplaced"):
                total[name] += result[name]
            total["complete"] &= result["complete"]
            total["files"] += 1
        files = "1 file" if total["files"] == 1 else f"{total['files']} files"
        words = (f"{total['model']}: {count(total['findings'])} in {files}.", *asked.notes)
        self.closing = " ".join(words).rstrip(".")
        self.announce(complete=total["complete"], noted=bool(asked.notes))
        return total | {"notes": list(asked.notes)}

    async def _review(self, ask: Ask) -> Result:
        """Review one file, as if it was asked for by itself."""
        self.findings.look_at(ask.document)
        name = Path(ask.document.path or ask.document.uri).name
        one = Reviewing(self.server, replace(self.order, ask=ask, name=name))
        one.progress = self.progress
        try:
            return await one.review()
        except asyncio.CancelledError:
            one.give_up()
            raise
        finally:
            one.release()


class DescribingChanges(Telling):
    """Writes a commit message or the text of a pull request. Nothing is committed."""

    async def carry_out(self) -> Result:
        """Ask about all changes at once."""
        against, model = self.order.against, self.ask.model
        if self.ask.task == "pull_request":
            asked = await _asked(self, lambda work: pull_request(work, against, model))
        else:
            asked = await _asked(self, lambda work: commit_message(work, model))
        if not isinstance(asked, Asked):
            return asked
        result = await self.follow(asked.asks[0])
        return result | {"notes": list(asked.notes)}


async def _asked(running: Running, asking: Callable[[Work], Awaitable[Asked]]) -> Asked | Result:
    """Find out what changed; or say why there is nothing to ask."""
    server = running.server
    path = path_of(running.ask.document.uri)
    if path is None:
        return running.refused("No folder is open in which something could have changed.")
    folder = path.parent if path.is_file() else path
    documents = server.documents.snapshots(without="")
    try:
        asked = await asking(Work(folder, server.app.exclusion.check, documents))
    except GitError as error:
        return running.refused(str(error), error.remedy)
    if not asked.asks:
        return running.refused(" ".join(asked.notes))
    return asked
