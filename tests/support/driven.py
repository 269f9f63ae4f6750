"""A real editor that a script of its own drives, with the real server and the fake upstream."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import struct
import sys
import termios
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

READERS: Final = """\
def read_header(line):
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def read_cookie(line):
    name, _, value = line.partition("=")
    return name.strip().lower(), value.strip()


def read_pair(line):
    name, _, value = line.partition("/")
    return n"""
"""A file whose last line recall knows how to go on, early and late."""
RECALLED: Final = "name.strip().lower(), value.strip()"

BOLD: Final = """
[inline]
min_confidence = 0.2
"""
"""For few files: recall is not sure of what little it has seen, and says so."""

MENDED: Final = "    return a / b if b else 0\n"
SIMPLER: Final = "        return next(iter(items))\n"
COMMENT: Final = "    # It takes the first.\n    # It fails where there is none.\n"

FIXED: Final = TEXT.replace("    return a / b\n", MENDED)
"""The file once the finding's own fix was applied; then with a note kept; then refactored."""
KEPT: Final = FIXED.replace("    def first", f"{COMMENT}    def first")
EDITED: Final = KEPT.replace("        return items[0]\n", SIMPLER)

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
        desk.settings()
        desk.environ = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "OTHERS": str(OTHERS),
            "FILE": str(desk.file),
            "SEEN": str(home / "seen.json"),
        }
        return desk

    def settings(self, more: str = "") -> None:
        """Write the user's settings."""
        path = self.home / ".config" / "turnout" / "turnout.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SETTINGS.format(url=self.upstream.url) + more)

    @property
    def workspace(self) -> Path:
        """The folder that is worked in."""
        return self.home / "work"

    @property
    def file(self) -> Path:
        """The file that is open."""
        return self.workspace / "util.py"

    async def drive(self, *argv: str, seconds: float = 400) -> dict[str, Any]:
        """Run the editor in a terminal, with its script, until it ends; return what that saw."""
        ours, its = os.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 200, 0, 0))
        shown = bytearray()
        loop = asyncio.get_running_loop()
        loop.add_reader(ours, lambda: _drain(ours, shown))
        try:
            process = await asyncio.create_subprocess_exec(
                *argv, cwd=self.workspace, env=self.environ, stdin=its, stdout=its, stderr=its
            )
            try:
                await asyncio.wait_for(process.wait(), seconds)
            except TimeoutError:
                process.kill()
                await process.wait()
        finally:
            loop.remove_reader(ours)
            os.close(its)
            os.close(ours)
        seen = Path(self.environ["SEEN"])
        found: dict[str, Any] = json.loads(seen.read_text()) if seen.exists() else {}
        assert process.returncode == 0, (found, shown.decode(errors="replace")[-4000:])
        return found


def _drain(terminal: int, shown: bytearray) -> None:
    with contextlib.suppress(OSError):  # nobody is at the other end any more
        shown += os.read(terminal, 65536)


def answers(upstream: Upstream, *others: dict[str, Any]) -> None:
    """What the model says, in the order of the journey: each is asked for once.

    The last is the answer to a question; others may come in its place.
    """
    again = {"replacement": MENDED.strip("\n").strip()}
    upstream.script(times=1, text=finding("return a / b", "It fails for zero.", **again) + DONE)
    upstream.script(times=1, text="It takes the first.\nIt fails where there is none.")
    search = "        return items[0]\n"
    upstream.script(times=1, text="Takes any iterable.\n\n" + block("util.py", search, SIMPLER))
    for other in others or ({"text": "It divides two numbers, and knows a box."},):
        upstream.script(times=1, **other)
    upstream.script(status=401, error={"error": {"message": "no such key"}})
