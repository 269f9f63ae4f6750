"""How long the menu of actions takes, from the request to its answer, with many models and files.

PYTHONPATH=tests python -m bench.menu
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from support.acting import TEXT, URI, actions, where
from support.editor import Editor
from turnout.ahead import load_prices
from turnout.app import App

MODELS: Final = 40
MENUS: Final = 200
_SETTLED: Final = 2.0
"""Seconds after the start that belong to recall and to connections made in advance."""
BAR: Final = 0.020
"""Seconds that a menu may take."""


def settings() -> str:
    """A user who has tried everything: models with prices, and rules of every kind."""
    names = [f"p{n % 8}/model-{n}" for n in range(MODELS)]
    providers = (
        f'[providers.p{n}]\ndialect = "openai-chat"\nkey = "none"\n'
        'base_url = "http://127.0.0.1:9/v1"\n'
        for n in range(8)
    )
    models = (
        f'[models."{name}"]\nprovider = "{name.split("/")[0]}"\nid = "m"\n'
        "price = { input = 5, output = 25 }\n"
        for name in names
    )
    rules = [f"{task} = {names!r}" for task in ("review", "tests", "default", '"lang:python"')]
    rules += [f'"path:src/{n}/**" = {{ never = ["p{n % 8}/*"] }}' for n in range(20)]
    return "\n".join([*providers, *models, "[routes]", *rules])


async def measure(folder: Path) -> list[float]:
    """Ask for menus at places of every kind, in a long file with findings of other servers."""
    config = folder / "turnout.toml"
    config.write_text(settings())
    made = App(config, {})
    reported: list[Any] = [
        {"range": where(TEXT, "a / b"), "message": "x" * 500, "source": "ruff"} for _ in range(20)
    ]
    times = []
    async with Editor.in_process(made) as editor:
        await editor.open(URI, TEXT * 2_000)
        await load_prices(made.settings)
        await asyncio.sleep(_SETTLED)
        await actions(editor, 1)
        for number in range(MENUS):
            line = 10_000 + number * 7
            began = perf_counter()
            menu = await actions(editor, line, diagnostics=reported if number % 2 else None)
            times.append(perf_counter() - began)
            assert 1 <= len(menu) <= 5
    return sorted(times)


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        times = asyncio.run(measure(Path(folder)))
    median, late = statistics.median(times), times[int(len(times) * 0.99)]
    print(f"menu of actions, {MODELS} models, {len(TEXT) * 2_000:,} characters, {MENUS} menus:")
    print(f"median {median * 1000:.1f} ms, p99 {late * 1000:.1f} ms (bar: {BAR * 1000:.0f} ms)")


if __name__ == "__main__":
    main()
