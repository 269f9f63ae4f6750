"""`turnout/report`: what was spent, on what, and what was saved, as `turnout report` says it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from pygls.exceptions import JsonRpcInvalidParams

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer
    from turnout.settings.model import Settings

REPORT: Final = "turnout/report"
_OPTIONS: Final = ("since", "by", "against")


def register(server: TurnoutServer) -> None:
    """Register the feature."""

    @server.feature(REPORT)
    async def report(params: Any = None) -> dict[str, Any]:
        options = _options(params)
        app = server.app
        await app.ledger.look(app.settings.budget)  # what waits to be written counts too
        return await asyncio.to_thread(_report, app.settings, options)


def _options(params: object) -> dict[str, str]:
    given = params if isinstance(params, dict) else {}
    options = {name: given[name] for name in _OPTIONS if given.get(name) is not None}
    for name, value in options.items():
        if not isinstance(value, str):
            raise JsonRpcInvalidParams(f"the request takes {{since?, by?, against?}}: {name}")
    return options


def _report(settings: Settings, options: dict[str, str]) -> dict[str, Any]:
    from turnout.ledger import report as made
    from turnout.ledger.read import UnreadableError

    if options.get("by", "task") not in made.BY:
        raise JsonRpcInvalidParams(f"the request takes by: {', '.join(made.BY)}")
    try:
        found = made.report(settings, **options)
    except made.NoSuchTimeError as error:
        raise JsonRpcInvalidParams(f"the request takes since: {error}") from None
    except UnreadableError as error:
        text = f"The ledger: {error}. `turnout doctor` says more."
        return {**made.nothing(options.get("by", "task")).as_json(), "text": text}
    return {**found.as_json(), "text": found.as_text()}
