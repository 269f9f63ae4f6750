"""The server: its features, and the loop that serves one client over two descriptors."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pygls.lsp.server import LanguageServer

from turnout import __version__
from turnout.lsp.client import ClientFacts, path_of
from turnout.lsp.faults import report
from turnout.lsp.parent import POLL_SECONDS, Parent
from turnout.lsp.protocol import TurnoutProtocol
from turnout.lsp.pump import Pump
from turnout.lsp.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from turnout.app import App
    from turnout.lsp.documents import DocumentStore
    from turnout.lsp.early import EarlyReply
    from turnout.lsp.framing import Frame
    from turnout.lsp.positions import Positions

logger = logging.getLogger(__name__)

Part = TypeVar("Part")

_TRUSTED: Final = "trusted"
"""Of `initializationOptions`: it is no setting, since what is set there may come along too."""
_GRACE: Final = 0.5
"""Seconds for handlers and the app to end; the client may already be gone."""


class TurnoutServer(LanguageServer):
    """What features are registered with and work on."""

    protocol: TurnoutProtocol

    def __init__(self, app: App) -> None:
        super().__init__("turnout", __version__, protocol_cls=TurnoutProtocol)
        self.app = app
        self.client = ClientFacts()
        self.folders: tuple[Path, ...] = ()
        self._parts: dict[type, Any] = {}

    @property
    def documents(self) -> DocumentStore:
        """The open documents."""
        return self.protocol.documents

    @property
    def positions(self) -> Positions:
        """The conversions to and from the client's units."""
        return self.protocol.documents.positions

    def part(self, kind: type[Part], make: Callable[[], Part]) -> Part:
        """Return the one object of a kind that features share; made when it is first needed."""
        if kind not in self._parts:
            self._parts[kind] = make()
        found: Part = self._parts[kind]
        return found

    def begin(self, client: ClientFacts) -> None:
        """Take up work for a client; comes once, with `initialize`."""
        self.client = client
        self.folders = client.folders
        self.app.trusted = not _is_distrusted(client.options)
        try:
            self.app.start(self.folders, editor_settings(client.options))
        except Exception as error:  # a bad setting never stops the server
            report(logger, "the start is incomplete", error)

    def change_folders(self, added: Sequence[str], removed: Sequence[str]) -> None:
        """Work in other folders, given as URIs, from now on."""
        gone = {path_of(uri) for uri in removed}
        new = [path for uri in added if (path := path_of(uri)) and path not in self.folders]
        self.folders = (*(path for path in self.folders if path not in gone), *new)
        self.app.reconfigure(workspaces=self.folders)


def editor_settings(value: object) -> Mapping[str, Any] | None:
    """Return the settings tree an editor sends: bare, or under the name ``turnout``."""
    if not isinstance(value, dict):
        return None
    tree = value.get("turnout", value)
    if not isinstance(tree, dict):
        return None
    return {name: part for name, part in tree.items() if name != _TRUSTED}


def _is_distrusted(options: object) -> bool:
    """Whether an editor says that the user does not trust the folders; none has to say anything."""
    trees = [options, options.get("turnout")] if isinstance(options, dict) else []
    return any(isinstance(tree, dict) and tree.get(_TRUSTED) is False for tree in trees)


def create_server(app: App) -> TurnoutServer:
    """Make a server with every feature."""
    from turnout.lsp.features import FEATURES

    # pygls logs message bodies at INFO and exceptions with their data.
    logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)
    server = TurnoutServer(app)
    for feature in FEATURES:
        feature.register(server)
    return server


async def serve(
    server: TurnoutServer,
    in_fd: int,
    out_fd: int,
    *,
    pump: Pump | None = None,
    early: EarlyReply | None = None,
    parent: int | None = None,
) -> int:
    """Serve until `exit`, the end of input or of the parent; return the exit code."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    def end(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    def broken() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(end, 1)

    protocol = server.protocol
    writer = Writer(out_fd, broken)
    protocol.writer = writer
    protocol.ended = end
    if early is not None:
        protocol.initialize_answered = lambda: early.answered

    def deliver(frame: Frame) -> None:
        try:
            protocol.receive(frame)
        except Exception as error:  # one message never costs the session
            report(logger, "a message failed", error)

    if pump is None:
        pump = Pump(in_fd)
        pump.start()
    pump.attach(
        loop,
        deliver,
        finish=lambda: end(0 if protocol.shut_down else 1),
        ready=lambda: not writer.congested(),
    )
    watch = loop.create_task(_watch_parents(server, parent, end))
    try:
        return await ended
    finally:
        pump.stop()
        watch.cancel()
        await _wind_up(server)
        await asyncio.to_thread(writer.close)


async def _watch_parents(
    server: TurnoutServer, parent: int | None, end: Callable[[int], None]
) -> None:
    parents = {} if parent is None else {parent: Parent(parent)}
    while True:
        pid = server.client.process_id
        if pid is not None and pid not in parents:
            parents[pid] = Parent(pid)
        if any(known.is_gone() for known in parents.values()):
            logger.warning("the parent process is gone")
            end(1)
            return
        await asyncio.sleep(POLL_SECONDS)


async def _wind_up(server: TurnoutServer) -> None:
    """Cancel what still runs, so that every socket closes, then end the app."""
    if running := server.protocol.cancel_all():
        await asyncio.wait(running, timeout=_GRACE)
    try:
        await asyncio.wait_for(server.app.aclose(), _GRACE)
    except Exception as error:  # the process ends anyway
        report(logger, "the end is incomplete", error)
