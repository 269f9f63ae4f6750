"""Places a quote with gaps: its parts in order, the text in the gaps staying as it is."""

from __future__ import annotations

from collections.abc import Sequence

from turnout.edits.elision import leaves_out
from turnout.edits.lines import Lines


def parts(lines: Sequence[str]) -> list[list[str]]:
    """Cut a quote at the lines that leave something out."""
    cut: list[list[str]] = [[]]
    for line in lines:
        if leaves_out(line):
            cut.append([])
        else:
            cut[-1].append(line)
    return cut


def places(lines: Lines, wanted: Sequence[Sequence[str]], at: int) -> list[int]:
    """Return the lines where one part may stand, if all the parts stand in order."""
    every = [lines.exactly(part) or lines.loosely(part) if part else [] for part in wanted]
    earliest, latest = 0, len(lines)
    for part, found in zip(wanted[:at], every[:at], strict=True):
        if part:
            after = [place for place in found if place >= earliest]
            if not after:
                return []
            earliest = after[0] + len(part)
    for part, found in reversed(list(zip(wanted[at + 1 :], every[at + 1 :], strict=True))):
        if part:
            before = [place for place in found if place + len(part) <= latest]
            if not before:
                return []
            latest = before[-1]
    return [p for p in every[at] if earliest <= p and p + len(wanted[at]) <= latest]
