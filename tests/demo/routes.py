"""Who would answer each task with the user's own settings, and what is there to be enabled."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from turnout.app import App
from turnout.routing.router import Router
from turnout.settings.offers import environment_key, offers
from turnout.settings.paths import user_config_file
from turnout.vocabulary import TASKS
from turnout_clients.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from turnout.routing.route import Route
    from turnout.vocabulary import Task
    from turnout_clients.types import Endpoint

# Programs that serve models on this machine. Looked for on the PATH; nothing is connected to.
_PROGRAMS = {"ollama": "ollama", "llama-server": "llamacpp", "vllm": "vllm", "lms": "lmstudio"}
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Found:
    """What the user set up, and what there is on this machine beside it."""

    config: str  # the settings file, whether it is there or not
    files: tuple[str, ...]  # the ones that were read
    problems: tuple[str, ...]
    enabled: dict[str, str]  # provider -> what is known of it
    offered: dict[str, str]  # provider -> what was found that points to it
    routes: dict[Task, Route]

    def unserved(self) -> dict[str, list[Task]]:
        """Group the tasks that nobody would answer by what mends it."""
        groups: dict[str, list[Task]] = {}
        for task, route in self.routes.items():
            if not route.candidates:
                groups.setdefault(route.remedy or route.why, []).append(task)
        return groups


async def find() -> Found:
    """Read the settings as the server does; ask only local servers that the user enabled."""
    app = App()
    enabled, missing = {}, {}
    try:
        for provider in app.settings.providers.values():
            try:
                enabled[provider.name] = await _state(app, await app.endpoint(provider))
            except ProviderError as error:
                missing[provider.name] = error.remedy
                enabled[provider.name] = f"{error} {error.remedy}".strip()
    finally:
        await app.aclose()
    settings = app.settings
    router = Router(
        settings, os.environ, missing_key=lambda provider: missing.get(provider.name, "")
    )
    return Found(
        config=str(user_config_file(os.environ)),
        files=settings.files,
        problems=tuple(f"{problem.where}: {problem.what}" for problem in settings.problems),
        enabled=enabled,
        offered=_offered(enabled),
        routes={task: router.route(task, path=None, language="python") for task in TASKS},
    )


async def _state(app: App, endpoint: Endpoint) -> str:
    if urlsplit(endpoint.base_url).hostname not in _LOOPBACK:
        return f"enabled, at {urlsplit(endpoint.base_url).hostname}; not asked now"
    models = await app.client.probe(endpoint, timeout=10)
    return f"a local server that answers; it has {len(models)} model(s)"


def _offered(enabled: Iterable[str]) -> dict[str, str]:
    found = {
        name: f"{variable} is set"
        for name, offer in offers().items()
        if (variable := environment_key(offer, os.environ))
    }
    for program, name in _PROGRAMS.items():
        if shutil.which(program):
            found[name] = f"{program} is installed"
    return {name: why for name, why in found.items() if name not in enabled}
