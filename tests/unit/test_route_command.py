"""`turnout route`: who would be asked, in words and for programs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from support.ledger_process import entry
from turnout.cli import main
from turnout.ledger.entry import Source
from turnout.ledger.ledger import Ledger
from turnout.routing.explain import about, explain
from turnout.routing.route import Candidate, Route, RuledOut
from turnout.settings.paths import ledger_file
from turnout_clients.types import Price, Usage

SETTINGS = """
[providers.mine]
dialect = "openai-chat"
base_url = "https://mine.example/v1"
key = "none"
[models."mine/cheap"]
price = { input = 0.1, output = 0.4 }
[models."mine/dear"]
price = { input = 5.0, output = 25.0 }
[routes]
review = ["mine/dear", "mine/unpriced", "recall"]
explain = { try = ["mine/cheap"], escalate = "mine/dear" }
"path:infra/**" = { only = ["ollama/*"] }
"""

DEAR = Source("mine/dear", "mine", "openai-chat", "dear", price=Price(5.0, 25.0))


@pytest.fixture
def config(home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = home / "ws"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "a.py").write_text("def f(x):\n    return x\n" * 50, encoding="utf-8")
    file = home / "mine.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    return str(file)


def test_it_says_who_would_be_asked_and_why(config: str, capsys: pytest.CaptureFixture) -> None:
    assert main(["route", "review", "a.py", "--config", config]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "review (analytical)"
    assert told[1].split() == ["1.", "mine/dear", "about", "$0.03", "routes.review"]
    assert told[2].split() == ["2.", "mine/unpriced", "routes.review"]
    assert told[-2:] == ["Not asked:", "  recall: recall can only complete code"]


def test_a_part_costs_less_than_the_whole(config: str, capsys: pytest.CaptureFixture) -> None:
    prices = []
    for place in ("a.py", "a.py:1-2", "a.py:2"):
        assert main(["route", "refactor", place, "--model", "mine/dear", "--json",
                     "--config", config]) == 0  # fmt: skip
        prices.append(json.loads(capsys.readouterr().out)["candidates"][0]["price"])
    assert prices == sorted(prices, reverse=True)
    assert len(set(prices)) == 3


def test_programs_get_an_object(config: str, capsys: pytest.CaptureFixture) -> None:
    assert main(["route", "explain", "--json", "--config", config]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in told["candidates"]] == ["mine/cheap", "mine/dear"]
    assert (told["schema"], told["task"], told["layer"]) == (1, "explain", "mechanical")
    assert told["escalation"] == "mine/dear"


def test_where_nobody_may_answer_it_says_why(config: str, capsys: pytest.CaptureFixture) -> None:
    Path("infra").mkdir()
    Path("infra/x.tf").write_text("x\n", encoding="utf-8")
    assert main(["route", "review", "infra/x.tf", "--config", config]) == 1
    assert 'routes."path:infra/**" allows only ollama/*' in capsys.readouterr().out
    Path(".env").write_text("KEY=1\n", encoding="utf-8")
    assert main(["route", "review", ".env", "--config", config]) == 1
    assert "This file is excluded" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["nonsense"], "there is no task nonsense"),
        (["review", "gone.py"], "gone.py: no such file or directory"),
        (["review", "a.py:900"], "a.py has 100 lines"),
    ],
)
def test_what_does_not_fit_is_said(
    config: str, capsys: pytest.CaptureFixture, arguments: list[str], why: str
) -> None:
    assert main(["route", *arguments, "--config", config]) == 2
    assert why in capsys.readouterr().err


def test_what_becomes_of_an_answer_that_does_not_pass() -> None:
    cheap, dear = Candidate("a/cheap", "routes.tests", 0.0), Candidate("a/dear", "routes.tests")
    route = Route("tests", "mechanical", (cheap, dear), escalation=dear)
    assert "a/dear is asked once." in explain(route, checked=True)
    assert "does not pass" not in explain(route)
    alone = Route("tests", "mechanical", (cheap,), (RuledOut("b", "no key", "set one"),))
    assert explain(alone, checked=True) == (
        "tests (mechanical)\n"
        "  1.  a/cheap  free  routes.tests\n"
        "An answer that does not pass its check: the same model is asked once more.\n"
        "Not asked:\n"
        "  b: no key (set one)\n"
    )
    nobody = Route("tests", "mechanical", (), why="No model.", remedy="enable one")
    assert explain(nobody) == "tests (mechanical)\n  No model.\n  To mend it: enable one.\n"


def test_prices_in_words() -> None:
    assert [about(price) for price in (None, 0.0, 0.04, 0.0012)] == [
        "",
        "free",
        "about $0.04",
        "about $0.0012",
    ]


def test_a_budget_that_a_server_used_up_counts_in_a_shell(
    config: str, capsys: pytest.CaptureFixture
) -> None:
    async def book() -> None:
        ledger = Ledger(ledger_file())
        ledger.record(entry(ledger.begin(), Usage(1_000, 1_000), source=DEAR))
        await ledger.aclose()

    asyncio.run(book())
    Path(config).write_text(f"{SETTINGS}[budget]\nday = 0.001\n", encoding="utf-8")
    assert main(["route", "review", "--config", config]) == 1
    told = capsys.readouterr().out
    assert "mine/dear: today's budget does not allow it" in told
    assert "raise budget.day in turnout.toml" in told
