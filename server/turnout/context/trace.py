"""Where a stack trace or the output of a failing test points to, and the code that stands there.

The text is data from anywhere: a path in it opens no file. It only chooses among the files of the
workspace and the open documents, which are known to be allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from turnout.context.files import SourceFile
from turnout.context.outline import first_lines
from turnout.context.pieces import Piece
from turnout.context.scene import Scene
from turnout.context.syntax import Symbol
from turnout.document import Span

_LONGEST_TRACE: Final = 200_000  # characters
_LONGEST_LINE: Final = 2_000  # of a trace that is searched
_MOST_FRAMES: Final = 400
_MOST_SHOWN: Final = 12
_SYMBOL_LINES: Final = 60  # up to which what holds the line is shown whole
_AROUND: Final = 12  # lines on either side in a longer one

_PATH: Final = r"(?P<path>(?:file://)?(?:[A-Za-z]:)?[^\s\"'()<>:|*?,;\[\]{}]{1,400})"
_SPACED: Final = r"(?P<path>(?:file://)?(?:[A-Za-z]:)?[^\"()<>:|*?\n]{1,400}?)"
_JAVA: Final = (
    r"\bat (?:[\w.-]+/{1,2})?(?P<class>[\w$.]+)\.[\w$<>]+"
    r"\((?P<path>[\w$]+\.\w+):(?P<line>\d+)\)"
)
_FORMS: Final = tuple(
    re.compile(form)
    for form in (
        rf"File \"{_SPACED}\", line (?P<line>\d+)",  # Python
        rf"\bat (?:[^()\n]{{1,300}} )?\((?:async )?{_SPACED}:(?P<line>\d+):\d+\)",  # JavaScript
        _JAVA,
        rf"(?:^|[\s(\[@]|-->|from ){_PATH}:(?:line )?(?P<line>\d+)(?=[:)\],\s.]|$)",  # most others
        rf"(?:^|\s){_PATH}\((?P<line>\d+)(?:,\d+)?\)",  # TypeScript's compiler, MSVC
    )
)
_SOURCE: Final = re.compile(r"[^/\\]\.[A-Za-z][\w+]{0,9}$|[/\\](?:Rakefile|Gemfile|Makefile)$")
_LAST_IS_INNERMOST: Final = re.compile(r"Traceback \(most recent call last\)")
_FOREIGN: Final = re.compile(
    r"^(?:java|javax|jdk|sun|kotlin|scala|org/junit)/"
    r"|(?:^|[/\\])(?:site-packages|dist-packages|node_modules|node:internal|rustc|\.cargo|\.rustup"
    r"|go[/\\]pkg[/\\]mod|usr[/\\](?:lib|include|local[/\\]go)|gems|lib[/\\](?:python|ruby)[\d.]*)"
    r"(?:[/\\]|$)"
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A place that a trace names, as it names it."""

    path: str  # with / between its parts
    line: int  # the first is 1


def frames(text: str) -> tuple[Frame, ...]:
    """Return the places in a trace, each once, what was running when it failed first."""
    found: dict[Frame, None] = {}
    for line in text[:_LONGEST_TRACE].splitlines():
        for frame in _in_line(line[:_LONGEST_LINE]):
            found[frame] = None
        if len(found) > _MOST_FRAMES:
            break
    inner_last = _LAST_IS_INNERMOST.search(text) is not None
    return tuple(reversed(found)) if inner_last else tuple(found)


def traced(scene: Scene) -> Iterator[Piece]:
    """Yield the code that the frames of the target's trace name, as far as it is ours."""
    known = sorted({*scene.workspace.files, *scene.files.open})
    shown: set[tuple[str, int]] = set()
    for frame in frames(scene.target.trace):
        scene.on_time()
        path = _chosen(frame.path, known)
        file = scene.files.get(path) if path else None
        place = _line(file, frame.line) if file else None
        if file is None or place is None:
            continue
        symbol = file.tree.symbol_at(place)
        key = (file.path, symbol.span.start if symbol and _is_short(file, symbol) else place.start)
        if key in shown or _stands(scene, file, place):
            continue
        shown.add(key)
        spans = _around(file, symbol, place)
        yield from scene.piece("frame", file, spans, 94 - len(shown), spans[-1].end)
        if len(shown) == _MOST_SHOWN:
            return


def _in_line(line: str) -> Iterator[Frame]:
    for form in _FORMS:
        matches = list(form.finditer(line))
        for match in matches:
            named = match.groupdict()
            path = named["path"].strip().replace("\\", "/")
            if path.startswith("file://"):
                path = unquote(path.removeprefix("file://"))
            if named.get("class"):
                package = named["class"].partition("$")[0].rpartition(".")[0]
                path = f"{package.replace('.', '/')}/{path}" if package else path
            if _SOURCE.search(path) and len(named["line"]) <= 7 and int(named["line"]):
                yield Frame(path, int(named["line"]))
        if matches:
            return


def _chosen(path: str, known: Iterable[str]) -> str | None:
    """Return the one file that a path of a trace means; it may come from another machine.

    The longest end that they have in common decides. A library's file is not taken for one of ours
    that happens to be called the same.
    """
    ours = {name.replace("\\", "/"): name for name in known}
    if path in ours:
        return ours[path]
    if _FOREIGN.search(path):
        return None
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    for length in range(len(parts), 0, -1):
        end = "/" + "/".join(parts[-length:])
        fitting = [name for name in ours if name.endswith(end)]
        if fitting:
            return ours[fitting[0]] if len(fitting) == 1 else None
    return None


def _line(file: SourceFile, number: int) -> Span | None:
    """Return the first word of a line; None where the file has no such line or it is empty."""
    start = 0
    for _ in range(number - 1):
        start = file.text.find("\n", start) + 1
        if not start:
            return None
    end = file.text.find("\n", start)
    end = len(file.text) if end < 0 else end
    start += len(file.text[start:end]) - len(file.text[start:end].lstrip())
    return Span(start, end) if start < end else None


def _stands(scene: Scene, file: SourceFile, place: Span) -> bool:
    """Whether the line stands in the target itself."""
    return file.path == scene.path and scene.shown.holds(place)


def _is_short(file: SourceFile, symbol: Symbol) -> bool:
    return file.text.count("\n", symbol.span.start, symbol.span.end) < _SYMBOL_LINES


def _around(file: SourceFile, symbol: Symbol | None, place: Span) -> list[Span]:
    """Return the symbol whole where it is short, else its header and the lines around the place."""
    if symbol and _is_short(file, symbol):
        return [symbol.span]
    text, start, end = file.text, place.start, place.end
    for _ in range(_AROUND + 1):
        start = max(text.rfind("\n", 0, start), 0)
        end = text.find("\n", end + 1) if end < len(text) else end
        end = len(text) if end < 0 else end
    start = start + 1 if start else 0
    if symbol is None:
        return [Span(start, end)]
    near = Span(max(start, symbol.span.start), min(end, symbol.span.end))
    header = Span(symbol.span.start, symbol.body.start if symbol.body else symbol.named.end)
    header = first_lines(text, [header], _AROUND)[0]
    return [header, near] if header.end < near.start else [Span(header.start, near.end)]
