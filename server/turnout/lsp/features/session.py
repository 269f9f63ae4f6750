"""`initialized`: what the server asks of the client once both are ready."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from turnout.lsp.features import configuration, workspace

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer

logger = logging.getLogger(__name__)


def register(server: TurnoutServer) -> None:
    """Register the feature."""

    @server.feature(types.INITIALIZED)
    async def initialized(_: types.InitializedParams) -> None:
        configuration.show_problems(server)
        await asyncio.gather(
            _register_dynamically(server),
            configuration.pull(server),
            configuration.follow_files(server),
        )


async def _register_dynamically(server: TurnoutServer) -> None:
    registrations = [
        *configuration.registrations(server.client),
        *workspace.registrations(server.client),
    ]
    if not registrations:
        return
    params = types.RegistrationParams(registrations=registrations)
    try:
        await server.client_register_capability_async(params)
    except JsonRpcException as error:
        logger.warning("the client refused a registration: %s", error.code)
