"""Where programs and their settings lie on this machine."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SHIPPED: Final = Path(__file__).parents[1] / "editors"
_SOURCE: Final = Path(__file__).parents[3] / "editors"


@dataclass(frozen=True, slots=True)
class Machine:
    """One user's account, on one system."""

    home: Path
    environ: Mapping[str, str]
    platform: str  # as `sys.platform` says

    @classmethod
    def this(cls) -> Machine:
        """Return the one that this runs on."""
        return cls(Path.home(), os.environ, sys.platform)

    @property
    def config(self) -> Path:
        """The folder of settings: XDG's, also on macOS, where editors of a terminal use it."""
        if self.platform == "win32":
            return Path(self.environ.get("LOCALAPPDATA", self.home / "AppData/Local"))
        return Path(self.environ.get("XDG_CONFIG_HOME") or self.home / ".config")

    @property
    def applications(self) -> Path:
        """The folder of settings of desktop applications."""
        if self.platform == "win32":
            return Path(self.environ.get("APPDATA", self.home / "AppData/Roaming"))
        if self.platform == "darwin":
            return self.home / "Library/Application Support"
        return self.config

    def program(self, names: Iterable[str]) -> str:
        """Return the path of the first program that is there; "" for none.

        On macOS applications bring the command that an editor is started with inside of them.
        """
        path = self.environ.get("PATH", "")
        for name in names:
            if "/" in name:
                if self.platform == "darwin" and os.access(name, os.X_OK):
                    return name
            elif found := shutil.which(name, path=path):
                return found
        return ""

    def server(self) -> list[str]:
        """Return the command that starts the server: by its name where that is enough."""
        if self.program(["turnout"]):
            return ["turnout"]
        beside = Path(sys.executable).with_name("turnout")
        if os.access(beside, os.X_OK):
            return [str(beside)]
        return [sys.executable, "-m", "turnout"]


def shipped(*parts: str) -> Path:
    """Return a file that comes with Turnout for an editor; in a source tree, that of the tree."""
    root = _SHIPPED if _SHIPPED.is_dir() else _SOURCE
    return root.joinpath(*parts)
