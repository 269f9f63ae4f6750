"""Which files of the workspace define a name: looked up at once, kept in step with the disk.

The disk is looked at again when somebody asks and the last look is more than a moment ago. That
takes a thread of its own, which works in slices and goes on when nobody waits any more: what it
finds too late for one request is there for the next.
"""

from __future__ import annotations

import re
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from turnout.context.slices import Slices
from turnout.context.syntax import Tree, parse
from turnout.recall.files import read_lines, walk

Allowed = Callable[[str], str | None]

MOST_FILES: Final = 10_000
_FRESH: Final = 1.0  # seconds
_MOST_TREES: Final = 64
_MOST_TREE_TEXT: Final = 4_000_000  # characters

_DEFINES: Final = re.compile(
    # class X, pub(crate) async fn x, func (r *T) x
    r"^[ \t]*(?:[\w@]+(?:\([^()\n]{0,40}\))?[ \t]+){0,5}?"
    r"(?:def|class|function|fn|func|fun|struct|enum|trait|interface|module|namespace|object|record"
    r"|union|typedef|type|protocol|extension|macro_rules!|mod|sub|#define|@interface)\b\*?"
    r"(?:<[^>\n]{0,80}>)?[ \t]*(?:\([^()\n]{0,200}\)[ \t]*)?(?:self\.)?([^\W\d]\w*)"
    # const x =, X: int = at the margin
    r"|^(?:export[ \t]+)?(?:(?:pub|const|let|var|static|final|val|local)[ \t]+){0,3}"
    r"([^\W\d]\w*)[ \t]*(?::[^=\n]{0,200})?:?=(?!=)"
    # exports.x = function, A.prototype.x = (
    r"|^[ \t]*(?:\w+\.){1,4}(\w+)[ \t]*=[ \t]*(?:async\b[ \t]*)?(?:function\b|\(|\w+[ \t]*=>)",
    re.MULTILINE,
)
_BRACED: Final = re.compile(
    # int *main(, public static void x(, name(...) {
    r"^[ \t]*(?:[\w:<>,\[\].@?]+[*&]*[ \t]+[*&]*){0,6}(?:\w+::)*~?([^\W\d]\w*)[ \t]*"
    r"\([^;{}\n]{0,300}(?:$|\)[^;\n]{0,100}\{?[^;\n]{0,200}\}?$)",
    re.MULTILINE,
)
_BRACED_ENDS: Final = (
    ".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".hxx", ".java", ".cs", ".dart", ".php",
    ".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".m", ".mm", ".groovy",
)  # fmt: skip


class Workspace:
    """The files below some folders, and the names that they define."""

    def __init__(self, roots: Sequence[Path], allowed: Allowed) -> None:
        self.roots = tuple(str(root) for root in roots)
        self._allowed = allowed
        self._names: dict[str, tuple[float, tuple[str, ...]]] = {}  # path -> changed, names
        self._paths: dict[str, set[str]] = {}  # name -> paths
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._looking = False
        self._looked = float("-inf")
        self._stopped = False
        self._slices = Slices()
        self.trees = Trees()

    def look(self, wait: float = 0.0) -> bool:
        """Look at the disk again; wait for that so long at the most. Whether it was done."""
        with self._lock:
            if time.monotonic() - self._looked < _FRESH or self._stopped or not self.roots:
                return True
            if not self._looking:
                self._looking = True
                self._done.clear()
                threading.Thread(target=self._run, name="workspace", daemon=True).start()
        return self._done.wait(max(wait, 0.0))

    @property
    def files(self) -> list[str]:
        """The files known so far, in the order of their names."""
        with self._lock:
            return sorted(self._names)

    def defining(self, name: str) -> list[str]:
        """Return the files that seem to define a name, in the order of their names."""
        with self._lock:
            return sorted(self._paths.get(name, ()))

    def stop(self) -> None:
        """End the thread after its current slice."""
        self._stopped = True

    def _run(self) -> None:
        try:
            for root in self.roots:
                self._walk(Path(root))
            self._looked = time.monotonic()
        finally:
            with self._lock:
                self._looking = False
            self._done.set()

    def _walk(self, root: Path) -> None:
        files = sorted(walk(root, self._allowed, self._slices.breathe), reverse=True)[:MOST_FILES]
        there = {path for _, path in files}
        below = str(root).rstrip("/") + "/"
        for path in [path for path in self._names if path.startswith(below)]:
            if path not in there:
                self._set(path, None)
        for changed, path in files:
            if self._stopped:
                return
            known = self._names.get(path)
            if known is None or known[0] != changed:
                self._set(path, (changed, self._defined(path)))

    def _defined(self, path: str) -> tuple[str, ...]:
        self._slices.breathe()
        text = read_text(path)
        return tuple(sys.intern(name) for name in defined(path, text)) if text else ()

    def _set(self, path: str, entry: tuple[float, tuple[str, ...]] | None) -> None:
        with self._lock:
            for name in self._names.pop(path, (0.0, ()))[1]:
                self._paths[name].discard(path)
                if not self._paths[name]:
                    del self._paths[name]
            if entry is not None:
                self._names[path] = entry
                for name in entry[1]:
                    self._paths.setdefault(name, set()).add(path)


class Trees:
    """The texts parsed last."""

    def __init__(self) -> None:
        self._trees: OrderedDict[tuple[str, str], Tree] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def tree(self, name: str, language: str, text: str) -> Tree:
        """Return the tree of a file's text; parse it where that was not done yet."""
        with self._lock:
            known = self._trees.get((name, language))
            if known is not None and known.text == text:
                self._trees.move_to_end((name, language))
                return known
        tree = parse(text, language)
        with self._lock:
            self._drop((name, language))
            self._trees[name, language] = tree
            self._size += len(text)
            while len(self._trees) > _MOST_TREES or self._size > _MOST_TREE_TEXT:
                self._drop(next(iter(self._trees)))
        return tree

    def _drop(self, key: tuple[str, str]) -> None:
        tree = self._trees.pop(key, None)
        self._size -= len(tree.text) if tree else 0


def read_text(path: str) -> str | None:
    r"""Read a source file, with ``\n`` for every end of line; None for what is none."""
    lines = read_lines(path)
    return None if lines is None else "\n".join(lines)


def defined(path: str, text: str) -> set[str]:
    """Return the names that a text seems to define: rather too many than too few."""
    found = {match[match.lastindex or 0] for match in _DEFINES.finditer(text)}
    if path.endswith(_BRACED_ENDS):
        found.update(_BRACED.findall(text))
    return found
