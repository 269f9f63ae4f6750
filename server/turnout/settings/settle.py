"""Make settings of what the user's own file says: resolve names, fill in from the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from difflib import get_close_matches
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from turnout.settings.checks import Source, join
from turnout.settings.grammar import LATER, ROLES, Said
from turnout.settings.model import Budget, CodeLens, Inline, Provider, RouteRule, Settings
from turnout.settings.offers import offer_name, offers
from turnout.settings.routes import full_names, named
from turnout.vocabulary import RECALL
from turnout_clients.catalog import SETTABLE, Offered
from turnout_clients.catalog.models import fill_in
from turnout_clients.types import Model

_PRIVATE: Final = (".localhost", ".local", ".internal", ".lan", ".home.arpa")


def settle(said: Said, source: Source) -> Settings:
    """Make the user's settings of what was read, and report what does not hold together."""
    known = offers()
    providers = {
        name: provider
        for name, values in said.providers.items()
        if (provider := _provider(name, values, known, source))
    }
    models = {name: _model(name, values, providers) for name, values in said.models.items()}
    for name, model in models.items():
        if model.provider not in providers:
            _not_enabled(source, join("models", name), model.provider, name, known)
    routes = {
        key: _rule(rule, join("routes", key), models, providers, known, source)
        for key, rule in said.routes.items()
    }
    _report_later(said, source)
    return Settings(
        mode=said.mode or "balanced",
        providers=providers,
        models=models,
        routes=routes,
        budget=Budget(**said.budget),
        inline=replace(Inline(), **said.inline),
        code_lens=replace(CodeLens(), **said.code_lens),
        exclude=said.exclude,
        forbid=tuple(dict.fromkeys((*said.forbid, *_forbidden(providers, said)))),
    )


def _forbidden(providers: dict[str, Provider], said: Said) -> list[str]:
    return [name for name in providers if named(name, said.forbid)]


def _provider(
    name: str, values: dict[str, Any], known: dict[str, Offered], source: Source
) -> Provider | None:
    """Fill in from the catalogue what the user left out."""
    at = join("providers", name)
    offer = known.get(name)
    if offer:
        usual = {"dialect": offer.dialect, "base_url": offer.base_url}
        values = {**usual, "key": "none" if offer.local else "keyring", **values}
    missing = [key for key in ("dialect", "base_url") if key not in values]
    if missing:
        near = get_close_matches(name, known, n=1)
        hint = f"; did you mean [providers.{near[0]}]?" if near else ""
        what = f"{' and '.join(missing)} missing, so the provider is left out"
        source.report(at, what, f"add {' and '.join(missing)}{hint}")
        return None
    quirks = tuple((key, value) for key, value in values.items() if key in SETTABLE)
    rest = {key: value for key, value in values.items() if key not in SETTABLE}
    provider = Provider(name=name, quirks=quirks, **rest)
    if (provider.key != "none" or provider.headers) and _is_open(provider.base_url):
        what = "the key and your code travel there unencrypted, open to everyone on the way"
        source.report(f"{at}.base_url", what, "write https:// if the server can", "warning")
    return provider


def _is_open(base_url: str) -> bool:
    """Whether what is sent there passes through networks of others in plain text."""
    parts = urlsplit(base_url)
    return parts.scheme == "http" and not _is_private((parts.hostname or "").rstrip("."))


def _is_private(host: str) -> bool:
    """Whether a host is this machine or in a network of its owner's, as far as its name tells."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(_PRIVATE)


def _model(name: str, values: dict[str, Any], providers: dict[str, Provider]) -> Model:
    """Fill in from the catalogue what the user did not say of a model."""
    owner, _, rest = name.partition("/")
    model = Model(**{"name": name, "provider": owner, "id": rest, **values})
    provider = providers.get(owner)
    return fill_in(model, offer_name(provider), values) if provider else model


def _rule(
    rule: RouteRule,
    path: str,
    models: dict[str, Model],
    providers: dict[str, Provider],
    known: dict[str, Offered],
    source: Source,
) -> RouteRule:
    """Resolve the names of a rule; a model of an enabled provider needs no table of its own."""
    resolved = {}
    for part in fields(RouteRule):
        names = []
        for name in getattr(rule, part.name):
            full = _resolve(name, models, source, path)
            owner, slash, _ = full.partition("/")
            names.append(full)
            if not slash or "*" in full or full in models:
                continue
            if owner in providers:
                models[full] = _model(full, {}, providers)
            else:
                _not_enabled(source, path, owner, full, known)
        resolved[part.name] = tuple(dict.fromkeys(names))
    settled = RouteRule(**resolved)
    for key, what, remedy in _doubts(settled):
        source.report(f"{path}.{key}", what, remedy, "warning")
    return settled


def _doubts(rule: RouteRule) -> Iterator[tuple[str, str, str]]:
    """What in a rule does not go together: the key, what is wrong with it, what mends it."""
    if rule.escalate and not (rule.attempt or rule.prefer):
        yield "escalate", "nothing is tried before it", "add `try`"
    if rule.attempt and rule.prefer:
        yield "prefer", "it does not count beside `try`", "move its models to `try` or `escalate`"
    if twice := sorted(set(rule.attempt) & set(rule.escalate)):
        yield "escalate", f"{twice[0]} stands in `try` too", "name another model in one of them"


def _resolve(name: str, models: dict[str, Model], source: Source, path: str) -> str:
    """Complete a bare name where it is unique."""
    full = full_names(name, models)
    if len(full) == 1:
        return full[0]
    if full:
        what = f'"{name}" names {len(full)} models, so it is ignored'
        source.report(path, what, f"write {' or '.join(full)}")
    else:
        near = get_close_matches(name, [RECALL, *models], n=1, cutoff=0.5)
        remedy = f"did you mean `{near[0]}`?" if near else 'write it as "provider/name"'
        source.report(path, f'"{name}" is not a known model, so it is ignored', remedy)
    return name


def _not_enabled(
    source: Source, path: str, provider: str, model: str, known: dict[str, Offered]
) -> None:
    remedy = f"add [providers.{provider}] with dialect and base_url"
    if provider in known:
        remedy = f"run `turnout provider enable {provider}`"
    what = f'provider "{provider}" is not enabled, so {model} cannot answer'
    source.report(path, what, remedy, "warning")


def _report_later(said: Said, source: Source) -> None:
    """Say which settings nothing acts upon yet."""
    for path in _later(said):
        source.report(path, LATER, "", "info")


def _later(said: Said) -> Iterator[str]:
    for key, rule in said.routes.items():
        for role in ROLES:
            if getattr(rule, role):
                yield f"{join('routes', key)}.{role}"
