"""The composition root of the server: every part made lazily and once, remade when settings change.

Nothing here knows the protocol; `lsp/` and the command line both stand on it.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from turnout.inline.suggestion import call_of
from turnout.settings.load import load
from turnout.settings.model import Mode, Problem, Provider, Settings
from turnout.vocabulary import LAYER_OF, RECALL

if TYPE_CHECKING:
    from turnout.context.exclude import Exclusion
    from turnout.context.recent import RecentEdits
    from turnout.context.workspace import Workspace
    from turnout.engine.engine import Engine
    from turnout.inline.acceptance import Outcome
    from turnout.inline.suggester import Suggester
    from turnout.ledger.ledger import Ledger
    from turnout.recall import EarlyRecall, Recall
    from turnout.routing.router import Router
    from turnout.session.memory import Memory
    from turnout.settings.keys import KeyStore
    from turnout_clients.client import Client
    from turnout_clients.types import Endpoint

logger = logging.getLogger(__name__)

Work = Callable[[], Coroutine[Any, Any, None]]

_FIRST: Final = 0.3
"""Seconds after start that belong to the first completion; then recall is loaded and indexes."""

_SETTLE: Final = 1.0
"""Seconds after start before keys are looked for and connections made in advance."""


def _log_problem(problem: Problem) -> None:
    logger.warning("%s: %s", problem.where, problem.what)


class App:
    """The parts of one server. Use it from one event loop."""

    def __init__(self, config: Path | None = None, environ: Mapping[str, str] = os.environ) -> None:
        self._config = config
        self._started: float | None = None  # by the clock of the loop
        self._indexed: tuple[tuple[Path, ...], tuple[str, ...]] = ((), ())
        self._environ = environ
        self._workspaces: tuple[Path, ...] = ()
        self._editor: Mapping[str, Any] | None = None
        self._missing: dict[str, str] = {}  # provider -> remedy, of keys that were looked for
        self._looking = False
        self._settled = False  # what belongs to the first moments after the start is done
        self._tasks: set[asyncio.Task[None]] = set()
        self._reported: set[Problem] = set()
        self.on_problem: Callable[[Problem], None] = _log_problem
        """Called once for each problem in the settings."""
        self.on_word: Callable[[str], None] = logger.warning
        """Called with what the user should hear of the budget."""
        self.observers: list[Callable[[bool], None]] = []
        """Called when what is told of the server's state may have changed; whether it is urgent."""
        self.paused = False
        """Whether nothing is suggested while typing, by the user's word."""
        self.trusted = True
        """Whether the editor trusts what the folders bring along."""
        self._mode: Mode | None = None  # by the user's word, until the server ends

    def start(
        self, workspaces: Sequence[Path], editor_settings: Mapping[str, Any] | None = None
    ) -> None:
        """Take up work in these folders. Returns at once; the rest happens in the background."""
        self._started = asyncio.get_running_loop().time()
        self.reconfigure(editor_settings, workspaces)
        self.background(self._prepare)

    def reconfigure(
        self,
        editor_settings: Mapping[str, Any] | None = None,
        workspaces: Sequence[Path] | None = None,
    ) -> None:
        """Read the settings again; requests under way finish by the old ones.

        None for an argument means: as before.
        """
        if editor_settings is not None:
            self._editor = editor_settings
        if workspaces is not None:
            self._workspaces = tuple(workspaces)
            if "ledger" in self.__dict__:
                self._book_by_folder(self.ledger)
        if "workspace" in self.__dict__:
            self.workspace.stop()
        for name in ("settings", "exclusion", "router", "workspace"):
            self.__dict__.pop(name, None)
        self._missing.clear()
        if "keys" in self.__dict__:
            self.keys.forget()
        if "engine" in self.__dict__:
            self.engine.forget()
        if "suggester" in self.__dict__:
            self.suggester.forget()
        for problem in self.settings.problems:
            self.report(problem)
        scope = (self._workspaces, self.settings.exclude)
        if self._started is not None and scope != self._indexed:
            gone = [folder for folder in self._indexed[0] if folder not in self._workspaces]
            self._indexed = scope
            self.background(partial(self._index, gone))
        if self._settled and self.settings.providers:
            from turnout.ahead import learn

            self.background(partial(learn, self))
        self.on_news(True)

    def on_news(self, urgent: bool) -> None:
        """Something changed that is told of the server's state, or may have."""
        for observer in self.observers:
            observer(urgent)

    def pause(self, paused: bool) -> None:
        """Suggest nothing while typing, or do so again."""
        self.paused = paused
        if paused and "suggester" in self.__dict__:
            self.suggester.forget()
        self.on_news(True)

    def use(self, mode: Mode) -> None:
        """Route by this mode until the server ends, whatever the settings say."""
        self._mode = mode
        self.settings = replace(self.settings, mode=mode)
        self.__dict__.pop("router", None)
        self.on_news(True)

    def report(self, problem: Problem) -> None:
        """Tell of a problem, once."""
        if problem not in self._reported:
            self._reported.add(problem)
            self.on_problem(problem)

    async def aclose(self) -> None:
        """End everything that was begun."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if "suggester" in self.__dict__:
            await self.suggester.aclose()
        if "recall" in self.__dict__:
            self.recall.stop()
        if "workspace" in self.__dict__:
            self.workspace.stop()
        # Before what may take its time, of which there is little.
        books = [self.__dict__[name] for name in ("session", "ledger") if name in self.__dict__]
        await asyncio.gather(*(book.aclose() for book in books))
        if "client" in self.__dict__:
            await self.client.aclose()

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment that settings and keys are read from."""
        return self._environ

    @cached_property
    def settings(self) -> Settings:
        """What the user said."""
        found = load(self._config, self._workspaces, self._editor, self._environ)
        return found if self._mode is None else replace(found, mode=self._mode)

    @cached_property
    def exclusion(self) -> Exclusion:
        """What never leaves the machine."""
        from turnout.context.exclude import Exclusion

        return Exclusion(self._workspaces, self.settings.exclude)

    @cached_property
    def router(self) -> Router:
        """Who should answer."""
        from turnout.routing.router import Router

        def missing_key(provider: Provider) -> str:
            return self._missing.get(provider.name) or self.keys.missing(provider)

        roots = [str(workspace) for workspace in self._workspaces]
        return Router(self.settings, self._environ, roots, missing_key)

    @cached_property
    def keys(self) -> KeyStore:
        """Where keys are kept."""
        from turnout.settings.keys import KeyStore

        return KeyStore(self._environ)

    @cached_property
    def client(self) -> Client:
        """The way to models; opens nothing before the first use."""
        from turnout_clients.client import Client

        return Client()

    @cached_property
    def recall(self) -> Recall | EarlyRecall:
        """The embedded completion engine: the early one until `full_recall` was loaded."""
        from turnout.context.redact import contains_secret
        from turnout.recall import EarlyRecall

        return EarlyRecall(contains_secret)

    async def full_recall(self) -> Recall:
        """Load the engine, once, beside the loop; it takes over the files that are open."""
        await asyncio.to_thread(import_module, "turnout.recall.recall")  # numpy takes its time
        from turnout.context.redact import contains_secret
        from turnout.recall.recall import Recall

        if not isinstance(self.recall, Recall):
            full = Recall(contains_secret)
            for uri, lines in self.recall.files():
                full.open(uri, lines)
            self.recall = full
        return self.recall

    @cached_property
    def engine(self) -> Engine:
        """The one path of every request."""
        from turnout import gathering
        from turnout.engine.engine import Engine
        from turnout.tasks import TASKS

        gather = partial(gathering.gather_for, self)
        engine = Engine(self, TASKS, self.ledger, gather=gather, memory=self.session)
        engine.on_end = lambda task: self.on_news(LAYER_OF[task] != "instant")
        return engine

    @property
    def asked(self) -> Engine | None:
        """The engine, if there was anything to ask it yet."""
        return self.__dict__.get("engine")

    @cached_property
    def session(self) -> Memory:
        """What was said in these folders; opens nothing before there is something to keep."""
        from turnout.session.memory import Memory
        from turnout.session.store import SessionStore
        from turnout.settings.paths import sessions_folder

        return Memory(
            SessionStore(sessions_folder()),
            lambda: self._workspaces,
            lambda path: self.exclusion.check(path),  # noqa: PLW0108 - it is made anew
        )

    @cached_property
    def workspace(self) -> Workspace:
        """The files of the folders, and the names that they define."""
        from turnout.context.workspace import Workspace

        return Workspace(self._workspaces, self.exclusion.check)

    @cached_property
    def recent(self) -> RecentEdits:
        """What was edited a moment ago."""
        from turnout.context.recent import RecentEdits

        return RecentEdits()

    @cached_property
    def ledger(self) -> Ledger:
        """What it cost and how it went; opens nothing before there is something to book."""
        from turnout.ledger.ledger import Ledger
        from turnout.settings.paths import ledger_file

        ledger = Ledger(ledger_file())
        ledger.on_word = lambda word: self.on_word(word)  # noqa: PLW0108 - it is set later
        self._book_by_folder(ledger)
        return ledger

    def _book_by_folder(self, ledger: Ledger) -> None:
        if self._workspaces:
            ledger.work_in(str(self._workspaces[0]))

    @cached_property
    def suggester(self) -> Suggester:
        """What turns asks for a suggestion into suggestions."""
        from turnout.inline.suggester import Suggester

        suggester = Suggester(self.engine, lambda: self.settings.inline)
        suggester.acceptance.observers.append(self._book_outcome)
        return suggester

    def _book_outcome(self, outcome: Outcome) -> None:
        if outcome.model == RECALL:
            self.ledger.recalled(outcome.task, outcome.kind)
        elif call := call_of(outcome.id):
            self.ledger.outcome(call, outcome.kind)

    async def endpoint(self, provider: Provider) -> Endpoint:
        """Resolve where a provider is reached; raises `Unauthorized` where its key is missing."""
        from turnout.settings.keys import MissingKey
        from turnout_clients.errors import Unauthorized

        try:
            endpoint = await self.keys.endpoint_async(provider)
        except MissingKey as missing:
            if self._missing.get(provider.name) != missing.remedy:
                self._missing[provider.name] = missing.remedy
                self.on_news(True)
            raise Unauthorized(
                str(missing), provider=provider.name, remedy=missing.remedy
            ) from None
        if self._missing.pop(provider.name, None):
            self.on_news(True)
        return endpoint

    def forget_keys(self) -> None:
        """Look keys up again at the next call: one was refused, or has changed."""
        self.keys.forget()

    @property
    def keyless(self) -> Mapping[str, str]:
        """The providers whose keys were looked for and not found, and what mends it."""
        return self._missing

    def look_for_keys(self) -> None:
        """Look in the background whether the keys that were missing still are."""
        if self._missing and not self._looking:
            self._looking = True
            self.background(self.find_keys)

    async def find_keys(self) -> None:
        """Look for the key of every provider."""
        from turnout_clients.errors import Unauthorized

        try:
            for provider in list(self.settings.providers.values()):
                with suppress(Unauthorized):
                    await self.endpoint(provider)
        finally:
            self._looking = False

    async def _prepare(self) -> None:
        await self._until(_FIRST)
        await self.full_recall()
        await self._until(_SETTLE)
        self._settled = True
        from turnout.ahead import learn

        await learn(self, connect=True)

    async def _index(self, gone: Sequence[Path]) -> None:
        await self._until(_FIRST)
        recall = await self.full_recall()
        for folder in gone:
            await recall.index(folder, lambda _: "it is not open any more")
        for folder in self._workspaces:
            await recall.index(folder, self.exclusion.check)
        self.on_news(True)

    async def _until(self, seconds: float) -> None:
        """Wait until so long after the start."""
        if self._started is not None:
            await asyncio.sleep(self._started + seconds - asyncio.get_running_loop().time())

    def background(self, work: Work) -> None:
        """Begin what nobody waits for; it ends with the app."""
        task = asyncio.get_running_loop().create_task(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _quietly(work: Work) -> None:
    """Work done in advance may fail; whoever needs it will find out and say so."""
    try:
        await work()
    except Exception as error:
        logger.warning("in the background: %s", type(error).__name__)
