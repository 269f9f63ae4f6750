"""The grammar of a settings tree: `docs/settings.md` says the same in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from turnout.settings import checks
from turnout.settings.checks import Check, Source, Unfit, join, read_table
from turnout.settings.model import Mode, RouteRule
from turnout.settings.patterns import parse
from turnout.vocabulary import LAYERS, TASKS

DIALECTS: Final = (
    "openai-chat", "openai-completions", "openai-responses", "anthropic-messages", "gemini",
    "mistral", "inception", "ollama", "llamacpp",
)  # fmt: skip

_NAMES: Final = "model names"

INLINE: Final[dict[str, Check]] = {
    "enabled": checks.switch,
    "debounce_ms": checks.Whole(0, 5_000),
    "max_tokens": checks.Whole(1, 8_192),
    "min_confidence": checks.Number(0, 1, "a number from 0 to 1"),
    "completion_menu": checks.switch,
}
CODE_LENS: Final[dict[str, Check]] = {"enabled": checks.switch}
BUDGET: Final[dict[str, Check]] = {"day": checks.USD, "month": checks.USD, "session": checks.USD}
PROVIDER: Final[dict[str, Check]] = {
    "dialect": checks.OneOf(DIALECTS),
    "base_url": checks.address,
    "key": checks.key_source,
    "headers": checks.headers,
    "output_limit": checks.OneOf(("max_tokens", "max_completion_tokens")),
    "stream_options": checks.switch,
    "thinking_switch": checks.switch,
    "cache_fields": checks.switch,
    "grammar": checks.switch,
    "key_header": checks.header_name,
    "api_version": checks.version_date,
}
MODEL: Final[dict[str, Check]] = {
    "provider": checks.provider_name,
    "id": checks.text,
    "fim": checks.fim,
    "context": checks.Whole(256, 100_000_000),
    "inline_context": checks.Whole(64, 100_000_000),
    "max_output": checks.Whole(1, 10_000_000),
    "tools": checks.switch,
    "price": checks.price,
}
RULE: Final[dict[str, Check]] = {
    "prefer": checks.Texts(_NAMES),
    "only": checks.Texts(_NAMES),
    "never": checks.Texts(_NAMES),
    "try": checks.Texts(_NAMES),
    "escalate": checks.Texts(_NAMES),
    "plan": checks.Texts(_NAMES),
    "execute": checks.Texts(_NAMES),
    "review": checks.Texts(_NAMES),
}
LATER: Final = "it is read, but nothing acts upon it yet"
ROLES: Final = ("plan", "execute", "review")
TOP: Final[dict[str, Check]] = {
    "mode": checks.OneOf(get_args(Mode)),
    "providers": lambda value: value,
    "models": lambda value: value,
    "routes": lambda value: value,
    "budget": lambda value: value,
    "inline": lambda value: value,
    "code_lens": lambda value: value,
    "exclude": checks.globs,
    "forbid": checks.Texts("provider names"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What one source says, each part by itself; a part that it does not speak of is empty."""

    mode: Mode | None = None
    providers: dict[str, dict[str, Any]] = field(default_factory=dict)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    routes: dict[str, RouteRule] = field(default_factory=dict)
    budget: dict[str, float] = field(default_factory=dict)
    inline: dict[str, Any] = field(default_factory=dict)
    code_lens: dict[str, Any] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()


def read_tree(source: Source, tree: Mapping[str, Any]) -> Said:
    """Read everything that the user's own file may say."""
    top = read_table(source, "", tree, TOP)
    return Said(
        mode=top.get("mode"),
        providers=_read_providers(source, top.get("providers", {})),
        models=_read_models(source, top.get("models", {})),
        **_common(source, top),
    )


def read_narrowing_tree(source: Source, tree: Mapping[str, Any], own_file: str) -> Said:
    """Read what a workspace file or an editor may say: endpoints and models are not looked at."""
    rest = dict(tree)
    for part in ("providers", "models"):
        if rest.pop(part, None):
            source.report(
                part,
                f"{part} come only from your own settings, so these are ignored",
                f"put them in {own_file}",
                "warning",
            )
    top = read_table(source, "", rest, TOP)
    return Said(mode=top.get("mode"), **_common(source, top))


def _common(source: Source, top: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "routes": _read_routes(source, top.get("routes", {})),
        "budget": read_table(source, "budget", top.get("budget", {}), BUDGET),
        "inline": read_table(source, "inline", top.get("inline", {}), INLINE),
        "code_lens": read_table(source, "code_lens", top.get("code_lens", {}), CODE_LENS),
        "exclude": top.get("exclude", ()),
        "forbid": top.get("forbid", ()),
    }


def _read_providers(source: Source, tables: Any) -> dict[str, dict[str, Any]]:
    """Read ``[providers]``. A provider with a value that does not fit is left out whole."""
    found = {}
    for name, table in _tables(source, "providers", tables):
        at = join("providers", name)
        if not _fits(source, at, name, checks.provider_name):
            continue
        values = read_table(source, at, table, PROVIDER, "the provider is left out")
        given = {key for key in table if key in PROVIDER and table[key] is not None}
        if given == set(values):
            found[name] = values
    return found


def _read_models(source: Source, tables: Any) -> dict[str, dict[str, Any]]:
    found = {}
    for name, table in _tables(source, "models", tables):
        at = join("models", name)
        if not _fits(source, at, name, _model_name):
            continue
        values = read_table(source, at, table, MODEL)
        owner = name.partition("/")[0]
        if values.setdefault("provider", owner) != owner:
            source.report(
                f"{at}.provider",
                f'the name says provider "{owner}", so the model is left out',
                f'write provider = "{owner}", or name the model "{values["provider"]}/..."',
            )
            continue
        found[name] = values
    return found


def _model_name(name: Any) -> str:
    provider, slash, rest = str(name).partition("/")
    if not slash or not rest or not rest.isprintable() or "*" in rest:
        raise Unfit('a model name: models are written "provider/name"')
    return checks.provider_name(provider) + slash + rest


def _read_routes(source: Source, tables: Any) -> dict[str, RouteRule]:
    if not isinstance(tables, Mapping):
        read_table(source, "routes", tables, {})
        return {}
    found = {}
    for key, value in tables.items():
        at = join("routes", str(key))
        if value is None:
            continue
        if not _is_route_key(str(key)):
            known = [*TASKS, "default", *(f"layer:{layer}" for layer in LAYERS)]
            checks.report_unknown(source, at, str(key), [*known, "lang:ID", "path:GLOB"])
        elif isinstance(value, Mapping):
            found[str(key)] = _rule(source, at, value)
        elif values := read_table(source, "routes", {key: value}, {key: RULE["prefer"]}):
            found[str(key)] = RouteRule(prefer=values[key])
    return found


def _rule(source: Source, path: str, table: Mapping[str, Any]) -> RouteRule:
    """Read a rule. What it meant to keep out is not known of one that cannot be read whole."""
    count = len(source.problems)
    values = read_table(source, path, table, RULE, "nothing may answer here")
    if len(source.problems) > count:
        return RouteRule(never=("*",))
    return RouteRule(**{"attempt" if key == "try" else key: names for key, names in values.items()})


def _is_route_key(key: str) -> bool:
    kind, colon, rest = key.partition(":")
    if not colon:
        return key in TASKS or key == "default"
    if kind == "path":
        pattern = parse(rest)
        return pattern is not None and not pattern.negated
    return (kind == "layer" and rest in LAYERS) or (kind == "lang" and bool(rest))


def _tables(source: Source, path: str, tables: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the tables within a table."""
    if not isinstance(tables, Mapping):
        read_table(source, path, tables, {})
        return []
    found = []
    for name, table in tables.items():
        if isinstance(table, Mapping):
            found.append((str(name), table))
        elif table is not None:
            read_table(source, join(path, str(name)), table, {})
    return found


def _fits(source: Source, path: str, name: str, check: Check) -> bool:
    try:
        check(name)
    except Unfit as unfit:
        source.report(path, f"{checks.show(name)} is not {unfit}, so it is ignored", "rename it")
        return False
    return True
