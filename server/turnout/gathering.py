"""What a model should see besides the code in question, of the folders that an app works in."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from turnout.app import App
    from turnout.context.pieces import Context
    from turnout.engine.ask import Ask


async def gather_for(app: App, ask: Ask) -> Context:
    """Gather it; what the folders say to models only where they are trusted."""
    await asyncio.to_thread(import_module, "turnout.context.gather")  # grammars take their time
    from turnout.context.gather import Sources, Target, gather
    from turnout.tasks.dependency import package

    documents = {document.uri: document for document in ask.documents}
    traces = (material.text for material in ask.materials if material.kind == "trace")
    target = Target(
        ask.document,
        ask.span,
        ask.diagnostics,
        ask.edits,
        package=package(ask),
        trace="\n".join(traces),
    )
    sources = Sources(app.exclusion, app.workspace, documents, trusted=app.trusted)
    return await gather(target, sources)
