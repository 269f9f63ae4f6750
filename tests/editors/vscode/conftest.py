"""A desk for VS Code: a home, a project, a provider on loopback, the extension installed."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from support import tap
from support.code_server import VSIX, CodeServer, missing
from support.upstream import Upstream
from support.vscode import Window

TAP = tap.__file__
BIN = Path(sys.executable).parent  # where `turnout` is


@pytest.fixture(scope="session")
def extensions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of extensions, with ours installed from its file when the first test comes."""
    return tmp_path_factory.mktemp("extensions")


@dataclass
class Desk:
    """What one user has."""

    home: Path
    folder: Path
    upstream: Upstream
    extensions: Path
    name: str
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        """The user's `turnout.toml`."""
        return self.home / ".config" / "turnout" / "turnout.toml"

    def configure(self, text: str) -> None:
        """Write the user's settings; URL stands for the provider's address."""
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(text.replace("URL", self.upstream.url))

    def file(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def tapped(self) -> tuple[dict[str, Any], Path]:
        """Settings with which everything on the wire is noted, and where."""
        log, program = self.home / "wire.jsonl", self.home / "tapped"
        words = [sys.executable, TAP, str(log), str(BIN / "turnout")]
        program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        program.chmod(0o755)
        return {"turnout.server.path": str(program)}, log

    @asynccontextmanager
    async def code_server(
        self, settings: Mapping[str, Any] | None = None, *, in_host: bool = False
    ) -> AsyncIterator[CodeServer]:
        """A running VS Code with the extension."""
        environ = {**os.environ, **self.environ}
        # What an editor kept for the next time is no part of a test.
        state = Path(tempfile.mkdtemp(prefix="vscode-", dir=self.home))
        server = CodeServer(state, environ, self.extensions)
        if not any(self.extensions.iterdir()):
            await server.install(VSIX)
        async with server.running(settings or {}, in_host=in_host):
            yield server

    @asynccontextmanager
    async def window(
        self,
        name: str,
        settings: Mapping[str, Any] | None = None,
        *,
        is_well: bool = True,
    ) -> AsyncIterator[Window]:
        """A window on the project, with a file open and, where all is well, a server."""
        async with self.code_server(settings) as server:
            window = await self.open(server, name, is_well=is_well)
            yield window
            await window.shot("end")

    async def open(self, server: CodeServer, name: str, *, is_well: bool = True) -> Window:
        """Open another window on the project."""
        page = await server.page(self.folder, {"openFile": self.folder / name})
        window = Window(page, self.name)
        await (window.ready() if is_well else window.opened())
        await page.wait_for_selector(".editor-instance .view-line")
        return window

    def asked(self, path: str) -> int:
        """How often this path of the provider was called."""
        return sum(call.path == path for call in self.upstream.calls)


@pytest.fixture
async def desk(home: Path, extensions: Path, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    """A desk of its own for each test."""
    if lack := missing():
        pytest.skip(lack)
    assert VSIX.exists(), "there is no extension to drive: run `make vscode`"
    folder = home / "project"
    folder.mkdir()
    # The editor asks the user's shell for the PATH, as it does for everybody.
    (home / ".profile").write_text(f'PATH="{BIN}:$PATH"\n')
    name = request.node.name.removeprefix("test_")
    async with Upstream() as upstream:
        yield Desk(home, folder, upstream, extensions, name)
