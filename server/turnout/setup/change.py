"""One change to one file of the user's: shown as a diff, then written at once and whole."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from turnout.settings.add import replace_file


@dataclass(frozen=True, slots=True)
class Change:
    """A file as it is and as it would be. ``before`` is None where there is no such file."""

    path: Path
    before: str | None
    after: str

    @classmethod
    def of(cls, path: Path, after: str) -> Change:
        """Make it of what is there. Raises `OSError` or `ValueError` where that cannot be read."""
        return cls(path, read(path), after)

    @property
    def is_needed(self) -> bool:
        """Whether anything would be different."""
        return self.before != self.after

    def diff(self) -> str:
        """Return it as a unified diff."""
        return "".join(self._lines())

    def write(self) -> None:
        """Write it, unless the file has changed since it was read: then raise `ValueError`."""
        if read(self.path) != self.before:
            raise ValueError("it has changed meanwhile")
        replace_file(self.path, self.after, 0o644)

    def _lines(self) -> Iterator[str]:
        old = "/dev/null" if self.before is None else str(self.path)
        before = (self.before or "").splitlines(keepends=True)
        lines = difflib.unified_diff(
            before, self.after.splitlines(keepends=True), old, str(self.path)
        )
        for line in lines:
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def read(path: Path) -> str | None:
    """Return the text of a file with its line ends as they are; None where there is none."""
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return None
