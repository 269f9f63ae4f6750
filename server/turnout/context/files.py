"""The texts of a workspace as they are now: open documents before the disk, excluded ones never."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from turnout.context.exclude import Exclusion
from turnout.context.languages import language_id
from turnout.context.pieces import Original
from turnout.context.secret_rules import find_secrets
from turnout.context.syntax import Tree
from turnout.context.workspace import Trees, defined, read_text
from turnout.document import Document, Span

_BLOCK: Final = 64 * 1024  # characters that are searched for secrets at once
_LONGEST_SECRET: Final = 16 * 1024


class SourceFile:
    """A text that pieces may be cut from."""

    def __init__(self, path: str, shown: str, tree: Tree) -> None:
        self.path = path
        self.shown = shown  # the path below the workspace folder: what a model gets to see of it
        self.tree = tree
        self._searched: dict[int, list[Span]] = {}

    @property
    def text(self) -> str:
        """The whole text."""
        return self.tree.text

    def line(self, offset: int) -> int:
        """Return the number of a line; the first is 1."""
        count = self.text.count
        crlf = count("\r\n", 0, offset)
        return count("\n", 0, offset) + count("\r", 0, offset) - crlf + 1

    def is_cut(self, spans: Sequence[Span]) -> bool:
        """Whether a secret lies partly within these spans: half of one would not be recognised."""
        return any(
            span.meets(secret) and not span.holds(secret)
            for span in spans
            for secret in self._secrets(span)
        )

    def _secrets(self, span: Span) -> Iterator[Span]:
        """Yield the secrets in and around a span; of a long text no more is searched."""
        for block in range(span.start // _BLOCK, span.end // _BLOCK + 1):
            if block not in self._searched:
                start = max(block * _BLOCK - _LONGEST_SECRET, 0)
                part = self.text[start : (block + 1) * _BLOCK + _LONGEST_SECRET]
                found = find_secrets(part)
                self._searched[block] = [Span(start + a, start + b) for a, b in found]
            yield from self._searched[block]


class Files:
    """Opens files for one request."""

    def __init__(
        self,
        roots: Sequence[str],
        exclusion: Exclusion,
        documents: Mapping[str, Document],
        trees: Trees,
    ) -> None:
        self._roots = [root.rstrip("/\\") for root in roots]
        self._exclusion = exclusion
        self._trees = trees
        self._files: dict[str, SourceFile | None] = {}
        self._defined: dict[str, set[str]] = {}
        self.open = {
            path: document
            for _, document in sorted(documents.items())
            if (path := document.path) is not None and self.belongs(path)
        }

    def shown(self, path: str) -> str:
        """Return a path as a model gets to see it: without what leads to the workspace."""
        root = self.root_of(path)
        below = path[len(root) :].lstrip("/\\") if root else os.path.basename(path)  # noqa: PTH119
        return below.replace("\\", "/")

    def belongs(self, path: str) -> bool:
        """Whether a file is of the workspace: what is open besides is nobody else's context."""
        return not self._roots or bool(self.root_of(path))

    def get(self, path: str) -> SourceFile | None:
        """Return a file; None for what is excluded, gone, or no source."""
        if path not in self._files:
            self._files[path] = self._opened(path)
        return self._files[path]

    def allows(self, path: str) -> bool:
        """Whether a file may be shown."""
        return self._exclusion.check(path) is None

    def allows_uri(self, uri: str) -> bool:
        """Whether a document may be shown."""
        return self._exclusion.check_uri(uri) is None

    def text(self, path: str) -> str | None:
        """Return the text of a file without parsing it; None as for `get`."""
        if not self.allows(path):
            return None
        document = self.open.get(path)
        return document.text if document else read_text(path)

    def defined(self, path: str) -> set[str]:
        """Return the names that an open document seems to define as it is now."""
        if path not in self._defined:
            self._defined[path] = defined(path, self.text(path) or "")
        return self._defined[path]

    def prose(self, path: str, most: int) -> str:
        """Return the beginning of a file that is no source, cut at the end of a line."""
        if not self.allows(path):
            return ""
        document = self.open.get(path)
        text = document.text if document else _read_beginning(path, 4 * most)
        kept = beginning(text, most)
        return kept if len(kept) == len(text) else kept[: kept.rfind("\n") + 1]

    def of(self, document: Document) -> SourceFile:
        """Return a document that may be shown."""
        path = document.path or document.uri
        tree = self._tree(path, document.language, document.text)
        return SourceFile(path, self.shown(path), tree)

    def originals(self, target: str, wanted: Collection[str]) -> Iterator[Original]:
        """Yield the files of the target's folder that were opened, as they are to the character.

        What is not plain UTF-8, or changed since it was read, cannot be edited and is left out.
        """
        root = self.root_of(target)
        for path, file in sorted(self._files.items()):
            if file is None or path == target or not root or self.root_of(path) != root:
                continue
            if file.shown not in wanted:
                continue
            document = self.open.get(path)
            text = document.text if document else _exactly(path)
            if text is None or (not document and _plain_ends(text) != file.text):
                continue
            uri, version = (
                (document.uri, document.version) if document else (Path(path).as_uri(), None)
            )
            yield Original(file.shown, uri, version, text, file.tree.language)

    def folders_above(self, path: str) -> list[str]:
        """Return the folders that a file lies in, the nearest first, up to the workspace's."""
        root = self.root_of(path)
        folders = []
        while root and path != root:
            path = os.path.dirname(path)  # noqa: PTH120
            folders.append(path)
        return folders

    def root_of(self, path: str) -> str:
        """Return the innermost workspace folder of a file, "" where it is in none."""
        return max((root for root in self._roots if _below(path, root)), key=len, default="")

    def _opened(self, path: str) -> SourceFile | None:
        text = self.text(path)
        if text is None:
            return None
        document = self.open.get(path)
        language = document.language if document else language_id(path)
        return SourceFile(path, self.shown(path), self._tree(path, language, text))

    def _tree(self, path: str, language: str, text: str) -> Tree:
        return self._trees.tree(path, language, text)


def beginning(text: str, most: int) -> str:
    """Return so many characters of a text, or fewer where that would cut a secret in half."""
    if len(text) <= most:
        return text
    found = find_secrets(text[: most + _LONGEST_SECRET])
    return text[: min([start for start, end in found if start < most < end], default=most)]


def _read_beginning(path: str, most: int) -> str:
    try:
        if not os.path.isfile(path):  # noqa: PTH113
            return ""
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read(most).decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
    except OSError:
        return ""


def _exactly(path: str) -> str | None:
    """Read a text with its own line ends; None where an editor might read it differently."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            text = file.read().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return None if text.startswith("\ufeff") else text


def _plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _below(path: str, root: str) -> bool:
    return path.startswith(root) and path[len(root) : len(root) + 1] in ("/", "\\")
