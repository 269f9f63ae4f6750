"""The composition root: what it makes and when, and what it looks up in the background."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from support.upstream import Upstream
from turnout.ahead import learn, load_prices
from turnout.app import App
from turnout.document import Document, Span, split_lines
from turnout.engine.ask import Ask, Material
from turnout.gathering import gather_for
from turnout.settings.keys import KeyStore
from turnout_clients.catalog.models import served_by
from turnout_clients.errors import Unauthorized
from turnout_clients.types import Secret

PROVIDER = """
[providers.mine]
dialect = "openai-chat"
base_url = "{url}/v1"
key = "{key}"
[models."mine/big"]
provider = "mine"
id = "big"
[models."mine/fast"]
provider = "mine"
id = "fast"
fim = "qwen"
"""


def config(home: Path, url: str = "http://127.0.0.1:9", key: str = "none", more: str = "") -> Path:
    file = home / "mine.toml"
    file.write_text(more + PROVIDER.format(url=url, key=key))
    return file


async def settled(app: App) -> None:
    while app._tasks:
        await asyncio.gather(*app._tasks, return_exceptions=True)


def test_starting_imports_nothing_heavy(home: Path) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path; from turnout.app import App\n"
        "async def main():\n"
        f"    app = App(Path({str(config(home))!r}), {{}})\n"
        f"    app.start([Path({str(home)!r})], None)\n"
        "    route = app.router.route('inline', path=None, language='')\n"
        "    assert [c.name for c in route.candidates] == ['recall', 'mine/fast'], route\n"
        "    heavy = {'httpx2', 'keyring', 'numpy', 'lsprotocol', 'pygls'} & set(sys.modules)\n"
        "    print(sorted(heavy))\n"
        "    await app.aclose()\n"
        "asyncio.run(main())"
    )
    environ = dict(os.environ)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environ)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


async def test_nothing_is_made_before_it_is_needed(home: Path) -> None:
    app = App(config(home), {})
    assert app.settings.models
    made = {"exclusion", "router", "keys", "client", "recall", "engine", "suggester"}
    assert not made & set(app.__dict__)
    assert app.engine is app.engine
    assert app.suggester is app.suggester
    assert not {"client", "recall"} & set(app.__dict__)
    await app.aclose()


async def test_each_problem_is_reported_once(home: Path) -> None:
    file = config(home, more='mode = "fastest"\n')
    app = App(file, {})
    told: list[str] = []
    app.on_problem = lambda problem: told.append(problem.where)
    app.start([home])
    app.reconfigure(editor_settings={"inline": {"enabled": False}})
    assert len(told) == len(set(told)) >= 1
    before = len(told)
    file.write_text('nonsense = "x"\n' + file.read_text())
    app.reconfigure()
    assert len(told) == before + 1
    await app.aclose()


async def test_new_settings_hold_for_the_next_request(home: Path) -> None:
    file = config(home)
    app = App(file, {})
    engine, router = app.engine, app.router
    assert app.router is router
    file.write_text("")
    app.reconfigure()
    assert not app.settings.models
    assert not app.router.route("review", path=None, language="").candidates
    assert app.engine is engine
    await app.aclose()


async def test_missing_keys_are_found_out_and_found_again(home: Path) -> None:
    app = App(config(home, key="keyring"), {})
    provider = app.settings.providers["mine"]
    assert app.router.route("review", path=None, language="").candidates
    with pytest.raises(Unauthorized) as raised:
        await app.endpoint(provider)
    assert raised.value.remedy == "run `turnout key set mine`"
    route = app.router.route("review", path=None, language="")
    assert (route.candidates, route.remedy) == ((), "run `turnout key set mine`")
    KeyStore({}).set("mine", Secret("k-1"))  # as the command does in a terminal
    app.look_for_keys()
    app.look_for_keys()
    assert len(app._tasks) == 1
    await settled(app)
    assert len(app.router.route("review", path=None, language="").candidates) == 2
    endpoint = await app.endpoint(provider)
    assert endpoint.key is not None
    assert endpoint.key.reveal() == "k-1"
    KeyStore({}).set("mine", Secret("k-2"))
    app.forget_keys()
    endpoint = await app.endpoint(provider)
    assert endpoint.key is not None
    assert endpoint.key.reveal() == "k-2"
    await app.aclose()


async def test_a_key_in_the_environment_is_known_at_once(home: Path) -> None:
    app = App(config(home, key="env:MINE_KEY"), {})
    route = app.router.route("review", path=None, language="")
    assert not route.candidates
    assert "MINE_KEY" in route.remedy
    await app.aclose()
    app = App(config(home, key="env:MINE_KEY"), {"MINE_KEY": "k"})
    assert app.router.route("review", path=None, language="").candidates
    await app.aclose()


async def test_the_first_connection_is_ready_before_it_is_asked_for(
    home: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("turnout.app._SETTLE", 0)
    async with Upstream() as upstream:
        app = App(config(home, upstream.url), {})
        app.start([])
        await settled(app)
        assert (upstream.connections, upstream.calls) == (1, [])
        await app.aclose()
        await upstream.until(lambda: upstream.open_connections == 0)


async def test_without_consent_nothing_is_connected_to(home: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("turnout.app._SETTLE", 0)
    async with Upstream() as upstream:
        environ = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": upstream.url, "TURNOUT_MODEL": "x/y"}
        app = App(None, environ)
        app.start([home])
        await settled(app)
        assert upstream.connections == 0
        await app.aclose()


async def test_folders_are_indexed_and_forgotten(home: Path) -> None:
    first, second = home / "first", home / "second"
    for folder, name in ((first, "alpha"), (second, "omega")):
        folder.mkdir()
        (folder / f"{name}.py").write_text(f"{name} = compute_{name}(1, 2)\n" * 3)
        (folder / ".env").write_text("SECRET=1\n")
    app = App(home / "none.toml", {})
    app.start([first])
    await settled(app)
    assert app.recall.stats().files == 1
    app.reconfigure(workspaces=[first, second])
    await settled(app)
    assert app.recall.stats().files == 2
    app.reconfigure(workspaces=[second])
    await settled(app)
    assert app.recall.stats().files == 1
    app.reconfigure()
    assert not app._tasks
    await app.aclose()


async def test_closing_ends_what_was_begun(home: Path) -> None:
    before = asyncio.all_tasks()
    app = App(config(home), {})
    app.start([home])
    assert app._tasks
    await app.aclose()
    assert asyncio.all_tasks() == before


async def test_prices_are_at_hand_for_titles(home: Path) -> None:
    file = config(home, more='[routes]\nreview = ["mine/big"]\n')
    file.write_text(
        file.read_text().replace('id = "big"', 'id = "big"\nprice = { input = 2, output = 8 }')
    )
    app = App(file, {})
    app.reconfigure()
    await load_prices(app.settings)
    text = "x = 1\n" * 100
    ask = Ask("review", Document("file:///x.py", 1, "python", (text,)), Span(0, len(text)))
    first, *_ = app.engine.route(ask).candidates
    assert first.name == "mine/big"
    assert first.price is not None
    assert 0.005 < first.price < 0.05
    longer = replace(ask, materials=(Material("diff", "", text * 100),))
    assert (app.engine.route(longer).candidates[0].price or 0) > 2 * first.price
    assert "about $0.0" in app.engine.explain(ask)
    await app.aclose()


async def test_what_is_gathered_comes_from_the_folders(home: Path) -> None:
    folder = home / "ws"
    folder.mkdir()
    (folder / "b.py").write_text("def helper():\n    return 1\n", encoding="utf-8")
    (folder / ".gitignore").write_text("c.py\n", encoding="utf-8")
    (folder / "c.py").write_text("def hidden():\n    return 'canary'\n", encoding="utf-8")
    app = App(config(home), {})
    app.reconfigure(workspaces=[folder])
    text = "from b import helper\nfrom c import hidden\n\nhelper() + hidden()\n"
    document = Document((folder / "a.py").as_uri(), 1, "python", tuple(split_lines(text)))
    found = await gather_for(app, Ask("explain", document, Span(0, len(text))))
    shown = "".join(piece.text for piece in found.pieces)
    assert "return 1" in shown
    assert "canary" not in shown
    unsaved = Document(
        (folder / "b.py").as_uri(), 2, "python", ("def helper():\n", "    return 2\n")
    )
    found = await gather_for(
        app, Ask("explain", document, Span(0, len(text)), documents=(unsaved, document))
    )
    assert "return 2" in "".join(piece.text for piece in found.pieces)
    before = app.workspace
    app.reconfigure(workspaces=[])
    assert app.workspace is not before
    await app.aclose()


async def test_each_model_that_is_shut_down_is_told_once(home: Path) -> None:
    ended = min(facts.ends or date.max for facts in served_by("deepseek").values())
    name = next(id_ for id_, facts in served_by("deepseek").items() if facts.ends == ended)
    more = f'[routes]\nreview = ["deepseek/{name}"]\n[providers.deepseek]\n'
    app = App(config(home, more=more), {})
    told: list[str] = []
    app.on_problem = lambda problem: told.append(problem.where)
    app.reconfigure()
    told.clear()
    await learn(app)
    await learn(app)
    assert told == [f"model deepseek/{name}"]
    await app.aclose()
