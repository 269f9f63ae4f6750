"""`turnout/trust`: whether the user trusts what the folders bring along, as some editors ask.

While they do not, what a repository tells models (`AGENTS.md` and the like) is not passed on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pygls.exceptions import JsonRpcInvalidParams

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer

TRUST: Final = "turnout/trust"


def register(server: TurnoutServer) -> None:
    """Register the feature."""

    @server.feature(TRUST)
    async def trust(params: Any = None) -> None:
        trusted = params.get("trusted") if isinstance(params, dict) else None
        if not isinstance(trusted, bool):
            raise JsonRpcInvalidParams("the request takes {trusted}: true or false")
        server.app.trusted = trusted
