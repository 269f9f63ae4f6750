"""What a model proposes to change, as it wrote it: nothing here has been placed or judged yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Form = Literal["block", "text", "whole"]


@dataclass(frozen=True, slots=True)
class Proposed:
    """One replacement in one file.

    A ``block`` speaks of whole lines, a ``text`` (JSON) of the very characters, and ``whole`` of
    everything that was asked about.
    """

    path: str
    search: str
    replace: str
    form: Form = "block"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer proposes, and how much of it could be read."""

    proposed: tuple[Proposed, ...]
    complete: bool  # nothing was cut off
    unread: tuple[str, ...] = ()  # what is wrong with the rest, each a sentence
    empty: bool = False  # it says in so many words that there is nothing to change
