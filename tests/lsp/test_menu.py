"""What the menu offers at a place, in which order, and what each entry carries."""

from __future__ import annotations

import asyncio
import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from support.acting import (
    DONE,
    TEXT,
    URI,
    actions,
    app,
    execute,
    finding,
    run,
    shown,
    titles,
    until,
    where,
)  # fmt: skip
from support.editor import CAPABILITIES, Editor
from support.profiles import PROFILES
from support.upstream import Upstream
from turnout.ahead import load_prices
from turnout.app import App

AT_CODE = ["Review {}", "Refactor {}...", "Write tests for {}", "Document {}", "Explain {}"]


def reported(quote: str, message: str = "Undefined name", **more: Any) -> dict[str, Any]:
    """A diagnostic of another server."""
    return {"range": where(TEXT, quote), "message": message, "source": "ruff", "code": 1, **more}


def request_of(editor: Editor) -> dict[str, Any]:
    """The one question that the server has asked."""
    (request,) = [m for m in editor.received if m.get("method") == "window/showMessageRequest"]
    return request


async def test_the_menu_fits_the_place(home: Path, upstream: Upstream) -> None:
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        at_code = [f"{title} - p0/big" for title in AT_CODE]
        assert titles(await actions(editor)) == [t.format("`ratio`") for t in at_code]
        assert titles(await actions(editor, 3, 5)) == [t.format("the selection") for t in at_code]
        assert titles(await actions(editor, 0)) == [
            "Review this file - p0/big",
            "Explain this file - p0/big",
            "Review this file with...",
            "Review uncommitted changes - p0/big",
        ]
        assert upstream.connections == 0


async def test_a_client_gets_the_kinds_that_it_asks_for(home: Path, upstream: Upstream) -> None:
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        for only, count in {
            "turnout": 5, "turnout.review": 4, "turnout.explain": 1, "turnout.tests": 1,
            "refactor": 1, "refactor.rewrite": 1, "refactor.extract": 0, "source": 0,
            "quickfix": 0, "": 5, "turn": 0,
        }.items():  # fmt: skip
            offered = await actions(editor, only=[only])
            assert len(offered) == count, only
            assert all(action["kind"].startswith(only) for action in offered)
        kinds = editor.capabilities["codeActionProvider"]["codeActionKinds"]
        assert {action["kind"] for action in await actions(editor)} <= set(kinds)


async def test_what_a_finding_offers(home: Path, upstream: Upstream) -> None:
    mended = finding("a / b", "Divides by zero.", replacement="a / (b or 1)")
    upstream.script(text=mended + finding("items[0]", "Fails for none.") + DONE)
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.review")
        first, second = shown(editor)
        menu = await actions(editor, diagnostics=[first])
        assert titles(menu) == [
            "Fix it: \"Divides by zero.\"", "Explain this finding - p0/big", "Ask again with...",
            "Dismiss this finding", "Review `ratio` - p0/big",
        ]  # fmt: skip
        assert [action["kind"] for action in menu[:4]] == ["quickfix"] * 4
        assert all(action["diagnostics"] == [first] for action in menu[:4])
        assert menu[0]["isPreferred"] is True
        menu = await actions(editor, 9, diagnostics=[second])
        assert titles(menu)[:2] == [
            'Fix "Fails for none." - p0/big',
            "Explain this finding - p0/big",
        ]
        sent = menu[0]["command"]["arguments"][0]["diagnostics"]
        assert [one["message"] for one in sent] == ["Fails for none."]
        # A client that names no diagnostics gets the same by the place alone.
        assert titles(await actions(editor, 9))[:2] == titles(menu)[:2]


async def test_what_other_servers_report_can_be_fixed(home: Path, upstream: Upstream) -> None:
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        long = "Undefined name " * 20 + "\x1b[31m\n[x](command:y)"
        menu = await actions(editor, diagnostics=[reported("a / b", long), reported("items[0]")])
        assert titles(menu)[1:3] == [
            'Fix "Undefined name" - p0/big',
            "Fix all 2 of this kind - p0/big",
        ]
        assert len(menu) == 5
        assert len(menu[0]["title"]) < 100
        assert "\x1b" not in menu[0]["title"]
        one, both = (menu[n]["command"]["arguments"][0] for n in (0, 2))
        assert one["range"] == where(TEXT, "def ratio(a, b):\n    return a / b")
        assert len(both["diagnostics"]) == 2
        # Many of them leave room for the rest.
        many = [reported("a / b", f"No {n}", code=n) for n in range(9)]
        assert [title.split()[0] for title in titles(await actions(editor, diagnostics=many))] == [
            "Fix", "Fix", "Fix", "Review", "Refactor",
        ]  # fmt: skip


async def test_titles_name_the_model_as_people_do_and_its_price(
    home: Path, upstream: Upstream
) -> None:
    config = home / "turnout.toml"
    config.write_text(
        f'[providers.anthropic]\nbase_url = "{upstream.url}"\nkey = "none"\n'
        '[models."anthropic/best"]\nprovider = "anthropic"\nid = "claude-opus-5-5"\n'
        "price = { input = 5, output = 25 }\n"
    )
    made = App(config, {})
    async with Editor.in_process(made) as editor:
        await editor.open(URI, TEXT)
        await load_prices(made.settings)
        title = (await actions(editor))[0]["title"]
        assert re.fullmatch(r"Review `ratio` - Opus 5\.5, about \$0\.\d\d", title)


async def test_the_menu_is_there_at_once_in_a_long_file(home: Path, upstream: Upstream) -> None:
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT * 2_000)
        await actions(editor, 10_000)
        times = []
        for line in range(10_000, 10_020):
            began = asyncio.get_running_loop().time()
            await actions(editor, line)
            times.append(asyncio.get_running_loop().time() - began)
        print(f"median {sorted(times)[len(times) // 2] * 1e3:.1f} ms")
        assert sorted(times)[len(times) // 2] < 2  # how long it takes is for `make bench`


async def test_without_a_model_the_menu_says_what_to_do(home: Path) -> None:
    async with Editor.in_process(app(home)) as editor:
        await editor.open(URI, TEXT)
        offered = await actions(editor)
        assert offered[0]["title"] == "Review `ratio`"
        for action in offered:
            assert "No model is configured" in action["disabled"]["reason"]
            assert "`turnout provider list`" in action["disabled"]["reason"]
            assert "command" not in action
        # A client that runs it all the same is told once, and not as an error.
        result = await execute(editor, "turnout.review")
        assert result["outcome"] == "unanswered"
        (message,) = editor.notifications("window/showMessage")
        assert message["type"] == 2
        assert "No model is configured for review" in message["message"]


async def test_clients_that_cannot_show_why_get_it_on_demand(
    home: Path, upstream: Upstream
) -> None:
    capabilities = copy.deepcopy(CAPABILITIES)
    del capabilities["textDocument"]["codeAction"]["disabledSupport"]
    async with Editor.in_process(app(home), capabilities=capabilities) as editor:
        await editor.open(URI, TEXT)
        assert await actions(editor) == []
        assert len(await actions(editor, only=["turnout.review"])) == 4
    del capabilities["textDocument"]["codeAction"]["codeActionLiteralSupport"]
    async with Editor.in_process(app(home, upstream.url), capabilities=capabilities) as editor:
        await editor.open(URI, TEXT)
        upstream.script(text=finding("a / b") + DONE)
        commands = await actions(editor)
        assert [command["command"] for command in commands] == [
            "turnout.review", "turnout.refactor", "turnout.tests", "turnout.docs",
            "turnout.explain",
        ]  # fmt: skip
        _, result = run(editor, commands[0])
        assert (await result)["findings"] == 1


@pytest.mark.parametrize("profile", PROFILES)
async def test_no_client_has_to_resolve_anything(
    home: Path, upstream: Upstream, profile: str
) -> None:
    upstream.script(text=finding("a / b", replacement="a // b") + DONE)
    start = {"capabilities": PROFILES[profile], "encoding": "utf-8"}
    async with Editor.in_process(app(home, upstream.url), **start) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.review")
        for action in await actions(editor, diagnostics=shown(editor)):
            assert ("command" in action) != ("edit" in action)
            assert len(json.dumps(action)) < 4_000
            if profile == "bare":
                continue
            assert await editor.request("codeAction/resolve", action) == action
        if PROFILES[profile].get("workspace", {}).get("applyEdit"):
            _, applied = run(editor, (await actions(editor, diagnostics=shown(editor)))[0])
            assert (await applied)["applied"] is True
            assert editor.text(URI) == TEXT.replace("a / b", "a // b")
        for odd in ({"title": "x"}, {"title": "x", "data": None}):
            assert (await editor.request("codeAction/resolve", odd))["title"] == "x"


async def test_an_excluded_file_is_offered_nothing_that_works(
    home: Path, upstream: Upstream
) -> None:
    uri = "file:///ws/.env"
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(uri, "KEY=canary\n")
        offered = await actions(editor, 0, uri=uri)
        *about_file, of_changes = offered
        assert about_file
        assert all("excluded" in action["disabled"]["reason"] for action in about_file)
        # What changed is another matter: the excluded file is not among it.
        assert of_changes["title"].startswith("Review uncommitted changes - ")
        assert "disabled" not in of_changes
        _, future = editor.begin(
            "workspace/executeCommand", {"command": "turnout.review", "arguments": [{"uri": uri}]}
        )
        assert (await future)["outcome"] == "unanswered"
        assert upstream.connections == 0


async def test_asking_again_lets_the_user_choose_the_model(home: Path, upstream: Upstream) -> None:
    async with Upstream() as other:
        upstream.script(text=finding("a / b", "first") + DONE)
        other.script(text=finding("a / b", "second") + DONE)
        routes = '[routes]\nreview = ["p0/big"]\n'
        async with Editor.in_process(app(home, upstream.url, other.url, routes=routes)) as editor:
            await editor.open(URI, TEXT)
            await execute(editor, "turnout.review")
            again = (await actions(editor, diagnostics=shown(editor)))[2]
            assert again["title"] == "Ask again with..."
            editor.answers["window/showMessageRequest"] = None
            _, future = run(editor, again)
            asked = await editor.wait_for("window/showMessageRequest")
            names = [one["title"].partition(",")[0] for one in asked["actions"]]
            assert names == ["p0/big", "p1/big"]
            (request,) = [
                m for m in editor.received if m.get("method", "").endswith("MessageRequest")
            ]
            editor.send({"id": request["id"], "result": asked["actions"][1]})
            assert (await future)["model"] == "p1/big"
            assert [one["message"] for one in shown(editor)] == ["second"]
            # No choice is a choice too.
            editor.answers["window/showMessageRequest"] = {"result": None}
            _, future = run(editor, again)
            assert await future == {"outcome": "stopped"}
            assert len(other.calls) == 1


async def test_a_question_nobody_answers_is_taken_back(home: Path, upstream: Upstream) -> None:
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        editor.answers["window/showMessageRequest"] = None
        _, first = editor.begin(
            "workspace/executeCommand",
            {"command": "turnout.review", "arguments": [{"uri": URI, "choose": True}]},
        )
        await editor.wait_for("window/showMessageRequest")
        request = request_of(editor)
        upstream.script(text=DONE)
        await execute(editor, "turnout.review")
        assert await first == {"outcome": "stopped"}
        await until(lambda: {"id": request["id"]} in editor.notifications("$/cancelRequest"))
        protocol = editor.server.protocol
        assert request["id"] not in protocol._request_futures
        assert request["id"] not in protocol._result_types
        editor.send({"id": request["id"], "result": None})  # too late: nobody waits
