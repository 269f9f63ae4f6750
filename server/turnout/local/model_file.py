"""What can be told of a model file before anything reads it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

_MAGIC: Final = b"GGUF"
_PART: Final = re.compile(r"-0*(\d+)-of-\d+$")


class Unusable(Exception):
    """A file that cannot be served; the text is for the user and names what mends it."""


def check(file: Path) -> None:
    """Raise `Unusable` where the file is no model that llama.cpp reads."""
    try:
        with file.open("rb") as opened:
            start = opened.read(len(_MAGIC))
    except FileNotFoundError:
        raise Unusable(f"There is no file {file}.") from None
    except IsADirectoryError:
        raise Unusable(f"{file} is a folder; name the .gguf file in it.") from None
    except OSError as error:
        raise Unusable(f"{file} cannot be read: {error.strerror}.") from None
    if start != _MAGIC:
        raise Unusable(f"{file} is not a GGUF file, which is the only kind that llama.cpp reads.")
    part = _PART.search(file.stem)
    if part and part[1] != "1":
        raise Unusable(f"{file} is a later part of a model; name its first part.")


def model_id(file: Path) -> str:
    """The name that the model goes by: the file's, in characters that fit into settings."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", file.stem).strip("-.") or "model"


def free_memory() -> int | None:
    """Bytes of memory that can be had without taking them from others; None where not known."""
    try:
        with Path("/proc/meminfo").open(encoding="ascii") as lines:
            return next(int(line.split()[1]) * 1024 for line in lines if "MemAvailable" in line)
    except (OSError, StopIteration, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
