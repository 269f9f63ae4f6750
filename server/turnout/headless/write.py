"""Write an edit that the user asked to have written: all of it or nothing, or say why not.

The edit was made for a text; where the file is not that text any more, it is not touched.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from turnout.edits.outcome import EditSet, FileEdit

_BOM = "\ufeff".encode()


class NotWrittenError(Exception):
    """Nothing was written; ``str(error)`` is one sentence without its end."""


def write(edits: EditSet, root: Path, allowed: Callable[[str], str | None]) -> tuple[str, ...]:
    """Write all files of an edit; return their paths. Raises `NotWrittenError`."""
    planned = [(_path(file, root, allowed), file) for file in edits.files]
    contents = [(path, _content(path, file), file.new) for path, file in planned]
    for path, content, new in contents:
        _write(path, content, new=new)
    return tuple(file.subject.path for _, file in planned)


def _path(file: FileEdit, root: Path, allowed: Callable[[str], str | None]) -> Path:
    """Return where a file lies: within the workspace, links followed, and not excluded."""
    path = Path(os.path.realpath(root / file.subject.path))
    if not path.is_relative_to(os.path.realpath(root)):
        raise NotWrittenError(f"{file.subject.path} leads out of {root.name}")
    if why := allowed(str(path)):
        raise NotWrittenError(f"{file.subject.path} is excluded: {why}")
    return path


def _content(path: Path, file: FileEdit) -> bytes:
    """Return the bytes that shall stand there; the file has to be as it was."""
    name = file.subject.path
    if file.new:
        if path.exists():
            raise NotWrittenError(f"{name} is there already")
        return file.after.encode()
    try:
        before = path.read_bytes()
    except OSError as error:
        raise NotWrittenError(f"{name} cannot be read: {error.strerror}") from None
    bom = _BOM if before.startswith(_BOM) else b""
    before, text, after = before[len(bom) :], file.subject.text.encode(), file.after.encode()
    if before == text:
        return bom + after
    if before == _with_crlf(text):  # what is read as context has one kind of line end
        return bom + _with_crlf(after)
    raise NotWrittenError(f"{name} has changed meanwhile")


def _with_crlf(content: bytes) -> bytes:
    return content.replace(b"\n", b"\r\n")


def _write(path: Path, content: bytes, *, new: bool) -> None:
    """Put a file in its place by one step, with the rights it had."""
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = 0o666 & ~_umask() if new else stat.S_IMODE(path.stat().st_mode)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except OSError as error:
        with suppress(OSError):
            Path(temporary).unlink()
        raise NotWrittenError(f"{path.name} cannot be written: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
