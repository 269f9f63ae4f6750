"""Which model would answer, and why: the same words as `turnout route`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from turnout.lsp.features.arguments import read_order
from turnout.lsp.features.remedies import say
from turnout.lsp.features.running import DOCUMENT
from turnout.lsp.features.task_actions import ACTIONS

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer

_ID: Final = "turnout-route"
"""The id of the document that shows it: there is one, and it is shown anew."""


def route_explained(server: TurnoutServer, arguments: object) -> dict[str, Any]:
    """Explain the route of ``{task, uri?, range?, model?}`` and show it. Makes no call."""
    options: dict[str, Any] = arguments if isinstance(arguments, dict) else {}
    action = next((one for one in ACTIONS.values() if one.task == options.get("task")), None)
    if action is None:
        raise JsonRpcInvalidParams(f"the command takes a task: {', '.join(ACTIONS)}")
    # A route does not depend on the words, without which some tasks are not begun.
    ask = read_order(server, action, {"instruction": "?", **options}).ask
    route, text = server.app.engine.route(ask), server.app.engine.explain(ask)
    if server.client.shows_documents:
        shown = {"id": _ID, "uri": ask.document.uri, "title": f"Route of {action.task}"}
        server.protocol.notify(DOCUMENT, {**shown, "text": text, "model": "", "done": True})
    else:
        say(server, types.MessageType.Info, " ".join(text.split()))
    return {"text": text, "models": [candidate.name for candidate in route.candidates]}
