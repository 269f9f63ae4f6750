"""What recall gives to the rest of the server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Proposal:
    """A text that continues at the cursor, up to the end of its line."""

    text: str
    confidence: float
    """How likely it is exactly the rest of the line, 0 to 1."""
    proposer: str
    """Who found it: "suffix", "rename" or "line"; joined with "+" where they agree."""


@dataclass(frozen=True, slots=True)
class RecallStats:
    """The state of the index, for people."""

    files: int
    tokens: int
    bytes: int
    """Memory held by the index, without the vocabulary's strings."""
    segments: int
    words: int
    live: int
    ready: bool
    """An index was asked for and nothing is waiting to be read."""
    building: bool
