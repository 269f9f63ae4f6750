"""The code that recall is measured on: five published packages, and where cursors are put."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from turnout.recall.lexer import TOKEN

PACKAGES = {
    "httpx": "0.28.1",
    "requests": "2.34.2",
    "flask": "3.1.3",
    "click": "8.5.1",
    "rich": "15.0.0",
}
GENERATED = ("_unicode_data", "_emoji_codes", "_cell_widths", "_spinners", "palette")
"""Tables written by programs: easy to repeat, so they would flatter the figures."""


@dataclass(frozen=True)
class Source:
    """One file of a package."""

    name: str
    text: str


@dataclass(frozen=True)
class Cursor:
    """A place in a line, and what stands behind it."""

    line: int
    column: int
    text: str

    @property
    def before(self) -> str:
        return self.text[: self.column]

    @property
    def truth(self) -> str:
        return self.text[self.column :]


def fetch(cache: Path) -> dict[str, Path]:
    """The unpacked source distributions; downloaded once."""
    archives = cache / "archives"
    archives.mkdir(parents=True, exist_ok=True)
    roots = {}
    for name, version in PACKAGES.items():
        root = cache / f"{name}-{version}"
        if not root.is_dir():
            archive = archives / f"{name}-{version}.tar.gz"
            if not archive.exists():
                _download(f"{name}=={version}", archives)
            with tarfile.open(archive) as tar:
                tar.extractall(cache, filter="data")
        roots[name] = root
    return roots


def _download(requirement: str, folder: Path) -> None:
    print(f"downloading {requirement}", flush=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
         "--no-deps", "--no-binary", ":all:", "--dest", str(folder), requirement],
        check=True,
    )  # fmt: skip


def sources(root: Path) -> list[Source]:
    """Every Python file of a package, tests and documentation included."""
    found = []
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            if not name.endswith(".py"):
                continue
            path = Path(folder, name)
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
            if len(text) < 200_000 and text.count("\n") >= 5:
                found.append(Source(str(path.relative_to(root)), text))
    return found


def split(files: list[Source], rng: random.Random) -> tuple[list[Source], list[Source]]:
    """The files to index, and a fifth of the larger ones to complete."""
    large = [file for file in files if file.text.count("\n") >= 40]
    rng.shuffle(large)
    held_out = large[: max(3, int(len(large) * 0.2))]
    return [file for file in files if file not in held_out], held_out


def cursors(text: str, rng: random.Random, count: int) -> list[Cursor]:
    """Random places in code lines, behind at least one token, with something left to write."""
    lines = text.split("\n")
    usable = []
    in_docstring = False
    for number, line in enumerate(lines):
        code = line.strip()
        quotes = code.count('"""') + code.count("'''")
        was_in_docstring = in_docstring
        if quotes % 2:
            in_docstring = not in_docstring
        if was_in_docstring or in_docstring or quotes or len(code) < 6 or code.startswith("#"):
            continue
        usable.append(number)
    rng.shuffle(usable)
    chosen = []
    for number in usable[:count]:
        line = lines[number].rstrip()
        first = TOKEN.match(line, len(line) - len(line.lstrip()))
        columns = [c for c in range(first.end(), len(line)) if line[c:].strip()]
        if columns:
            chosen.append(Cursor(number, rng.choice(columns), line))
    return chosen
