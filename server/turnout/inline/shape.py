"""Make what a model wrote fit the place it goes to. Pure, and made for any language.

Blocks are told by indentation and brackets: what is indented deeper than the line a statement
begins on, or stands within its brackets, belongs to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from turnout.inline.brackets import Bracket, brackets, open_quote, unclosed, unmatched
from turnout.inline.cursor import Cursor, indent_of, width

MAX_LINES: Final = 24
_ENOUGH_LINES: Final = 4  # of a block, for an answer before its end

_CLOSERS: Final = frozenset(")]}")
_CONTINUES_BLOCK: Final = re.compile(
    r"(?:[)\]}]|(?:end|fi|done|esac|else|elif|elsif|elseif|except|finally|catch|rescue|ensure|then|do|"
    r"when|case|default|until|endif|endfor|endwhile|endfunction)\b|</)"
)
_BLOCK_HEAD: Final = re.compile(r"(?:[:{(\[=\\]|=>|->|\b(?:do|then|else|begin))$")
_ONLY_CLOSERS: Final = re.compile(r"[)\]}]+[;,]?")
_UNSHOWABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)
_STUTTER: Final = re.compile(r"(?P<unit>[^\n]{3,80}?)(?P=unit){4,}")


@dataclass(frozen=True, slots=True)
class Shaped:
    """A text for a cursor. It replaces the first ``covers`` code points after the cursor."""

    text: str
    covers: int = 0


def shape(text: str, cursor: Cursor) -> Shaped | None:
    """Cut and mend a text so that it can stand at the cursor; None if nothing worth it is left."""
    text = _settle(text, cursor)
    text = text[: extent(text, cursor)[0]]
    text = _without_repeats(text, cursor)
    shaped = fit_rest(text, cursor)
    return shaped if shaped.text.strip() and not _says_the_same_again(shaped, cursor) else None


def progress(text: str, cursor: Cursor) -> Literal["begun", "answers", "whole"]:
    """Say how far the lines of a text that is still being written have come.

    "answers": a complete statement stands there. "whole": nothing that follows can belong to it.
    """
    text = _settle(text[: text.rfind("\n") + 1], cursor)
    if not text.strip():
        return "begun"
    end, closed = extent(text, cursor)
    if closed or len(_without_repeats(text[:end], cursor)) < end:
        return "whole"
    lines = text[:end].split("\n")
    first = cursor.head + lines[0]
    alone = bool(lines[0].strip()) and not _opens_block(first, cursor.language)
    if (alone and _depths(text, lines, cursor)[0] <= 0) or len(lines) >= _ENOUGH_LINES:
        return "answers"
    return "begun"


def _settle(text: str, cursor: Cursor) -> str:
    return _mend_indent(_without_echo(_clean(text), cursor), cursor)


def _clean(text: str) -> str:
    """End lines with a newline, and let nothing hidden in: no escape, no writing direction."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    hidden = _UNSHOWABLE.search(text)
    return text[: hidden.start()] if hidden else text


def _without_echo(text: str, cursor: Cursor) -> str:
    """Drop the beginning of the line where the model wrote it once more."""
    typed = cursor.head.strip()
    if len(typed) >= 3 and text.lstrip().startswith(typed):
        text = text.lstrip()[len(typed) :]
    if text[:1] in (" ", "\t") and cursor.head.endswith((" ", "\t")) and typed:
        return text.lstrip(" \t")
    return text


def _mend_indent(text: str, cursor: Cursor) -> str:
    """Drop indentation that stands before the cursor already."""
    if cursor.head.strip() or not cursor.head:
        return text
    first, newline, others = text.partition("\n")
    lead = indent_of(first)
    if not lead or not first.strip():
        return text
    above = cursor.previous()
    expected = width(indent_of(above)) + (1 if _opens_block(above, cursor.language) else 0)
    deeper = width(cursor.head) < expected
    below = next((line for line in others.split("\n") if line.strip()), None)
    if below is not None and width(indent_of(below)) >= width(cursor.head + lead):
        return text
    return text if deeper else first.removeprefix(lead) + newline + others


def extent(text: str, cursor: Cursor) -> tuple[int, bool]:
    """Return where the block that begins at the cursor ends, and whether a line after it was seen.

    Only lines that are ended by a newline count as seen.
    """
    lines = text.split("\n")
    block = _Block(text, lines, cursor)
    end, blanks = len(lines[0]), 0
    for number in range(1, len(lines)):
        seen = number < len(lines) - 1
        if not lines[number].strip():
            blanks += 1
            if blanks > 1 or not block.may_pause(number):
                return end, seen
            continue
        if number >= MAX_LINES:
            return end, True
        verdict = block.judge(number, after_blank=blanks > 0)
        if verdict == "outside":
            return end, seen
        end = sum(map(len, lines[: number + 1])) + number
        if verdict == "last":
            return end, seen
        blanks = 0
    return end, False


class _Block:
    """Which lines belong to the statement or the run of statements that begins at the cursor."""

    def __init__(self, text: str, lines: list[str], cursor: Cursor) -> None:
        self._lines = lines
        self._first = cursor.head + lines[0]
        self._alone = not cursor.head.strip()  # on a line of its own: its siblings belong to it
        self._language = cursor.language
        self._below = cursor.following()
        self._base = width(indent_of(self._first.rstrip() or cursor.head or cursor.previous()))
        self._depths = _depths(text, lines, cursor)
        self._deeper = False
        self._has_body = (
            not self._alone and self._depths[0] <= 0 and width(indent_of(self._below)) > self._base
        )

    def may_pause(self, number: int) -> bool:
        """Whether a blank line may stand here and the block go on after it."""
        opened = number == 1 and _opens_block(self._first, self._language)
        return self._deeper or opened or self._depths[number - 1] > 0

    def judge(self, number: int, *, after_blank: bool) -> Literal["inside", "last", "outside"]:
        """Say whether a line belongs to the block; lines are asked for in order."""
        line = self._lines[number].strip()
        indent = width(indent_of(self._lines[number]))
        if self._depths[number - 1] > 0:
            return "inside"
        if self._has_body:
            return "outside"
        if indent > self._base:
            self._deeper = True
            return "inside"
        if indent < self._base:
            return "last" if self._closes_what_is_open(number) else "outside"
        continues = self._deeper and _CONTINUES_BLOCK.match(line)
        opens = number == 1 and line == "{"
        return "inside" if continues or opens or (self._alone and not after_blank) else "outside"

    def _closes_what_is_open(self, number: int) -> bool:
        """Whether the line only closes what was opened above and is closed nowhere yet."""
        line = self._lines[number]
        return (
            _ONLY_CLOSERS.fullmatch(line.strip()) is not None
            and self._depths[number] < 0
            and width(indent_of(self._below)) < self._base
            and not _is_same(line, self._below)
        )


def _depths(text: str, lines: list[str], cursor: Cursor) -> list[int]:
    """Return how many brackets are open at the end of each line, those of the head included."""
    quote = open_quote(cursor.head, cursor.language)
    depth = len(unclosed(cursor.head, cursor.language))
    depths: list[int] = []
    end = -1
    marks = brackets(text, cursor.language, quote)
    mark: Bracket | None = next(marks, None)
    for line in lines:
        end += len(line) + 1
        while mark is not None and mark.index < end:
            depth += 1 if mark.mark in "([{" else -1 if mark.mark in _CLOSERS else 0
            mark = next(marks, None)
        depths.append(depth)
    return depths


def _opens_block(line: str, language: str) -> bool:
    line = line.rstrip()
    return _BLOCK_HEAD.search(line) is not None or bool(unclosed(line, language))


def _without_repeats(text: str, cursor: Cursor) -> str:
    """Cut where the text begins to repeat itself or what follows the cursor."""
    text = _without_stutter(text)
    lines = text.split("\n")
    below = cursor.following()
    for number, line in enumerate(lines):
        whole = line if number else cursor.head + line
        if (
            number
            and _is_same(whole, below)
            and (
                _says_something(line) or unmatched("\n".join(lines[: number + 1]), cursor.language)
            )
        ):
            return "\n".join(lines[:number])
        if period := _period(lines, number):
            return "\n".join(lines[: number + period])
    return text


def _without_stutter(text: str) -> str:
    for found in _STUTTER.finditer(text):
        if _says_something(found["unit"]):
            return text[: found.end("unit")]
    return text


def _period(lines: list[str], start: int) -> int:
    """Return the length of a run of lines that stands three times from ``start`` on, 0 if none."""
    for length in range(1, (len(lines) - start) // 3 + 1):
        run = lines[start : start + length]
        if (
            run == lines[start + length : start + 2 * length]
            and run == lines[start + 2 * length : start + 3 * length]
            and any(_says_something(line) for line in run)
        ):
            return length
    return 0


def _is_same(line: str, other: str) -> bool:
    return bool(other) and line.rstrip() == other.rstrip()


def _says_something(line: str) -> bool:
    return sum(map(str.isalnum, line)) >= 3


def _says_the_same_again(shaped: Shaped, cursor: Cursor) -> bool:
    """Whether the line would become the one above or below it."""
    line = cursor.head + shaped.text.split("\n", 1)[0]
    if _is_same(line, cursor.following()):
        return _says_something(line)
    return (
        "\n" not in shaped.text
        and _is_same(line, cursor.previous())
        and sum(map(str.isalnum, line)) >= 8
    )


def fit_rest(text: str, cursor: Cursor) -> Shaped:
    """Fit the text to the rest of the line: what closes there already is not closed twice.

    A text that goes on after closing what the rest of the line closes replaces that rest.
    """
    rest = cursor.rest.strip()
    if not rest:
        return Shaped(text.rstrip())
    at = _where_rest_begins(text, rest, cursor)
    if at is None:
        line, newline, _ = text.partition("\n")
        if newline and not unclosed(line, cursor.language):
            text = line
        return Shaped(text.rstrip())
    tail = text[at:].rstrip()
    if "\n" in text[:at] or rest.startswith(tail) or not _holds(tail.split("\n", 1)[0], rest):
        return Shaped(text[:at])
    return Shaped(text.rstrip(), len(cursor.rest.rstrip()))


def without_cover(shaped: Shaped, cursor: Cursor) -> Shaped | None:
    """Return the part that can be inserted as it is, for editors that can not replace the rest."""
    if not shaped.covers or not cursor.rest.strip():
        return Shaped(shaped.text)
    at = _where_rest_begins(shaped.text, cursor.rest.strip(), cursor)
    text = shaped.text[:at]
    return Shaped(text) if text.strip() else None


def _where_rest_begins(text: str, rest: str, cursor: Cursor) -> int | None:
    """Return where the text says what the rest of the line says, None where it does not."""
    quote = open_quote(cursor.head, cursor.language)
    for bracket in unmatched(text, cursor.language, quote):
        if bracket.mark[0] == rest[0]:
            return bracket.index
    if rest[0] in _CLOSERS or rest[0] == quote[:1]:
        return None
    first = text.split("\n", 1)[0].rstrip()
    return len(first) - len(rest) if first.endswith(rest) else None


def _holds(line: str, rest: str) -> bool:
    """Whether the characters of ``rest`` stand in ``line`` in their order."""
    letters = iter(line)
    return all(letter.isspace() or letter in letters for letter in rest)
