"""From nothing to a model that answers: offers, consent, enabling, keys. Loaded when asked for."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pygls.exceptions import JsonRpcInvalidParams

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer
    from turnout.onboarding.checking import Checked
    from turnout.settings.enabling import Plan
    from turnout.settings.model import Provider
    from turnout_clients.types import Secret

OFFERS: Final = "turnout/offers"
CONSENT: Final = "turnout/consent"
ENABLE: Final = "turnout/enable"
SET_KEY: Final = "turnout/setKey"

_NOT_SHOWN: Final = "What it means was not shown yet: send turnout/consent first."


def register(server: TurnoutServer) -> None:
    """Register the feature."""
    shown: dict[str, Plan] = {}

    @server.feature(OFFERS)
    async def offers(_: Any = None) -> dict[str, Any]:
        return await _offers(server)

    @server.feature(CONSENT)
    async def consent(params: Any = None) -> dict[str, Any]:
        own_store = isinstance(params, dict) and params.get("keep") == "session"
        return await _consent(server, _provider_name(params), shown, own_store)

    @server.feature(ENABLE)
    async def enable(params: Any = None) -> dict[str, Any]:
        return await _enable(server, _provider_name(params), shown)

    @server.feature(SET_KEY)
    async def set_key(params: Any = None) -> dict[str, Any]:
        return await _set_key(server, _provider_name(params), params)


async def _offers(server: TurnoutServer) -> dict[str, Any]:
    settings, environ, keys = server.app.settings, server.app.environ, server.app.keys
    today = datetime.now(UTC).date()

    def look() -> list[dict[str, Any]]:
        from turnout.onboarding.offering import offering

        return [one.as_json() for one in offering(settings, environ, keys, today)]

    return {"offers": await asyncio.to_thread(look)}


async def _consent(
    server: TurnoutServer, name: str, shown: dict[str, Plan], own_store: bool
) -> dict[str, Any]:
    await asyncio.to_thread(import_module, "turnout.onboarding.consent")
    from turnout.onboarding import consent, enable
    from turnout.settings.offers import offers

    app, file = server.app, _own_file(server)
    if provider := app.settings.providers.get(name):
        said = await asyncio.to_thread(consent.enabled, provider, app.settings, app.keys, str(file))
    elif offer := offers().get(name):
        plan = await enable.planned(offer, app.settings, app.environ, file, app.client)
        shown[name] = plan
        said = await asyncio.to_thread(
            consent.consent, plan, app.settings, app.keys, own_store=own_store
        )
    else:
        raise JsonRpcInvalidParams(f"there is no provider {name!r}; turnout/offers lists them")
    return {
        "provider": name,
        "title": said.title,
        "text": said.markdown,
        "toml": said.toml,
        "file": str(file),
        "needsKey": said.needs_key,
        "keyPlace": said.key_place,
    }


async def _enable(server: TurnoutServer, name: str, shown: dict[str, Plan]) -> dict[str, Any]:
    """Add exactly what was shown."""
    app, file = server.app, _own_file(server)
    if name in app.settings.providers:
        return {"enabled": True, "file": str(file), "why": ""}
    plan = shown.pop(name, None)
    if plan is None:
        return {"enabled": False, "file": str(file), "why": _NOT_SHOWN}
    from turnout.onboarding.enable import enable

    why = await asyncio.to_thread(enable, plan, file)
    if not why:
        app.reconfigure()
        await _look_for_key(server, app.settings.providers.get(name))
    enabled = name in app.settings.providers
    return {"enabled": enabled, "file": str(file), "why": why or _unread(server, name, enabled)}


def _unread(server: TurnoutServer, name: str, enabled: bool) -> str:
    """Say why what was added does not count."""
    problems = server.app.settings.problems
    return "" if enabled else next((one.what for one in problems if name in one.where), "")


async def _set_key(server: TurnoutServer, name: str, params: dict[str, Any]) -> dict[str, Any]:
    from turnout.settings.keys import BadKey, checked_key

    text, keep = params.get("key"), params.get("keep")
    if not isinstance(text, str) or keep not in ("session", "store"):
        raise JsonRpcInvalidParams('the request takes {provider, key, keep: "session" or "store"}')
    provider = server.app.settings.providers.get(name)
    try:
        key = checked_key(text)
        checked = await _checked(server, name, provider, key if params.get("check") else None)
        if checked.state == "refused":
            return _key_set(checked)
        answer = _key_set(checked) | await _keep(server, name, key, keep)
    except BadKey as error:
        return _key_set(None, why=str(error))
    except OSError as error:
        return _key_set(None, why=f"The key could not be written: {error.strerror}.")
    if server.app.asked:
        server.app.asked.forget()  # whoever refused the old key may take this one
    await _look_for_key(server, provider)
    return answer


async def _keep(server: TurnoutServer, name: str, key: Secret, keep: str) -> dict[str, Any]:
    """Keep a key where the user said; where the settings do not look, it holds for now too."""
    keys, provider = server.app.keys, server.app.settings.providers.get(name)
    if keep == "session":
        return {"kept": True, "place": keys.hold(name, key).place}
    place = (await asyncio.to_thread(keys.set, name, key)).place
    if provider is None or provider.key == "keyring":
        return {"kept": True, "place": place}
    keys.hold(name, key)
    why = f'At the next start [providers.{name}] says key = "{provider.key}".'
    remedy = f'write key = "keyring" in [providers.{name}]'
    return {"kept": True, "place": place, "why": why, "remedy": remedy}


async def _checked(
    server: TurnoutServer, name: str, provider: Provider | None, key: Secret | None
) -> Checked:
    """Check a key; a host that the user has not enabled is not asked."""
    from turnout.onboarding.checking import Checked, check
    from turnout.settings.keys import endpoint_with
    from turnout.settings.offers import how_to_enable

    if provider is None:
        return Checked("unchecked", f"{name} is not enabled yet.", how_to_enable(name))
    if key is None:
        return Checked("unchecked")
    return await check(server.app.client, endpoint_with(provider, key))


def _key_set(checked: Checked | None, why: str = "") -> dict[str, Any]:
    return {
        "kept": False,
        "place": "",
        "check": checked.state if checked else "unchecked",
        "why": checked.why if checked else why,
        "remedy": checked.remedy if checked else "",
    }


async def _look_for_key(server: TurnoutServer, provider: Provider | None) -> None:
    """Have the routes know at once whether a provider has its key."""
    from turnout_clients.errors import Unauthorized

    if provider is not None:
        with suppress(Unauthorized):
            await server.app.endpoint(provider)
    server.app.on_news(True)


def _own_file(server: TurnoutServer) -> Path:
    """Return the user's own file: whatever a repository says, nothing else is written to."""
    return Path(server.app.settings.places[0])


def _provider_name(params: Any) -> str:
    from turnout.settings.checks import PROVIDER_NAME

    name = params.get("provider") if isinstance(params, dict) else None
    if not isinstance(name, str) or not PROVIDER_NAME.fullmatch(name):
        raise JsonRpcInvalidParams("the request takes {provider}: the name of a provider")
    return name
