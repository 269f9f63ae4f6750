"""Who answers: the precedence of the rules, what they allow, and what is said where nobody may."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from turnout.routing.route import Route
from turnout.routing.router import Router
from turnout.settings.model import Provider, Restriction, RouteRule, Settings
from turnout.vocabulary import TASKS, Task
from turnout_clients.types import Model

URL = "http://127.0.0.1:1"
PROVIDERS = {
    name: Provider(name, dialect, URL, "none")
    for name, dialect in {
        "mine": "openai-chat",
        "ollama": "openai-chat",
        "away": "openai-chat",
        "fill": "openai-completions",
        "cpp": "llamacpp",
    }.items()
}
MODELS = {
    name: Model(name, name.partition("/")[0], name.rpartition("/")[2], fim)
    for name, fim in {
        "mine/fast": "qwen",
        "mine/big": None,
        "ollama/qwen": "qwen",
        "ollama/llama": None,
        "away/big": None,
        "away/vendor/nested": None,
        "fill/code": "codestral",
        "cpp/any": None,
    }.items()
}
BASE = Settings(providers=PROVIDERS, models=MODELS)


def prefer(*names: str) -> RouteRule:
    return RouteRule(prefer=names)


def settings(**routes: RouteRule) -> Settings:
    keys = {key.replace("__", ":"): rule for key, rule in routes.items()}
    return replace(BASE, routes=keys)


def route(
    given: Settings,
    task: Task = "review",
    path: str | None = "/ws/src/a.py",
    language: str = "python",
    model: str | None = None,
    environ: dict[str, str] | None = None,
    **more: object,
) -> Route:
    router = Router(given, environ or {}, ("/ws",), **more)  # type: ignore[arg-type]
    return router.route(task, path=path, language=language, model=model)


def names(found: Route) -> list[str]:
    return [candidate.name for candidate in found.candidates]


def out(found: Route) -> dict[str, str]:
    return {ruled.name: ruled.reason for ruled in found.ruled_out}


LADDER = [
    ("default", prefer("mine/big"), "routes.default"),
    ("layer:analytical", prefer("away/big"), 'routes."layer:analytical"'),
    ("lang:python", prefer("ollama/llama"), 'routes."lang:python"'),
    ("review", prefer("ollama/qwen"), "routes.review"),
    ("path:src/**", prefer("mine/fast"), 'routes."path:src/**"'),
]


@pytest.mark.parametrize("rungs", range(1, len(LADDER) + 1))
def test_the_more_specific_rule_gives_the_order(rungs: int) -> None:
    rules = {key: rule for key, rule, _ in LADDER[:rungs]}
    found = route(replace(BASE, routes=rules))
    _, rule, reason = LADDER[rungs - 1]
    assert names(found) == list(rule.prefer)
    assert [candidate.reason for candidate in found.candidates] == [reason]


def test_a_choice_goes_before_every_rule() -> None:
    rules = replace(BASE, routes={key: rule for key, rule, _ in LADDER})
    environ = {"TURNOUT_MODEL": "away/big"}
    assert names(route(rules, environ=environ)) == ["away/big"]
    assert route(rules, environ=environ).candidates[0].reason == "TURNOUT_MODEL"
    found = route(rules, environ=environ, model="mine/big")
    assert names(found) == ["mine/big"]
    assert found.candidates[0].reason == "chosen for this request"


def test_without_routes_what_is_configured_answers() -> None:
    assert names(route(BASE, "inline")) == [
        "recall", "mine/fast", "ollama/qwen", "fill/code", "cpp/any",
    ]  # fmt: skip
    assert names(route(BASE)) == [name for name in MODELS if not name.startswith("fill")]
    assert names(route(Settings(), "inline")) == ["recall"]
    assert names(route(Settings(), "complete")) == ["recall"]


def test_nothing_configured_says_what_to_do() -> None:
    found = route(Settings())
    assert not found.candidates
    assert found.why == "No model is configured for review."
    assert "`turnout provider list`" in found.remedy
    enabled = route(Settings(providers=BASE.providers))
    assert enabled.why == found.why
    assert f'default = ["{next(iter(BASE.providers))}/MODEL"]' in enabled.remedy


def test_names_may_be_bare_where_they_are_unique() -> None:
    assert names(route(settings(review=prefer("llama", "vendor/nested")))) == [
        "ollama/llama", "away/vendor/nested",
    ]  # fmt: skip
    found = route(settings(review=prefer("big")))
    assert out(found) == {"big": "unknown model"}


def test_globs_stand_for_models_in_file_order() -> None:
    assert names(route(settings(review=prefer("away/*", "mine/*", "away/big")))) == [
        "away/big", "away/vendor/nested", "mine/fast", "mine/big",
    ]  # fmt: skip


def test_only_and_never_filter_the_order_below() -> None:
    rules = settings(
        path__src=RouteRule(), review=prefer("away/big", "mine/big"), default=prefer("ollama/qwen")
    )
    rules.routes["path:src/**"] = RouteRule(never=("away/*",))
    found = route(rules)
    assert names(found) == ["mine/big"]
    assert out(found) == {"away/big": 'routes."path:src/**" says never'}
    elsewhere = route(rules, path="/ws/lib/a.py")
    assert names(elsewhere) == ["away/big", "mine/big"]


def test_only_answers_itself_where_the_order_below_names_none_of_it() -> None:
    rules = settings(review=prefer("away/big"))
    rules.routes["path:infra/**"] = RouteRule(only=("ollama/*", "recall"))
    found = route(rules, path="/ws/infra/main.tf")
    assert names(found) == ["ollama/qwen", "ollama/llama"]
    assert "allows only ollama/*, recall" in out(found)["away/big"]
    assert names(route(rules, "inline", path="/ws/infra/main.tf")) == ["recall", "ollama/qwen"]


@pytest.mark.parametrize(
    "path",
    [
        "/ws/infra/x.tf",
        "/ws/infra/deep/x.tf",
        "/ws/Infra/x.tf",
        "/elsewhere/infra/x.tf",
        "/infra/x",
    ],
)
def test_a_promise_about_a_path_holds_for_choices_too(path: str) -> None:
    rules = settings(review=prefer("away/big"))
    rules.routes["path:infra/**"] = RouteRule(only=("ollama/*",))
    assert not route(rules, path=path, model="away/big").candidates
    assert not route(rules, path=path, environ={"TURNOUT_MODEL": "away/big"}).candidates
    assert names(route(rules, path=path, model="ollama/llama")) == ["ollama/llama"]


@pytest.mark.parametrize(
    ("glob", "path", "holds"),
    [
        ("*.sql", "/ws/db/x.sql", True),
        ("*.sql", "/ws/db/x.sqlite", False),
        ("src/*.py", "/ws/src/a.py", True),
        ("src/*.py", "/ws/src/deep/a.py", False),
        ("src/**/a.py", "/ws/src/a.py", True),
        ("src/**/a.py", "/ws/src/x/y/a.py", True),
        ("**/test_*.py", "/ws/tests/unit/test_x.py", True),
        ("src/**", "/ws/lib/src/a.py", False),
        ("/ws/src/**", "/ws/src/a.py", True),
        ("a?.py", "/ws/ab.py", True),
        ("[x].py", "/ws/x.py", True),
    ],
)  # fmt: skip
def test_path_globs(glob: str, path: str, holds: bool) -> None:
    rules = settings(default=prefer("mine/big"))
    rules.routes[f"path:{glob}"] = prefer("ollama/llama")
    assert names(route(rules, path=path)) == (["ollama/llama"] if holds else ["mine/big"])


def test_models_that_cannot_do_the_task_are_left_out_and_said_so() -> None:
    found = route(settings(default=prefer("recall", "mine/big", "mine/fast")), "inline")
    assert names(found) == ["recall", "mine/fast"]
    assert out(found) == {"mine/big": "is not said to fill in the middle"}
    found = route(settings(review=prefer("recall", "fill/code")))
    assert not found.candidates
    assert set(out(found)) == {"recall", "fill/code"}


def test_a_rule_about_everything_does_not_switch_recall_off() -> None:
    for key in ("default", "lang:python"):
        rules = replace(BASE, routes={key: prefer("mine/big", "mine/fast")})
        assert names(route(rules, "inline")) == ["recall", "mine/fast"]
        assert names(route(rules)) == ["mine/big", "mine/fast"]
        never = replace(rules, routes={key: RouteRule(prefer=("mine/fast",), never=("recall",))})
        assert names(route(never, "inline")) == ["mine/fast"]
    assert names(route(settings(inline=prefer("mine/fast")), "inline")) == ["mine/fast"]


def test_choosing_a_model_for_talk_leaves_completion_as_it_is() -> None:
    environ = {"TURNOUT_MODEL": "away/big"}
    found = route(settings(inline=prefer("recall", "mine/fast")), "inline", environ=environ)
    assert names(found) == ["recall", "mine/fast"]
    assert out(found) == {"away/big": "is not said to fill in the middle"}


def test_a_chat_model_completes_where_the_route_for_completion_names_it() -> None:
    for key in ("inline", "layer:instant"):
        rules = replace(BASE, routes={key: prefer("recall", "mine/big")})
        assert names(route(rules, "inline")) == ["recall", "mine/big"]
    assert names(route(BASE, "inline", model="mine/big")) == ["mine/big"]


def test_a_choice_that_is_unknown_is_not_replaced_by_another_model() -> None:
    for found in (
        route(BASE, environ={"TURNOUT_MODEL": "olama/qwen"}),
        route(BASE, "inline", environ={"TURNOUT_MODEL": "olama/qwen"}),
        route(BASE, model="olama/qwen"),
    ):
        assert not found.candidates
        assert "olama/qwen: unknown model" in found.why
        assert found.remedy


def test_what_is_missing_is_said_with_what_mends_it() -> None:
    found = route(
        settings(review=prefer("mine/big")), missing_key=lambda p: f"run `turnout key set {p.name}`"
    )
    assert not found.candidates
    assert "key of provider mine is missing" in found.why
    assert found.remedy == "run `turnout key set mine`"
    orphan = replace(BASE, providers={}, routes={"review": prefer("mine/big")})
    assert route(orphan).remedy == "add [providers.mine] to turnout.toml"
    away = route(replace(orphan, models={}, routes={"review": prefer("openai/big")}))
    assert "provider openai is not enabled" in away.why
    assert away.remedy == "run `turnout provider enable openai`"


def test_a_forbidden_provider_makes_no_room_for_another_order() -> None:
    rules = replace(BASE, routes={"review": RouteRule(prefer=("away/big",), only=("*",))})
    assert names(route(rules)) == ["away/big"]
    found = route(replace(rules, forbid=("away",)))
    assert not found.candidates
    assert "forbidden" in found.why


def random_rule(random: random.Random) -> RouteRule:
    patterns = [*MODELS, "recall", "mine/*", "ollama/*", "away/*", "*", "nobody/x", "big", "llama"]

    def some(most: int) -> tuple[str, ...]:
        return tuple(random.choices(patterns, k=random.randrange(most)))

    return RouteRule(prefer=some(4), only=some(3), never=some(2))


KEYS = ["default", "layer:analytical", "layer:instant", "lang:python", "review", "inline",
        "path:src/**", "path:**/a.py"]  # fmt: skip


def random_settings(random: random.Random) -> Settings:
    kept = random.sample(list(PROVIDERS), random.randrange(len(PROVIDERS) + 1))
    return replace(
        BASE,
        providers={name: PROVIDERS[name] for name in kept},
        routes={key: random_rule(random) for key in random.sample(KEYS, random.randrange(6))},
        forbid=tuple(random.sample(list(PROVIDERS), random.randrange(3))),
    )


def test_every_route_keeps_its_promises(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(3_000):
        given = random_settings(chance)
        task = chance.choice(TASKS)
        model = chance.choice([None, None, *MODELS, "nobody/x", "recall"])
        environ = chance.choice([{}, {"TURNOUT_MODEL": chance.choice([*MODELS, "nobody/x"])}])
        found = route(given, task, model=model, environ=environ)
        chosen = names(found)
        assert found == route(given, task, model=model, environ=environ)
        assert len(set(chosen)) == len(chosen)
        assert not set(chosen) & set(out(found))
        assert bool(found.why) == (not chosen)
        for name in chosen:
            if name == "recall":
                assert task in {"inline", "complete"}
                continue
            provider = MODELS[name].provider
            assert provider in given.providers
            assert provider not in given.forbid
            if task in {"inline", "complete"}:
                said = {f"routes.{task}", 'routes."layer:instant"', "chosen for this request"}
                reason = next(c.reason for c in found.candidates if c.name == name)
                assert MODELS[name].fim or provider == "cpp" or reason in said
            else:
                assert provider != "fill"
            if model:
                assert name == model


def test_narrowing_only_ever_takes_away(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(3_000):
        given = random_settings(chance)
        task = chance.choice(TASKS)
        rules = {key: random_rule(chance) for key in chance.sample(KEYS, chance.randrange(4))}
        narrowed = replace(
            given,
            forbid=(*given.forbid, chance.choice(list(PROVIDERS))),
            restrictions=(Restriction("/ws/turnout.toml", rules),),
        )
        environ = chance.choice([{}, {"TURNOUT_MODEL": chance.choice(list(MODELS))}])
        before = names(route(given, task, environ=environ))
        assert set(names(route(narrowed, task, environ=environ))) <= set(before)


CASCADE = RouteRule(attempt=("mine/fast", "mine/big"), escalate=("away/big", "ollama/llama"))


def test_those_that_are_tried_come_first_and_who_is_escalated_to_last() -> None:
    found = route(settings(review=CASCADE))
    assert names(found) == ["mine/fast", "mine/big", "away/big", "ollama/llama"]
    assert found.escalation is not None
    assert found.escalation.name == "away/big"
    assert route(settings(review=prefer("mine/big"))).escalation is None


def test_prefer_does_not_count_beside_try_and_may_be_escalated_from() -> None:
    both = RouteRule(prefer=("ollama/llama",), attempt=("mine/big",), escalate=("away/big",))
    assert names(route(settings(review=both))) == ["mine/big", "away/big"]
    found = route(settings(review=RouteRule(prefer=("mine/big",), escalate=("away/big",))))
    assert names(found) == ["mine/big", "away/big"]
    assert found.escalation is not None


def test_who_may_not_answer_is_not_escalated_to() -> None:
    found = route(settings(review=CASCADE, default=RouteRule(never=("x/*",))))
    assert found.escalation is not None
    barred = replace(CASCADE, never=("away/*",))
    found = route(settings(review=barred))
    assert names(found) == ["mine/fast", "mine/big", "ollama/llama"]
    assert found.escalation is not None
    assert found.escalation.name == "ollama/llama"
    forbidden = replace(settings(review=CASCADE), forbid=("away", "ollama"))
    assert route(forbidden).escalation is None
    assert route(settings(review=CASCADE), model="mine/big").escalation is None


def test_one_that_stands_in_both_keeps_its_place() -> None:
    both = RouteRule(attempt=("away/big", "mine/big"), escalate=("away/big",))
    found = route(settings(review=both))
    assert names(found) == ["away/big", "mine/big"]
    assert found.escalation is not None
    assert found.escalation.name == "away/big"


@pytest.mark.parametrize(
    ("wish", "left", "escalation"),
    [
        (prefer("away/big"), ["mine/fast", "mine/big", "away/big"], "away/big"),
        (prefer("mine/big"), ["mine/big", "away/big", "ollama/llama"], "away/big"),
        (RouteRule(never=("away/*",)), ["mine/fast", "mine/big", "ollama/llama"], "ollama/llama"),
        (RouteRule(only=("mine/*",)), ["mine/fast", "mine/big"], None),
    ],
)
def test_an_untrusted_source_does_not_put_the_dear_one_first(
    wish: RouteRule, left: list[str], escalation: str | None
) -> None:
    given = replace(settings(review=CASCADE), restrictions=(Restriction("here", {"review": wish}),))
    found = route(given)
    assert names(found) == left
    assert (found.escalation and found.escalation.name) == escalation
