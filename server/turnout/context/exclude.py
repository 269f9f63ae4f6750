"""What never leaves the machine: secret files, what ignore files name, and what the user excludes.

One place answers for every use: the open file, related code, the index of recall. It promises:

- a file is excluded under each of its names: as it was spelled, with ``..`` and symbolic links
  resolved, in any case, in any Unicode form;
- no pattern of a repository takes anything off the built-in list or the user's own;
- what cannot be looked up or read is excluded.

It does not look into files; secrets in files that are allowed are `redact`'s part.
"""

# Texts, not Paths: this stands in the way of every key.
# ruff: noqa: PTH100, PTH111, PTH112, PTH116, PTH117, PTH118, PTH120

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from turnout.context.secret_files import SECRET_FILES, SECRET_FOLDERS
from turnout.settings.patterns import Patterns, folded

_FRESH: Final = 1.0  # seconds for which an answer stands without another look at the disk
_MOST_ANSWERS: Final = 50_000
_LARGEST: Final = 256 * 1024  # bytes of an ignore file
_MOST_LINES: Final = 5_000
_KINDS: Final = (".gitignore", ".aiignore")


@dataclass(frozen=True, slots=True)
class _IgnoreFile:
    """One ignore file, read."""

    path: str
    base: str  # the folder that its patterns are relative to
    patterns: Patterns | None  # None: it could not be read


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Why a file or folder is excluded, by each kind of rule; they reach down differently."""

    secret: str | None  # the built-in list: everything below, wherever
    own: str | None  # the user's patterns: down to a workspace folder, where they start anew
    ignored: str | None  # ignore files: down to the next repository outside the workspace

    @property
    def reason(self) -> str | None:
        return self.secret or self.own or self.ignored


@dataclass(slots=True)
class _Folder:
    """What holds in one folder."""

    verdict: _Verdict
    ignores: tuple[tuple[_IgnoreFile, ...], ...]  # for each kind, the nearest first
    stamps: tuple[tuple[int, ...], ...]  # of its own ignore files
    above: _Folder | None
    checked: float


class Exclusion:
    """Says of any path whether it may be shown to a model, and if not, why."""

    def __init__(
        self,
        roots: Sequence[Path],
        patterns: Sequence[str],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        named = [os.path.abspath(root) for root in roots]
        self._roots = {root.rstrip(os.sep) for root in (*named, *map(os.path.realpath, named))}
        self._caseless_roots = [(folded(root), len(root)) for root in self._roots]
        self._own = Patterns(patterns)
        self._now = now
        self._home = os.path.expanduser("~")
        self._answers: dict[str, tuple[float, str | None]] = {}
        self._folders: dict[str, _Folder] = {}

    def check(self, path: str) -> str | None:
        """Return why a file or folder is excluded, None where it is allowed."""
        now = self._now()
        answer = self._answers.get(path)
        if answer is not None and now - answer[0] < _FRESH:
            return answer[1]
        try:
            reason = self._look(path)
        except (OSError, ValueError, RecursionError):
            reason = "it cannot be looked up"
        if len(self._answers) >= _MOST_ANSWERS:
            self._answers.clear()
            self._folders.clear()
        self._answers[path] = (now, reason)
        return reason

    def check_uri(self, uri: str) -> str | None:
        """Do as `check` for a document of any scheme: ``git:`` and others name real files too."""
        try:
            path = unquote(urlsplit(uri).path)
        except ValueError:
            return "its address cannot be read"
        if path[2:3] == ":" and path[1:2].isalpha():  # file:///C:/x names C:/x
            path = path[1:]
        return self.check(path or uri)

    def forget(self) -> None:
        """Look at the disk again at the next check; for when an ignore file was changed."""
        self._answers.clear()
        self._folders.clear()

    def _look(self, path: str) -> str | None:
        if not os.path.isabs(path):
            return self._verdict(path, None, folder=False).reason
        spelled = os.path.abspath(path)
        real = os.path.realpath(path)
        is_folder = os.path.isdir(real)
        if reason := self._judge(spelled, is_folder):
            return reason
        if real == spelled:
            return None
        if self._root_of(spelled) and not self._root_of(real):
            return f"it is a link to {real}, outside the workspace"
        reason = self._judge(real, is_folder)
        return f"it is a link to {real}: {reason}" if reason else None

    def _judge(self, path: str, is_folder: bool) -> str | None:
        if is_folder:
            return self._folder(path).verdict.reason
        return self._verdict(path, self._folder(os.path.dirname(path)), folder=False).reason

    def _verdict(self, path: str, above: _Folder | None, *, folder: bool) -> _Verdict:
        """Judge an absolute path by its own name and by what holds above it."""
        root = self._root_of(path)
        own = self._own.decide("/".join(_parts(path[len(root) :])), folder)
        secret = None if own and own.negated else self._secret_name(path, folder=folder)
        named = own and not own.negated and f"`exclude` in the settings names `{own.text}`"
        if above is None:
            return _Verdict(secret, named or None, None)
        up = above.verdict
        return _Verdict(
            secret=up.secret or secret,
            own=None if path == root else up.own or named or None,
            ignored=None if self._is_top(path) else up.ignored or _ignored(above, path, folder),
        )

    def _secret_name(self, path: str, *, folder: bool) -> str | None:
        """Judge by the built-in list, which names files and folders wherever they are."""
        patterns = SECRET_FOLDERS if folder else SECRET_FILES
        found = _built_in(patterns).decide("/".join(_parts(path)), folder)
        return f"`{found.text}` is on the built-in list of secret files" if found else None

    def _root_of(self, path: str) -> str:
        """Return the innermost workspace folder that holds the path, as the path spells it."""
        caseless = folded(path)
        held = [
            length
            for root, length in self._caseless_roots
            if caseless.startswith(root) and caseless[len(root) : len(root) + 1] in ("", os.sep)
        ]
        return path[: max(held, default=0)]

    def _folder(self, path: str) -> _Folder:
        """Return what holds in a folder, looking at its ignore files again when that is due."""
        known = self._folders.get(path)
        if known is not None and self._now() - known.checked < _FRESH:
            return known
        up = os.path.dirname(path)
        above = self._folder(up) if up != path else None
        files = tuple(self._ignore_files(path))
        stamps = tuple(map(_stamp, files))
        if known is not None and known.above is above and known.stamps == stamps:
            known.checked = self._now()
            return known
        inherited = None if self._is_top(path) else above
        found = _Folder(
            verdict=self._verdict(path, above, folder=True),
            ignores=tuple(_read_kind(inherited, path, files, kind) for kind in range(len(_KINDS))),
            stamps=stamps,
            above=above,
            checked=self._now(),
        )
        self._folders[path] = found
        return found

    def _is_top(self, path: str) -> bool:
        """Whether ignore files above this folder do not count: repositories end there, and home."""
        if path == self._home:
            return True
        inside = len(path) > len(self._root_of(path)) > 0
        return not inside and os.path.lexists(os.path.join(path, ".git"))

    def _ignore_files(self, folder: str) -> Iterator[str]:
        if folder == self._home and folder not in self._roots:
            return  # a home kept in git usually ignores everything
        yield from (os.path.join(folder, kind) for kind in _KINDS)
        yield os.path.join(folder, ".git", "info", "exclude")


@cache
def _built_in(patterns: tuple[str, ...]) -> Patterns:
    return Patterns(patterns)


def _read_kind(
    above: _Folder | None, folder: str, files: tuple[str, ...], kind: int
) -> tuple[_IgnoreFile, ...]:
    """Return the ignore files of one kind that hold in a folder, the nearest first."""
    own = files[kind :: len(_KINDS)]  # `.git/info/exclude` goes with `.gitignore`
    read = [found for path in own if (found := _read(path, folder))]
    return (*read, *(above.ignores[kind] if above else ()))


def _read(path: str, base: str) -> _IgnoreFile | None:
    """Read an ignore file; None where there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return _IgnoreFile(path, base, None)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        content = os.read(descriptor, _LARGEST + 1)
    finally:
        os.close(descriptor)
    lines = content.decode("utf-8-sig", errors="replace").split("\n")
    fits = len(content) <= _LARGEST and len(lines) <= _MOST_LINES
    return _IgnoreFile(path, base, Patterns(lines) if fits else None)


def _ignored(above: _Folder, path: str, folder: bool) -> str | None:
    """Judge a path by the ignore files that hold in the folder it lies in."""
    for ignores in above.ignores:
        for ignore in ignores:
            if ignore.patterns is None:
                return f"{ignore.path} is too large or cannot be read"
            found = ignore.patterns.decide("/".join(_parts(path[len(ignore.base) :])), folder)
            if found and found.negated:
                break
            if found:
                return f"{ignore.path} names `{found.text}`"
    return None


def _stamp(path: str) -> tuple[int, ...]:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns


def _parts(path: str) -> list[str]:
    return [part for part in path.replace(os.sep, "/").split("/") if part]
