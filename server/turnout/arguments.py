"""A parser of command lines that takes options and paths in any order."""

from __future__ import annotations

import argparse
from typing import Any, Final

_MANY: Final = ("*", "+")


class AnyOrder(argparse.ArgumentParser):
    """argparse gives a list of paths what stands before the first option; this one, all of it."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self._last: argparse.Action | None = None
        super().__init__(*args, **more)

    def add_argument(self, *args: Any, **more: Any) -> argparse.Action:
        """Add an argument; what is left of a line is for the last one without a name."""
        action = super().add_argument(*args, **more)
        if not action.option_strings:
            self._last = action
        return action

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse all of it: what is unknown is an error of the command that was given."""
        found, rest = super().parse_known_args(args, namespace)
        if rest and not self._take(found, _words(rest)):
            self.error(f"unrecognized arguments: {' '.join(_strange(rest))}")
        return found, []

    def _take(self, found: argparse.Namespace, words: list[str]) -> bool:
        """Give the words between and after the options to the last argument without a name."""
        if not words or self._last is None:
            return False
        name, given = self._last.dest, getattr(found, self._last.dest, None)
        if self._last.nargs in _MANY:
            setattr(found, name, [*(given or []), *words])
        elif self._last.nargs == "?" and given == self.get_default(name) and len(words) == 1:
            setattr(found, name, words[0])
        else:
            return False
        return True


def _strange(rest: list[str]) -> list[str]:
    """Return what to complain of: options by their names alone, since a value may be a secret."""
    options = [word.partition("=")[0] for word in rest if word.startswith("-")]
    return options or rest


def _words(rest: list[str]) -> list[str]:
    """Return what is left over; nothing where there is an option among it."""
    end = rest.index("--") if "--" in rest else len(rest)
    if any(word.startswith("-") and word != "-" for word in rest[:end]):
        return []
    return [*rest[:end], *rest[end + 1 :]]
