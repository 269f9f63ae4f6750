"""What a command is about: files, symbols and lines that the user names, read from the disk."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from turnout.context.languages import language_id
from turnout.context.syntax import parse
from turnout.document import Document, Span, split_lines
from turnout.recall.files import read_lines, walk

MOST_FILES: Final = 100
_LARGEST: Final = 4 * 1024 * 1024  # bytes of one file
_LONGEST: Final = 200  # characters of a path in a message
_EMPTY: Final = "it is empty"
_PLACE: Final = re.compile(r"(?P<path>.+?):(?P<first>\d{1,9})(?:-(?P<last>\d{1,9}))?")

Allowed = Callable[[str], str | None]
"""Why a file may not be looked at; None where it may."""


class Usage(Exception):
    """The command cannot be carried out as it was given; ``str(error)`` is one sentence."""


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder as it was named, and lines of it; the first line is 1, the last is part."""

    path: Path
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A document and the part of it that is meant."""

    document: Document
    span: Span


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that was not looked at, and why."""

    path: Path
    why: str


def place(text: str) -> Place:
    """Read ``PATH[:LINE[-LINE]]``; raises `Usage`. A file that has such a name comes first."""
    if not text:
        raise Usage("a path is empty; the folder you are in is `.`")
    try:
        return _place(text)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no file has such a name"
        raise Usage(f"{text[:_LONGEST]} cannot be read: {why}") from None


def _place(text: str) -> Place:
    found = _PLACE.fullmatch(text)
    if Path(text).exists() or found is None:
        return _there(Place(Path(text)))
    first, last = int(found["first"]), int(found["last"]) if found["last"] else None
    if first < 1 or (last is not None and last < first):
        raise Usage(f"{text}: lines are counted from 1, and the last is not before the first")
    return _there(Place(Path(found["path"]), first, last))


def _there(where: Place) -> Place:
    if not where.path.exists():
        raise Usage(f"there is no file or folder {where.path}")
    if where.first is not None and where.path.is_dir():
        raise Usage(f"{where.path} is a folder, which has no lines")
    return where


def workspaces(paths: Sequence[str]) -> list[Path]:
    """Return the folders that hold the paths; the one around the current folder where none is."""
    named = [place(path).path for path in paths] or [Path.cwd()]
    return list(dict.fromkeys(map(_root_of, named)))


def _root_of(path: Path) -> Path:
    """Return the repository that a path lies in, else the current folder, else its own."""
    path = Path(os.path.abspath(path))  # noqa: PTH100 - links are not followed
    folder = path if path.is_dir() else path.parent
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            return candidate
    here = Path.cwd()
    return here if here in (folder, *folder.parents) else folder


def targets(places: Sequence[Place], allowed: Allowed) -> tuple[list[Target], list[LeftOut]]:
    """Read what is named, and say what was left out; raises `Usage`."""
    found: list[Target] = []
    left_out: list[LeftOut] = []
    for where in places:
        path = Path(os.path.abspath(where.path))  # noqa: PTH100
        if path.is_dir():
            found += map(whole, _below(path, allowed))
        elif why := allowed(str(path)):
            left_out.append(LeftOut(where.path, why))
        elif (document := read(path)).text.strip():
            found.append(_part(document, where))
        else:
            left_out.append(LeftOut(where.path, _EMPTY))
        if len(found) > MOST_FILES:
            raise Usage(f"that is more than {MOST_FILES} files; name a part of them")
    if not found:
        raise Usage(f"there is nothing to look at: {_reason(left_out)}")
    once = {(target.document.uri, target.span): target for target in found}
    return list(once.values()), left_out


def _reason(left_out: Sequence[LeftOut]) -> str:
    if not left_out:
        return "no source file"
    first = left_out[0]
    return f"{first.path} is {'empty' if first.why == _EMPTY else f'excluded: {first.why}'}"


def read(path: Path) -> Document:
    r"""Read a file as it is, ``\r\n`` and all; raises `Usage`."""
    try:
        if path.stat().st_size > _LARGEST:
            raise Usage(f"{path.name} is larger than {_LARGEST // 1024**2} MiB")
        text = path.read_bytes().decode("utf-8-sig")
        if "\0" in text:
            raise Usage(f"{path.name} is not text")
    except UnicodeDecodeError:
        raise Usage(f"{path.name} is not text in UTF-8") from None
    except OSError as error:
        raise Usage(f"{path.name} cannot be read: {error.strerror}") from None
    language = language_id(str(path)) or path.suffix[1:].lower() or "plaintext"
    return Document(path.as_uri(), 0, language, tuple(split_lines(text)))


def whole(document: Document) -> Target:
    """Mean all of a document."""
    return Target(document, Span(0, len(document.text)))


def _below(folder: Path, allowed: Allowed) -> Iterator[Document]:
    """Yield the source files of a folder, in the order of their names."""
    names = sorted(path for _, path in walk(folder, allowed, lambda: None) if language_id(path))
    readable = [Path(name) for name in names if read_lines(name)]
    if len(readable) > MOST_FILES:
        raise Usage(f"{folder.name} has {len(readable)} source files: more than {MOST_FILES}")
    yield from map(read, readable)


def _part(document: Document, where: Place) -> Target:
    if where.first is None:
        return whole(document)
    count = len(document.lines) - (not document.lines[-1])
    if where.first > count:
        raise Usage(f"{where.path} has {count} lines, and no line {where.first}")
    last = min(where.last or where.first, len(document.lines)) - 1
    first = where.first - 1
    lines = Span(document.starts[first], document.starts[last] + len(document.lines[last]))
    if where.last is not None:
        return Target(document, lines)
    line = document.lines[first]
    at = lines.start + len(line) - len(line.lstrip())
    symbol = parse(document.text, document.language).symbol_at(Span(at, at))
    return Target(document, symbol.span if symbol else lines)
