"""Kill writers at any time, and learn what they had said was stored."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable

_AT_ONCE = 4  # so that a kill meets others in mid-write


def kill_writers(start: Callable[[], subprocess.Popen[str]], kills: int, seed: int) -> list[str]:
    """Kill that many, one after the other; return the words that all of them printed."""
    rng = random.Random(seed)
    acknowledged: list[str] = []
    running: list[subprocess.Popen[str]] = []
    for _ in range(kills):
        running += [start() for _ in range(_AT_ONCE - len(running))]
        victim = running.pop(0)
        assert victim.stdout is not None
        acknowledged.append(victim.stdout.readline().strip())  # it is at work
        time.sleep(rng.random() * 0.05)
        victim.send_signal(signal.SIGKILL)
        acknowledged += victim.communicate()[0].split()
    for one in running:
        one.kill()
        acknowledged += one.communicate()[0].split()
    return acknowledged
