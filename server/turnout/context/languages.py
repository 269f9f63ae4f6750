"""What is known of each language: its files, its grammar, and what the grammar's nodes mean."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import tree_sitter

_FILE: Final = Path(__file__).with_name("languages.toml")


@dataclass(frozen=True, slots=True)
class Language:
    """One table of `languages.toml`."""

    name: str
    ids: tuple[str, ...]
    extensions: tuple[str, ...]
    grammar: str
    symbols: str
    imports: str
    identifiers: tuple[str, ...]
    comments: frozenset[str]
    strings: frozenset[str]
    wrappers: frozenset[str]
    leading: frozenset[str]
    tests: tuple[str, ...]


_NOTHING: Final[frozenset[str]] = frozenset()
PLAIN: Final = Language("", (), (), "", "", "", (), _NOTHING, _NOTHING, _NOTHING, _NOTHING, ())
"""A language of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """A grammar, loaded, with its queries."""

    grammar: tree_sitter.Language
    symbols: tree_sitter.Query
    imports: tree_sitter.Query
    identifiers: tree_sitter.Query
    literals: tree_sitter.Query


def language(name: str) -> Language | None:
    """Return what is known of a language, by the name that editors give it."""
    return _by_id().get(name)


def language_id(path: str) -> str:
    """Return the language of a file, by its extension; "" where it is none of ours."""
    found = _by_extension().get(os.path.splitext(path)[1][1:].lower())  # noqa: PTH122
    return found.ids[0] if found else ""


@cache
def grammar(name: str) -> Grammar | None:
    """Load a grammar; None where we have none, or where it does not work on this machine."""
    known = language(name)
    if known is None:
        return None
    module, _, function = known.grammar.partition(":")
    try:
        import tree_sitter

        loaded = tree_sitter.Language(getattr(import_module(module), function)())
    except (ImportError, AttributeError, ValueError):
        return None
    return Grammar(
        loaded,
        tree_sitter.Query(loaded, known.symbols),
        tree_sitter.Query(loaded, known.imports),
        tree_sitter.Query(loaded, _any_of(known.identifiers, "identifier")),
        tree_sitter.Query(
            loaded,
            _any_of(sorted(known.comments), "comment") + _any_of(sorted(known.strings), "string"),
        ),
    )


def languages() -> tuple[Language, ...]:
    """Return every language that has a table."""
    return _read()


def _any_of(types: Sequence[str], capture: str) -> str:
    return "[" + " ".join(f"({kind})" for kind in types) + f"] @{capture}\n"


@cache
def _read() -> tuple[Language, ...]:
    tables: Mapping[str, Mapping[str, Any]] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(
        _language(name, {**tables[table["like"]], **table} if "like" in table else table)
        for name, table in tables.items()
    )


def _language(name: str, table: Mapping[str, Any]) -> Language:
    return Language(
        name=name,
        ids=tuple(table["ids"]),
        extensions=tuple(table["extensions"]),
        grammar=table["grammar"],
        symbols=table["symbols"],
        imports=table["imports"],
        identifiers=tuple(table["identifiers"]),
        comments=frozenset(table["comments"]),
        strings=frozenset(table["strings"]),
        wrappers=frozenset(table["wrappers"]),
        leading=frozenset(table["leading"]),
        tests=tuple(table["tests"]),
    )


@cache
def _by_id() -> dict[str, Language]:
    return {name: found for found in _read() for name in found.ids}


@cache
def _by_extension() -> dict[str, Language]:
    return {extension: found for found in _read() for extension in found.extensions}
