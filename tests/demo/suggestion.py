"""Ghost text in the editor: it appears, is typed through and is accepted; each step is timed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import psutil

from demo import stage

if TYPE_CHECKING:
    from pathlib import Path

    from demo.stage import Place
    from support.neovim import Neovim
    from support.screen import Screen

SHORTEST = 12  # characters of ghost text that are worth showing


@dataclass(frozen=True, slots=True)
class Shown:
    """Ghost text, and how long it took from the last key until it was there."""

    place: Place
    text: str
    key_ms: float
    server_ms: float
    screen: Screen


def milliseconds(start: float) -> float:
    """Milliseconds since a moment of `time.perf_counter`."""
    return (time.perf_counter() - start) * 1e3


def appear(editor: Neovim, root: Path, shortest: int = SHORTEST) -> Shown:
    """Type at one place after the other until there is ghost text of some length."""
    for place in islice(stage.places(root), 40):
        shown = show(editor, place)
        if shown and len(shown.text) >= shortest:
            return shown
        editor.type("<Esc>")
    raise AssertionError(f"no ghost text of {shortest} characters at any of 40 places")


def show(editor: Neovim, place: Place) -> Shown | None:
    """Delete a line, type its beginning, wait for what the server says."""
    editor.api.command("enew! | silent! bwipeout! #")
    editor.api.command(f"edit {place.file}")
    editor.attached()
    editor.type(f"{place.number}Gzz^D")
    editor.type("A")
    editor.write(place.typed, pause=0.03)
    start = time.perf_counter()
    answered = len(editor.answers())
    editor.until("answer", lambda: editor.ghost or len(editor.answers()) > answered, seconds=30)
    if not editor.ghost:
        return None
    key_ms = milliseconds(start)
    return Shown(place, editor.ghost, key_ms, editor.answers()[-1], editor.screen())


def type_through(editor: Neovim, text: str, keys: int) -> list[float]:
    """Type what is suggested; the rest must stand there after every key, and nobody is asked."""
    times, asked = [], len(editor.answers())
    for position, character in enumerate(text[:keys], start=1):
        rest = text[position:]
        start = time.perf_counter()
        editor.write(character)
        editor.until(f"ghost text {rest!r}", lambda rest=rest: editor.ghost == rest, seconds=30)
        times.append(milliseconds(start))
    assert len(editor.answers()) == asked, "the server was asked for what stood there already"
    return times


def accept(editor: Neovim, text: str) -> float:
    """Press the key that accepts; return the milliseconds until the text stood there."""
    row = editor.api.current.window.cursor[0] - 1
    wanted = (editor.lines[row] + text).splitlines()
    start = time.perf_counter()
    editor.type("<Tab>")

    def done() -> bool:
        return bool(editor.lines[row : row + len(wanted)] == wanted)

    editor.until(f"accepted {wanted!r}", done, seconds=30)
    return milliseconds(start)


def told(editor: Neovim) -> float:
    """Wait until the server was told what became of its suggestion."""
    command = "workspace/executeCommand"
    editor.until("word to the server", lambda: editor.answers(command), seconds=30)
    return editor.answers(command)[-1]


def sockets(editor: Neovim) -> int:
    """How many network sockets the server holds."""
    (server,) = psutil.Process(editor.lua("return vim.fn.getpid()")).children()
    return len(server.net_connections("inet"))
