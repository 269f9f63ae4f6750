"""Where the demo plays: a copy of this project's own code, and places worth typing at."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from support.neovim import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = (ROOT / "clients" / "turnout_clients", ROOT / "server" / "turnout")
LOOK = Path(__file__).with_name("look.lua")
AROUND = 10  # lines of the file that stand above and below
FREQUENT = 3
WIDEST = 68  # with its number a line fits into 76 columns
SETUP = f"luafile {LOOK}"


@dataclass(frozen=True, slots=True)
class Place:
    """A line that is deleted and typed again."""

    file: Path
    number: int  # counted from 1
    line: str  # as it stands
    typed: str  # how far it is typed before one looks


def workspace(folder: Path) -> Path:
    """Copy the packages into a git repository of their own."""
    root = folder / "project"
    for package in PACKAGES:
        ignore = shutil.ignore_patterns("__pycache__", "_*.py")
        shutil.copytree(package, root / package.name, ignore=ignore)
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    return root


def sources(root: Path) -> list[Path]:
    """Every source file of the workspace, in a stable order."""
    return sorted(root.rglob("*.py"))


def places(root: Path) -> Iterator[Place]:
    """Lines whose like stands elsewhere in the workspace: frequent ones first, then long ones."""
    texts = {file: file.read_text(encoding="utf-8").splitlines() for file in sources(root)}
    counts = Counter(line.strip() for lines in texts.values() for line in lines)
    found = [
        Place(file, number, line, _beginning(line.strip()))
        for file, lines in texts.items()
        for number, line in enumerate(lines, start=1)
        if counts[line.strip()] > 1 and _is_code(line) and AROUND < number < len(lines) - AROUND
    ]
    yield from sorted(found, key=lambda place: _rank(place.line.strip(), counts))


def _rank(text: str, counts: Counter[str]) -> tuple[bool, int]:
    return counts[text] < FREQUENT, -len(text)


def _is_code(line: str) -> bool:
    text = line.strip()
    if text.startswith(("#", '"', "'", "from ", "import ", "@")) or "  #" in text:
        return False
    return len(text) >= 30 and len(line) <= WIDEST


def _beginning(text: str) -> str:
    """Return the first two fifths of a line, up to the end of a word."""
    end = len(text) * 2 // 5
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return text[:end]
