"""What may be told of an exception: its kind and place, never the data that it met."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Any

from cattrs.errors import BaseValidationError

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop


def describe(error: BaseException) -> str:
    """Return kind and place of an exception. Its message stays out: it may hold content."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename.rpartition('turnout')[2]}:{frame.lineno}" for frame in frames[-3:]]
    return f"{type(error).__name__} at {' < '.join(reversed(places)) or 'unknown place'}"


def report(logger: logging.Logger, what: str, error: BaseException) -> None:
    """Log that something failed, without what it failed on."""
    logger.error("%s: %s", what, describe(error))


def report_from_loop(_: AbstractEventLoop, context: dict[str, Any]) -> None:
    """Take the place of asyncio's own report, which prints exceptions with their data."""
    error = context.get("exception")
    where = "" if error is None else f": {describe(error)}"
    logging.getLogger(__name__).error("%s%s", context.get("message", "in the loop"), where)


def invalid_field(error: BaseException) -> str:
    """Return the path of the first field that did not validate, such as ``position.line``."""
    path: list[str] = []
    current: BaseException = error
    while isinstance(current, BaseValidationError) and current.exceptions:
        current = current.exceptions[0]
        notes: list[Any] = getattr(current, "__notes__", [])
        path += [part for note in notes if (part := _step(note)) is not None]
    return ".".join(path) or type(current).__name__


def _step(note: object) -> str | None:
    name, index = getattr(note, "name", None), getattr(note, "index", None)
    return name if isinstance(name, str) else None if index is None else str(index)
