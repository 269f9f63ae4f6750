"""What the app is to the engine, for tests and benches that have no app."""

from __future__ import annotations

from typing import Any, Final

from turnout.context.exclude import Exclusion
from turnout.routing.router import Router
from turnout.settings.model import Provider, Settings
from turnout_clients.client import Client
from turnout_clients.types import Endpoint, Secret

KEY: Final = "sk-canary-0123456789"


class Recall:
    """Knows nothing."""

    def propose(self, *_: Any) -> tuple[()]:
        """No proposal."""
        return ()


class Parts:
    """What the app is to the engine."""

    def __init__(self, settings: Settings, client: Client) -> None:
        self.settings = settings
        self.client = client
        self.exclusion = Exclusion((), ())
        self.recall: Any = Recall()
        self.router = Router(settings, {})

    async def endpoint(self, provider: Provider) -> Endpoint:
        """A key that must not show up anywhere."""
        return Endpoint(provider.name, provider.dialect, provider.base_url, Secret(KEY))

    def forget_keys(self) -> None:
        """There is nothing to look up."""
