"""Places what a model proposes in a text: where it is certain, or not at all.

Promises: every change stands where the quoted lines stand once, or once within what was asked
about; line ends, indentation and the end of the file stay the file's own. Not promised: that a
quote which is not quite right finds its place. It is refused, with the reason.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from turnout.edits import gaps
from turnout.edits.change import Span, Swap, TextChange, core, smallest
from turnout.edits.elision import new_elision
from turnout.edits.lines import Lines, as_lines, indent
from turnout.edits.merge import merged, tidy, whole
from turnout.edits.plain import plain
from turnout.edits.proposed import Proposed

Reason = Literal[
    "not found", "ambiguous", "overlaps", "no change", "out of range", "leaves code out",
    "indentation", "not allowed", "out of scope",
]  # fmt: skip
_Found = tuple[Swap, ...] | Reason | None


@dataclass(frozen=True, slots=True)
class Target:
    """What was asked about in a text, and what else may be done to it."""

    span: Span | None = None
    only_span: bool = False  # nothing else may change
    may_append: bool = False  # new text without a quote goes to the end
    put_at: int | None = None  # or behind the line of this offset, as deep as that line


@dataclass(frozen=True, slots=True)
class Refusal:
    """A proposal that is not applied, and why."""

    proposed: Proposed
    reason: Reason
    detail: str = ""

    @property
    def sentence(self) -> str:
        """The reason in words, for whoever tries again; it is shown, and quotes the model."""
        if self.reason == "out of scope":
            return plain(self.detail, _LONGEST)
        said = f"{_SENTENCES[self.reason]}{self.detail and f': {self.detail}'}."
        return plain(f"{self.proposed.path or 'The file'}: {said}", _LONGEST)


@dataclass(frozen=True, slots=True)
class Applied:
    """The changes of one text, sorted and apart, and what was refused."""

    changes: tuple[TextChange, ...]
    refusals: tuple[Refusal, ...] = ()


_LONGEST: Final = 1_000  # characters of a sentence
_SENTENCES: Final[dict[Reason, str]] = {
    "not found": "the quoted lines do not stand in it",
    "ambiguous": "the quoted lines stand in it more than once; quote more of what is around them",
    "overlaps": "two of the edits change the same lines",
    "no change": "the edit changes nothing",
    "out of range": "the edit changes lines outside of what was asked about",
    "leaves code out": "the new text must be written out in full",
    "indentation": "the edit is indented in another way than the file",
    "not allowed": "an edit must quote the lines that it replaces",
    "out of scope": "the file must not be changed",
}


def apply(text: str, proposals: Iterable[Proposed], target: Target) -> Applied:
    """Place proposals in a text, all of them in the text as it is now."""
    lines = Lines(text)
    taken: list[TextChange] = []
    refusals: list[Refusal] = []
    for proposed in dict.fromkeys(proposals):
        changes = place(lines, proposed, target)
        if isinstance(changes, Refusal):
            refusals.append(changes)
        elif any(_collide(one, other) for one in changes for other in taken):
            refusals.append(Refusal(proposed, "overlaps"))
        else:
            taken += changes
    return Applied(tuple(sorted(taken)), tuple(refusals))


def place(lines: Lines, proposed: Proposed, target: Target) -> tuple[TextChange, ...] | Refusal:
    """Place one proposal."""
    if target.span is not None:
        target = dataclasses.replace(target, span=lines.snapped(target.span))
    search, replace = as_lines(proposed.search), as_lines(proposed.replace)
    found: _Found
    if proposed.form == "whole":
        found = _whole(lines, replace, target)
    elif not any(line.strip() for line in search):
        found = _append(lines, replace, target)
    else:
        found = _search(lines, proposed, search, replace, target)
    if found is None:
        return Refusal(proposed, "not found", _first_unknown(lines, search))
    if isinstance(found, str):
        return Refusal(proposed, found)
    return _checked(lines, proposed, found, target)


def _checked(
    lines: Lines, proposed: Proposed, swaps: Sequence[Swap], target: Target
) -> tuple[TextChange, ...] | Refusal:
    for swap in swaps:
        if left := new_elision(lines.contents[swap.first : swap.last], swap.lines):
            return Refusal(proposed, "leaves code out", f"not as {left[:80]!r}")
    changes = [change for swap in swaps if (change := smallest(lines, swap)) is not None]
    if not changes:
        return Refusal(proposed, "no change")
    if target.only_span and target.span is not None:
        start, end = target.span
        cores = [core(lines.text, change) for change in changes]
        if any(first < start or last > end for first, last in cores):
            return Refusal(proposed, "out of range")
    return tuple(changes)


def _search(
    lines: Lines, proposed: Proposed, search: list[str], replace: list[str], target: Target
) -> _Found:
    found: _Found = None
    if proposed.form == "text":
        found = _literally(lines, proposed.search, proposed.replace, target)
    if found is None:
        found = _by_lines(lines, search, replace, target)
    if found is None:
        found = _by_lines(lines, *_without_margins(search, replace), target)
    if found is None and len(search) == len(replace) == 1:
        found = _literally(lines, search[0].strip(), replace[0].strip(), target)
    if found is None:
        found = _around_gaps(lines, search, replace)
    return found


def _by_lines(lines: Lines, search: list[str], replace: list[str], target: Target) -> _Found:
    """Replace whole lines, whatever the blanks around them.

    What stands once exactly, but elsewhere with another indentation, may have been quoted from
    there: that is no certainty.
    """
    places = lines.loosely(search)
    spans = [(lines.starts[at], lines.starts[at + len(search)]) for at in places]
    chosen = _choose(spans, target)
    return _swap(lines, places[chosen], search, replace) if isinstance(chosen, int) else chosen


def _swap(lines: Lines, at: int, search: list[str], replace: list[str]) -> _Found:
    new = merged(lines, at, search, replace)
    return "indentation" if new is None else (Swap(at, at + len(search), new),)


def _choose(spans: list[Span], target: Target) -> int | Reason | None:
    """Return which of some places is meant, where there is no doubt."""
    if len(spans) < 2:
        return 0 if spans else None
    if target.span is None:
        return "ambiguous"
    start, end = target.span
    within = [at for at, span in enumerate(spans) if start <= span[0] and span[1] <= end]
    return within[0] if len(within) == 1 else "ambiguous"


def _literally(lines: Lines, wanted: str, new: str, target: Target) -> _Found:
    """Replace the very characters; whole lines among them as lines."""
    if wanted[:1] in ("", "\n"):
        return None
    places = [
        at
        for at in lines.characters(wanted)
        if not (_cuts_word(lines.joined, at) or _cuts_word(lines.joined, at + len(wanted)))
    ]
    spans = [(lines.offset(at), lines.offset(at + len(wanted))) for at in places]
    chosen = _choose(spans, target)
    if not isinstance(chosen, int):
        return chosen
    first, column = lines.at(places[chosen])
    last, end = lines.at(places[chosen] + len(wanted))
    left = lines.contents[first][:column]
    right = lines.contents[last][end:] if end else ""
    last += end > 0
    if not (left + right).strip():
        return _by_lines(lines, as_lines(wanted), as_lines(new), target)
    below = as_lines(new)[1:]
    if left and not left.strip() and any(x.strip() and not x.startswith(left) for x in below):
        return "indentation"
    return (Swap(first, last, as_lines(left + new + right)),)


def _cuts_word(text: str, at: int) -> bool:
    """Whether a word goes on there: ``x = 1`` does not stand in ``max = 10``."""
    if not 0 < at < len(text):
        return False
    return all(character.isalnum() or character == "_" for character in text[at - 1 : at + 1])


def _around_gaps(lines: Lines, search: list[str], replace: list[str]) -> _Found:
    wanted, new = gaps.parts(search), gaps.parts(replace)
    if len(wanted) == 1 or not any(wanted):
        return None
    if len(wanted) != len(new):
        return "leaves code out"
    swaps: list[Swap] = []
    for at, (part, instead) in enumerate(zip(wanted, new, strict=True)):
        if part == instead:
            continue
        places = gaps.places(lines, wanted, at) if part else []
        if len(places) != 1:
            return "ambiguous" if places or not part else None
        found = _swap(lines, places[0], part, instead)
        if not isinstance(found, tuple):
            return found
        swaps += found
    return tuple(swaps)


def _append(lines: Lines, replace: list[str], target: Target) -> _Found:
    if target.put_at is not None:
        return _put(lines, replace, target.put_at)
    if any(lines.bare) and not target.may_append:
        return "not allowed"
    return (Swap(len(lines), len(lines), replace),)


def _put(lines: Lines, new: list[str], offset: int) -> _Found:
    """Put lines behind that of the cursor, which tells how deep they are; a blank one gives way."""
    first, last = lines.covering((offset, offset + 1))
    if offset >= lines.starts[-1] and lines.text.endswith(("\n", "\r")):
        first = last = len(lines)
    own = indent(lines.contents[first]) if first < last else ""
    depths = [indent(line) for line in new if line.strip()]
    margin = min(depths, key=len, default="")
    if not all(depth.startswith(margin) for depth in depths):
        return "indentation"
    moved = [own + line.removeprefix(margin) if line.strip() else "" for line in new]
    tidied = tidy(lines, moved)
    if tidied is None:
        return "indentation"
    blank = first < last and not lines.contents[first].strip()
    return (Swap(first if blank else last, last, tidied),)


def _whole(lines: Lines, replace: list[str], target: Target) -> _Found:
    if target.put_at is not None:
        return _put(lines, replace, target.put_at)
    swap = whole(lines, replace, target.span)
    return "indentation" if swap is None else (swap,)


def _without_margins(search: list[str], replace: list[str]) -> tuple[list[str], list[str]]:
    """Leave out the blank lines after the marks, if there are as many around both parts."""
    (above, below), others = _margins(search), _margins(replace)
    if (above, below) == others:
        return search[above : len(search) - below], replace[above : len(replace) - below]
    return search, replace


def _margins(lines: list[str]) -> tuple[int, int]:
    visible = [at for at, line in enumerate(lines) if line.strip()]
    return (visible[0], len(lines) - visible[-1] - 1) if visible else (0, 0)


def _first_unknown(lines: Lines, search: list[str]) -> str:
    bare = map(str.strip, search)
    unknown = next((line for line in bare if line and line not in lines.known_bare), "")
    return f"{unknown[:80]!r} is no line of it" if unknown else ""


def _collide(one: TextChange, other: TextChange) -> bool:
    if one.start == one.end or other.start == other.end:
        return one.start <= other.end and other.start <= one.end
    return one.start < other.end and other.start < one.end
