"""JSON Schemas of the settings, made of the tables that they are read with.

Three readers: the user's own `turnout.toml`, what an editor may send, and VS Code, which wants one
flat list of settings.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib.resources import files
from typing import Any, Final

from turnout.settings import checks, grammar
from turnout.settings.checks import Check
from turnout.settings.model import Settings
from turnout.vocabulary import LAYERS, TASKS

Schema = dict[str, Any]

DRAFT: Final = "http://json-schema.org/draft-07/schema#"  # what editors and taplo read

_UNTRUSTED: Final = ("prefer", "only", "never")
"""What of a route a workspace or an editor may say."""
_TABLES: Final[Mapping[str, Mapping[str, Check]]] = {
    "inline": grammar.INLINE,
    "code_lens": grammar.CODE_LENS,
    "budget": grammar.BUDGET,
}
_NO_MENU: Final = (
    "Suggest in the completion menu too. Off unless you turn it on: the menu hides ghost text."
)
_NOT_SET: Final = "As turnout.toml says"
_NAMES: Final[Schema] = {"type": "array", "items": {"type": "string"}}
_PLAIN: Final[Mapping[Check, Schema]] = {
    checks.switch: {"type": "boolean"},
    checks.text: {"type": "string", "minLength": 1},
    checks.provider_name: {"type": "string", "pattern": f"^{checks.PROVIDER_NAME.pattern}$"},
    checks.globs: _NAMES,
    checks.address: {"type": "string", "pattern": r"^https?://[^\s?#@]+$"},
    checks.key_source: {
        "type": "string",
        "pattern": "^(keyring|none|env:[A-Za-z_][A-Za-z0-9_]*)$",
    },
    checks.header_name: {"type": "string"},
    checks.version_date: {"type": "string", "pattern": r"^20\d\d-\d\d-\d\d$"},
    checks.headers: {"type": "object", "additionalProperties": {"type": "string"}},
    checks.price: {
        "type": "object",
        "properties": {
            name: {"type": "number", "minimum": 0}
            for name in ("input", "output", "cache_read", "cache_write")
        },
        "required": ["input", "output"],
        "additionalProperties": False,
    },
}


def user_schema() -> Schema:
    """Describe the user's own `turnout.toml`."""
    tables = {
        "providers": _named("providers", "NAME", grammar.PROVIDER),
        "models": _named("models", "NAME", grammar.MODEL),
    }
    top = {"$schema": DRAFT, "title": "turnout.toml"}
    return top | _object(_common(grammar.RULE) | tables)


def editor_schema() -> Schema:
    """Describe what an editor may send, under the name ``turnout``."""
    rule = {key: grammar.RULE[key] for key in _UNTRUSTED}
    tree = {"turnout": _object(_common(rule)) | {"description": "Settings of Turnout."}}
    return {"$schema": DRAFT, "title": "Turnout", "type": "object", "properties": tree}


def vscode_properties() -> dict[str, Schema]:
    """Describe the same for VS Code. What the user does not set stays null: it is not sent on.

    But for the menu, which would open over the ghost text that says the same.
    """
    rule = {key: grammar.RULE[key] for key in _UNTRUSTED}
    flat: dict[str, Schema] = {}
    for name, schema in _common(rule).items():
        parts = schema["properties"] if name in _TABLES else {"": schema}
        for key, part in parts.items():
            flat[f"turnout.{name}.{key}".rstrip(".")] = _for_vscode(part)
    menu = flat["turnout.inline.completion_menu"]
    menu |= {"default": False, "markdownDescription": _NO_MENU}
    return {name: {**one, "order": 10 + n} for n, (name, one) in enumerate(flat.items())}


def _common(rule: Mapping[str, Check]) -> dict[str, Schema]:
    """Describe what every source may say."""
    tables = {name: _object(_part(name, table)) for name, table in _TABLES.items()}
    alone = {key: _described(key, grammar.TOP[key]) for key in ("mode", "exclude", "forbid")}
    defaults = {part.name: part.default for part in fields(Settings)}
    for name, schema in tables.items():
        for key, part in schema["properties"].items():
            part["default"] = getattr(defaults[name], key)
    for key, schema in alone.items():
        schema["default"] = _plain(defaults[key])
    return {**alone, **tables, "routes": _routes(rule)}


def _routes(rule: Mapping[str, Check]) -> Schema:
    kinds = [*TASKS, "default", *(f"layer:{layer}" for layer in LAYERS)]
    keys = f"^({'|'.join(map(re.escape, kinds))}|lang:.+|path:.+)$"
    table = _object(_part("routes.KEY", rule))
    return {
        "type": "object",
        "description": _words()["routes"],
        "patternProperties": {keys: {"anyOf": [_NAMES, {"type": "string"}, table]}},
        "additionalProperties": False,
        "default": {},
    }


def _named(part: str, placeholder: str, table: Mapping[str, Check]) -> Schema:
    """Describe tables that the user names."""
    inner = _object(_part(f"{part}.{placeholder}", table))
    return {"type": "object", "description": _words()[part], "additionalProperties": inner}


def _part(path: str, table: Mapping[str, Check]) -> dict[str, Schema]:
    return {key: _described(f"{path}.{key}", check) for key, check in table.items()}


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _described(path: str, check: Check) -> Schema:
    return {**_shape(check), "description": _words()[path]}


def _shape(check: Check) -> Schema:
    """Say in JSON Schema what a check takes."""
    match check:
        case checks.Whole(low=low, high=high):
            return {"type": "integer", "minimum": low, "maximum": high}
        case checks.Number(low=low, high=high):
            return {"type": "number", "minimum": low, "maximum": high}
        case checks.OneOf(choices=choices):
            return {"type": "string", "enum": list(choices)}
        case checks.Texts():
            return {"anyOf": [_NAMES, {"type": "string"}]}
        case checks.fim:
            from turnout_clients.fim import FAMILIES, NATIVE

            return {"type": "string", "enum": [*FAMILIES, NATIVE]}
    return dict(_PLAIN[check])


def _for_vscode(schema: Schema) -> Schema:
    """Let a setting be unset: VS Code sends the defaults on as if the user had said them."""
    rest = {key: one for key, one in schema.items() if key not in ("description", "default")}
    words = schema["description"]
    default = schema.get("default")
    if schema.get("type") == "object" or "anyOf" in schema or schema.get("type") == "array":
        kind = {"default": default}
        rest = _NAMES if "anyOf" in rest else rest
    elif schema["type"] == "boolean" or "enum" in schema:
        values = schema.get("enum", [True, False])
        labels = [_label(value) for value in values]
        kind = {
            "type": [schema["type"], "null"],
            "enum": [None, *values],
            "enumItemLabels": [_NOT_SET, *labels],
            "default": None,
        }
    else:
        kind = {"type": [schema["type"], "null"], "default": None}
    unset = "" if default in (None, [], {}) else f" Default: {_label(default).lower()}."
    return {**rest, **kind, "markdownDescription": words + unset, "scope": "window"}


def _label(value: object) -> str:
    return {True: "On", False: "Off"}[value] if isinstance(value, bool) else str(value)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


@cache
def _words() -> Mapping[str, str]:
    source = files(__package__).joinpath("described.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)
