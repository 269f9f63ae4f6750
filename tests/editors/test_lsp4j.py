"""A Java client with LSP4J, the library under LSP4IJ, drives the real server."""

from __future__ import annotations

import asyncio
import json
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.driven import (
    BOLD,
    EDITED,
    FIXED,
    KEPT,
    READERS,
    RECALLED,
    REFUSED,
    ROOT,
    Desk,
    answers,
)
from support.upstream import Upstream

pytestmark = pytest.mark.editor

SOURCES = Path(__file__).with_name("lsp4j")
TEMPLATE = ROOT / "editors" / "jetbrains" / "turnout"
JARS = ROOT / ".cache" / "lsp4j" / "jars"

SETTINGS = """
[providers.fake]
dialect = "openai-completions"
base_url = "{url}/v1"
key = "none"
[models."fake/small"]
provider = "fake"
id = "small"
fim = "qwen"

[providers.dead]
dialect = "openai-chat"
base_url = "http://127.0.0.1:9/v1"
key = "none"
[models."dead/big"]
provider = "dead"
id = "big"

[routes]
inline = ["recall", "fake/small"]
default = ["p0/big"]
"""


@pytest.fixture(scope="module")
def java(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command of the client, compiled."""
    if not shutil.which("javac") or not JARS.is_dir():
        pytest.skip("LSP4J cannot be had here")
    classes = tmp_path_factory.mktemp("classes")
    sources = [str(path) for path in SOURCES.glob("*.java")]
    compiler = ["javac", "-Xlint:all", "-Werror", "-cp", f"{JARS}/*", "-d", str(classes), *sources]
    subprocess.run(compiler, check=True)
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{JARS}/*:{classes}", "Journey"]


async def test_lsp4j(home: Path, java: list[str]) -> None:
    async with Upstream() as chat, Upstream() as inline:
        inline.script(text="sum(first, second);")
        answers(chat, {"text": "and on\n" * 10_000, "gap": 0.01})
        desk = Desk.make(home, chat)
        desk.settings(BOLD + SETTINGS.format(url=inline.url))
        (desk.workspace / "pair.py").write_text(READERS)
        (desk.workspace / "total.js").write_text("const total = ")
        template = json.loads((TEMPLATE / "template.json").read_text())
        started = shlex.split(template["programArgs"]["default"])
        seen = await drive(desk, [*java, str(desk.workspace), *started])
        await chat.until(lambda: any(call.closed_at for call in chat.calls))
        assert [call.closed_at is None for call in chat.calls] == [True, True, True, False, True]
        prompts = {call.body["prompt"] for call in inline.calls}
        assert len(prompts) == 1, "what is typed along is not asked again"

    assert (seen["name"], seen["encoding"], seen["inline"]) == ("turnout", "utf-16", True)
    assert {"turnout.accept", "turnout.review", "turnout.apply"} <= set(seen["commands"])
    assert seen["completions"] == [RECALLED]
    assert seen["recalled"] == "ame.strip().lower(), value.strip()"
    assert seen["recallAccepted"] == READERS + seen["recalled"]
    assert seen["drawn"] == ["sum(first, second);", "m(first, second);", "st, second);"]
    assert seen["accepted"] == "const total = sum(first, second);"
    assert seen["menu"] == [
        "Review `ratio`", "Refactor `ratio`...", "Write tests for `ratio`", "Document `ratio`",
        "Explain `ratio`",
    ]  # fmt: skip
    assert seen["lenses"] == ["Review", "Tests", "Docs", "Explain"]
    assert (seen["finding"], seen["fix"]) == ("It fails for zero.", 'Fix it: "It fails for zero."')
    assert seen["fixed"] == FIXED
    assert seen["note"] == "It takes the first.\nIt fails where there is none."
    assert seen["kept"] == KEPT
    assert seen["questions"][0] == "Turnout: what is to be done with `first`?"
    assert seen["questions"][1] == "Turnout: p0/big: Takes any iterable. (1 edit: util.py)"
    assert seen["edited"] == EDITED
    assert "p0/big" in seen["route"]["text"]
    assert seen["cancelled"] is True
    assert seen["refused"] is True
    refused, dead = seen["messages"]
    assert refused == REFUSED
    assert dead == (
        "Turnout: dead could not be reached: nothing answers at its address. To mend it: start the "
        "server, or correct base_url of [providers.dead]."
    )
    assert seen["progress"] == ["begin", "end", "report"]
    assert seen["exit"] == 0


async def drive(desk: Desk, argv: list[str]) -> Any:
    process = await asyncio.create_subprocess_exec(
        *argv, cwd=desk.workspace, env=desk.environ,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, logged = await asyncio.wait_for(process.communicate(), 400)
    assert process.returncode == 0, logged.decode()[-4000:]
    return json.loads(said)
