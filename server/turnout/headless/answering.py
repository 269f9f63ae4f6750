"""One ask on its way: by the review cache and the engine, to a result."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from pathlib import Path

from turnout.app import App
from turnout.engine.ask import Answer, Ask, Event, Trying, Unanswered
from turnout.headless.books import Books
from turnout.headless.progress import Progress
from turnout.headless.report import Result
from turnout.headless.text import progress_of
from turnout.headless.write import NotWrittenError, write
from turnout.settings.paths import reviews_folder
from turnout.tasks.editing import Edits
from turnout.tasks.review import Review
from turnout.tasks.review_cache import Plan, ReviewCache
from turnout.vocabulary import money
from turnout_clients.catalog.models import display_name


class Answering:
    """Answers the asks of one run."""

    def __init__(
        self, app: App, options: argparse.Namespace, roots: Sequence[Path], progress: Progress
    ) -> None:
        self._app = app
        self._options = options
        self._roots = roots
        self._progress = progress
        self._caches: dict[str, ReviewCache] = {}
        self.books = Books(app.ledger)
        self.titles: dict[str, str] = {}
        """What people call the models that were asked."""

    async def answer(self, ask: Ask) -> Result:
        """Answer one ask, as far as the money allows it."""
        if self._options.max_cost is not None:
            left = await self._left()
            if left is None or left <= 0:
                return Result(ask, why=_spent(self._options.max_cost, left))
            ask = replace(ask, max_cost=left)
        route = self._app.engine.route(ask)
        if ask.task != "review" or not route.candidates:
            return await self._asked(ask)
        reader = route.candidates[0].name
        cache = self._cache(ask)
        plan = await cache.plan(ask, reader, anew=self._options.anew)
        if not plan.asks:
            title = self._title(reader)
            note = f"Nothing changed since the last review by {title}; --anew asks again."
            return Result(ask, Review(plan.known, complete=True), reader, 0.0, note=note)
        return await self._reviewed(ask, plan, cache)

    def _cache(self, ask: Ask) -> ReviewCache:
        """Return what was reviewed in the workspace of a file, as the editor names it."""
        workspace = self._app.session.workspace(ask.document.path)
        if workspace not in self._caches:
            guard = self._app.exclusion.check_uri
            self._caches[workspace] = ReviewCache(reviews_folder(), workspace, guard)
        return self._caches[workspace]

    async def _reviewed(self, ask: Ask, plan: Plan, cache: ReviewCache) -> Result:
        """Ask about what is new, and keep what comes of it."""
        result = await self._asked(plan.asks[0])
        if not isinstance(result.value, Review):
            return replace(result, ask=ask)
        with suppress(asyncio.CancelledError):  # the answer is there, whatever ends the run
            await cache.keep(plan.asks[0], result.model, result.value)
        new = cache.dismissals.without(result.value.findings)
        return replace(result, ask=ask, value=replace(result.value, findings=(*plan.known, *new)))

    async def _asked(self, ask: Ask) -> Result:
        result = Result(ask)
        try:
            async with aclosing(self._app.engine.run(ask)) as events:
                async for event in events:
                    result = self._follow(result, event)
        except asyncio.CancelledError:
            if result.value is None:
                raise
        return result

    def _follow(self, result: Result, event: Event) -> Result:
        """Take one event of the engine."""
        if isinstance(event, Trying):
            after = f"{event.after} " if event.after else ""
            self._progress.doing(result.path, f"{after}Asking {self._title(event.model)}")
        elif isinstance(event, Unanswered):
            return replace(result, why=event.why, remedy=event.remedy)
        elif isinstance(event, Answer) and event.final:
            self._title(event.model)
            failures = event.verdict.failures if event.verdict else ()
            return replace(
                result, value=event.value, model=event.model, usd=event.cost, failures=failures
            )
        elif isinstance(event, Answer) and (words := progress_of(event.value)):
            self._progress.now(result.path, f"{self._title(event.model)}: {words}")
        return result

    def _title(self, name: str) -> str:
        model = self._app.settings.models.get(name)
        return self.titles.setdefault(name, display_name(model) if model else name)

    async def _left(self) -> float | None:
        """Return what may still be spent; None where that is not known."""
        spent = await asyncio.to_thread(self.books.spent)
        return None if spent is None else self._options.max_cost - spent

    def written(self, result: Result) -> Result:
        """Write an edit into its files, where nothing speaks against it. For a thread."""
        value = result.value
        if not isinstance(value, Edits) or not result.whole:
            return result
        try:
            written = write(value.edit_set, self._root_of(result.ask), self._app.exclusion.check)
        except NotWrittenError as error:
            return replace(result, failures=(f"{error}.",))
        return replace(result, written=written)

    def _root_of(self, ask: Ask) -> Path:
        """Return the workspace that a document lies in, the innermost one."""
        path = Path(ask.document.path or "/")
        around = [root for root in self._roots if path.is_relative_to(root)]
        return max(around, key=lambda root: len(root.parts), default=path.parent)


def _spent(cap: float, left: float | None) -> str:
    if left is None:
        return "What was spent is not known, so --max-cost could not be held."
    return f"Not asked: --max-cost {money(cap)} is spent."
