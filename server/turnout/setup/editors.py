"""The editors that `turnout setup` knows."""

from __future__ import annotations

from typing import Final

from turnout.setup.installing import VSCODE_PROGRAMS, jetbrains, vscode
from turnout.setup.plan import Editor
from turnout.setup.settings_files import helix, kate, sublime, zed
from turnout.setup.startup_files import emacs, neovim, vim

_IDES: Final = ("idea", "pycharm", "webstorm", "goland", "clion", "rider", "rubymine", "phpstorm")


EDITORS: Final = {
    editor.name: editor
    for editor in (
        Editor("vscode", "VS Code", VSCODE_PROGRAMS, lambda _: (), vscode),
        Editor("neovim", "Neovim", ("nvim",), lambda machine: (machine.config / "nvim",), neovim),
        Editor(
            "jetbrains",
            "JetBrains IDEs",
            _IDES,
            lambda machine: (machine.applications / "JetBrains",),
            jetbrains,
        ),
        Editor(
            "emacs",
            "Emacs",
            ("emacs",),
            lambda machine: (machine.home / ".emacs.d", machine.config / "emacs"),
            emacs,
        ),
        Editor("vim", "Vim", ("vim", "gvim"), lambda machine: (machine.home / ".vim",), vim),
        Editor("kate", "Kate", ("kate",), lambda machine: (machine.applications / "kate",), kate),
        Editor(
            "helix", "Helix", ("hx", "helix"), lambda machine: (machine.config / "helix",), helix
        ),
        Editor("zed", "Zed", ("zed",), lambda machine: (machine.config / "zed",), zed),
        Editor(
            "sublime",
            "Sublime Text",
            ("subl",),
            lambda machine: (
                machine.applications / "sublime-text",
                machine.applications / "Sublime Text",
            ),
            sublime,
        ),
    )
}
"""By the names that the command takes."""
