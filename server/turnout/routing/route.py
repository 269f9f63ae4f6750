"""The explained decision for one request."""

from __future__ import annotations

from dataclasses import dataclass

from turnout.vocabulary import RECALL, Layer, Task


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that may answer, and why it stands where it does."""

    name: str  # "recall" or "provider/name"
    reason: str  # "routes.review", "TURNOUT_MODEL", ...
    price: float | None = None  # USD, expected for this request; None where it is not known

    @property
    def is_recall(self) -> bool:
        """Whether this is the embedded engine, which needs no provider."""
        return self.name == RECALL


@dataclass(frozen=True, slots=True)
class RuledOut:
    """A model that was considered and may not answer."""

    name: str
    reason: str
    remedy: str = ""
    unfit: bool = False  # by what the model is, not by what may be done with it


@dataclass(frozen=True, slots=True)
class Route:
    """Candidates in order of preference. Where there is none, `why` and `remedy` say so.

    ``escalation`` is asked once where an answer does not pass its check; it is a candidate too, the
    last. Without it, the model that answered is asked once more.
    """

    task: Task
    layer: Layer
    candidates: tuple[Candidate, ...]
    ruled_out: tuple[RuledOut, ...] = ()
    why: str = ""  # only where there is no candidate
    remedy: str = ""
    escalation: Candidate | None = None
