"""Carries the indentation of the file over to what a model wrote with another one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from turnout.edits.lines import indent

Pair = tuple[str, str]
"""A line as the model has it, and the same line of the file."""


def carry(pairs: Sequence[Pair], new: Sequence[str], unit: str) -> list[str] | None:
    """Return new lines as the file would indent them; None where that is not certain."""
    indents = _indents(pairs)
    if all(theirs == ours for theirs, ours in indents):
        return list(new)
    if _first_differs(indents):
        return _first_mended(indents[0][1], new)
    table = dict(indents)
    if any(table[theirs] != ours for theirs, ours in indents):
        return None
    if len(indents) == 1 and _may_be_first_only(indents[0], new):
        return None
    return _each(new, lambda theirs: _carried(theirs, table, unit))


def shift(pairs: Sequence[Pair], new: Sequence[str], unit: str) -> list[str] | None:
    """Do the same where lines may have changed their level: only if all moved by the same."""
    indents = _indents(pairs)
    if _first_differs(indents):
        return _first_mended(indents[0][1], new)
    table = dict(indents)
    if any(table[theirs] != ours for theirs, ours in indents):
        return None
    return _each(new, lambda theirs: _shifted(theirs, table, unit))


def _indents(pairs: Sequence[Pair]) -> list[tuple[str, str]]:
    return [(indent(theirs), indent(ours)) for theirs, ours in pairs if theirs.strip()]


def _each(new: Sequence[str], translate: Callable[[str], str | None]) -> list[str] | None:
    lines = []
    for line in new:
        now = translate(indent(line)) if line.strip() else ""
        if now is None:
            return None
        lines.append(now + line.lstrip())
    return lines


def _first_differs(indents: Sequence[tuple[str, str]]) -> bool:
    """Whether the text was quoted from its first visible character on, the rest as it stands."""
    return len(indents) > 1 and not indents[0][0] and all(a == b for a, b in indents[1:])


def _may_be_first_only(pair: tuple[str, str], new: Sequence[str]) -> bool:
    """Whether the lines below the first could be meant as they stand as well as shifted."""
    below = [line for line in new if line.strip()][1:]
    return not pair[0] and bool(below) and all(line.startswith(pair[1]) for line in below)


def _first_mended(missing: str, new: Sequence[str]) -> list[str] | None:
    visible = [at for at, line in enumerate(new) if line.strip()]
    if not visible or indent(new[visible[0]]):
        return None
    if any(not indent(new[at]) for at in visible[1:]):
        return None  # is it missing there too?
    return [missing + line if at == visible[0] else line for at, line in enumerate(new)]


def _carried(theirs: str, table: dict[str, str], unit: str) -> str | None:
    if theirs in table:
        return table[theirs]
    shifted = _shifted(theirs, table, unit)
    return shifted if shifted is not None else _scaled(theirs, table, unit)


def _shifted(theirs: str, table: dict[str, str], unit: str) -> str | None:
    """Add or take away the same blanks everywhere: whole levels, or what several levels show."""
    key, value = next(iter(table.items()))
    added, gone = value.removesuffix(key), key.removesuffix(value)
    if value.endswith(key):
        same = all(ours == added + other for other, ours in table.items())
    else:
        same = key.endswith(value) and all(other == gone + ours for other, ours in table.items())
    blanks = added if value.endswith(key) else gone
    if not same or (blanks.replace(unit, "") and len(table) == 1):
        return None
    if value.endswith(key):
        return _uniform(added + theirs, unit)
    return theirs.removeprefix(gone) if theirs.startswith(gone) else None


def _uniform(indentation: str, unit: str) -> str | None:
    """Refuse to mix: blanks in a file of tabs would be a level of another width."""
    other = " " if "\t" in unit else "\t"
    return None if other in indentation else indentation


def _scaled(theirs: str, table: dict[str, str], unit: str) -> str | None:
    """Translate levels of another width, once two of them are known."""
    known = sorted(table.items(), key=lambda pair: len(pair[0]))
    steps = {
        (lower[0].removeprefix(upper[0]), lower[1].removeprefix(upper[1]))
        for upper, lower in pairwise(known)
        if lower[0].startswith(upper[0]) and lower[1].startswith(upper[1])
    }
    widths = {step for step, ours in steps if ours == unit}
    base = max((key for key in table if theirs.startswith(key)), key=len, default=None)
    if len(widths) != 1 or base is None:
        return None
    width, rest = widths.pop(), theirs.removeprefix(base)
    levels = len(rest) // len(width)
    return table[base] + unit * levels if rest == width * levels else None
