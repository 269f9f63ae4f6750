"""A real editor that a script of its own drives, with the real server and the fake upstream."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from support.acting import DONE, TEXT, block, finding
from support.upstream import Upstream

ROOT: Final = Path(__file__).resolve().parents[2]
OTHERS: Final = ROOT / "editors" / "others"

SETTINGS: Final = """\
[providers.p0]
dialect = "openai-chat"
base_url = "{url}/v1"
key = "none"

[models."p0/big"]
provider = "p0"
id = "big"
"""

MENDED: Final = "    return a / b if b else 0\n"
"""What the finding's own fix makes of the line it is about."""

SIMPLER: Final = "        return next(iter(items))\n"
"""What the refactoring makes of another line."""

REFUSED: Final = (
    'Turnout: p0 asks for a key (401). To mend it: write key = "keyring" in [providers.p0] and run '
    "`turnout key set p0`."
)
"""What is said where the provider wants a key."""


def needs(program: str, package: str) -> str:
    """Find a program, or skip: the reason is in the list of what may be skipped."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{package} cannot be had here")
    return found


@dataclass
class Desk:
    """A workspace with one file, settings with one model, and a place for what the script saw."""

    home: Path
    upstream: Upstream
    environ: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, home: Path, upstream: Upstream) -> Desk:
        """Lay it out as a user would have it."""
        desk = cls(home, upstream)
        desk.workspace.mkdir()
        (desk.workspace / ".git").mkdir()
        desk.file.write_text(TEXT)
        settings = home / ".config" / "turnout" / "turnout.toml"
        settings.parent.mkdir(parents=True)
        settings.write_text(SETTINGS.format(url=upstream.url))
        desk.environ = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "OTHERS": str(OTHERS),
            "FILE": str(desk.file),
            "SEEN": str(home / "seen.json"),
        }
        return desk

    @property
    def workspace(self) -> Path:
        """The folder that is worked in."""
        return self.home / "work"

    @property
    def file(self) -> Path:
        """The file that is open."""
        return self.workspace / "util.py"

    async def drive(self, *argv: str, seconds: float = 90) -> dict[str, Any]:
        """Run the editor with its script until it ends; return what the script saw."""
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=self.workspace,
            env=self.environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), seconds)
        except TimeoutError:
            process.kill()
            said, _ = await process.communicate()
        seen = Path(self.environ["SEEN"])
        assert process.returncode == 0, said.decode(errors="replace")[-4000:]
        found: dict[str, Any] = json.loads(seen.read_text())
        return found


def answers(upstream: Upstream) -> None:
    """What the model says, in the order of the journey: each is asked for once."""
    again = {"replacement": MENDED.strip("\n").strip()}
    upstream.script(times=1, text=finding("return a / b", "It fails for zero.", **again) + DONE)
    upstream.script(times=1, text="It takes the first.\nIt fails where there is none.")
    search = "        return items[0]\n"
    upstream.script(times=1, text="Takes any iterable.\n\n" + block("util.py", search, SIMPLER))
    upstream.script(times=1, text="It divides two numbers, and knows a box.")
    upstream.script(status=401, error={"error": {"message": "no such key"}})
