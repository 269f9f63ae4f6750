"""What untrusted sources take away from the candidates of the user's own route."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

from turnout.settings.model import RouteRule
from turnout.settings.patterns import Patterns
from turnout.vocabulary import RECALL


def named(name: str, globs: Iterable[str]) -> bool:
    """Whether one of the names or globs means this one."""
    return any(fnmatchcase(name, glob) for glob in globs)


def full_names(name: str, models: Iterable[str]) -> list[str]:
    """Return the models that a name may mean: itself, or for a bare one all that end in it."""
    if name == RECALL or "/" in name or "*" in name:
        return [name]
    return [model for model in models if model.partition("/")[2] == name]


def path_matches(path: str, glob: str) -> bool:
    """Whether the glob of a ``path:`` key means this path or a folder above it, in any case.

    It is a gitignore pattern; ``path`` is relative to the workspace folder, with ``/``. Whoever
    wrote the glob, the time is linear.
    """
    patterns = _compiled(glob)
    parts = path.strip("/").split("/")
    return any(
        patterns.decide("/".join(parts[:end]), folder=end < len(parts))
        for end in range(1, len(parts) + 1)
    )


@lru_cache(maxsize=512)
def _compiled(glob: str) -> Patterns:
    return Patterns([glob])


def permits(rule: RouteRule, name: str) -> bool:
    """Whether ``only`` and ``never`` of the rule leave this model in."""
    return not named(name, rule.never) and (not rule.only or named(name, rule.only))


def restrict(
    names: Sequence[str],
    source: str,
    rules: Sequence[tuple[str, RouteRule]],
    *,
    chosen: bool = False,
) -> tuple[list[str], dict[str, str]]:
    """Apply one `Restriction` to the candidates that the user's own routes gave for a request.

    ``rules`` are the keys and rules of the restriction that hold for the request, the most
    specific first; ``chosen`` says that the user named the model himself: then no list takes it
    away, only ``only`` and ``never`` do. Returns the names that are left, in order, and for each
    one taken away the reason. Nothing can be added: the result is always among ``names``.
    """
    dropped: dict[str, str] = {}
    for key, rule in rules:
        reason = f"left out by {_shown(key)} in {source}"
        dropped |= {name: reason for name in names if not permits(rule, name)}
    kept = [name for name in names if name not in dropped]
    key, rule = next((item for item in rules if item[1].prefer), ("", RouteRule()))
    wanted = [name for glob in rule.prefer for name in kept if fnmatchcase(name, glob)]
    wanted = list(dict.fromkeys(wanted))
    # A list that names none of the user's candidates is a mistake, not a wish for silence.
    if chosen or not wanted:
        return kept, dropped
    reason = f"not named by {_shown(key)} in {source}"
    return wanted, dropped | {name: reason for name in kept if name not in wanted}


def _shown(key: str) -> str:
    return f'routes."{key}"' if ":" in key else f"routes.{key}"
