"""Ghost text as an editor sees it: real frames, a real upstream."""

from __future__ import annotations

import asyncio
import random
import re
import statistics
import time
from typing import TYPE_CHECKING

import pytest

from support.acting import until
from support.editor import Editor, ResponseError
from support.holding import held
from support.inlining import METHOD, URI, accepted, items, opened, params
from support.upstream import Call, Upstream
from turnout.app import App

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


async def test_a_model_answers(completing: Callable[..., App], upstream: Upstream) -> None:
    upstream.script(text="foo(1)")
    async with Editor.in_process(completing()) as editor:
        assert editor.capabilities["inlineCompletionProvider"] == {}
        await editor.open(URI, "import os\nx = \ny = 2\n")
        [item] = await items(editor, 1, 4)
        assert accepted(editor, item) == "import os\nx = foo(1)\ny = 2\n"
        assert item["command"]["command"] == "turnout.accept"
        [call] = upstream.calls
        assert call.body["prompt"].count("y = 2") == 1


@pytest.mark.parametrize("kind", [0, 1, 2])
async def test_every_kind_of_trigger_is_answered(
    completing: Callable[..., App], upstream: Upstream, kind: int
) -> None:
    upstream.script(text="foo(1)")
    async with opened(completing()) as editor:
        assert [item["insertText"] for item in await items(editor, 0, 4, kind)] == ["foo(1)"]


async def test_a_kind_that_does_not_exist_is_refused(completing: Callable[..., App]) -> None:
    async with opened(completing()) as editor:
        with pytest.raises(ResponseError) as refused:
            await items(editor, 0, 4, 7)
        assert refused.value.code == -32602


async def test_asked_by_a_key_there_is_no_pause(
    completing: Callable[..., App], upstream: Upstream
) -> None:
    upstream.script(text="foo(1)")
    async with opened(completing("debounce_ms = 5000")) as editor:
        assert await asyncio.wait_for(items(editor, 0, 4, 1), 4.5)


async def test_a_client_that_counts_from_0_is_understood(
    completing: Callable[..., App], upstream: Upstream
) -> None:
    """Its 1 is "automatic" from when it has sent a 0, and pauses as such."""
    upstream.script(text="foo(1)")
    async with Editor.in_process(completing("debounce_ms = 5000")) as editor:
        await editor.open(URI, "x = \ny = \nz = \n")
        loop = asyncio.get_running_loop()
        await items(editor, 0, 4, 0)
        began = loop.time()
        assert await items(editor, 1, 4, 1)
        assert loop.time() - began >= 2
        began = loop.time()
        assert await items(editor, 2, 4, 0)
        assert loop.time() - began < 2


async def test_cells_of_a_notebook_are_documents_of_their_own(
    completing: Callable[..., App], upstream: Upstream
) -> None:
    """Their URIs differ in the fragment alone."""
    upstream.script(text="foo(1)", delay=0.1)
    cells = [f"vscode-notebook-cell:/n.ipynb#W{number}" for number in range(2)]
    async with Editor.in_process(completing()) as editor:
        for cell in cells:
            await editor.open(cell, "x = \n")
        asked = [editor.begin(METHOD, params(0, 4, 1, cell))[1] for cell in cells]
        found = [(await ask)["items"] for ask in asked]
        assert [[item["insertText"] for item in one] for one in found] == [["foo(1)"]] * 2
        await editor.close(cells[0])
        await items(editor, 0, 4, uri=cells[1])
        assert list(editor.server.app.suggester._desks) == [cells[1]]


async def test_a_document_that_is_not_open_gets_nothing(completing: Callable[..., App]) -> None:
    async with Editor.in_process(completing()) as editor:
        assert await items(editor, 0, 0) == []


async def test_it_can_be_switched_off(completing: Callable[..., App], upstream: Upstream) -> None:
    async with opened(completing("enabled = false")) as editor:
        assert await items(editor, 0, 4) == []
        assert not upstream.calls


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"])
async def test_positions_in_every_encoding(
    completing: Callable[..., App], upstream: Upstream, encoding: str, eol: str
) -> None:
    upstream.script(text='größe("𝔘", b):\n    return "日本"')
    async with Editor.in_process(
        completing(), encoding=encoding, clientInfo={"name": "Neovim"}
    ) as editor:
        before, after = f"# 𝔘nicode é{eol}def 日𝔘本_", f"(){eol}# end 𝔘{eol}"
        await editor.open(URI, before + after)
        units = editor.texts[URI].units
        [item] = await items(editor, 1, units("def 日𝔘本_("))
        assert accepted(editor, item).startswith(before + '(größe("𝔘", b):')


@pytest.mark.parametrize(
    ("client", "becomes"),
    [
        ("Visual Studio Code", "def add(a, b):\n    return a + b\n"),
        ("Neovim", "def add(a, b):\n    return a + b\n"),
        ("IntelliJ IDEA", "def add(a, b)\n"),
        ("", "def add(a, b)\n"),
    ],
)
async def test_what_stands_behind_the_cursor(
    completing: Callable[..., App], upstream: Upstream, client: str, becomes: str
) -> None:
    upstream.script(text="a, b):\n    return a + b\n\n\nprint()")
    async with Editor.in_process(completing(), clientInfo={"name": client}) as editor:
        await editor.open(URI, "def add()\n")
        [item] = await items(editor, 0, 8, 1)
        assert accepted(editor, item) == becomes


async def test_typing_through_asks_nobody(
    completing: Callable[..., App], upstream: Upstream
) -> None:
    upstream.script(text="calculate(first, second)")
    async with opened(completing()) as editor:
        [shown] = await items(editor, 0, 4)
        text = shown["insertText"]
        assert text == "calculate(first, second)"
        for at, letter in enumerate(text[:-1]):
            await editor.change(URI, (0, 4 + at, 0, 4 + at), letter)
            [item] = await items(editor, 0, 5 + at)
            # LSP4IJ: the text must begin with what is typed in its range
            assert accepted(editor, item) == f"x = {text}\n"
            assert item["command"] == shown["command"]
        assert len(upstream.calls) == 1


async def test_an_answer_to_a_text_that_was_typed_on_fits_or_is_dropped(
    completing: Callable[..., App], upstream: Upstream
) -> None:
    upstream.script(text="calculate(first)")
    may_answer = held(upstream)
    async with opened(completing()) as editor:
        _, asked = editor.begin(METHOD, params(0, 4))
        await until(lambda: upstream.calls)
        await editor.change(URI, (0, 4, 0, 4), "cal")
        await editor.heard()
        may_answer.set()
        [item] = (await asked)["items"]
        assert accepted(editor, item) == "x = calculate(first)\n"

        may_answer.clear()
        await editor.change(URI, (0, 0, 0, 7), "y = ")
        _, asked = editor.begin(METHOD, params(0, 4))
        await until(lambda: len(upstream.calls) == 2)
        await editor.change(URI, (0, 0, 0, 1), "yy")
        await editor.heard()
        may_answer.set()
        assert (await asked)["items"] == []


async def test_superseded_is_answered_empty(
    completing: Callable[..., App], upstream: Upstream
) -> None:
    upstream.script(text="foo(1)")
    may_answer = held(upstream)
    async with Editor.in_process(completing()) as editor:
        await editor.open(URI, "x = \ny = \n")
        _, older = editor.begin(METHOD, params(0, 4))
        await until(lambda: upstream.calls)
        _, newer = editor.begin(METHOD, params(1, 4))
        assert (await older)["items"] == []
        assert not newer.done()
        may_answer.set()
        assert [item["insertText"] for item in (await newer)["items"]] == ["foo(1)"]
        await until(lambda: upstream.calls[0].closed_at is not None)


async def test_recall_answers_from_the_open_file(upstream: Upstream, home: Path) -> None:
    text = "".join(
        f"def handler_{n}(request, response):\n    response.write(request.body)\n\n"
        for n in range(9)
    )
    async with Editor.in_process(App(home / "none.toml", {})) as editor:
        await editor.open(URI, f"{text}def handler_x(request, response):\n    respo\n")
        async with asyncio.timeout(30):  # until recall is loaded
            while not (found := await items(editor, 28, 9, 1)):
                await asyncio.sleep(0.05)
        assert found[0]["insertText"] == "nse.write(request.body)"
        assert not upstream.calls


async def test_the_entry_selected_in_the_menu_goes_on(
    completing: Callable[..., App], upstream: Upstream
) -> None:
    upstream.script(text="(first)")
    async with Editor.in_process(completing()) as editor:
        await editor.open(URI, "x = cal\n")
        span = {"start": {"line": 0, "character": 4}, "end": {"line": 0, "character": 7}}
        selected = {"range": span, "text": "calculate"}
        [item] = await items(editor, 0, 7, selectedCompletionInfo=selected)
        assert item["insertText"] == "calculate(first)"
        assert item["range"] == span
        assert accepted(editor, item) == "x = calculate(first)\n"
        assert "x = calculate" in upstream.calls[-1].body["prompt"]
        # the entry is chosen, and what was shown is known still
        await editor.change(URI, (0, 4, 0, 7), "calculate")
        [item] = await items(editor, 0, 13)
        assert accepted(editor, item) == "x = calculate(first)\n"
        assert len(upstream.calls) == 1


async def test_an_excluded_file_gets_nothing_and_nothing_leaves(
    completing: Callable[..., App], upstream: Upstream
) -> None:
    uri = "file:///ws/.env"
    async with Editor.in_process(completing()) as editor:
        await editor.open(uri, "API_KEY=canary\nAPI_KEY=\n", language="ini")
        for kind in (1, 2):
            assert await items(editor, 1, 8, kind, uri) == []
        assert not upstream.calls


async def test_nothing_is_sent_in_the_middle_of_a_line(
    completing: Callable[..., App], upstream: Upstream
) -> None:
    async with Editor.in_process(completing()) as editor:
        await editor.open(URI, "x = foo + 1\n")
        assert await items(editor, 0, 4) == []
        assert not upstream.calls


@pytest.mark.slow
@pytest.mark.parametrize("debounce_ms", [150, 0])
async def test_a_burst(
    completing: Callable[..., App], upstream: Upstream, debounce_ms: int
) -> None:
    """200 keys at 20 a second with 400 ms upstream: few calls, one at a time, the last answered."""
    in_flight = most = 0

    def answer(call: Call) -> str:
        return "unrelated()"

    upstream.script(answer=answer, delay=0.4)
    async with Editor.in_process(completing(f"debounce_ms = {debounce_ms}")) as editor:
        await editor.open(URI, "\n")
        line = ("value_of_it = compute(the_thing, another) and " * 5)[:200]
        pending = []
        for at, letter in enumerate(line):
            await editor.change(URI, (0, at, 0, at), letter)
            pending.append(editor.begin(METHOD, params(0, at + 1))[1])
            await asyncio.sleep(0.05)
            in_flight = sum(not c.finished and c.closed_at is None for c in upstream.calls)
            most = max(most, in_flight)
        results = [(await asked)["items"] for asked in pending]
        assert results[-1]
        assert len(upstream.calls) <= 50
        assert most <= 1


@pytest.mark.slow
async def test_500_cancels_close_500_sockets(
    completing: Callable[..., App], upstream: Upstream, seed: int
) -> None:
    chance = random.Random(seed)
    # In mid-stream it waits long: none is answered before it is cancelled.
    upstream.script(text="foo bar baz", times=1)
    upstream.script(text="foo bar baz " * 20, delay=0.01, gap=30)
    late: list[float] = []
    async with Editor.in_process(completing("debounce_ms = 0")) as editor:
        await editor.open(URI, "x = \n" * 100)
        await items(editor, 0, 4)
        tasks = len(asyncio.all_tasks())
        for number in range(500):
            line = 1 + number % 90
            request, asked = editor.begin(METHOD, params(line, 4, 1))
            await asyncio.sleep(chance.random() * 0.02)
            calls = len(upstream.calls)
            begun = time.monotonic()
            editor.cancel(request)
            with pytest.raises(ResponseError) as refused:
                await asked
            assert refused.value.code == -32800
            while any(c.closed_at is None and not c.finished for c in upstream.calls[:calls]):
                await asyncio.sleep(0.001)
                assert time.monotonic() - begun < 20, "a socket stays open"
            late.append(time.monotonic() - begun)
        await until(lambda: len(asyncio.all_tasks()) <= tasks + 1)
        await until(lambda: upstream.open_connections <= 2)
        for call in upstream.calls:
            assert call.closed_at is not None or call.finished
        late.sort()
        print(f"cancel to socket closed: p50 {late[250] * 1000:.1f} p99 {late[495] * 1000:.1f} ms")
        # The promise of 50 ms is held by `make bench`; this machine may be busy.
        assert late[250] <= 0.25
        assert late[495] <= 2.5


async def test_typing_through_is_quick(completing: Callable[..., App], upstream: Upstream) -> None:
    text = "calculate(first, second, third, fourth, fifth, sixth, seventh)"
    upstream.script(text=text)
    body = "".join(f"def function_{n}(a, b):\n    return a + b\n" for n in range(1000))
    async with Editor.in_process(completing()) as editor:
        await editor.open(URI, f"{body}x = \n{body}")
        await items(editor, 2000, 4)
        times = []
        for at, letter in enumerate(text[:-1]):
            await editor.change(URI, (2000, 4 + at, 2000, 4 + at), letter)
            begun = time.perf_counter()
            assert await items(editor, 2000, 5 + at)
            times.append(time.perf_counter() - begun)
        assert len(upstream.calls) == 1
        print(f"typed through, per key: median {statistics.median(times) * 1000:.2f} ms")
        assert statistics.median(times) < 0.5


async def test_nothing_that_was_typed_reaches_the_log(
    completing: Callable[..., App], upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    upstream.script(text="canary_answer(1)")
    async with Editor.in_process(completing()) as editor:
        await editor.open(URI, "canary_text = \n")
        await items(editor, 0, 14)
        upstream.script(fault="rst-mid-stream")
        await editor.change(URI, (0, 0, 0, 0), "more_")
        await items(editor, 0, 19)
    assert not re.search("canary", caplog.text)


async def test_a_file_that_is_excluded_later_gets_nothing_more(
    completing: Callable[..., App], upstream: Upstream
) -> None:
    upstream.script(text="foo(first, second)")
    made = completing()
    async with opened(made) as editor:
        assert await items(editor, 0, 4)
        made.reconfigure({"exclude": ["x.py"]})
        await editor.change(URI, (0, 4, 0, 4), "f")
        assert await items(editor, 0, 5) == []
        assert len(upstream.calls) == 1
