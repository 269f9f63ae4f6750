"""Write an edit that the user asked to have written: all of it or nothing, or say why not.

The edit was made for a text; where the file is not that text any more, it is not touched.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from turnout.edits.outcome import EditSet, FileEdit

_BOM = "\ufeff".encode()


class NotWrittenError(Exception):
    """Nothing was written; ``str(error)`` is one sentence without its end."""


def write(edits: EditSet, root: Path, allowed: Callable[[str], str | None]) -> tuple[str, ...]:
    """Write all files of an edit; return their paths. Raises `NotWrittenError`."""
    planned = [(_path(file, root, allowed), file) for file in edits.files]
    contents = [(path, *_contents(path, file)) for path, file in planned]
    with ExitStack() as undo:
        staged = [
            (_stage(path, after, before, undo), path, before) for path, before, after in contents
        ]
        for temporary, path, before in staged:
            with _refused(path):
                temporary.replace(path)
            undo.callback(_put_back, path, before)
        undo.pop_all()
    return tuple(file.subject.path for _, file in planned)


def _path(file: FileEdit, root: Path, allowed: Callable[[str], str | None]) -> Path:
    """Return where a file lies: within the workspace, links followed, and not excluded."""
    path = Path(os.path.realpath(root / file.subject.path))
    if not path.is_relative_to(os.path.realpath(root)):
        raise NotWrittenError(f"{file.subject.path} leads out of {root.name}")
    if why := allowed(str(path)):
        raise NotWrittenError(f"{file.subject.path} is excluded: {why}")
    return path


def _contents(path: Path, file: FileEdit) -> tuple[bytes | None, bytes]:
    """Return what stands there, None where nothing does, and what shall; it has to be as it was."""
    name = file.subject.path
    if file.new:
        if path.exists():
            raise NotWrittenError(f"{name} is there already")
        return None, file.after.encode()
    try:
        whole = path.read_bytes()
    except OSError as error:
        raise NotWrittenError(f"{name} cannot be read: {error.strerror}") from None
    bom = _BOM if whole.startswith(_BOM) else b""
    before, text, after = whole[len(bom) :], file.subject.text.encode(), file.after.encode()
    if before == text:
        return whole, bom + after
    if before == _with_crlf(text):  # what is read as context has one kind of line end
        return whole, bom + _with_crlf(after)
    raise NotWrittenError(f"{name} has changed meanwhile")


def _with_crlf(content: bytes) -> bytes:
    return content.replace(b"\n", b"\r\n")


def _stage(path: Path, content: bytes, before: bytes | None, undo: ExitStack) -> Path:
    """Write a file beside its place, with the rights that it will have there."""
    with _refused(path):
        _make_folders(path.parent, undo)
        mode = 0o666 & ~_umask() if before is None else stat.S_IMODE(path.stat().st_mode)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        undo.callback(temporary.unlink, missing_ok=True)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        temporary.chmod(mode)
    return temporary


def _make_folders(folder: Path, undo: ExitStack) -> None:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in reversed(missing):
        undo.callback(_drop_folder, one)


def _drop_folder(folder: Path) -> None:
    with suppress(OSError):  # somebody put something into it
        folder.rmdir()


def _put_back(path: Path, before: bytes | None) -> None:
    with suppress(OSError):
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotWrittenError(f"{path.name} cannot be written: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
