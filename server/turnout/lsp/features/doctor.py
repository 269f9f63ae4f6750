"""`turnout/doctor`: what `turnout doctor` says, of the settings that this server goes by."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer

DOCTOR: Final = "turnout/doctor"


def register(server: TurnoutServer) -> None:
    """Register the feature."""

    @server.feature(DOCTOR)
    async def doctor(_: Any = None) -> dict[str, Any]:
        await asyncio.to_thread(import_module, "turnout.doctor.examine")
        from turnout.doctor.examine import examine_app
        from turnout.doctor.report import as_json
        from turnout.doctor.text import as_text

        folder = server.folders[0] if server.folders else None
        report = await examine_app(server.app, folder)
        return {"text": as_text(report, "utf-8"), "report": as_json(report)}
