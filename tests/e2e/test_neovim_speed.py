"""How long a key takes until its ghost text is on the screen of a real Neovim, and what is ours."""

from __future__ import annotations

from statistics import quantiles
from typing import TYPE_CHECKING

import pytest

from support.neovim_desk import BOLD, Editing, both

if TYPE_CHECKING:
    from pathlib import Path

    from support.screen import Screen

pytestmark = pytest.mark.editor

NAMES = """\
amber birch cedar daisy ember fjord grove hazel ivory jasper kettle lemon maple nectar olive
pepper quartz raven saffron thistle umber velvet walnut xenon yarrow zephyr anchor bridge
canyon desert estuary forest glacier harbor island jungle kernel lagoon meadow nebula
""".split()  # noqa: SIM905 - a column of forty strings is no easier to read
LINE = "    total = measure_{0}(first_{0}, second_{0})\n"

# When the text had changed, and when what belongs to it was drawn: all between is ours.
WATCH = """
-- Only the key is to be a reason to ask, and not the way to its place.
vim.o.eventignore = 'InsertEnter,CursorMovedI'
_G.ours = {}
local began
vim.api.nvim_create_autocmd('TextChangedI', { callback = function()
  began = vim.uv.hrtime()
end })
local draw = require('turnout.ghost.draw')
local show = draw.show
draw.show = function(...)
  show(...)
  if began then
    table.insert(ours, (vim.uv.hrtime() - began) / 1e6)
    began = nil
  end
end
"""


def percentiles(times: list[float]) -> str:
    cuts = quantiles(times, n=20)
    return f"{cuts[9]:.1f} / {cuts[18]:.1f} ms"


def at_cursor(screen: Screen) -> str:
    """The line that the cursor is in, ghost text and all."""
    return screen.line(screen.cursor[0])


@both
def test_from_a_key_to_the_screen(editing: Editing, project: Path, version: str) -> None:
    body = "".join(f"def f_{n}():\n{LINE.format(n)}\n" for n in NAMES)
    (project / "known.py").write_text(
        body + body.replace("def f_", "def g_") + "def last():\n    pass\n\n"
    )
    with editing(version, BOLD, file="known.py", setup=f"lua {WATCH}") as editor:
        first = LINE.format(NAMES[0]).rstrip("\n")[:-2]
        editor.type(f"GA{first}")
        editor.until("recall", lambda: editor.ask()[1])  # what is asked before it is there has none
        editor.type("<Esc>")
        editor.settled()
        total, ours, server = [], [], []
        for name in (*NAMES[:4], *NAMES):  # the first ones find recall still waking up
            whole = LINE.format(name).rstrip("\n")
            typed = whole[: len("    total = measure_") + len(name) // 2 + 1]
            editor.lua("vim.api.nvim_set_current_line(...)", typed[:-1])
            editor.screen()
            seen, asked = len(editor.lua("return ours")), len(editor.answers())
            waited = editor.press(f"A{typed[-1]}", lambda screen, w=whole: at_cursor(screen) == w)
            total.append(waited * 1e3)
            ours += editor.lua("return ours")[seen:][:1]
            server.append(editor.until("answer", lambda n=asked: editor.answers()[n:])[-1])
            editor.type("<Esc>")
    total, ours, server = total[4:], ours[4:], server[4:]
    plugin = [mine - answer for mine, answer in zip(ours, server, strict=True)]
    print(
        f"\nNeovim {version}, {len(total)} keys, p50 / p95: from the key to the screen "
        f"{percentiles(total)}; ours, from the changed text to the drawn one, {percentiles(ours)}, "
        f"of it the server's answer {percentiles(server)} and the plugin {percentiles(plugin)}"
    )
    assert len(ours) == len(NAMES)
    assert quantiles(ours, n=20)[9] < 1000
