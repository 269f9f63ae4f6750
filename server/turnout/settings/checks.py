"""Read one table of a settings tree: what fits is returned, what does not becomes a `Problem`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any, Final
from urllib.parse import urlsplit

from turnout.settings.model import Problem, Severity
from turnout.settings.patterns import parse
from turnout_clients.types import Price

PROVIDER_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_DAY: Final = re.compile(r"20\d\d-\d\d-\d\d")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OWN_HEADERS: Final = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding"}
)
_MOST_ITEMS: Final = 1_000  # of a list; a hostile one would make every request slow
_NEVER_SHOWN: Final = ("key", "base_url", "headers")  # a secret may stand there by mistake
_PLAIN_KEY: Final = re.compile(r"(?i)(api[_-]?)?(key|token|secret)|password|auth(orization)?")

Check = Callable[[Any], Any]


class Unfit(ValueError):
    """A value is not what its key takes; the text completes "X is not ..."."""

    def __init__(self, wanted: str, kept: tuple[str, ...] = ()) -> None:
        super().__init__(wanted)
        self.kept = kept  # the items of a list that do fit


@dataclass(frozen=True, slots=True)
class Source:
    """Where settings come from, and the problems found there so far."""

    name: str
    problems: list[Problem] = field(default_factory=list)

    def report(self, path: str, what: str, remedy: str = "", severity: Severity = "error") -> None:
        """Add a problem at a key path."""
        where = f"{self.name}: {path}" if path else self.name
        self.problems.append(Problem(where, what, remedy, severity))


def read_table(
    source: Source,
    path: str,
    values: Any,
    checks: Mapping[str, Check],
    fate: str = "it is ignored",
) -> dict[str, Any]:
    """Return the values of a table that fit their checks; report the rest and the unknown keys.

    ``fate`` is what becomes of the value, or of the whole table, when a value does not fit.
    """
    if not isinstance(values, Mapping):
        source.report(path, f"{show(values)} is not a table, so it is ignored", f"write [{path}]")
        return {}
    found: dict[str, Any] = {}
    for key, value in values.items():
        at = join(path, str(key))
        if value is None:  # how an editor says "not set"
            continue
        if key not in checks:
            report_unknown(source, at, str(key), checks)
            continue
        try:
            found[key] = checks[key](value)
        except Unfit as unfit:
            if unfit.kept:
                found[key] = unfit.kept
            shown = "the value" if key in _NEVER_SHOWN else show(value)
            so = "the rest of it is used" if unfit.kept else fate
            source.report(at, f"{shown} is not {unfit}, so {so}", f"mend or remove `{at}`")
    return found


def report_unknown(source: Source, path: str, key: str, known: Iterable[str]) -> None:
    """Warn about a key that nothing reads, naming the nearest that is read."""
    if path.startswith("providers.") and _PLAIN_KEY.fullmatch(key) and key != "key":
        name = path.split(".")[1]
        source.report(
            path,
            "a key does not belong in this file, so it is ignored",
            f"remove it and run `turnout key set {name}`",
            "warning",
        )
        return
    known = list(known)
    near = get_close_matches(key, known, n=1, cutoff=0.6)
    remedy = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}"
    source.report(path, "nothing reads this key", remedy, "warning")


def join(path: str, key: str) -> str:
    """Write a key path as TOML does."""
    plain = re.fullmatch(r"[A-Za-z0-9_-]+", key)
    shown = key if plain else f'"{key[:80]}"'
    return f"{path}.{shown}" if path else shown


def show(value: Any) -> str:
    """Name a value in a message; only what is short and flat is quoted."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 40 and value.isprintable() else "the text"
    if isinstance(value, int) and abs(value) >= 10**12:
        return "the number"
    if isinstance(value, int | float):
        return str(value)
    return "a table" if isinstance(value, Mapping) else "a list"


def switch(value: Any) -> bool:
    """Take true or false."""
    if isinstance(value, bool):
        return value
    raise Unfit("true or false")


class Whole:
    """Takes a whole number within bounds."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def __call__(self, value: Any) -> int:
        """Read a value; raise `Unfit` where it is none of these."""
        plain = isinstance(value, int) and not isinstance(value, bool)
        if plain and self.low <= value <= self.high:
            return int(value)
        raise Unfit(f"a whole number from {self.low} to {self.high}")


class Number:
    """Takes a finite number within bounds."""

    def __init__(self, low: float, high: float, what: str) -> None:
        self.low, self.high, self._what = low, high, what

    def __call__(self, value: Any) -> float:
        """Read a value; raise `Unfit` where it is none of these."""
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        if plain and math.isfinite(value) and self.low <= value <= self.high:
            return float(value)
        raise Unfit(self._what)


USD: Final = Number(0, 1_000_000, "an amount in USD that is not negative")


class OneOf:
    """Takes one of some words."""

    def __init__(self, choices: Sequence[str]) -> None:
        self.choices = choices

    def __call__(self, value: Any) -> str:
        """Read a value; raise `Unfit` where it is none of these."""
        if isinstance(value, str) and value in self.choices:
            return value
        raise Unfit(f"one of {', '.join(self.choices)}")


def text(value: Any) -> str:
    """Take a text of one line that is not empty."""
    if _is_text(value):
        return str(value)
    raise Unfit("a text of one line")


def _is_text(value: Any) -> bool:
    return (
        isinstance(value, str) and bool(value.strip()) and value.isprintable() and len(value) <= 500
    )


def fim(value: Any) -> str:
    """Take a family of fill-in-the-middle templates."""
    from turnout_clients.fim import FAMILIES, NATIVE

    return OneOf((*FAMILIES, NATIVE))(value)


def provider_name(value: Any) -> str:
    """Take the name of a provider."""
    if isinstance(value, str) and PROVIDER_NAME.fullmatch(value) and value != "recall":
        return value
    raise Unfit("a name of letters, digits, `.`, `_` and `-` (`recall` is reserved)")


class Texts:
    """Takes a list of texts, or one text in place of a list of one."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __call__(self, value: Any) -> tuple[str, ...]:
        """Read a value; raise `Unfit` where it is none of these."""
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, Sequence):
            raise Unfit(f"a list of {self._what}")
        return _all_that_fit(listed, _is_text, self._what)


def globs(value: Any) -> tuple[str, ...]:
    """Take gitignore patterns."""
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, Sequence):
        raise Unfit("a list of gitignore patterns")
    return _all_that_fit(
        listed, lambda glob: _is_text(glob) and parse(glob) is not None, "gitignore patterns"
    )


def _all_that_fit(items: Sequence[Any], fits: Callable[[Any], bool], what: str) -> tuple[str, ...]:
    kept = tuple(item for item in items[:_MOST_ITEMS] if fits(item))
    if len(items) > _MOST_ITEMS:
        raise Unfit(f"a list of at most {_MOST_ITEMS} {what}", kept)
    if len(kept) < len(items):
        raise Unfit(f"a list of {what} only", kept)
    return kept


def address(value: Any) -> str:
    """Take the address of a provider, without anything secret in it."""
    if not isinstance(value, str) or not value.isprintable() or " " in value:
        raise Unfit("an address such as http://127.0.0.1:8080/v1")
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise Unfit("an address such as http://127.0.0.1:8080/v1") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unfit("an http:// or https:// address with a host")
    if parts.username is not None or parts.password is not None:
        raise Unfit("free of credentials; keys are set with `turnout key set NAME`")
    if parts.query or parts.fragment:
        raise Unfit("free of `?` and `#`")
    return value.rstrip("/")


def key_source(value: Any) -> str:
    """Take the place of a key; the key itself is refused."""
    if isinstance(value, str):
        kind, colon, name = value.partition(":")
        if value in ("keyring", "none") or (kind == "env" and colon and _VARIABLE.fullmatch(name)):
            return value
    raise Unfit("`keyring`, `none` or `env:NAME` (the key itself does not belong in this file)")


def header_name(value: Any) -> str:
    """Take the name of the header that carries a key."""
    if isinstance(value, str) and _HEADER.fullmatch(value) and value.lower() not in _OWN_HEADERS:
        return value.lower()
    raise Unfit("the name of a header for the key, such as `api-key`")


def version_date(value: Any) -> str:
    """Take a version that is a day; TOML has a type for those."""
    if _DAY.fullmatch(text := str(value)):
        return text
    raise Unfit('a version such as "2023-06-01"')


def price(value: Any) -> Price:
    """Take what a million tokens cost."""
    known = {part.name for part in fields(Price)}
    if isinstance(value, Mapping) and {"input", "output"} <= set(value) <= known:
        with suppress(Unfit):
            return Price(**{name: USD(usd) for name, usd in value.items()})
    raise Unfit(
        "a price: { input, output }, maybe with cache_read and cache_write,"
        " in USD for a million tokens"
    )


def headers(value: Any) -> tuple[tuple[str, str], ...]:
    """Take extra headers of every request to a provider."""
    if not isinstance(value, Mapping):
        raise Unfit("a table of header names and texts")
    for name, content in value.items():
        if not isinstance(name, str) or not _HEADER.fullmatch(name):
            raise Unfit("a table of header names and texts")
        if not isinstance(content, str) or not (content.isascii() and content.isprintable()):
            raise Unfit("a table of header names and texts of one line")
        if name.lower() in _OWN_HEADERS:
            raise Unfit(f"free of `{name}`, which Turnout sets itself")
        if name.lower() == "authorization":
            raise Unfit("free of `Authorization`; run `turnout key set NAME` instead")
    return tuple(value.items())
