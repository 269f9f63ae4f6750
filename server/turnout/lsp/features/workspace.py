"""Files that change outside the editor's buffers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lsprotocol import types

from turnout.lsp.client import ClientFacts, path_of

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer


def register(server: TurnoutServer) -> None:
    """Register the feature."""

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def did_change_watched_files(params: types.DidChangeWatchedFilesParams) -> None:
        recall = await server.app.full_recall()
        for change in params.changes:
            path = path_of(change.uri)
            if path is None:
                continue
            if change.type == types.FileChangeType.Deleted:
                recall.forget(path)
            else:
                recall.refresh(path)
            await asyncio.sleep(0)  # a checkout names thousands; requests go first


def registrations(client: ClientFacts) -> list[types.Registration]:
    """Ask to be told of changed files, where the client only then tells."""
    if not client.watch_files:
        return []
    watcher = types.FileSystemWatcher(glob_pattern="**/*")
    return [
        types.Registration(
            id="turnout-files",
            method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
            register_options=types.DidChangeWatchedFilesRegistrationOptions(watchers=[watcher]),
        )
    ]
