"""A real model: `turnout local serve` as a real process, asked through our own path.

See `support.local_model`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import pytest

from support.editor import CAPABILITIES, Editor
from support.local_model import NEEDED, Served, served
from turnout.app import App
from turnout_clients.client import Client
from turnout_clients.types import Call, Chunk, Deadlines, Done, Endpoint, Fill, Model, Text

__all__ = ["served"]

pytestmark = NEEDED
URI = "file:///ws/load.py"
CODE = "import json\n\n\ndef load(path):\n    with open(path) as file:\n        return json.lo"
STREAMING = {**CAPABILITIES, "experimental": {"turnout": {"document": True}}}


async def until(true: Callable[[], Awaitable[bool]], within: float) -> None:
    async with asyncio.timeout(within):
        while not await true():
            await asyncio.sleep(0.02)


async def test_settings_as_it_wrote_them(served: Served) -> None:
    text = served.config.read_text()
    assert text.startswith("# my settings\n\n[providers.local]\n")
    settings = App(served.config, {}).settings
    assert settings.problems == ()
    (model,) = settings.models.values()
    # This model has no markers for filling in.
    assert (model.provider, model.context, model.fim) == ("local", 2048, "continue")
    # And it reads slowly: how much of a file it is shown was measured.
    assert model.inline_context is None or 64 <= model.inline_context < 3_300
    client = Client()
    endpoint = Endpoint("local", "llamacpp", served.url)
    assert await client.probe(endpoint, 60) == [model.id]
    await client.aclose()


LONG = "".join(
    f"def part_{number}(rows):\n    return rows[{number}]\n\n\n" for number in range(500)
)


@pytest.mark.parametrize("above", ["", LONG], ids=["short", "long"])
async def test_a_completion_in_an_editor(served: Served, above: str) -> None:
    """A loaded machine may need more than one try: what was read of the prompt is kept.

    A file of any length is answered in time with the settings that `serve` wrote.
    """
    text, row = above + CODE, above.count("\n") + 5
    app = served.app(f'inline = ["{next(iter(App(served.config, {}).settings.models))}"]')
    async with Editor.in_process(app) as editor:
        await editor.open(URI, text)
        items: list[Any] = []
        for _ in range(15):
            items = await editor.inline(URI, row, 22)
            if items:
                break
        (item,) = items
    insert = item["insertText"]
    shown = insert if isinstance(insert, str) else insert["value"]
    span = item["range"]
    line = text.splitlines()[row][: span["start"]["character"]] + shown
    assert line.startswith("        return json.load(")


async def test_a_chat_is_streamed_and_cancelled(served: Served) -> None:
    async with Editor.in_process(served.app(), capabilities=STREAMING) as editor:
        await editor.open(URI, CODE + "ad(file)\n")
        explain = {"command": "turnout.explain", "arguments": [{"uri": URI}]}
        number, future = editor.begin("workspace/executeCommand", explain)

        async def writes() -> bool:
            slots = await served.slots()
            return any(_written(slot) > 3 for slot in slots if slot["is_processing"])

        await until(writes, 60)
        editor.cancel(number)
        await asyncio.wait([future], timeout=60)
        assert future.done()

        async def free() -> bool:
            return not await served.busy()

        await until(free, 60)

        # The server goes on serving: the same question is answered, as a stream.
        editor.received.clear()
        await editor.request("workspace/executeCommand", explain, within=60)
        streamed = editor.notifications("turnout/document")
        assert streamed[-1]["done"]
        assert streamed[-1]["text"].strip()
        assert len(streamed) > 1
    assert not await served.busy()


def _written(slot: dict[str, Any]) -> int:
    tokens = slot.get("next_token") or [{}]
    return int((tokens[0] if isinstance(tokens, list) else tokens).get("n_decoded", 0))


TYPED = [
    "import js", 'print("he', "a = b\\", 'say("', "\tret", "x = [", "naïve = caf", "# 日本",
    "{'k': '", "😀", "e\u0301", "x = 1 ",
]  # fmt: skip


async def test_the_real_grammar_takes_whatever_was_typed(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    """A literal that it could not read would be refused, and the call made again without."""
    client = Client()
    endpoint = Endpoint("local", "llamacpp", served.url)
    model = Model("local/m", "local", "m", fim="continue")
    for typed in TYPED:
        fill = Fill(f"import json\n{typed}", "", 12, temperature=0.0)
        call = Call(endpoint, model, fill, Deadlines(30, 120, 180))
        async with aclosing(client.stream(call)) as chunks:
            seen: list[Chunk] = [chunk async for chunk in chunks]
        assert any(isinstance(chunk, Text) for chunk in seen), typed
        assert isinstance(seen[-1], Done)
    await client.aclose()
    assert caplog.text == ""
