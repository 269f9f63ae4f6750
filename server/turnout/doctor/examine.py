"""Find out how things stand. A provider is asked for nothing but the list of its models."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import monotonic
from typing import Final

from turnout.app import App
from turnout.doctor.report import Folder, Indexable, Offer, ProviderState, Report
from turnout.ledger import read as ledger
from turnout.local.enabling import same_server
from turnout.local.probe import Found, probe
from turnout.routing.route import Route
from turnout.settings.keys import keyring_name
from turnout.settings.model import Problem, Provider, Settings
from turnout.settings.offers import endings, environment_key, offers
from turnout.settings.paths import cache_folder, data_folder, ledger_file
from turnout.tasks import TASKS
from turnout_clients.errors import ProviderError

_PROBE: Final = 3.0  # seconds that a provider, or a keyring, has to answer
_WALK: Final = 2.0  # seconds to look through a folder
_PACKAGES: Final = ("turnout", "pygls", "httpx2", "numpy")


async def examine(
    config: Path | None, folder: Path, environ: Mapping[str, str], *, look: bool = False
) -> Report:
    """Find out how things stand for a user who works in this folder.

    ``look`` is the user's word that servers on this machine may be looked for.
    """
    app = App(config, environ)
    app.on_problem = lambda _: None  # they are in the report
    app.reconfigure(workspaces=[folder])
    try:
        return await examine_app(app, folder, look=look)
    finally:
        await app.aclose()


async def examine_app(app: App, folder: Path | None, *, look: bool = False) -> Report:
    """Find out how things stand for an app that is at work; the folder is what recall reads."""
    settings = app.settings
    providers = await asyncio.gather(*(_ask(app, p) for p in settings.providers.values()))
    found = await probe() if look else []
    keyless = {state.name: state.remedy for state in providers if state.state == "no key"}
    router = replace(app.router, missing_key=lambda p: keyless.get(p.name, ""))
    report = Report(
        versions=_versions(),
        user_file=settings.places[0],
        settings=settings,
        providers=tuple(providers),
        offered=(*_offered(settings, app.environ), *_answering(settings, found)),
        routes=tuple(router.route(task, path=None, language="") for task in TASKS),
        recall=await asyncio.to_thread(_indexable, app, folder),
        folders=(_folder("cache", cache_folder()), _folder("data", data_folder())),
        ledger=await asyncio.to_thread(ledger.examine, ledger_file()),
        keyring=await _in_time(keyring_name, ""),
        problems=settings.problems,
        trusted=app.trusted,
    )
    problems = (*_problems(report), *endings(settings, datetime.now(UTC).date()))
    return replace(report, problems=(*report.problems, *problems))


async def _ask(app: App, provider: Provider) -> ProviderState:
    """Look up its key and ask which models it has."""
    silent = "nowhere: the keyring is silent"
    place = await _in_time(lambda: app.keys.place(provider) or "nowhere", silent)
    base = ProviderState(provider.name, provider.dialect, provider.base_url, place, "no key")
    try:
        endpoint = await asyncio.wait_for(app.endpoint(provider), _PROBE)
    except TimeoutError:
        remedy = f'unlock it, or write key = "env:NAME" in [providers.{provider.name}]'
        return replace(base, detail="The keyring does not answer.", remedy=remedy)
    except ProviderError as error:
        return replace(base, detail=str(error), remedy=error.remedy)
    started = monotonic()
    try:
        models = await app.client.probe(endpoint, _PROBE)
    except ProviderError as error:
        return replace(base, state="fails", detail=str(error), remedy=error.remedy)
    milliseconds = round((monotonic() - started) * 1000)
    return replace(base, state="answers", milliseconds=milliseconds, models=tuple(models))


async def _in_time(look: Callable[[], str], otherwise: str) -> str:
    """Look somewhere that may hang, such as a desktop's keyring."""
    try:
        return await asyncio.wait_for(asyncio.to_thread(look), _PROBE)
    except TimeoutError:
        return otherwise


def _problems(report: Report) -> Iterator[Problem]:
    """Yield what is wrong beyond the settings themselves."""
    if not report.providers:
        remedy = "run `turnout provider list` and enable one"
        yield Problem("providers", "none is enabled, so only recall answers", remedy, "info")
    for provider in report.providers:
        if provider.state != "answers":
            yield Problem(f"provider {provider.name}", provider.detail, provider.remedy)
    if report.ledger.fault:
        remedy = f"mend or move {report.ledger.path}; until then calls are booked nowhere"
        yield Problem("ledger", report.ledger.fault, remedy, "warning")
    listed = {provider.name: _some(provider.models) for provider in report.providers}
    named = {model.provider for model in report.settings.models.values()}
    for provider in report.providers:
        if provider.state == "answers" and provider.name not in named:
            remedy = f"name one in [routes]; it lists {listed[provider.name]}"
            what = "no model of it is named, so it is never asked"
            yield Problem(f"provider {provider.name}", what, remedy, "info")
    for model in report.settings.models.values():
        if report.listed(model) is False:
            remedy = f"it lists {listed[model.provider]}"
            what = f"{model.provider} does not list {model.id}"
            yield Problem(f"model {model.name}", what, remedy, "warning")
    if report.settings.models:
        yield from _unserved(report.routes)


def _some(models: Sequence[str]) -> str:
    return (", ".join(models[:5]) or "none") + (", ..." if models[5:] else "")


def _unserved(routes: Sequence[Route]) -> Iterator[Problem]:
    """Tasks that no model of the user can serve; one problem for all that share the cause."""
    by_remedy: dict[str, list[Route]] = {}
    for route in routes:
        if not route.candidates:
            by_remedy.setdefault(route.remedy, []).append(route)
    for remedy, unserved in by_remedy.items():
        tasks = ", ".join(route.task for route in unserved)
        yield Problem(f"tasks {tasks}", unserved[0].why, remedy, "warning")


def _offered(settings: Settings, environ: Mapping[str, str]) -> Iterator[Offer]:
    """Yield providers whose key stands in the environment; that alone enables nothing."""
    enabled = {provider.base_url for provider in settings.providers.values()}
    for name, offer in offers().items():
        variable = environment_key(offer, environ)
        if variable and offer.base_url not in enabled:
            yield Offer(name, f"{variable} is set", f"turnout provider enable {name}")


def _answering(settings: Settings, found: Sequence[Found]) -> Iterator[Offer]:
    """Yield servers on this machine that answer and are not enabled."""
    for server in found:
        if not any(same_server(known, server.base_url) for known in settings.providers.values()):
            because = f"answers at {server.base_url} with {_some(server.models)}"
            yield Offer(server.name, because, "turnout local find")


def _versions() -> dict[str, str]:
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    packages = {package: _version(package) for package in _PACKAGES}
    return {**packages, "python": platform.python_version(), "os": system}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _indexable(app: App, folder: Path | None) -> Indexable:
    from turnout.recall.files import read_lines, walk

    if folder is None:
        return Indexable("", 0, 0, complete=True)

    end = monotonic() + _WALK
    files = size = 0
    for _, path in walk(folder, app.exclusion.check, lambda: None):
        if monotonic() > end:
            return Indexable(str(folder), files, size, complete=False)
        if (lines := read_lines(path)) is not None:
            files += 1
            size += sum(map(len, lines)) + len(lines)
    return Indexable(str(folder), files, size, complete=True)


def _folder(name: str, path: Path) -> Folder:
    end, size = monotonic() + _WALK, 0
    for parent, _, names in os.walk(path):
        if monotonic() > end:
            break
        size += sum(_size(Path(parent, name)) for name in names)
    return Folder(name, str(path), path.is_dir(), size)


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:  # it went away meanwhile
        return 0
