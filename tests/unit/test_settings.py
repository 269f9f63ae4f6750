"""Settings: what is read from where, and what is said of everything that does not fit."""

from __future__ import annotations

import json
import os
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from turnout.settings import grammar
from turnout.settings.load import load
from turnout.settings.model import Budget, CodeLens, Inline, RouteRule, Settings
from turnout_clients.catalog import OFFERED
from turnout_clients.dialects import DIALECTS
from turnout_clients.types import Model

_FOLDER = re.compile(r"^.*/(?=[a-z]+\.toml)")

FULL = """
mode = "balanced"
exclude = ["generated/", "!.env.example"]
forbid = ["old"]
[providers.mine]
dialect = "openai-chat"
base_url = "http://127.0.0.1:8080/v1/"
key = "env:MINE_API_KEY"
headers = { X-Team = "blue" }
[providers.openai]
[providers.ollama]
[models."mine/fast"]
provider = "mine"
id = "qwen2.5-coder-7b"
fim = "qwen"
context = 16384
max_output = 512
[routes]
inline = ["recall", "mine/fast"]
review = ["openai/gpt-x", "fast"]
"layer:mechanical" = ["mine/fast"]
"lang:rust" = { never = ["openai/*"] }
"path:infra/**" = { only = ["ollama/*", "recall"] }
default = ["mine/fast"]
[inline]
debounce_ms = 80
min_confidence = 0.7
"""


def read(tmp_path: Path, text: str, **more: Any) -> Settings:
    file = tmp_path / "user.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, more.get("workspaces", []), more.get("editor"), more.get("environ", {}))


def said(settings: Settings) -> list[str]:
    """Each problem as one line, without the folder of the file."""
    return [
        " | ".join((p.severity, _FOLDER.sub("", p.where), p.what, p.remedy)).strip()
        for p in settings.problems
    ]


def test_the_whole_grammar(tmp_path: Path) -> None:
    settings = read(tmp_path, FULL)
    assert settings.problems == ()
    assert settings.files == (str(tmp_path / "user.toml"),)
    assert list(settings.providers) == ["mine", "openai", "ollama"]
    mine = settings.providers["mine"]
    assert (mine.dialect, mine.base_url) == ("openai-chat", "http://127.0.0.1:8080/v1")
    assert (mine.key, mine.headers) == ("env:MINE_API_KEY", (("X-Team", "blue"),))
    assert settings.models["mine/fast"] == Model(
        "mine/fast", "mine", "qwen2.5-coder-7b", "qwen", 16384, 512
    )
    assert settings.routes["inline"] == RouteRule(prefer=("recall", "mine/fast"))
    assert settings.routes["path:infra/**"] == RouteRule(only=("ollama/*", "recall"))
    assert settings.routes["lang:rust"] == RouteRule(never=("openai/*",))
    assert settings.exclude == ("generated/", "!.env.example")
    assert settings.forbid == ("old",)
    assert settings.inline == Inline(debounce_ms=80, min_confidence=0.7)


def test_a_bare_provider_is_filled_in_from_the_catalogue(tmp_path: Path) -> None:
    for row in OFFERED:
        provider = read(tmp_path, f"[providers.{row.name}]").providers[row.name]
        assert (provider.dialect, provider.base_url) == (row.dialect, row.base_url)
        assert provider.key == ("none" if row.local else "keyring")


def test_a_model_of_an_enabled_provider_needs_no_table(tmp_path: Path) -> None:
    settings = read(tmp_path, FULL)
    assert settings.models["openai/gpt-x"] == Model("openai/gpt-x", "openai", "gpt-x")


def test_a_bare_name_stands_where_it_is_unique(tmp_path: Path) -> None:
    assert read(tmp_path, FULL).routes["review"].prefer == ("openai/gpt-x", "mine/fast")


def test_the_cheap_ones_are_tried_and_then_one_that_can(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        FULL.replace(
            "[routes]",
            '[routes]\ntests = { try = ["fast", "openai/gpt-x", "ollama/*"],'
            ' escalate = "openai/gpt-y", never = "openai/gpt-z" }\n'
            'feature = { plan = "openai/gpt-y", execute = "fast", review = ["openai/gpt-y"] }',
        ),
    )
    assert settings.routes["tests"] == RouteRule(
        attempt=("mine/fast", "openai/gpt-x", "ollama/*"),
        escalate=("openai/gpt-y",),
        never=("openai/gpt-z",),
    )
    assert settings.routes["tests"].order == (*settings.routes["tests"].attempt, "openai/gpt-y")
    assert "openai/gpt-y" in settings.models
    feature = settings.routes["feature"]
    assert (feature.plan, feature.execute) == (("openai/gpt-y",), ("mine/fast",))
    assert feature.order == ()
    assert RouteRule(prefer=("a",), escalate=("b",)).order == ("a", "b")
    assert RouteRule(prefer=("a",), attempt=("c",), escalate=("b", "c")).order == ("c", "b")
    assert settings.routes["review"].order == settings.routes["review"].prefer
    later = [p.where.rpartition(".")[2] for p in settings.problems]
    assert later == ["plan", "execute", "review"]


def test_the_dialects_are_those_of_the_clients() -> None:
    assert sorted(grammar.DIALECTS) == sorted(DIALECTS)


def wordings() -> list[tuple[str, list[str]]]:
    """The cases of the file beside this one: a text, and behind `=>` what is said of it."""
    file = Path(__file__).with_name("settings_problems.txt").read_text(encoding="utf-8")
    cases = []
    for case in file.split("\n\n")[1:]:
        lines = case.strip().splitlines()
        said = [line.removeprefix("=> ") for line in lines if line.startswith("=> ")]
        cases.append(("\n".join(lines[: len(lines) - len(said)]), said))
    return cases


@pytest.mark.parametrize(("text", "problems"), wordings())
def test_what_does_not_fit_is_said_in_these_words(
    tmp_path: Path, text: str, problems: list[str]
) -> None:
    settings = read(tmp_path, text)
    assert said(settings) == problems
    assert "canary" not in repr(settings)


def test_what_does_not_fit_leaves_its_default(tmp_path: Path) -> None:
    settings = read(
        tmp_path, 'mode = 3\nexclude = ["ok", 3]\n[inline]\ndebounce_ms = "x"\nmax_tokens = 64\n'
    )
    assert settings.mode == "balanced"
    assert settings.exclude == ("ok",)
    assert settings.inline == Inline(max_tokens=64)


def test_a_provider_is_never_reached_by_half_of_what_was_written(tmp_path: Path) -> None:
    settings = read(tmp_path, '[providers.openai]\nbase_url = "https://gateway.example?x"')
    assert settings.providers == {}


@pytest.mark.parametrize("rule", ["{ onyl = ['ollama/*'] }", "{ only = 3 }", "{ never = [1] }"])
def test_a_rule_that_cannot_be_read_whole_lets_nothing_answer(tmp_path: Path, rule: str) -> None:
    settings = read(tmp_path, f"[routes]\n'path:infra/**' = {rule}")
    assert settings.routes["path:infra/**"] == RouteRule(never=("*",))


def test_a_syntax_error_leaves_the_other_sources(tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    workspace.mkdir()
    (workspace / "turnout.toml").write_text("exclude = ['a']")
    settings = read(
        tmp_path, "x = [", workspaces=[workspace], editor={"inline": {"enabled": False}}
    )
    assert [p.where.rpartition("/")[2] for p in settings.problems] == ["user.toml: end of the file"]
    assert settings.exclude == ("a",)
    assert not settings.inline.enabled


def test_a_workspace_file_that_cannot_be_read_lets_nothing_leave(tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    workspace.mkdir()
    (workspace / "turnout.toml").write_text("exclude = [\n'a',\n= \n")
    settings = read(tmp_path, FULL, workspaces=[workspace])
    (problem,) = settings.problems
    assert problem.where == f"{workspace / 'turnout.toml'}: line 3, column 1"
    assert problem.what == (
        "not valid TOML: Invalid value; what it excludes is not known, "
        "so nothing is sent from this workspace"
    )
    assert set(settings.forbid) == set(settings.providers)
    assert settings.routes, "the user's own settings still stand"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a = " + b"[" * 50_000, b"a = " + b"9" * 5_000])
def test_a_file_that_is_not_toml_is_a_problem(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "user.toml"
    file.write_bytes(content)
    settings = load(file, [], None, {})
    assert len(settings.problems) == 1
    assert settings.problems[0].severity == "error"


def test_a_pipe_in_place_of_a_file_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "turnout.toml")
    settings = load(tmp_path / "none.toml", [tmp_path], None, {})
    assert [p.where for p in settings.problems][-1] == str(tmp_path / "turnout.toml")


def test_a_named_file_that_is_missing_is_a_problem(tmp_path: Path) -> None:
    settings = load(tmp_path / "gone.toml", [], None, {})
    assert said(settings) == [
        "error | gone.toml | there is no such file | make it, or leave out `--config`"
    ]


def test_no_file_at_all_is_no_problem() -> None:
    assert replace(load(None, [], None, {}), places=()) == Settings()


def test_the_order_of_places(tmp_path: Path, home: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(f"exclude = ['{name}']")
    usual = home / ".config" / "turnout" / "turnout.toml"
    usual.parent.mkdir(parents=True)
    usual.write_text("exclude = ['usual']")
    environ = {"TURNOUT_CONFIG": str(tmp_path / "b")}
    assert load(tmp_path / "a", [], None, environ).exclude == ("a",)
    assert load(None, [], None, environ).exclude == ("b",)
    assert load(None, [], None, {}).exclude == ("usual",)


def test_a_users_file_opened_as_a_workspace_is_read_once(tmp_path: Path) -> None:
    file = tmp_path / "turnout.toml"
    file.write_text(FULL)
    assert load(file, [tmp_path], None, {}).problems == ()


def test_the_editor_may_wrap_its_tree_and_send_nulls(tmp_path: Path) -> None:
    tree = {"turnout": {"inline": {"enabled": False, "debounce_ms": None}, "mode": None}}
    settings = read(tmp_path, "", editor=tree)
    assert settings.problems == ()
    assert settings.inline == Inline(enabled=False)


def test_no_tree_raises(tmp_path: Path, seed: int) -> None:
    """Whatever shape a tree has, settings come of it."""
    rng = random.Random(seed)
    for _ in range(3_000):
        tree = {key: junk(rng, 3) for key in rng.sample(KEYS, rng.randrange(len(KEYS)))}
        assert isinstance(load(tmp_path / "none", [], tree, {}), Settings)
        source = grammar.Source("x")
        assert isinstance(grammar.read_tree(source, tree), grammar.Said)
        assert all(problem.what for problem in source.problems)


KEYS = [
    *(*grammar.TOP, *grammar.INLINE, *grammar.PROVIDER, *grammar.MODEL, *grammar.RULE),
    *("mine", "mine/a", "recall", "path:a/**", "path:[", "lang:", "layer:x", "", "\0", "\ud800"),
]


def junk(rng: random.Random, depth: int) -> Any:
    if depth and rng.random() < 0.5:
        keys = rng.sample(KEYS, rng.randrange(5))
        return {key: junk(rng, depth - 1) for key in keys}
    if depth and rng.random() < 0.3:
        return [junk(rng, depth - 1) for _ in range(rng.randrange(4))]
    return rng.choice(
        [None, True, 0, -1, 1.5, float("inf"), 10**30, "", "x", "*", "!a", "\ud800", "env:A",
         "http://[", "http://a:99999", "https://b/", "mine/a", "a\nb", "keyring", "best"]
    )  # fmt: skip


def test_docs_name_every_setting_and_its_default() -> None:
    """`docs/settings.md` is checked against the grammar and the model."""
    text = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = {
        cells[0].strip("` "): cells[1:]
        for line in text.splitlines()
        if line.startswith("| `")
        and len(cells := [c.strip() for c in line.strip("|").split("|")]) > 2
    }
    expected = {f"inline.{key}": getattr(Inline(), key) for key in grammar.INLINE}
    expected |= {f"budget.{key}": getattr(Budget(), key) for key in grammar.BUDGET}
    expected |= {f"code_lens.{key}": getattr(CodeLens(), key) for key in grammar.CODE_LENS}
    expected |= {f"providers.NAME.{key}": ... for key in grammar.PROVIDER}
    expected |= {f'models."P/N".{key}': ... for key in grammar.MODEL}
    expected |= {f"routes.KEY.{key}": ... for key in grammar.RULE}
    expected |= {"mode": "balanced", "exclude": (), "forbid": ()}
    assert set(rows) == set(expected)
    for key, default in expected.items():
        if default is not ...:
            shown = "none" if default is None else json.dumps(default)
            assert rows[key][1] == f"`{shown}`", key


def test_the_user_says_whether_a_model_calls_tools(tmp_path: Path) -> None:
    own = '[models."mine/x"]\ntools = true\n[models."anthropic/claude-opus-5-5"]\ntools = false\n'
    text = FULL + own + "[providers.anthropic]\n"
    models = read(tmp_path, text).models
    assert models["mine/x"].tools
    assert not models["anthropic/claude-opus-5-5"].tools
    models = read(tmp_path, text.replace("tools = false", "")).models
    assert models["anthropic/claude-opus-5-5"].tools
    assert not models["mine/fast"].tools
