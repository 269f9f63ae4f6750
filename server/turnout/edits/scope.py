"""Which files an answer may touch: those that were asked about, and new ones where that is asked.

A path is judged as text first, by rules that are the same on every system, and then by where the
file system says it leads. Every refusal has its reason. `RULES` is a table so that the tests can
show that each rule is needed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from turnout.edits.plain import has_hidden
from turnout.edits.protected import protected

Resolver = Callable[[str], str | None]
"""From a path within the workspace to the one it leads to, links followed; None if outside."""

_LONGEST_PATH: Final = 1_024
_LONGEST_NAME: Final = 255  # bytes
_SEPARATORS_ALIKE: Final = frozenset("∕⁄⧸╱／＼∖⧵﹨⟋⟍․‥…﹒．：︓﹕ː꞉ꓽ˸։")
_DEVICES: Final = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE
)
_SHORT_NAME: Final = re.compile(r"[^.]{1,6}~\d{1,6}(?:\.[^.]{0,3})?")
_ABSOLUTE: Final = re.compile(r"[/~]|[A-Za-z]:|[A-Za-z][A-Za-z0-9+.-]+:/")


@dataclass(frozen=True, slots=True)
class Scope:
    """What an answer may touch in one workspace; paths are relative and have slashes."""

    asked: tuple[str, ...]
    resolve: Resolver
    new_in: tuple[str, ...] = ()  # folders for new files, "" is the workspace itself
    exists: Callable[[str], bool] = lambda _: False


@dataclass(frozen=True, slots=True)
class Admission:
    """A path that may be edited, or why not."""

    path: str
    new: bool = False
    refusal: str = ""


def admit(written: str, scope: Scope) -> Admission:
    """Judge a path as a model wrote it."""
    path = _tidied(written, scope)
    for rule in RULES.values():
        if reason := rule(path, scope):
            return Admission(path, refusal=f"{path[:200]!a}: {reason}.")
    asked = unicodedata.normalize("NFC", path)
    known = {unicodedata.normalize("NFC", one): one for one in scope.asked}
    return Admission(known.get(asked, path), new=asked not in known)


def _tidied(written: str, scope: Scope) -> str:
    """Return the path without what models put around it; the end of one asked path is that one."""
    if written in scope.asked:
        return written
    path = written.strip().replace("\\", "/")
    while path.startswith("./"):
        path = path[2:]
    if not path or path in scope.asked or _may_be_new(path, scope):
        return path
    ends = [one for one in scope.asked if one.endswith(f"/{path}")]
    return ends[0] if len(ends) == 1 else path


def _may_be_new(path: str, scope: Scope) -> bool:
    folder = path.rpartition("/")[0]
    return any(new in ("", folder) or folder.startswith(f"{new}/") for new in scope.new_in)


def _names(path: str) -> list[str]:
    return path.split("/")


def _length(path: str, _: Scope) -> str:
    if not path:
        return "names no file"
    longest = max(len(name.encode(errors="replace")) for name in _names(path[: 4 * _LONGEST_PATH]))
    return "is too long" if len(path) > _LONGEST_PATH or longest > _LONGEST_NAME else ""


def _hidden(path: str, _: Scope) -> str:
    return "has characters that cannot be seen" if has_hidden(path) else ""


def _alike(path: str, _: Scope) -> str:
    if _SEPARATORS_ALIKE.intersection(path):
        return "has characters that look like separators"
    folded = unicodedata.normalize("NFKC", path)
    if any(folded.count(mark) != path.count(mark) for mark in "/\\.:~"):
        return "has characters that stand for separators"
    return ""


def _absolute(path: str, _: Scope) -> str:
    return "is not relative to the workspace" if _ABSOLUTE.match(path) else ""


def _climbs(path: str, _: Scope) -> str:
    return "leads out of its folder" if {"..", ".", ""} & set(_names(path)) else ""


def _stream(path: str, _: Scope) -> str:
    return "has characters that no portable name has" if set(path) & set(':*?"<>|\n\t') else ""


def _device(path: str, _: Scope) -> str:
    devices = any(_DEVICES.fullmatch(name.strip(" .")) for name in _names(path))
    return "is the name of a device" if devices else ""


def _margins(path: str, _: Scope) -> str:
    loose = any(name != name.strip() or name.endswith(".") for name in _names(path))
    return "has a name that some systems shorten" if loose else ""


def _short(path: str, _: Scope) -> str:
    short = any(_SHORT_NAME.fullmatch(name) for name in _names(path))
    return "is a short name for something else" if short else ""


def _is_protected(path: str, _: Scope) -> str:
    return protected(path)


def _asked(path: str, scope: Scope) -> str:
    known = {unicodedata.normalize("NFC", one) for one in scope.asked}
    if unicodedata.normalize("NFC", path) in known:
        return ""
    if path.casefold() in {one.casefold() for one in known}:
        return "differs from what was asked about in its capital letters"
    if not _may_be_new(path, scope):
        return "was not asked about"
    if any(name.startswith(".") for name in _names(path)):
        return "would be a new hidden file"
    return "exists already and was not asked about" if scope.exists(path) else ""


def _link(path: str, scope: Scope) -> str:
    real = scope.resolve(path)
    if real is None:
        return "leads out of the workspace"
    return protected(real) if real != path else ""


Rule = Callable[[str, Scope], str]
RULES: Final[dict[str, Rule]] = {
    "length": _length,
    "hidden": _hidden,
    "alike": _alike,
    "absolute": _absolute,
    "climbs": _climbs,
    "stream": _stream,
    "device": _device,
    "margins": _margins,
    "short": _short,
    "protected": _is_protected,
    "asked": _asked,
    "link": _link,
}
