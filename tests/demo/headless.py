"""`turnout review` without an editor: the last commit of this project, in a clone of its own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.neovim import ROOT, STATE_VARIABLES
from support.sarif import problems
from support.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from support.upstream_wire import Call

COMMAND = ("review", "--diff", "HEAD~1", "--max-cost", "0.50")
WORDS = "A stand-in wrote this. It quotes a line of the change and knows nothing of it."
_SETTINGS = """\
[providers.here]
dialect = "openai-chat"
base_url = "URL/v1"
key = "none"
[models."here/stand-in"]
id = "stand-in"
price = { input = 0.0, output = 0.0 }
[routes]
review = ["here/stand-in"]
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the command printed, and what its SARIF holds."""

    seconds: float
    code: int
    findings: list[str]
    said: list[str]
    results: int


def clone(folder: Path) -> Path | None:
    """Clone this project's last two commits; None where there are none."""
    place = folder / "clone"
    source = ["--depth", "2", ROOT.as_uri(), str(place)]
    done = subprocess.run(["git", "clone", "-q", *source], capture_output=True, check=False)
    before = ["git", "rev-parse", "-q", "--verify", "HEAD~1"]
    if done.returncode or subprocess.run(before, cwd=place, capture_output=True).returncode:
        return None
    return place


async def review(place: Path, folder: Path, *, stand_in: bool) -> Shown:
    """Review the last commit; with the stand-in, nothing of the user's is used."""
    if not stand_in:
        return await _review(place, os.environ)
    async with Upstream() as upstream:
        upstream.script(answer=_answer)
        settings = folder / "stand-in.toml"
        settings.write_text(_SETTINGS.replace("URL", upstream.url), encoding="utf-8")
        own = {name: str(folder / "stand-in" / name) for name in STATE_VARIABLES}
        environ = {**os.environ, **own, "TURNOUT_CONFIG": str(settings)}
        environ.pop("TURNOUT_MODEL", None)
        return await _review(place, environ)


async def _review(place: Path, environ: Mapping[str, str]) -> Shown:
    start = time.monotonic()
    code, out, err = await _run(place, environ)
    seconds = time.monotonic() - start
    assert code in (0, 3), err
    # What was just reviewed comes from the cache, and costs nothing.
    _, log, _ = await _run(place, environ, "--sarif", "--quiet")
    sarif = json.loads(log)
    assert problems(sarif) == []
    findings = [line for line in out.splitlines() if re.match(r"\S.*:\d+:\d+: ", line)]
    said = [line for line in err.splitlines() if ": Asking " not in line]
    return Shown(seconds, code, findings, said, len(sarif["runs"][0]["results"]))


async def _run(place: Path, environ: Mapping[str, str], *more: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "turnout", *COMMAND, *more),
        cwd=place,
        env=environ,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def _answer(call: Call) -> str:
    """Quote the longest line that a change adds."""
    text: Any = call.body["messages"][-1]["content"]
    diff = re.search(r"<diff (\w+)>\n(.*?)\n</diff \1>", text, re.DOTALL)
    added = re.findall(r"^\+(?!\+\+ )(.{20,})$", diff[2], re.MULTILINE) if diff else []
    quote = max(added, key=len, default="")
    found = {"severity": "info", "category": "other", "quote": quote, "explanation": WORDS}
    return (json.dumps(found) + "\n" if quote else "") + '{"done": true}\n'
