"""The life of a session: how it starts, what it is told, and every way it ends."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.editor import Editor, ResponseError
from support.profiles import VSCODE
from turnout import __version__
from turnout.app import App
from turnout.lsp.parent import Parent
from turnout.lsp.server import TurnoutServer, create_server
from turnout.settings.model import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

URI = "file:///a.py"
SERVE = [sys.executable, "-m", "turnout"]


class RecordingApp(App):
    """The real app; remembers what the editor told it."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Any] = []
        self.files: list[tuple[str, Path]] = []

    def start(self, workspaces: Any, editor_settings: Any = None) -> None:
        self.told.append(("start", tuple(workspaces), editor_settings))

    def reconfigure(self, editor_settings: Any = None, workspaces: Any = None) -> None:
        self.told.append(("reconfigure", workspaces, editor_settings))

    async def full_recall(self) -> Any:
        app = self

        class Recall:
            def forget(self, path: Path) -> None:
                app.files.append(("forget", path))

            def refresh(self, path: Path) -> None:
                app.files.append(("refresh", path))

        return Recall()


@pytest.mark.parametrize("polite", [True, False])
async def test_exit(polite: bool) -> None:
    async with Editor.in_process() as editor:
        if polite:
            await editor.request("shutdown", None)
        editor.notify("exit", None)
    assert editor.exit_code == (0 if polite else 1)


async def test_exit_before_initialize() -> None:
    async with Editor.in_process(initialize=False) as editor:
        editor.notify("exit", None)
    assert editor.exit_code == 1


async def test_settings_and_folders_reach_the_app(tmp_path: Path) -> None:
    app = RecordingApp()
    tree = {"inline": {"debounce_ms": 5}}
    start = {"options": {"turnout": tree}, "configuration": {"turnout": tree}}
    async with Editor.in_process(app, folders=[tmp_path], **start) as editor:
        await editor.wait_for("workspace/configuration")
        editor.notify("workspace/didChangeConfiguration", {"settings": None})
        await editor.wait_for("workspace/configuration")
        event = {
            "added": [{"uri": "file:///other", "name": "o"}],
            "removed": [{"uri": tmp_path.as_uri(), "name": "t"}],
        }
        editor.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        await editor.heard()
        assert editor.server.folders == (Path("/other"),)
    assert app.told[0] == ("start", (tmp_path,), tree)
    assert app.told.count(("reconfigure", None, tree)) == 2
    assert ("reconfigure", (Path("/other"),), None) in app.told


async def test_settings_are_taken_as_pushed_where_they_can_not_be_asked_for() -> None:
    app = RecordingApp()
    async with Editor.in_process(app, capabilities={}) as editor:
        for settings in ({"turnout": {"mode": "best"}}, {"mode": "economy"}, None, [], {}):
            editor.notify("workspace/didChangeConfiguration", {"settings": settings})
        await editor.heard()
    assert app.told[1:] == [
        ("reconfigure", None, {"mode": "best"}),
        ("reconfigure", None, {"mode": "economy"}),
    ]


async def test_dynamic_registrations_and_changed_files() -> None:
    app = RecordingApp()
    async with Editor.in_process(app, capabilities=VSCODE) as editor:
        params = await editor.wait_for("client/registerCapability")
        methods = {registration["method"] for registration in params["registrations"]}
        assert methods == {"workspace/didChangeConfiguration", "workspace/didChangeWatchedFiles"}
        changes = [
            {"uri": "file:///a", "type": 1},
            {"uri": "file:///b", "type": 2},
            {"uri": "file:///c", "type": 3},
            {"uri": "untitled:d", "type": 3},
        ]
        editor.notify("workspace/didChangeWatchedFiles", {"changes": changes})
        async with asyncio.timeout(30):
            while len(app.files) < 3:
                await asyncio.sleep(0.01)
    assert app.files == [("refresh", Path("/a")), ("refresh", Path("/b")), ("forget", Path("/c"))]


async def test_a_client_that_refuses_a_registration_is_served() -> None:
    server = create_server(RecordingApp())
    async with Editor.in_process(server=server, initialize=False) as editor:
        refusal = {"error": {"code": -32601, "message": "no"}}
        editor.answers = {"client/registerCapability": refusal, "workspace/configuration": refusal}
        await editor.start(capabilities=VSCODE)
        await editor.wait_for("workspace/configuration")
        editor.notify("$/setTrace", {"value": "verbose"})
        editor.notify("$/setTrace", {"value": "loud"})
        with pytest.raises(ResponseError, match="-32601"):
            await editor.request("no/such", None)


async def test_problems_in_the_settings_are_shown_once_and_stop_nothing() -> None:
    app = App()
    async with Editor.in_process(app) as editor:
        await editor.wait_for("workspace/configuration")
        app.on_problem(Problem("turnout.toml: mode", "no such mode", "use balanced"))
        app.on_problem(Problem("x", "not acted upon yet", severity="info"))
        shown = await editor.wait_for("window/showMessage")
        logged = await editor.wait_for("window/logMessage")
    assert shown["message"] == "Turnout: turnout.toml: mode: no such mode (use balanced)"
    assert logged["message"] == "Turnout: x: not acted upon yet"


async def test_an_app_that_can_not_start_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(RecordingApp):
        def start(self, workspaces: Any, editor_settings: Any = None) -> None:
            raise ValueError("canary")

    async with Editor.in_process(Broken()) as editor:
        with pytest.raises(ResponseError, match="-32601"):
            await editor.request("no/such", None)
    assert "the start is incomplete: ValueError at " in caplog.text
    assert "canary" not in caplog.text


async def test_no_content_in_the_log_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    canary = "canary_4711"
    async with Editor.in_process() as editor:
        await editor.open(URI, f"{canary}\n")
        await editor.change(URI, (0, 0, 0, 0), canary)
        await editor.change(URI, (0, 5, 0, 2), canary)
        bad = {"textDocument": {"uri": URI, "version": canary}, "contentChanges": [canary]}
        editor.notify("textDocument/didChange", bad)
        editor.notify("textDocument/didOpen", {"textDocument": {"text": canary}})
        editor.notify("turnout/unknown", {"text": canary})
        editor.send_bytes(b"Content-Length: 20\r\n\r\n" + canary.encode() * 2)
        with pytest.raises(ResponseError):
            await editor.request("textDocument/hover", {"text": canary})
    assert caplog.records
    assert canary not in caplog.text


async def test_a_client_that_does_not_read_is_not_waited_for() -> None:
    server = TurnoutServer(App())
    size = 200_000

    @server.feature("test/large")
    async def large(params: Any) -> Any:
        return "x" * size

    async with Editor.in_process(server=server) as editor:
        editor.reader_paused(True)
        futures = [editor.begin("test/large", {})[1] for _ in range(200)]
        started = time.monotonic()
        await asyncio.sleep(0.3)
        assert time.monotonic() - started < 20  # the loop was never blocked
        # The server stops to read before it keeps more than a few megabytes for the client.
        assert editor.server.protocol.writer._size < 6_000_000
        editor.reader_paused(False)
        done, pending = await asyncio.wait(futures, timeout=30)
        assert not pending
        assert all(len(future.result()) == size for future in done)


# A process


async def test_a_process_from_start_to_exit() -> None:
    started = time.monotonic()
    async with Editor.spawn([*SERVE, "--stdio"], stderr=subprocess.PIPE) as editor:
        print(f"initialize after {(time.monotonic() - started) * 1e3:.0f} ms")
        await editor.open(URI, "x\n")
        with pytest.raises(ResponseError, match="-32601"):
            await editor.request("no/such", None)
        assert editor.process is not None
        assert editor.process.stderr is not None
    assert editor.exit_code == 0
    assert await editor.process.stderr.read() == b""


async def test_end_of_input_ends_the_process() -> None:
    async with Editor.spawn(SERVE) as editor:
        await editor.open(URI, "x\n")
        assert editor.process is not None
        assert editor.process.stdin is not None
        editor.process.stdin.close()
        assert await asyncio.wait_for(editor.process.wait(), 30) == 1
        await editor._task


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("how", ["processId", "--clientProcessId"])
async def test_the_death_of_the_parent_ends_the_process(
    how: str, parent: subprocess.Popen[bytes], seed: int
) -> None:
    chance = random.Random(seed)
    option = [f"--clientProcessId={parent.pid}"] if how.startswith("--") else []
    pid = os.getpid() if option else parent.pid
    async with Editor.spawn([*SERVE, *option], processId=pid) as editor:
        await asyncio.sleep(chance.uniform(0, 0.5))  # maybe before it looks for the first time
        assert editor.process is not None
        assert editor.process.returncode is None
        os.kill(parent.pid, signal.SIGKILL)  # it stays a zombie: nobody has waited for it
        assert await asyncio.wait_for(editor.process.wait(), 30) == 1
        await editor._task


def test_only_a_parent_that_is_there_is_watched() -> None:
    assert not Parent(os.getpid()).is_gone()
    for absent in (0, 1, -5, 2**31 - 1, 2**70):
        assert not Parent(absent).is_gone()
    reused = Parent(os.getpid())
    reused._born = "an earlier one"
    assert reused.is_gone()


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SERVE, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )


def test_the_command_line(tmp_path: Path) -> None:
    assert run("--version").stdout == f"turnout {__version__}\n"
    assert "doctor" in run("--help").stdout
    for wrong in (["frobnicate"], ["--frobnicate"], ["serve", "--log-level", "LOUD"]):
        done = run(*wrong)
        assert done.returncode == 2
        assert done.stderr.startswith("usage: turnout")
        assert wrong[-1] in done.stderr
    log = tmp_path / "log"
    assert run("serve", "--log-file", str(log), "--log-level", "debug").returncode == 1
    assert log.exists()
    assert "logging to stderr" in run("--log-file", str(tmp_path)).stderr


def test_a_failed_import_is_said_and_ends_the_process(tmp_path: Path) -> None:
    (tmp_path / "pygls.py").write_text("raise ImportError('pygls is broken')")
    done = run(env={**os.environ, "PYTHONPATH": f"{tmp_path}:{os.environ['PYTHONPATH']}"})
    assert done.returncode == 1
    assert done.stderr.startswith("turnout: the server could not start: ")
    assert "pygls is broken" in done.stderr
