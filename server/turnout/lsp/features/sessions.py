"""`turnout/session`: what is kept of the work with models, read, and begun anew."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from pygls.exceptions import JsonRpcInvalidParams

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer

SESSION: Final = "turnout/session"


def register(server: TurnoutServer) -> None:
    """Register the feature."""

    @server.feature(SESSION)
    async def session(params: Any = None) -> dict[str, Any]:
        options: dict[str, Any] = params if isinstance(params, dict) else {}
        match options.get("action"):
            case "list":
                return await _list(server)
            case "show":
                return await _show(server, options.get("id"))
            case "new":
                return await _new(server)
        raise JsonRpcInvalidParams("the request takes an action: list, show or new")


async def _list(server: TurnoutServer) -> dict[str, Any]:
    from turnout.session.command import facts

    heads = await server.app.session.store.list()
    return {"sessions": [facts(head, time.time()) for head in heads]}


async def _show(server: TurnoutServer, session: object) -> dict[str, str]:
    """Show one in Markdown: the one that was used last, where no other is named."""
    from turnout.session.text import as_markdown

    store = server.app.session.store
    heads = await store.list()
    head = next((head for head in heads if session in (None, head.id)), None)
    if head is None and session is not None:
        raise JsonRpcInvalidParams("there is no such session")
    if head is None:
        return {"title": "Session", "text": "There are no sessions yet.\n"}
    text = as_markdown(head, await store.read(head.id))
    return {"title": f"Session {head.id}", "text": text}


async def _new(server: TurnoutServer) -> dict[str, str]:
    """Begin one in every folder that is worked in, those of single files included."""
    memory = server.app.session
    paths = [document.path for document in server.documents.snapshots(without="")]
    workspaces = dict.fromkeys([*map(str, server.folders), *map(memory.workspace, paths)])
    begun = [await memory.begin(workspace) for workspace in workspaces if workspace]
    return {"id": begun[0] if begun else ""}
