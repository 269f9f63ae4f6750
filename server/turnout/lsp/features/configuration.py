"""Settings as a session goes on: pushed or pulled, changed on disk, and what is wrong with them."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from turnout.lsp.features.remedies import in_words, show_problem, tell
from turnout.lsp.server import editor_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from turnout.lsp.client import ClientFacts
    from turnout.lsp.server import TurnoutServer
    from turnout.settings.model import Problem

logger = logging.getLogger(__name__)

_SECTION: Final = "turnout"
_LOOK_EVERY: Final = 2.0  # seconds


def register(server: TurnoutServer) -> None:
    """Register the feature."""

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def did_change_configuration(params: types.DidChangeConfigurationParams) -> None:
        if server.client.configuration:
            await pull(server)
        else:
            reconfigure(server, params.settings)


def registrations(client: ClientFacts) -> list[types.Registration]:
    """Ask to be told of changes, where the client only then tells."""
    if not client.watch_configuration:
        return []
    return [
        types.Registration(
            id="turnout-configuration",
            method=types.WORKSPACE_DID_CHANGE_CONFIGURATION,
            register_options=types.DidChangeConfigurationRegistrationOptions(section=_SECTION),
        )
    ]


async def pull(server: TurnoutServer) -> None:
    """Ask the client for its settings, if it answers that."""
    if not server.client.configuration:
        return
    item = types.ConfigurationItem(section=_SECTION)
    try:
        answer = await server.workspace_configuration_async(types.ConfigurationParams(items=[item]))
    except JsonRpcException as error:
        logger.warning("the client did not give its settings: %s", error.code)
        return
    reconfigure(server, answer[0] if answer else None)


def reconfigure(server: TurnoutServer, value: object) -> None:
    """Use the settings an editor sent; an editor that has none changes nothing."""
    tree = editor_settings(value)
    if tree:
        server.app.reconfigure(editor_settings=tree)


async def follow_files(server: TurnoutServer) -> None:
    """Read the settings again when a file of theirs changes, by whatever program; never ends."""
    seen = _stamps(server.app.settings.places)
    while True:
        await asyncio.sleep(_LOOK_EVERY)
        stamps = await asyncio.to_thread(_stamps, server.app.settings.places)
        changed = any(seen.get(place, stamp) != stamp for place, stamp in stamps.items())
        seen = stamps
        if changed:
            server.app.reconfigure()


def _stamps(places: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Return what tells one state of each file from another; empty where there is none."""
    stamps: dict[str, tuple[int, ...]] = {}
    for place in places:
        try:
            found = Path(place).stat()
            stamps[place] = (found.st_mtime_ns, found.st_size, found.st_ino)
        except (OSError, ValueError):
            stamps[place] = ()
    return stamps


def show_problems(server: TurnoutServer) -> None:
    """Tell the user what is wrong with the settings, now and later, and how the budget stands."""

    def show(problem: Problem) -> None:
        if problem.severity == "error":
            show_problem(server, problem)
        else:
            params = types.LogMessageParams(type=types.MessageType.Info, message=in_words(problem))
            server.window_log_message(params)

    server.app.on_word = partial(tell, server, types.MessageType.Warning)
    server.app.on_problem = show
    for problem in server.app.settings.problems:
        show(problem)
