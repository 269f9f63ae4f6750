"""Whom the user could ask: the providers that are enabled, and those of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from turnout.onboarding import expected
from turnout.settings.enabling import Plan, plan
from turnout.settings.keys import KeyStore
from turnout.settings.model import Provider, Settings
from turnout.settings.offers import environment_key, is_local, offers
from turnout_clients.catalog import Offered

State = Literal["enabled", "no-key", "offered", "known"]

_ORDER: Final[tuple[State, ...]] = ("enabled", "offered", "no-key", "known")


@dataclass(frozen=True, slots=True)
class Offer:
    """One of them, as plugins are told."""

    name: str
    title: str
    state: State
    host: str
    local: bool
    needs_key: bool
    key_from: str | None = None
    key_page: str | None = None
    why: str = ""
    price: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it with the names that they have on the wire."""
        return {_camel(name): value for name, value in asdict(self).items()}


def offering(
    settings: Settings, environ: Mapping[str, str], keys: KeyStore, today: date
) -> list[Offer]:
    """List them, those first that can be used at once. Keyrings and prices may take their time."""
    known = offers()
    found = [_enabled(provider, settings, keys) for provider in settings.providers.values()]
    found += [
        _known(plan(offer, Settings(), environ, today), environ)
        for offer in known.values()
        if offer.name not in settings.providers
    ]
    return sorted(found, key=lambda offer: _ORDER.index(offer.state))


def _enabled(provider: Provider, settings: Settings, keys: KeyStore) -> Offer:
    offer = offers().get(provider.name)
    place = keys.place(provider)
    why = f"its key is in {place}" if place and provider.key != "none" else ""
    return Offer(
        name=provider.name,
        title=offer.title if offer else provider.name,
        state="enabled" if place else "no-key",
        host=urlsplit(provider.base_url).netloc,
        local=is_local(provider),
        needs_key=provider.key != "none",
        key_page=(offer.key_page or None) if offer else None,
        why=why or f"it stands in {settings.places[0]}" * bool(place) or "its key is missing",
    )


def _known(planned: Plan, environ: Mapping[str, str]) -> Offer:
    offer = planned.offer
    variable = environment_key(offer, environ) or ""
    return Offer(
        name=offer.name,
        title=offer.title,
        state="offered" if variable else "known",
        host=urlsplit(planned.provider.base_url).netloc,
        local=offer.local,
        needs_key=not offer.local,
        key_from=variable or None,
        key_page=offer.key_page or None,
        why=_why(offer, variable),
        price=_price(planned),
    )


def _why(offer: Offered, variable: str) -> str:
    if variable:
        return f"{variable} is set"
    return "a server on this machine; it is not looked for" if offer.local else ""


def _price(planned: Plan) -> str:
    """Say in a few words what it costs, at the provider's list price."""
    offer, routes = planned.offer, planned.routes
    if offer.local and not offer.forwards:
        return "free"
    usual = Provider(offer.name, offer.dialect, offer.base_url)
    for name in routes.get("layer:analytical", routes.get("default", ()))[:1]:
        return f"{expected.review(usual, name).words} a review"
    for name in routes.get("layer:instant", ())[-1:]:
        return f"{expected.suggestions(usual, name).words} for 1,000 suggestions"
    return ""


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
