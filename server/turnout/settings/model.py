"""The settings as the rest of the house sees them: a tree of frozen dataclasses with its defaults.

Grammar: design section 8 and `docs/settings.md`. A value that does not fit becomes a `Problem` and
its default stands; a bad setting never stops the server.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from turnout_clients.types import Model

Mode = Literal["economy", "balanced", "best"]
Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the settings that the user should know, and what mends it."""

    where: str  # "turnout.toml: routes.review", a file path, a provider name
    what: str
    remedy: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        mends = f" ({self.remedy})" if self.remedy else ""
        return f"{self.where}: {self.what}{mends}"


@dataclass(frozen=True, slots=True)
class Provider:
    """One ``[providers.NAME]`` table. A provider that stands here is enabled."""

    name: str
    dialect: str
    base_url: str
    key: str = "keyring"  # env:NAME | keyring | none
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # may carry credentials
    quirks: tuple[tuple[str, str | bool], ...] = ()  # how it differs from what the catalogue says


@dataclass(frozen=True, slots=True)
class RouteRule:
    """One value of ``[routes]``. A plain list is ``prefer``."""

    prefer: tuple[str, ...] = ()
    only: tuple[str, ...] = ()  # names or globs such as "ollama/*"
    never: tuple[str, ...] = ()
    attempt: tuple[str, ...] = ()  # `try`: the cheap ones, whose answer is checked
    escalate: tuple[str, ...] = ()  # for what they get wrong
    plan: tuple[str, ...] = ()
    execute: tuple[str, ...] = ()
    review: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[str, ...]:
        """Who may answer, the first first; where there is `try`, `prefer` does not count."""
        return tuple(dict.fromkeys((*(self.attempt or self.prefer), *self.escalate)))


@dataclass(frozen=True, slots=True)
class Restriction:
    """What an untrusted source says of routes. `routes.restrict` applies it to the user's own.

    It is kept apart from ``Settings.routes`` because a merged key could win over one of the user's
    that counts less but allows less, and so widen the route.
    """

    source: str  # "~/project/turnout.toml", "editor settings"
    routes: dict[str, RouteRule]


@dataclass(frozen=True, slots=True)
class Inline:
    """``[inline]``: suggestions while typing."""

    enabled: bool = True
    debounce_ms: int = 150  # before a call leaves the machine; recall and reuse never wait
    max_tokens: int = 128
    min_confidence: float = 0.5  # below it, recall does not answer by itself
    completion_menu: bool = True  # answer textDocument/completion too


@dataclass(frozen=True, slots=True)
class CodeLens:
    """``[code_lens]``: what may be done, above definitions."""

    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Budget:
    """``[budget]`` in USD: what may be spent in a day, a month, a run of the server."""

    day: float | None = None
    month: float | None = None
    session: float | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the user said, after narrowing by workspace and editor."""

    mode: Mode = "balanced"
    providers: dict[str, Provider] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)  # by "provider/name"
    routes: dict[str, RouteRule] = field(default_factory=dict)  # by task, layer:, lang: ...
    restrictions: tuple[Restriction, ...] = ()
    budget: Budget = Budget()
    inline: Inline = Inline()
    code_lens: CodeLens = CodeLens()
    exclude: tuple[str, ...] = ()  # gitignore patterns, on top of the built-in ones
    forbid: tuple[str, ...] = ()  # providers that may not be used here
    problems: tuple[Problem, ...] = ()
    files: tuple[str, ...] = ()  # the files that were read, in order
    places: tuple[str, ...] = ()  # where files were looked for, whether there is one or not
