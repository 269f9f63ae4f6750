"""What is asked: the cursor, what stands before it, and everywhere it can be looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from turnout.recall.lexer import LONGEST_LINE, half_word, line_tokens
from turnout.recall.live import LiveFile
from turnout.recall.occurrences import Found, Text, scan, search_segment
from turnout.recall.segment import DEPTH, Segment, Sorted
from turnout.recall.vocabulary import NAME, Ints, Vocabulary


@dataclass(frozen=True)
class Query:
    """A cursor in a live file, and the index as it is now."""

    live: LiveFile
    line: int
    before: str
    """The text of the cursor's line up to the cursor."""
    after: str
    segments: Sequence[Segment]
    hidden: tuple[Segment, int] | None
    """Where the index holds this very file: the editor's text is the true one."""
    vocabulary: Vocabulary

    @cached_property
    def half_word(self) -> str:
        """The word that the cursor stands in or behind; the proposal must complete it."""
        return half_word(self.before[-LONGEST_LINE:])

    @cached_property
    def line_context(self) -> list[int]:
        """The whole tokens before the cursor on its line."""
        end = len(self.before) - len(self.half_word)
        return line_tokens(self.before[max(0, end - LONGEST_LINE) : end], self.vocabulary)

    @cached_property
    def spaced(self) -> bool:
        """Blanks before the next token are already there."""
        return not self.half_word and self.before[-1:].isspace()

    @cached_property
    def _bounds(self) -> tuple[int, int]:
        return self.live.place(self.line, self.line + 1)

    @cached_property
    def context(self) -> list[int]:
        """The last tokens before the cursor, over line ends."""
        start = self._bounds[0]
        earlier = self.live.tokens[max(1, start - DEPTH) : start].tolist()
        return [*earlier, *self.line_context][-DEPTH:]

    def find(self) -> list[Found]:
        """Occurrences of the context, token for token."""
        found = [self._search(segment, segment.exact, self.context, 1) for segment in self.segments]
        found += self._scan(self.live.tokens, self.context)
        return [some for some in found if some is not None]

    def find_renamed(self, least: int) -> list[Found]:
        """Occurrences of at least so many tokens of the context, but for its rare names."""
        names, context = self.vocabulary.names, self.context
        found = []
        for segment in self.segments:
            compared = [NAME if names[t] and t not in segment.common else t for t in context]
            found.append(self._search(segment, segment.renamed, compared, least))
        compared = self.live.rename(np.array(context, np.int32)).tolist()
        found += self._scan(self.live.renamed, compared)
        return [some for some in found if some is not None]

    def _search(
        self, segment: Segment, stream: Sorted, context: Sequence[int], least: int
    ) -> Found | None:
        hidden = self.hidden[1] if self.hidden and self.hidden[0] is segment else None
        return search_segment(segment, stream, context, hidden, least)

    def _scan(self, compared: Ints, context: Sequence[int]) -> list[Found | None]:
        """In the lines above the cursor's and those below it, never in its own."""
        tokens, gaps = self.live.tokens, self.live.gaps
        start, stop = self._bounds
        above = Text(tokens[:start], gaps[:start], compared[:start], None)
        below = Text(tokens[stop:], gaps[stop:], compared[stop:], None)
        return [scan(above, context, above=True), scan(below, context, above=False)]
