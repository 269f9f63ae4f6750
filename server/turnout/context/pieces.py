"""Pieces of context, and which of them fit a budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal, get_args

Kind = Literal[
    "instructions",  # the project's own: AGENTS.md, CLAUDE.md, CONTRIBUTING.md
    "import",  # what the file imports
    "definition",  # of a name that is used
    "sibling",  # from the test of this source, or the source of this test
    "caller",  # where the symbol is called
    "use",  # of a package that is spoken of
    "example",  # from another test of the project, where the code has none yet
    "scope",  # what the symbol lies in, without the bodies of its neighbours
    "near",  # the rest of the file, from the target outwards
    "frame",  # what a stack trace or a failing test points to
    "diagnostic",  # what the editor reports there
    "edit",  # what was changed lately
    "target",  # the symbol itself, whole
]
_ORDER: Final = {kind: at for at, kind in enumerate(get_args(Kind))}
STABLE: Final[frozenset[Kind]] = frozenset(
    {"instructions", "import", "definition", "sibling", "caller", "use", "example"}
)
"""What stays the same while the user edits the target; it stands first, for the prompt cache."""

_WORDS: Final[dict[Kind, str]] = {
    "instructions": "What the project asks of contributors, from",
    "import": "Imports of",
    "definition": "Definition in",
    "sibling": "From the other half of code and test,",
    "caller": "Called in",
    "use": "Used in",
    "example": "How this project is tested, from",
    "scope": "What it lies in, shortened,",
    "near": "Elsewhere in",
    "frame": "Named by the trace, in",
    "diagnostic": "Reported by other tools on",
    "edit": "Edited a moment ago in",
    "target": "The code in question, whole,",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A text that a model may see, and where it comes from. It is data, whatever it says."""

    kind: Kind
    path: str  # below the workspace folder
    start_line: int  # the first is 1
    text: str
    weight: float  # what it is worth: the lowest goes first

    @property
    def stable(self) -> bool:
        """Whether it stays the same while the target is edited."""
        return self.kind in STABLE

    @property
    def title(self) -> str:
        """What it is and where, in words. The name of the file is as little vouched for as text."""
        line = f", line {self.start_line}" if self.start_line > 1 else ""
        return f"{_WORDS[self.kind]} {self.path}{line}"


@dataclass(frozen=True, slots=True)
class Original:
    """A file that pieces were cut from, to the character, so that an edit of it has its place."""

    path: str  # below the workspace folder, as in the pieces
    uri: str
    version: int | None  # of the open document; None for what lies on the disk
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Context:
    """What was found for a target, in the order in which it is sent."""

    pieces: tuple[Piece, ...] = ()
    complete: bool = True  # False: time ran out before everything was looked at
    root: str = ""  # the workspace folder of the target
    files: tuple[Original, ...] = ()  # that pieces were cut from, besides the target's

    @classmethod
    def of(
        cls,
        pieces: Iterable[Piece],
        *,
        complete: bool = True,
        root: str = "",
        files: tuple[Original, ...] = (),
    ) -> Context:
        """Put pieces in order; of equal texts only the one that is worth most is kept."""
        best: dict[str, Piece] = {}
        for piece in pieces:
            known = best.get(piece.text)
            if piece.text.strip() and (known is None or known.weight < piece.weight):
                best[piece.text] = piece
        return cls(tuple(sorted(best.values(), key=_place)), complete, root, files)

    def fit(
        self,
        tokens: int,
        estimate: Callable[[str], int],
        without: Iterable[Kind] = (),
    ) -> tuple[Piece, ...]:
        """Return what fits, in order. The least useful goes first; ``without`` goes always."""
        left_out = frozenset(without)
        chosen: list[Piece] = []
        for piece in sorted(self.pieces, key=lambda piece: (-piece.weight, _place(piece))):
            if piece.kind in left_out:
                continue
            cost = estimate(f"{piece.title}\n{piece.text}\n")
            if cost <= tokens:
                tokens -= cost
                chosen.append(piece)
        return tuple(sorted(chosen, key=_place))


def _place(piece: Piece) -> tuple[int, float, str, int, str]:
    newest_last = piece.weight if piece.kind == "edit" else 0.0
    return _ORDER[piece.kind], newest_last, piece.path, piece.start_line, piece.text
