"""The cases of the matrix: one small program in each language, and what every task does to it.

A file of `languages/` has sections (``=== name``) with fields (``--- name``). The first section is
the program; the marks in it stand around what is asked about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).with_name("languages")
LANGUAGES: Final = tuple(sorted(path.stem for path in FOLDER.glob("*.txt")))
_OPEN, _CLOSE = "⟦⟧"

Edit = tuple[str, str]
"""What stands there, and what shall."""
Fields = list[tuple[str, str]]


@dataclass(frozen=True)
class File:
    """One file of the program."""

    path: str
    language: str
    text: str


@dataclass(frozen=True)
class Scenario:
    """What one task is asked about the program, and what a good model answers."""

    task: str
    fields: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """The first field of this name, without its last line end; "" where there is none."""
        return next((text for key, text in self.fields if key == name), "")[:-1]

    @property
    def edits(self) -> list[Edit]:
        """The pairs of old and new lines, in the order of the file."""
        old = [text for key, text in self.fields if key == "old"]
        new = [text for key, text in self.fields if key == "new"]
        return list(zip(old, new, strict=True))


@dataclass(frozen=True)
class Program:
    """A program in one language, with its tests and a file that nobody asks about."""

    language: str
    file: File
    start: int  # of what is asked about
    end: int
    other: File
    suite: File
    absent: str  # a line that could be there, and is not
    broken: str  # a line that no text in this language parses with
    twice: dict[str, str]  # a line that stands twice: in the file, in the suite
    scenarios: dict[str, Scenario]

    @property
    def files(self) -> tuple[File, ...]:
        """All there is."""
        return self.file, self.other, self.suite


@cache
def program(language: str) -> Program:
    """Read the program of a language."""
    sections = dict(_sections((FOLDER / f"{language}.txt").read_text(encoding="utf-8")))
    marked = _file(sections, "file")
    start = marked.text.index(_OPEN)
    end = marked.text.index(_CLOSE) - 1
    text = marked.text.replace(_OPEN, "").replace(_CLOSE, "")
    plain = {"file", "other", "suite", "absent", "broken", "twice"}
    tasks = {name: fields for name, fields in sections.items() if name.split()[0] not in plain}
    return Program(
        language,
        File(marked.path, marked.language, text),
        start,
        end,
        _file(sections, "other"),
        _file(sections, "suite"),
        sections["absent"][0][1],
        sections["broken"][0][1],
        dict(sections["twice"]),
        {name: Scenario(name, tuple(fields)) for name, fields in tasks.items()},
    )


def _file(sections: dict[str, Fields], kind: str) -> File:
    title, fields = next((t, f) for t, f in sections.items() if t.split()[0] == kind)
    _, path, language = title.split()
    return File(path, language, fields[0][1])


def _sections(text: str) -> Iterator[tuple[str, Fields]]:
    for section in text.removeprefix("=== ").split("\n=== "):
        title, _, body = section.partition("\n")
        fields = [] if body.startswith("--- ") else [("", body)]
        if not fields:
            parts = f"\n{body}".split("\n--- ")[1:]
            named = [part.partition("\n") for part in parts]
            fields = [(name, _ended(rest)) for name, _, rest in named]
        yield title, [(name, _ended(rest)) for name, rest in fields]


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"
