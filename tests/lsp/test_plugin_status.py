"""`turnout/status`, `turnout/pause`: what a plugin shows of the server's state, and when."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.acting import DONE, TEXT, URI, app, block, execute, finding, until
from support.editor import CAPABILITIES, Editor, ResponseError
from support.holding import held
from support.upstream import Upstream
from turnout.app import App

WANTS_STATUS = {**CAPABILITIES, "experimental": {"turnout": {"status": True}}}


def pushed(editor: Editor) -> list[Any]:
    return editor.notifications("turnout/status")


async def test_all_is_well_with_recall_alone(home: Path) -> None:
    (home / "ws").mkdir()
    (home / "ws" / "a.py").write_text("alpha = 1\n")
    async with Editor.in_process(App(None, {}), folders=[home / "ws"]) as editor:
        async with asyncio.timeout(30):
            while not (status := await editor.request("turnout/status", {}))["recall"]["ready"]:
                await asyncio.sleep(0.05)
    assert (status["level"], status["text"], status["problems"]) == ("ok", "Turnout", [])
    assert status["recall"]["files"] == 1
    assert (status["last"], status["working"], status["providers"]) == (None, [], [])
    assert status["spend"] == {"day": 0.0, "month": 0.0, "session": 0.0}
    assert status["budget"] == {"day": None, "month": None, "session": None}
    assert (status["paused"], status["mode"]) == (False, "balanced")
    assert "Only recall answers" in status["tooltip"]
    assert not (home / ".local/share/turnout/ledger").exists()  # looking makes no file


async def test_without_parameters_and_with_any(home: Path) -> None:
    async with Editor.in_process(App(None, {})) as editor:
        for params in (None, {}, [], {"x": 1}):
            assert (await editor.request("turnout/status", params))["level"] == "ok"
        editor.send({"id": "bare", "method": "turnout/status"})
        async with asyncio.timeout(30):
            while not any(message.get("id") == "bare" for message in editor.received):
                await asyncio.sleep(0.01)
        assert next(m for m in editor.received if m.get("id") == "bare")["result"]["level"] == "ok"


async def test_the_last_answer_and_what_it_cost(home: Path, upstream: Upstream) -> None:
    upstream.script(text=finding("a / b") + DONE, usage={"prompt_tokens": 1000})
    price = '[models."p0/dear"]\nid = "dear"\nprice = { input = 1000.0, output = 1000.0 }\n'
    routes = f'{price}[budget]\nday = 50.0\n[routes]\nreview = ["p0/dear"]\n'
    async with Editor.in_process(app(home, upstream.url, routes=routes)) as editor:
        await editor.open(URI, TEXT)
        before = time.time()
        result = await execute(editor, "turnout.review")
        status = await editor.request("turnout/status", None)
    last = status["last"]
    assert (last["task"], last["model"], last["reason"]) == ("review", "p0/dear", "routes.review")
    assert last["usd"] == pytest.approx(result["cost"])
    assert last["usd"] > 0
    assert last["ms"] > 0
    assert before <= last["at"] <= time.time()
    assert status["spend"]["day"] == pytest.approx(last["usd"])
    assert status["spend"]["session"] == pytest.approx(last["usd"])
    assert status["budget"]["day"] == 50.0
    assert "Last: review by p0/dear" in status["tooltip"]
    assert "of $50.00 today" in status["tooltip"]


async def test_recall_is_the_last_answer_too_and_free(home: Path) -> None:
    text = "def handler(request, response):\n    response.write(request.body)\n\n" * 9
    async with Editor.in_process(App(None, {})) as editor:
        await editor.open(URI, f"{text}def handler_x(request, response):\n    respo\n")
        async with asyncio.timeout(30):
            while not await editor.inline(URI, 28, 9):
                await asyncio.sleep(0.05)
        status = await editor.request("turnout/status", None)
    assert (status["last"]["task"], status["last"]["model"]) == ("inline", "recall")
    assert (status["last"]["usd"], status["level"]) == (0, "ok")


async def test_while_paused_nothing_is_suggested_and_actions_go_on(
    home: Path, upstream: Upstream
) -> None:
    upstream.script(text=finding("a / b") + DONE)
    routes = '[routes]\ninline = ["p0/big"]\nreview = ["p0/big"]\n[inline]\ndebounce_ms = 0\n'
    async with Editor.in_process(
        app(home, upstream.url, routes=routes), capabilities=WANTS_STATUS
    ) as editor:
        await editor.open(URI, TEXT)
        status = await editor.request("turnout/pause", {"paused": True})
        assert (status["level"], status["text"]) == ("paused", "Turnout: paused")
        assert [one["actions"][0]["kind"] for one in status["problems"]] == ["resume"]
        assert await editor.inline(URI, 4, 4) == []
        position = {"line": 4, "character": 4}
        menu = await editor.request(
            "textDocument/completion", {"textDocument": {"uri": URI}, "position": position}
        )
        assert menu["items"] == []
        assert upstream.calls == []
        assert (await execute(editor, "turnout.review"))["outcome"] == "answered"
        status = await editor.request("turnout/pause", {"paused": False})
        assert (status["level"], status["paused"]) == ("ok", False)
        await editor.replace(URI, "x = \n")
        upstream.script(text="foo(1)")
        assert await editor.inline(URI, 0, 4)


async def test_a_call_under_way_ends_with_the_pause(
    completing: Callable[..., App], upstream: Upstream
) -> None:
    upstream.script(text="foo(1)", delay=50)
    async with Editor.in_process(completing(routes='inline = ["fake/small"]')) as editor:
        await editor.open(URI, "x = \n")
        asking = asyncio.create_task(editor.inline(URI, 0, 4))
        await until(lambda: upstream.calls)
        await editor.request("turnout/pause", {"paused": True})
        assert await asking == []
        await upstream.until(lambda: upstream.open_connections == 0)


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("turnout/pause", None),
        ("turnout/pause", {"paused": "yes"}),
        ("turnout/mode", {}),
        ("turnout/mode", {"mode": "fast"}),
        ("turnout/mode", {"mode": ["best"]}),
    ],
)
async def test_nonsense_is_invalid(home: Path, method: str, params: Any) -> None:
    async with Editor.in_process(App(None, {})) as editor:
        with pytest.raises(ResponseError, match="the request takes") as raised:
            await editor.request(method, params)
        assert raised.value.code == -32602


async def test_a_client_that_wants_to_know_is_told_of_what_is_done(
    home: Path, upstream: Upstream
) -> None:
    upstream.script(tokens=[finding("a / b"), DONE])
    may_answer = held(upstream)
    async with Editor.in_process(app(home, upstream.url), capabilities=WANTS_STATUS) as editor:
        await editor.open(URI, TEXT)
        await editor.wait_for("turnout/status")
        running = asyncio.create_task(execute(editor, "turnout.review"))
        await until(lambda: pushed(editor)[-1]["level"] == "busy")
        busy = pushed(editor)[-1]
        may_answer.set()
        await running
        await until(lambda: pushed(editor)[-1]["level"] == "ok" and pushed(editor)[-1]["last"])
    assert busy["text"] == "Turnout: reviewing"
    assert busy["working"] == [{"task": "review", "title": "Review this file"}]
    assert pushed(editor)[-1]["working"] == []
    assert pushed(editor)[-1]["last"]["model"] == "p0/big"


async def test_others_are_told_nothing(home: Path, upstream: Upstream) -> None:
    upstream.script(text=finding("a / b") + DONE)
    async with Editor.in_process(app(home, upstream.url)) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.review")
        await asyncio.sleep(1.5)
        assert pushed(editor) == []


async def test_at_most_four_times_a_second_and_only_of_changes(home: Path) -> None:
    """However often something changes, and however it flickers."""
    async with Editor.in_process(App(None, {}), capabilities=WANTS_STATUS) as editor:
        await editor.wait_for("turnout/status")
        begin, count = time.monotonic(), len(pushed(editor))
        while time.monotonic() - begin < 1:
            await editor.request("turnout/pause", {"paused": True})
            await editor.request("turnout/mode", {"mode": "best"})
            await editor.request("turnout/pause", {"paused": False})
        await until(lambda: pushed(editor)[count:] and pushed(editor)[-1]["mode"] == "best")
        await asyncio.sleep(1)
        taken = time.monotonic() - begin
        told = pushed(editor)[count:]
        assert 1 <= len(told) <= 4 * taken + 1
        assert told[-1]["mode"] == "best"
        assert all(a != b for a, b in itertools.pairwise(told))


async def test_a_wrong_key_is_an_error_with_what_mends_it(home: Path, upstream: Upstream) -> None:
    config = home / "turnout.toml"
    config.write_text(
        f'[providers.mine]\ndialect = "openai-chat"\nbase_url = "{upstream.url}/v1"\n'
        'key = "env:MINE"\n[routes]\nreview = ["mine/big"]\n'
    )
    upstream.script(fault="status-401")
    async with Editor.in_process(
        App(config, {"MINE": "sk-wrong"}), capabilities=WANTS_STATUS
    ) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.review")
        status = await editor.request("turnout/status", None)
        await until(lambda: pushed(editor) and pushed(editor)[-1]["level"] == "error")
    assert (status["level"], status["text"]) == ("error", "Turnout: check the key of mine")
    (provider,) = status["providers"]
    assert provider["state"] == "resting"
    assert provider["why"] == "mine is not asked: its key was not accepted."
    (problem,) = status["problems"]
    assert (problem["level"], problem["text"]) == ("error", provider["why"])
    assert problem["remedy"]
    assert "sk-wrong" not in str(status)


async def test_a_key_that_is_missing_can_be_set(home: Path) -> None:
    config = home / "turnout.toml"
    config.write_text(
        '[providers.mine]\ndialect = "openai-chat"\nbase_url = "http://127.0.0.1:9/v1"\n'
        '[routes]\nreview = ["mine/big"]\n'
    )
    async with Editor.in_process(App(config, {}), capabilities=WANTS_STATUS) as editor:
        await until(lambda: pushed(editor) and pushed(editor)[-1]["level"] == "warning")
        status = pushed(editor)[-1]
    assert status["text"] == "Turnout: no key for mine"
    (provider,) = status["providers"]
    assert (provider["state"], provider["remedy"]) == ("no-key", "run `turnout key set mine`")
    assert provider["actions"][0]["kind"] == "setKey"
    assert provider["actions"][0]["provider"] == "mine"
    assert status["problems"][0]["actions"] == provider["actions"]


async def test_a_used_up_budget_is_told(home: Path, upstream: Upstream) -> None:
    upstream.script(text=finding("a / b") + DONE)
    price = (
        '[models."p0/dear"]\nid = "dear"\nmax_output = 10\nprice = { input = 1.0, output = 1.0 }\n'
    )
    routes = f'{price}[budget]\nsession = 1.0\n[routes]\nreview = ["p0/dear"]\n'
    made = app(home, upstream.url, routes=routes)
    async with Editor.in_process(made) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.review")
        (home / "turnout.toml").write_text(
            (home / "turnout.toml").read_text().replace("session = 1.0", "session = 0.0000001")
        )
        made.reconfigure()
        status = await editor.request("turnout/status", None)
    assert status["level"] == "warning"
    (problem,) = status["problems"]
    assert problem["text"].startswith("the budget of this session does not allow it")
    assert problem["remedy"] == "raise budget.session in turnout.toml"
    assert problem["actions"][0]["kind"] == "openSettings"


async def test_words_from_elsewhere_mean_nothing_in_the_tooltip(home: Path) -> None:
    """A settings file comes with a repository that nobody has vouched for."""
    folder = home / "ws"
    folder.mkdir()
    (folder / "turnout.toml").write_text('mode = "*x* [y] <img src=z> ` _v_"\n')
    async with Editor.in_process(App(None, {}), folders=[folder]) as editor:
        status = await editor.request("turnout/status", None)
    assert status["level"] == "warning"
    assert r"\*x\* \[y\]" in status["tooltip"]
    assert "<img" not in status["tooltip"].replace(r"\<", "")


async def test_a_model_that_rests_is_told_until_it_is_asked_again(
    home: Path, upstream: Upstream
) -> None:
    upstream.script(status=429, headers={"retry-after": "3"}, error={"error": {"message": "busy"}})
    async with Editor.in_process(app(home, upstream.url), capabilities=WANTS_STATUS) as editor:
        await editor.open(URI, TEXT)
        await execute(editor, "turnout.review")
        status = await editor.request("turnout/status", None)
        # The rest ends by itself, and so does the warning.
        await until(lambda: pushed(editor) and pushed(editor)[-1]["level"] == "ok")
    (provider,) = status["providers"]
    assert (status["level"], provider["state"]) == ("warning", "resting")
    assert provider["why"].startswith("p0/big rests until ")
    assert [action["kind"] for action in status["problems"][0]["actions"]] == ["doctor"]
    assert pushed(editor)[-1]["providers"][0]["state"] == "ready"


async def test_a_missing_key_is_still_missing_when_settings_change(home: Path) -> None:
    config = home / "turnout.toml"
    text = (
        '[providers.mine]\ndialect = "openai-chat"\nbase_url = "http://127.0.0.1:9/v1"\n'
        '[routes]\nreview = ["mine/big"]\n'
    )
    config.write_text(text)
    made = App(config, {})
    async with Editor.in_process(made, capabilities=WANTS_STATUS) as editor:
        await until(lambda: pushed(editor) and pushed(editor)[-1]["level"] == "warning")
        config.write_text(f'mode = "economy"\n{text}')
        made.reconfigure()
        await until(
            lambda: (
                (pushed(editor)[-1]["mode"], pushed(editor)[-1]["level"]) == ("economy", "warning")
            ),
            30,
        )


async def test_an_edit_that_waits_for_the_user_is_no_work(home: Path, upstream: Upstream) -> None:
    upstream.script(text=block("util.py", "    return a / b\n", "    return a // b\n"))
    async with Editor.in_process(app(home, upstream.url), capabilities=WANTS_STATUS) as editor:
        editor.answers["window/showMessageRequest"] = None  # the user thinks
        await editor.open(URI, TEXT)
        await editor.wait_for("turnout/status")
        asked = asyncio.create_task(execute(editor, "turnout.refactor", preset="simplify"))
        await until(lambda: editor.notifications("window/showMessageRequest"))
        await until(lambda: pushed(editor)[-1]["last"] and not pushed(editor)[-1]["working"])
        assert pushed(editor)[-1]["level"] == "ok"
        assert not asked.done()
        asked.cancel()
