"""What is done before anybody waits for it: prices loaded, connections made, endings looked up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Final

from turnout.ledger import money
from turnout.ledger.entry import Source
from turnout.settings.offers import endings, is_local

if TYPE_CHECKING:
    from turnout.app import App
    from turnout.settings.model import Problem, Settings

_WARMED: Final = 2
"""Providers to which a connection is made in advance."""
_WAY: Final = ("turnout.inline.suggester", "turnout.engine.engine", "turnout.tasks")


async def learn(app: App, *, connect: bool = False) -> None:
    """Find out what is told of the user's models: whether they have keys, what they cost."""
    await app.find_keys()
    if connect:
        await warm(app)
    await load_prices(app.settings)
    for problem in ended(app.settings):
        app.report(problem)
    app.on_news(True)


async def load_prices(settings: Settings) -> None:
    """Have the prices of the user's models at hand; not for those that are free."""
    sources = [
        Source.of(model, provider)
        for model in settings.models.values()
        if (provider := settings.providers.get(model.provider))
        and (model.price is not None or not is_local(provider))
    ]
    if sources:
        await asyncio.to_thread(money.load_prices, sources)


async def warm(app: App) -> None:
    """Have connections ready to those that complete code: the first, and who comes after it.

    The way there is loaded too, so that the first suggestion of a model does not wait for that.
    """
    route = app.router.route("inline", path=None, language="")
    names = (one.name for one in route.candidates if not one.is_recall)
    providers = dict.fromkeys(app.settings.models[name].provider for name in names)
    for module in _WAY if providers else ():
        await asyncio.to_thread(import_module, module)
    for provider in islice(providers, _WARMED):
        await app.client.warm(await app.endpoint(app.settings.providers[provider]))


def ended(settings: Settings) -> Iterator[Problem]:
    """Yield the models of the user's routes that are shut down, or will be soon."""
    for problem in endings(settings, datetime.now(UTC).date()):
        if problem.severity != "info":
            yield problem
