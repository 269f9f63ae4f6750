"""Watches the process that started us; an editor that crashed leaves no orphan behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

POLL_SECONDS: Final = 1.0
_DEAD: Final = ""


class Parent:
    """One process, told apart from a later one with the same number where the system allows."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._born = _birth(pid)
        # An id from another machine or container names nothing here: nothing to watch.
        self.watched = pid > 1 and _exists(pid)

    def is_gone(self) -> bool:
        """Whether the process ended; False as long as that is not sure."""
        if not self.watched:
            return False
        born = _birth(self._pid)
        return not _exists(self._pid) or born == _DEAD or born != self._born


def _exists(pid: int) -> bool:
    if sys.platform == "win32":
        return _exists_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is another user's
    except OverflowError:
        return False
    return True


def _birth(pid: int) -> str | None:
    """Return when a process started (Linux); `_DEAD` of a zombie, None where that is not known."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return _DEAD if fields[0] in "ZX" else fields[19]


def _exists_on_windows(pid: int) -> bool:
    import ctypes

    synchronize, timed_out = 0x0010_0000, 0x102
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined, unused-ignore]
    handle = kernel.OpenProcess(synchronize, False, pid)
    if not handle:
        return False
    try:
        return bool(kernel.WaitForSingleObject(handle, 0) == timed_out)
    finally:
        kernel.CloseHandle(handle)
