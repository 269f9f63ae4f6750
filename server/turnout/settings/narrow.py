"""Take away from the user's settings what a workspace file or an editor says; never add.

A repository can bring its own ``turnout.toml`` and, by files such as ``.vscode/settings.json``,
speak through the editor. So both may only narrow: exclude paths, forbid providers, lower caps,
turn things off, reorder and trim the user's own routes. What grants nothing (how long to wait, how
sure recall must be) they may set freely.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any, Final, get_args

from turnout.settings.checks import Source, show
from turnout.settings.grammar import Said
from turnout.settings.model import Budget, CodeLens, Inline, Mode, Restriction, RouteRule, Settings
from turnout.settings.patterns import parse
from turnout.settings.routes import full_names, named
from turnout.vocabulary import RECALL

_MODES: Final[tuple[Mode, ...]] = get_args(Mode)  # from the cheapest up
_FREE: Final = ("debounce_ms", "min_confidence")
# Every request looks at all of these: a hostile source must not make that slow.
_MOST_ROUTES: Final = 100
_MOST_STARS: Final = 3


def narrow(settings: Settings, said: Said, source: Source, own_file: str) -> Settings:
    """Return the settings with less allowed, never more; what would allow more is reported."""
    routes = dict(_routes(settings, said, source, own_file))
    restriction = (Restriction(source.name, routes),) if routes else ()
    forbidden = [name for name in settings.providers if named(name, said.forbid)]
    return replace(
        settings,
        mode=_mode(settings.mode, said.mode, source, own_file),
        restrictions=settings.restrictions + restriction,
        budget=_budget(settings.budget, said, source, own_file),
        inline=_inline(settings.inline, said, source, own_file),
        code_lens=_code_lens(settings.code_lens, said, source, own_file),
        exclude=settings.exclude + tuple(_exclude(said, source, own_file)),
        forbid=tuple(dict.fromkeys((*settings.forbid, *forbidden))),
    )


def shut(settings: Settings) -> Settings:
    """Let nothing leave: a workspace file that cannot be read may have excluded anything."""
    return replace(settings, forbid=tuple(settings.providers))


def _refuse(source: Source, path: str, what: str, own_file: str) -> None:
    source.report(path, what, f"set it in {own_file}", "warning")


def _mode(own: Mode, said: Mode | None, source: Source, own_file: str) -> Mode:
    if said is None or _MODES.index(said) <= _MODES.index(own):
        return said or own
    what = f'"{said}" would cost more than your own "{own}", which stays'
    _refuse(source, "mode", what, own_file)
    return own


def _budget(own: Budget, said: Said, source: Source, own_file: str) -> Budget:
    lower = {}
    for key, amount in said.budget.items():
        cap: float | None = getattr(own, key)
        if cap is None or amount <= cap:
            lower[key] = amount
        else:
            what = f"{amount:g} is more than your own {cap:g}, which stays"
            _refuse(source, f"budget.{key}", what, own_file)
    return replace(own, **lower)


def _inline(own: Inline, said: Said, source: Source, own_file: str) -> Inline:
    changes: dict[str, Any] = {}
    for key, value in said.inline.items():
        mine = getattr(own, key)
        if key in _FREE or value <= mine:
            changes[key] = value
        else:
            what = f"{show(value)} is more than your own {show(mine)}, which stays"
            _refuse(source, f"inline.{key}", what, own_file)
    return replace(own, **changes)


def _code_lens(own: CodeLens, said: Said, source: Source, own_file: str) -> CodeLens:
    wanted = said.code_lens.get("enabled", own.enabled)
    if wanted and not own.enabled:
        what = "true is more than your own false, which stays"
        _refuse(source, "code_lens.enabled", what, own_file)
    return CodeLens(enabled=own.enabled and wanted)


def _exclude(said: Said, source: Source, own_file: str) -> Iterator[str]:
    for glob in said.exclude:
        pattern = parse(glob)
        if pattern and pattern.negated:
            what = f"{show(glob)} would include again what is excluded, so it is ignored"
            _refuse(source, "exclude", what, own_file)
        else:
            yield glob


def _routes(
    settings: Settings, said: Said, source: Source, own_file: str
) -> Iterator[tuple[str, RouteRule]]:
    known = _routable(settings)
    if len(said.routes) > _MOST_ROUTES:
        what = f"more than {_MOST_ROUTES} routes; those after them are ignored"
        source.report("routes", what, "use fewer routes")
    for key, rule in islice(said.routes.items(), _MOST_ROUTES):
        at = f'routes."{key}"' if ":" in key else f"routes.{key}"
        if key.startswith("path:") and key.count("*") > _MOST_STARS:
            source.report(at, f"more than {_MOST_STARS} stars, so it is ignored", "use fewer stars")
            continue
        if rule.attempt or rule.escalate or rule.plan or rule.execute or rule.review:
            what = "only a list, `prefer`, `only` and `never` can narrow; the rest is ignored"
            _refuse(source, at, what, own_file)
        prefer, only, never = (
            [full for name in names for full in full_names(name, settings.models) or [name]]
            for names in (rule.prefer, rule.only, rule.never)
        )
        for name in prefer:
            if not any(fnmatchcase(own, name) for own in known):
                what = f"{show(name)} is not in your own routes, so it is ignored"
                _refuse(source, at, what, own_file)
        kept = RouteRule(prefer=tuple(prefer), only=tuple(only), never=tuple(never))
        if kept != RouteRule():
            yield key, kept


def _routable(settings: Settings) -> set[str]:
    """Return every name that some route of the user's may lead to."""
    return {RECALL, *settings.models, *(n for r in settings.routes.values() for n in r.order)}
