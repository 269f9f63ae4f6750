"""Providers as dated data. Being in it enables nothing: only the user's settings do."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Offered:
    """A provider that can be set up by its name."""

    name: str
    dialect: str
    base_url: str
    title: str = ""  # as people call it
    key_env: tuple[str, ...] = ()  # environment variables in which its key is usually found
    key_page: str = ""  # where its users make their keys
    base_url_env: str = ""  # the variable in which its official SDK looks for another address
    local: bool = False  # runs on this machine
    output_limit: str = "max_tokens"  # the field of chat requests that caps the answer's length
    api_version: str = ""  # of Anthropic's Messages; "" is the oldest, which everyone takes
    key_header: str = ""  # the header of the key where the dialect's own is not taken
    thinking_switch: bool = False  # thinking is on unless a field of its own says otherwise
    grammar: bool = False  # text completions take a grammar of llama.cpp for the answer
    stream_options: bool = True  # takes that field, and reports usage when asked in it
    cache_fields: bool = False  # takes OpenAI's fields for the prompt cache
    inline_context: int | None = None  # of its models, where it reads slowly
    prices: str = ""  # the name under which its prices are looked up
    forwards: bool = False  # local, but passes requests on to others: it is not free
    docs: str = ""
    seen: date = date.min


def _read() -> tuple[Offered, ...]:
    source = files(__package__).joinpath("providers.toml").read_text(encoding="utf-8")
    return tuple(_row(name, fields) for name, fields in tomllib.loads(source).items())


def _row(name: str, fields: dict[str, Any]) -> Offered:
    return Offered(name, **{**fields, "key_env": tuple(fields.get("key_env", ()))})


OFFERED: Final = _read()
"""Hosted providers first, then the servers on this machine."""

_BY_ADDRESS: Final = {row.base_url: row for row in reversed(OFFERED)}  # the first wins
_UNKNOWN: Final = Offered("", "", "")
_NONE: Final[Mapping[str, Any]] = MappingProxyType({})

SETTABLE: Final = (
    "output_limit", "api_version", "key_header", "thinking_switch", "stream_options", "grammar",
    "cache_fields",
)  # fmt: skip
"""What users may say of a gateway of their own."""


def quirks(base_url: str, own: Mapping[str, Any] = _NONE) -> Offered:
    """What is known of the provider at this address, with what the user says of it over that.

    The defaults stand for any other. ``own`` are fields of `SETTABLE`.
    """
    row = _BY_ADDRESS.get(base_url.rstrip("/").lower(), _UNKNOWN)
    return replace(row, **own) if own else row
