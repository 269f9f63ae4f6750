"""What changed, as git sees it. The only program that Turnout starts.

A repository may come from anybody, and its configuration can name programs that git would run:
file-system monitors, filters, external diffs, hooks, remote helpers. None is run here, no lock is
taken, nothing is fetched, and the work tree is the folder that holds ``.git``, whatever the
configuration says. Everything blocks: call it from a thread.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SECONDS: Final = 2.0
_MOST_FILES: Final = 500
_MOST_BYTES: Final = 4 * 1024 * 1024
_ARGUMENTS: Final = 100  # paths of one command line
_NAME_A_PART: Final = "commit or name a part of it"
_REVISION: Final = re.compile(r"[\w./@{}^~+-]+")
_HARMLESS: Final = (
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.pager=cat",
    "-c", "core.untrackedCache=false", "-c", "core.quotePath=false", "-c", "diff.external=",
    "-c", "diff.orderFile=/dev/null",
)  # fmt: skip
_PLAIN_DIFF: Final = (
    "--no-ext-diff", "--no-textconv", "--no-renames", "--diff-filter=ACDMT", "--no-color",
    "--ignore-submodules=all", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip


class GitError(Exception):
    """Git could not say; ``str(error)`` is one sentence for the user, ``remedy`` what mends it."""

    def __init__(self, why: str, remedy: str = "") -> None:
        super().__init__(why)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Change:
    """One file that changed: its path and its unified diff, old side without renames."""

    path: Path
    patch: str


class Repository:
    """A repository, read only. ``allowed`` gives the reason where a file may not be looked at."""

    def __init__(
        self, root: Path, environ: Mapping[str, str], allowed: Callable[[str], str | None]
    ) -> None:
        self.root = root
        self._allowed = allowed
        kept = {name: value for name, value in environ.items() if not name.startswith("GIT_")}
        if index := environ.get("GIT_INDEX_FILE"):  # of a commit that is being made
            kept["GIT_INDEX_FILE"] = index
        self._environ = kept | {
            "GIT_DIR": str(root / ".git"),
            "GIT_WORK_TREE": str(root),
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ATTR_NOSYSTEM": "1",
            "LC_ALL": "C.UTF-8",
        }
        self._without_filters: tuple[str, ...] | None = None

    @classmethod
    def around(
        cls,
        path: Path,
        allowed: Callable[[str], str | None],
        environ: Mapping[str, str] = os.environ,
    ) -> Repository | None:
        """Return the repository that a file or folder lies in; None where it lies in none."""
        for folder in (path, *path.parents):
            if (folder / ".git").exists():
                return cls(folder, environ, allowed)
        return None

    def uncommitted(self, *, staged: bool = False) -> list[Change]:
        """Return what differs from the last commit; with ``staged`` only what was added.

        Raises `GitError`.
        """
        if staged:
            return list(self._changes(("--cached", self._base("HEAD"))))
        return [*self._changes((self._base("HEAD"),)), *self._untracked()]

    def since(self, revision: str) -> list[Change]:
        """Return what differs from where this work left ``revision``. Raises `GitError`."""
        self._check(revision)
        base = self._run(
            "merge-base", revision, "HEAD",
            why=f"git knows no {revision} that this work began from",
            remedy="name a branch, tag or commit of this repository",
        ).strip()  # fmt: skip
        return [*self._changes((base,)), *self._untracked()]

    def main_branch(self) -> str:
        """Return the branch that others start from. Raises `GitError`."""
        for name in ("origin/HEAD", "main", "master", "trunk"):
            if self._knows(name):
                return name
        raise GitError(
            "This repository has no main branch that could be compared with.",
            "name the branch, tag or commit to compare with",
        )

    def branch(self) -> str:
        """Return the name of the current branch, "" where there is none. Raises `GitError`."""
        name = self._run("rev-parse", "--abbrev-ref", "HEAD", why="there is no commit yet")
        return "" if name.strip() == "HEAD" else name.strip()

    def subjects(self, count: int = 12) -> list[str]:
        """Return the first lines of the last commits' messages, newest first."""
        try:
            return self._run("log", f"-{count}", "--no-show-signature", "--format=%s").splitlines()
        except GitError:
            return []

    def staged_text(self, path: Path) -> str | None:
        """Return a file as the next commit would have it; None where it is no text of it."""
        name = path.relative_to(self.root).as_posix()
        if self._allowed(str(path)) is not None:
            return None
        try:
            return self._run("cat-file", "blob", f":{name}")
        except GitError:
            return None

    def _changes(self, against: Sequence[str]) -> Iterator[Change]:
        names = self._names("diff", "--name-only", "-z", *_PLAIN_DIFF, *against)
        for some in _chunks(names, _ARGUMENTS):
            paths = [f":(literal,top){name}" for name in some]
            text = self._run("diff", *_PLAIN_DIFF, *against, "--", *paths)
            sections = re.split(r"^(?=diff --git )", text, flags=re.MULTILINE)[1:]
            # Without renames git says each file once, in the order of its names.
            for name, patch in zip(some, sections, strict=True):
                yield Change(self.root / name, patch)

    def _untracked(self) -> Iterator[Change]:
        names = self._names("ls-files", "--others", "--exclude-standard", "-z")
        for name in names:
            path = self.root / name
            if path.is_symlink() or not path.is_file() or path.stat().st_size > _MOST_BYTES // 16:
                continue
            try:
                text = path.read_bytes().decode()
            except (OSError, UnicodeDecodeError):
                continue
            if text:
                yield Change(path, _all_new(name, text))

    def _names(self, *command: str) -> list[str]:
        names = sorted(set(filter(None, self._run(*command).split("\0"))), key=os.fsencode)
        kept = [name for name in names if self._allowed(str(self.root / name)) is None]
        if len(kept) > _MOST_FILES:
            raise GitError(
                f"{len(kept)} files changed: more than {_MOST_FILES} are too many.", _NAME_A_PART
            )
        return kept

    def _base(self, revision: str) -> str:
        """Return the revision, or the empty tree where there is no commit yet."""
        if self._knows(revision):
            return revision
        return self._run("hash-object", "-t", "tree", "/dev/null").strip()

    def _knows(self, revision: str) -> bool:
        try:
            self._run("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        except GitError:
            return False
        return True

    def _check(self, revision: str) -> None:
        if revision.startswith("-") or not _REVISION.fullmatch(revision):
            raise GitError(
                f"{revision!r} is not the name of a revision.", "name a branch, tag or commit"
            )

    def _run(self, *command: str, why: str = "git failed", remedy: str = "") -> str:
        if self._without_filters is None:
            self._without_filters = ()
            self._without_filters = tuple(self._filters_off())
        line = ["git", "--no-pager", *_HARMLESS, *self._without_filters, *command]
        try:
            done = subprocess.run(  # noqa: S603 - an argument list, no shell
                line,
                cwd=self.root,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except FileNotFoundError:
            raise GitError("git is not installed.", "install git") from None
        except subprocess.TimeoutExpired:
            raise GitError(f"git took more than {_SECONDS:g} s.", _NAME_A_PART) from None
        except OSError as error:
            raise GitError(f"git could not be started ({error.strerror}).") from None
        if done.returncode:
            raise GitError(f"{why[0].upper()}{why[1:]}.", remedy or "run `git status` here")
        if len(done.stdout) > _MOST_BYTES:
            raise GitError("The changes are too large to be looked at.", _NAME_A_PART)
        return done.stdout.decode("utf-8", "replace")

    def _filters_off(self) -> Iterator[str]:
        """Yield what keeps git from running the clean filters that the configuration names."""
        try:
            keys = self._run("config", "--name-only", "-z", "--get-regexp", r"^filter\.")
        except GitError:  # there is none
            return
        for name in sorted({key.rpartition(".")[0] for key in keys.split("\0") if key}):
            for setting in ("clean=", "process=", "smudge=", "required=false"):
                yield from ("-c", f"{name}.{setting}")


def _all_new(name: str, text: str) -> str:
    lines = text.removesuffix("\n").split("\n")
    body = "".join(f"+{line}\n" for line in lines)
    if not text.endswith("\n"):
        body += "\\ No newline at end of file\n"
    head = f"diff --git a/{name} b/{name}\nnew file mode 100644\n--- /dev/null\n+++ b/{name}\n"
    return f"{head}@@ -0,0 +1,{len(lines)} @@\n{body}"


def _chunks(names: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))
