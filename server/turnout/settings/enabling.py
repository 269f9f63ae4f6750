"""What enabling a provider adds to the user's own file: its table, and who answers what.

Nothing that stands there is changed, and no route of the user's is taken from anyone: for layers
that have one, the line is only named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from turnout.settings.add import Tables, Value
from turnout.settings.checks import Unfit, address
from turnout.settings.model import Provider, RouteRule, Settings
from turnout.settings.offers import environment_key
from turnout.vocabulary import LAYER_OF, LAYERS, RECALL
from turnout_clients.catalog import Offered
from turnout_clients.catalog.models import ModelFacts, served_by

Routes = Mapping[str, tuple[str, ...]]

_NO_CHAT: Final = "openai-completions"
_OF_THE_API: Final = ("output_limit", "api_version", "thinking_switch")
"""What holds at another address too: whoever speaks for a provider serves its models."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be added. ``taken`` are routes that the user has spoken of himself."""

    offer: Offered
    provider: Provider
    tables: Tables
    routes: Routes
    taken: Routes
    notes: tuple[str, ...] = ()


def plan(
    offer: Offered,
    settings: Settings,
    environ: Mapping[str, str],
    today: date,
    *,
    found: Sequence[str] = (),
    base_url: str = "",
    routed: bool = False,
) -> Plan:
    """Plan to enable a provider of the catalogue.

    ``found`` are the models that a server on this machine lists, ``base_url`` is where it was
    found; ``routed`` says that there is a table of routes, which cannot be written twice.
    """
    row, notes = _row(offer, environ, base_url)
    provider = _provider(offer, row)
    suggested = dict(_suggested(offer, found, today))
    fillers = [model.name for model in settings.models.values() if model.fim]
    if instant := suggested.get("layer:instant"):
        suggested["layer:instant"] = (RECALL, *fillers, *instant)
    spoken = {layer for key, rule in settings.routes.items() for layer in _spoken_of(key, rule)}
    routes = {key: names for key, names in suggested.items() if not spoken.intersection(_of(key))}
    taken = {key: names for key, names in suggested.items() if key not in routes}
    tables: dict[tuple[str, ...], Mapping[str, Value]] = {("providers", offer.name): row}
    if routes and not routed:
        tables["routes",] = routes
    elif routes:
        tables |= {("routes", key): {"prefer": names} for key, names in routes.items()}
    return Plan(offer, provider, tables, routes, taken, notes)


def _row(
    offer: Offered, environ: Mapping[str, str], base_url: str
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Return what its table says: nothing where the catalogue knows it all."""
    variable = offer.base_url_env
    said = base_url or environ.get(variable, "").strip() if variable else base_url
    if not said:
        return {}, ()
    try:
        url = address(said)
    except Unfit as unfit:
        return {}, (f"{variable} is set, but it is not {unfit}; the usual address stands.",)
    if url == offer.base_url:
        return {}, ()
    row: dict[str, Value] = {"base_url": url}
    usual = Offered("", "", "")
    for field in _OF_THE_API:
        value = getattr(offer, field)
        if value != getattr(usual, field):
            row[field] = value
    if base_url:
        return row, ()
    if key := environment_key(offer, environ):
        row["key"] = f"env:{key}"
    return row, (f"The address is the one of {variable}.",)


def _provider(offer: Offered, row: Mapping[str, Value]) -> Provider:
    key = "none" if offer.local else "keyring"
    url, key = str(row.get("base_url", offer.base_url)), str(row.get("key", key))
    return Provider(offer.name, offer.dialect, url, key)


def _suggested(
    offer: Offered, found: Sequence[str], today: date
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield who is to answer what, if nobody does yet."""
    if offer.local:
        if found:
            yield "default", (f"{offer.name}/{found[0]}",)
        return
    models = {
        id_: known
        for id_, known in served_by(offer.name).items()
        if known.ends is None or known.ends > today
    }
    layers = {layer: name for layer in LAYERS if (name := _first(offer, models, layer))}
    if (instant := layers.pop("instant", "")) and models[instant].fim.get(offer.name):
        yield "layer:instant", (f"{offer.name}/{instant}",)
    if "analytical" in layers:
        for layer, id_ in layers.items():
            yield f"layer:{layer}", (f"{offer.name}/{id_}",)
    elif general := _general(offer, models):
        yield "default", (f"{offer.name}/{general}",)


def _first(offer: Offered, models: Mapping[str, ModelFacts], layer: str) -> str:
    """Return the first model that suits a layer; of those that fill in, where that is asked."""
    for id_, known in models.items():
        if layer in known.layers and (layer != "instant" or known.fim.get(offer.name)):
            return id_
    return ""


def _general(offer: Offered, models: Mapping[str, ModelFacts]) -> str:
    """Return a model for everything, where the catalogue makes no finer choice."""
    if offer.dialect == _NO_CHAT:
        return ""
    return next((id_ for id_, known in models.items() if known.layers != ("instant",)), "")


def _spoken_of(key: str, rule: RouteRule) -> set[str]:
    """Return the layers for which a rule of the user's settles who answers.

    What `default` lists leaves suggestions open: those of it that fill in come first anyway.
    """
    if rule.only:
        return _of(key)
    if not rule.order:
        return set()
    return _of(key) - ({"instant"} if key == "default" else set())


def _of(key: str) -> set[str]:
    """Return the layers that a key of routes speaks of; those of languages and paths of none."""
    if key == "default":
        return set(LAYERS)
    kind, colon, layer = key.partition(":")
    if colon:
        return {layer} if kind == "layer" else set()
    return {layer for task, layer in LAYER_OF.items() if task == key}
