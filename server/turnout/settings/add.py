"""Add tables to the user's settings file. What stands there is kept byte for byte."""

from __future__ import annotations

import json
import os
import re
import secrets
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import reduce
from pathlib import Path
from typing import Any

Value = str | int | Sequence[str]
Tables = Mapping[tuple[str, ...], Mapping[str, Value]]
"""By their names, such as ("providers", "mine")."""


def as_toml(tables: Tables) -> str:
    """Write tables as they will stand in the file."""
    return "\n".join(
        f"[{'.'.join(map(_key, path))}]\n"
        + "".join(f"{_key(key)} = {_value(value)}\n" for key, value in rows.items())
        for path, rows in tables.items()
    )


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _value(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False)  # TOML writes these kinds the same way


def add_tables(file: Path, tables: Tables) -> None:
    """Add tables at the end of the file, atomically.

    Raises `ValueError`, with a text for the user, where they do not fit; `OSError` where the file
    cannot be written.
    """
    try:
        before = file.read_bytes().decode()  # as text, line ends would change
    except FileNotFoundError:
        before = ""
    gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
    after = before + gap + as_toml(tables)
    try:
        tree = tomllib.loads(after.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"it would not be valid TOML ({error})") from None
    if not all(_stands(tree, path) for path in tables):
        raise ValueError("a table of that name does not fit there")
    replace_file(file, after, 0o600)


def _stands(tree: dict[str, Any], path: tuple[str, ...]) -> bool:
    *parts, last = path
    return last in reduce(lambda table, part: table.get(part, {}), parts, tree)


def has_table(file: Path, name: str) -> bool:
    """Whether a table stands in the file, as far as that can be read."""
    try:
        return name in tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return False


def replace_file(file: Path, text: str, mode: int) -> None:
    """Put a text in place of a file at once and whole; its mode stays."""
    file = Path(os.path.realpath(file))  # a link, as dotfile managers make, stays one
    with suppress(FileNotFoundError):
        mode = file.stat().st_mode & 0o777
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out:
            out.write(text)
        fresh.replace(file)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
