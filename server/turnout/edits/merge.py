"""New lines in the clothes of the file: what stays is the file's own, what is new looks like it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from turnout.edits.change import Span, Swap
from turnout.edits.indentation import Pair, carry, shift
from turnout.edits.lines import Lines, indent

_MOST_COMPARED: Final = 400_000  # pairs of lines


def merged(lines: Lines, at: int, search: Sequence[str], new: Sequence[str]) -> list[str] | None:
    """Return the new lines for those from ``at`` on, which ``search`` quotes more or less."""
    found = lines.contents[at : at + len(search)]
    if list(found) == list(search):
        return tidy(lines, new)
    carried = carry(list(zip(search, found, strict=True)), new, lines.unit)
    if carried is None:
        return None
    if any(map(_is_trailed, search, found)):
        search, new = _stripped(search), _stripped(new)
        carried = _stripped(carried)
    for theirs, ours in _same(search, new):
        carried[ours] = found[theirs]
    return tidy(lines, carried)


def tidy(lines: Lines, new: Sequence[str]) -> list[str] | None:
    """Take the blanks from the ends of new lines, unless that is how the file is written.

    Blanks where the whole file has tabs, or tabs where it has blanks, are not understood.
    """
    if any(lines.is_foreign(line) for line in new):
        return None
    if lines.trails:
        return list(new)
    return [line if line in lines.known else line.rstrip() for line in new]


def _is_trailed(theirs: str, ours: str) -> bool:
    """Whether the model added blanks at the end of a line."""
    return theirs != theirs.rstrip() and ours == ours.rstrip()


def whole(lines: Lines, new: Sequence[str], span: Span | None) -> Swap | None:
    """Return the lines that replace all of a span; None where their indentation is not certain."""
    first, last = lines.covering(span) if span else (0, len(lines))
    first, last = _trimmed(lines.contents, first, last)
    begin, end = _trimmed(new, 0, len(new))
    old, new = lines.contents[first:last], list(new[begin:end])
    same_level = not old or not new or indent(old[0]) == indent(new[0])
    shifted = new if same_level else _moved(lines, old, new)
    tidied = None if shifted is None else tidy(lines, shifted)
    return None if tidied is None else Swap(first, last, tidied)


def _moved(lines: Lines, old: Sequence[str], new: Sequence[str]) -> list[str] | None:
    """Return new lines on the level of the old ones; those that are the same stay as they were."""
    bare = [line.strip() for line in old], [line.strip() for line in new]
    same = list(_same(*bare))
    pairs = [(new[0], old[0]), *_shallowest(new[1:], old[1:])]
    pairs += [(new[ours], old[theirs]) for theirs, ours in same if ours]
    shifted = shift(pairs, new, lines.unit)
    if shifted is None:
        return None
    for theirs, ours in same:
        if shifted[ours].rstrip() == old[theirs].rstrip():
            shifted[ours] = old[theirs]
    return shifted


def _shallowest(new: Sequence[str], old: Sequence[str]) -> list[Pair]:
    """Return the least indented line of each, which should be of one level."""
    theirs = min((line for line in new if line.strip()), key=lambda x: len(indent(x)), default="")
    ours = min((line for line in old if line.strip()), key=lambda x: len(indent(x)), default="")
    return [(theirs, ours)] if theirs and ours else []


def _trimmed(lines: Sequence[str], first: int, last: int) -> tuple[int, int]:
    while first < last and not lines[first].strip():
        first += 1
    while first < last and not lines[last - 1].strip():
        last -= 1
    return first, last


def _stripped(lines: Sequence[str]) -> list[str]:
    return [line.rstrip() for line in lines]


def _same(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Return which lines of the old text are which of the new."""
    size = min(len(old), len(new))
    if len(old) * len(new) > _MOST_COMPARED:
        head = next((at for at in range(size) if old[at] != new[at]), size)
        yield from ((at, at) for at in range(head))
        return
    for a, b, length in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        yield from ((a + step, b + step) for step in range(length))
