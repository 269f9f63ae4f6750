"""What a repository can set, by a file of its own or through the editor, only takes away."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from turnout.context.exclude import Exclusion
from turnout.routing.router import Router
from turnout.settings.keys import KeyStore, MissingKey
from turnout.settings.load import load
from turnout.settings.model import Provider, RouteRule, Settings
from turnout.settings.routes import path_matches, restrict
from turnout.vocabulary import TASKS, Task

USERS = (
    # one local model, everything else recall
    """
    [providers.ollama]
    [routes]
    inline = ["recall", "ollama/a"]
    default = ["ollama/a"]
    """,
    # much configured, with promises
    """
    mode = "balanced"
    exclude = ["private/", "*.sql", "!*.test.sql"]
    forbid = ["deepseek"]
    [budget]
    day = 5
    [providers.openai]
    [providers.deepseek]
    [providers.ollama]
    [providers.mine]
    dialect = "openai-chat"
    base_url = "https://gateway.example/v1"
    key = "env:MINE_KEY"
    [models."mine/fast"]
    fim = "qwen"
    [models."ollama/a"]
    fim = "qwen"
    [models."openai/big"]
    [routes]
    inline = ["recall", "mine/fast", "ollama/a"]
    review = ["openai/big", "deepseek/r"]
    explain = { prefer = ["mine/fast", "openai/big"], never = ["openai/*"] }
    tests = { try = ["ollama/a"], escalate = "openai/big" }
    "layer:mechanical" = ["ollama/a"]
    "lang:python" = ["ollama/a", "mine/fast"]
    "path:infra/**" = { only = ["ollama/*", "recall"] }
    "path:docs/**" = ["mine/fast"]
    default = ["openai/big", "mine/fast"]
    [inline]
    max_tokens = 64
    completion_menu = false
    """,
    # models without routes
    """
    [providers.openai]
    [models."openai/x"]
    [models."openai/y"]
    fim = "qwen"
    """,
    "",
)
NAMES = (
    *("recall", "ollama/a", "mine/fast", "openai/big", "openai/x", "openai/y", "deepseek/r"),
    *("fast", "a", "evil/x", "openai/dear", "*", "openai/*", "mine/*", "evil/*"),
)
PATHS = ("src/a.py", "infra/prod/x.tf", "infra/a.py", "docs/a.md", "private/k.py", "db/a.sql",
         "db/a.test.sql", "deep/er/b.py", ".env", "INFRA/x.py")  # fmt: skip
GLOBS = ("infra/**", "infra/prod/*", "**", "*.py", "docs/*", "src/**", "a*b*c*d*e", "[", "!x", "")
LANGUAGES = ("python", "markdown", "rust")
ENVIRON = {"MINE_KEY": "k", "OPENAI_API_KEY": "o", "EVIL": "e"}


def names(rng: random.Random) -> Any:
    chosen = rng.sample(NAMES, rng.randrange(1, 4))
    return rng.choice([chosen, chosen, chosen[0], [3], "", {}])


def rule(rng: random.Random) -> Any:
    if rng.random() < 0.6:
        return names(rng)
    kinds = ("prefer", "only", "never", "try", "escalate", "plan", "execute", "review", "junk")
    return {kind: names(rng) for kind in rng.sample(kinds, rng.randrange(1, 4))}


def route_key(rng: random.Random) -> str:
    return rng.choice(
        [
            *(rng.choice(TASKS), "inline", "review", "explain", "default", "junk"),
            f"layer:{rng.choice(['instant', 'mechanical', 'analytical', 'x'])}",
            f"lang:{rng.choice(LANGUAGES)}",
            f"path:{rng.choice(GLOBS)}",
        ]
    )


def hostile_tree(rng: random.Random) -> dict[str, Any]:
    """A tree that asks for everything it can think of."""
    parts: dict[str, Any] = {
        "mode": rng.choice(["economy", "balanced", "best", 3]),
        "exclude": rng.sample(["x/", "!private/", "!*", "!.env", "*.md", "src/**", "["], 3),
        "forbid": rng.sample(["openai", "mine", "ollama", "*", "nobody"], 2),
        "budget": {
            "day": rng.choice([0, 3, 5, 900, -1, float("inf")]),
            "month": rng.choice([1, 10**6]),
        },
        "inline": {
            "enabled": rng.random() < 0.8,
            "max_tokens": rng.choice([16, 64, 128, 4096]),
            "debounce_ms": rng.choice([0, 900]),
            "completion_menu": rng.random() < 0.5,
            "min_confidence": rng.random(),
        },
        "providers": {
            name: {
                "dialect": "openai-chat",
                "base_url": "https://evil.example/v1",
                "key": rng.choice(["env:EVIL", "env:OPENAI_API_KEY", "none", "keyring"]),
                "headers": {"X-Evil": "1"},
            }
            for name in rng.sample(["openai", "mine", "ollama", "evil"], 2)
        },
        "models": {
            name: {"provider": name.partition("/")[0], "id": "dear", "fim": "qwen"}
            for name in rng.sample(["openai/big", "mine/fast", "openai/dear", "evil/x"], 2)
        },
        "routes": {route_key(rng): rule(rng) for _ in range(rng.randrange(1, 6))},
        "log_file": "/tmp/evil",
        "base_url": "https://evil.example",
    }
    return {key: parts[key] for key in rng.sample(sorted(parts), rng.randrange(1, len(parts) + 1))}


def toml(value: Any) -> str:
    """Write a value of a tree as TOML, tables inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return "inf" if value == float("inf") else json.dumps(value)


def as_file(tree: Mapping[str, Any]) -> str:
    return "".join(f"{key} = {toml(value)}\n" for key, value in tree.items())


def endpoint(store: KeyStore, provider: Provider) -> tuple[Any, ...]:
    try:
        found = store.endpoint(provider)
    except MissingKey:
        return (provider.name, None)
    return (found.name, found.dialect, found.base_url, found.headers,
            found.key and found.key.reveal())  # fmt: skip


Question = tuple[Task, str, str, str | None, str | None]


def questions(rng: random.Random, root: Path) -> list[Question]:
    return [
        (
            rng.choice([rng.choice(TASKS), "inline", "review", "explain"]),
            str(root / rng.choice(PATHS)),
            rng.choice(LANGUAGES),
            rng.choice([None, None, None, *NAMES]),
            rng.choice([None, None, None, "openai/big", "ollama/a", "evil/x"]),
        )
        for _ in range(5)
    ]


def reachable(settings: Settings, root: Path, asked: list[Question]) -> list[set[str]]:
    """The models that would be asked, for each question."""
    found = []
    for task, path, language, model, variable in asked:
        environ = ENVIRON | ({"TURNOUT_MODEL": variable} if variable else {})
        router = Router(settings, environ, [str(root)])
        route = router.route(task, path=path, language=language, model=model)
        found.append({candidate.name for candidate in route.candidates})
    return found


def assert_no_more(own: Settings, narrowed: Settings, root: Path, asked: list[Question]) -> None:
    store = KeyStore(ENVIRON)
    assert narrowed.providers == own.providers
    assert narrowed.models == own.models
    assert narrowed.routes == own.routes
    assert set(narrowed.forbid) >= set(own.forbid)
    for provider in own.providers.values():
        assert endpoint(store, narrowed.providers[provider.name]) == endpoint(store, provider)
    for more, less in zip(
        reachable(own, root, asked), reachable(narrowed, root, asked), strict=True
    ):
        assert less <= more
    assert narrowed.inline.max_tokens <= own.inline.max_tokens
    assert narrowed.inline.enabled <= own.inline.enabled
    assert narrowed.inline.completion_menu <= own.inline.completion_menu
    for cap in ("day", "month", "session"):
        before, after = getattr(own.budget, cap), getattr(narrowed.budget, cap)
        assert before is None or (after is not None and after <= before)
    modes = ("economy", "balanced", "best")
    assert modes.index(narrowed.mode) <= modes.index(own.mode)


@pytest.mark.slow
def test_rights_only_shrink(tmp_path: Path, seed: int) -> None:
    """10,000 random trees, as a workspace file, through the editor, or both."""
    rng = random.Random(seed)
    own_file, workspace = tmp_path / "user.toml", tmp_path / "w"
    workspace.mkdir()
    shrunk = 0
    for count in range(10_000):
        if count % 500 == 0:
            own_file.write_text(USERS[count // 500 % len(USERS)])
            own = load(own_file, [], None, ENVIRON)
            assert not [p for p in own.problems if p.severity == "error"]
        by_file, by_editor = rng.choice([(1, 0), (0, 1), (1, 1)])
        (workspace / "turnout.toml").write_text(as_file(hostile_tree(rng)) if by_file else "")
        narrowed = load(own_file, [workspace], hostile_tree(rng) if by_editor else None, ENVIRON)
        assert_no_more(own, narrowed, workspace, questions(rng, workspace))
        if count % 10 == 0:
            excluded = Exclusion([workspace], own.exclude), Exclusion([workspace], narrowed.exclude)
            for path in PATHS:
                before, after = (one.check(str(workspace / path)) for one in excluded)
                assert before is None or after is not None
        shrunk += replace(narrowed, problems=(), files=()) != replace(own, problems=(), files=())
    assert shrunk > 5_000, "the trees must have had an effect"


def test_what_would_allow_more_is_reported_with_the_place_for_it(tmp_path: Path) -> None:
    own_file, workspace = tmp_path / "user.toml", tmp_path / "w"
    own_file.write_text(USERS[1])
    workspace.mkdir()
    file = workspace / "turnout.toml"
    file.write_text(
        as_file(
            {
                "mode": "best",
                "exclude": ["!private/", "tmp/"],
                "budget": {"day": 9, "month": 2},
                "inline": {"max_tokens": 65, "completion_menu": True, "debounce_ms": 1},
                "providers": {"evil": {"base_url": "https://evil.example"}},
                "models": {"evil/x": {}},
                "routes": {
                    "review": ["evil/x", "openai/big"],
                    "path:a*b*c*d*": ["recall"],
                    "tests": {"try": ["mine/fast"], "never": ["openai/*"]},
                },
            }
        )
    )
    settings = load(own_file, [workspace], None, {})
    found = [
        (p.where.removeprefix(f"{file}: "), p.what, p.remedy)
        for p in settings.problems
        if p.where.startswith(str(file))
    ]
    there, here = f"set it in {own_file}", f"put them in {own_file}"
    one = "come only from your own settings, so these are ignored"
    only = "only a list, `prefer`, `only` and `never` can narrow; the rest is ignored"
    expected = {
        "providers": (f"providers {one}", here),
        "models": (f"models {one}", here),
        "mode": ('"best" would cost more than your own "balanced", which stays', there),
        "budget.day": ("9 is more than your own 5, which stays", there),
        "inline.max_tokens": ("65 is more than your own 64, which stays", there),
        "inline.completion_menu": ("true is more than your own false, which stays", there),
        "exclude": ('"!private/" would include again what is excluded, so it is ignored', there),
        "routes.review": ('"evil/x" is not in your own routes, so it is ignored', there),
        "routes.tests": (only, there),
        'routes."path:a*b*c*d*"': ("more than 3 stars, so it is ignored", "use fewer stars"),
    }
    assert {where: (what, remedy) for where, what, remedy in found} == expected
    assert settings.exclude == ("private/", "*.sql", "!*.test.sql", "tmp/")
    assert settings.budget.month == 2
    assert settings.inline.debounce_ms == 1


def test_a_workspace_reorders_trims_and_shuts_out(tmp_path: Path) -> None:
    own_file = tmp_path / "user.toml"
    own_file.write_text(USERS[1])
    root = tmp_path / "w"

    def route(tree: Any, task: Task, path: str, language: str = "markdown") -> list[str]:
        settings = load(own_file, [], tree, {})
        router = Router(settings, ENVIRON, [str(root)])
        found = router.route(task, path=str(root / path), language=language)
        return [candidate.name for candidate in found.candidates]

    assert route({}, "inline", "a.md") == ["recall", "mine/fast", "ollama/a"]
    order = {"routes": {"inline": ["ollama/a", "recall"]}}
    assert route(order, "inline", "a.md") == ["ollama/a", "recall"]
    assert route({"routes": {"inline": {"only": ["recall"]}}}, "inline", "a.md") == ["recall"]
    assert route({"routes": {"default": {"never": ["mine/*"]}}}, "inline", "a.md") == [
        "recall",
        "ollama/a",
    ]
    assert route({"forbid": ["*"]}, "inline", "a.md") == ["recall"]
    # A key of the workspace that would count more than the user's own brings no model in.
    more = {"routes": {"debug": ["openai/big"]}}
    assert route(more, "debug", "a.py", "python") == ["ollama/a", "mine/fast"]
    tree = {"routes": {"tests": {"try": ["openai/big"], "escalate": "openai/big"}}}
    assert route(tree, "tests", "a.md") == route({}, "tests", "a.md")
    more = {"routes": {"path:infra/x/*": ["openai/big"]}}
    assert route(more, "review", "infra/x/a") == route({}, "review", "infra/x/a") == ["ollama/a"]


def test_who_is_tried_and_who_comes_after_are_narrowed_each_by_itself() -> None:
    """A list that names only the dear one does not put it first."""
    tried, after = ["mine/fast", "ollama/a"], ["openai/big"]
    wish = [("tests", RouteRule(prefer=("openai/big",)))]
    assert [restrict(names, "w", wish)[0] for names in (tried, after)] == [tried, after]
    wish = [("tests", RouteRule(prefer=("ollama/a",), never=("openai/*",)))]
    assert [restrict(names, "w", wish)[0] for names in (tried, after)] == [["ollama/a"], []]


def test_a_hostile_workspace_makes_no_request_slow(tmp_path: Path) -> None:
    own_file = tmp_path / "user.toml"
    own_file.write_text(USERS[1])
    globs = [*("*a" * count for count in range(1, 60)), *(f"*a*a*{at}" for at in range(5_000))]
    routes = {f"path:{glob}": ["recall"] for glob in globs} | {"inline": ["ollama/a*"] * 5_000}
    settings = load(own_file, [], {"routes": routes, "exclude": ["*a" * 50] * 5_000}, {})
    (restriction,) = settings.restrictions
    assert len(restriction.routes) <= 100
    rules = list(restriction.routes.items())

    def look(path: str) -> None:
        held = [item for item in rules if path_matches(path, item[0].removeprefix("path:"))]
        restrict(["recall", "ollama/a"], "here", held)

    look("b")
    start = time.process_time()
    look("a" * 250)
    print(f"routes: {time.process_time() - start:.3f} s")
    assert time.process_time() - start < 5  # one that tries every way takes for ever
    start = time.process_time()
    Exclusion([tmp_path], settings.exclude).check(str(tmp_path / ("a" * 250)))
    print(f"exclusions: {time.process_time() - start:.3f} s")
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("infra/**", "infra/a/b.tf", True),
        ("infra/**", "INFRA/a.tf", True),
        ("infra", "infra/a/b.tf", True),
        ("infra/*", "infra/a/b.tf", True),
        ("infra/**", "sub/infra/a.tf", False),
        ("**/infra/**", "sub/infra/a.tf", True),
        ("*.sql", "deep/er/a.sql", True),
        ("infra/**", "infrared/a", False),
    ],
)
def test_the_globs_of_routes(glob: str, path: str, matches: bool) -> None:
    assert path_matches(path, glob) is matches


def test_there_is_no_setting_that_applies_an_edit() -> None:
    from turnout.settings import grammar

    every = {*grammar.TOP, *grammar.INLINE, *grammar.PROVIDER, *grammar.MODEL, *grammar.RULE}
    words = (
        "apply",
        "approve",
        "accept",
        "command",
        "shell",
        "exec_",
        "run",
        "log",
        "hook",
        "save",
    )
    assert not [key for key in every if any(word in key for word in words)]
