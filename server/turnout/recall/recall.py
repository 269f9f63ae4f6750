"""The face of recall: live files, the index, and proposals from both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from turnout.document import Document
from turnout.recall.background import Indexer, Pace
from turnout.recall.candidates import candidates
from turnout.recall.fit import fit
from turnout.recall.gate import Gate
from turnout.recall.index import Index
from turnout.recall.lexer import LONGEST_LINE
from turnout.recall.live import LiveFile
from turnout.recall.proposal import Proposal, RecallStats
from turnout.recall.query import Query


class Recall:
    """Proposes the rest of a line from the user's own code."""

    def __init__(self, contains_secret: Callable[[str], bool]) -> None:
        self._contains_secret = contains_secret
        self._index = Index()
        self._pace = Pace()
        self._indexer = Indexer(self._index, self._pace)
        self._live: dict[str, LiveFile] = {}
        self._gate = Gate.shipped()
        self._generation = 0

    def open(self, uri: str, lines: Sequence[str]) -> None:
        """Follow a file from now on; its lines may keep their ends."""
        self._pace.touch()
        path = Document(uri, 0, "", ()).path
        index = self._index
        self._live[uri] = LiveFile(path, lines, index.vocabulary, index.frequency)

    def splice(self, uri: str, line: int, removed: int, lines: Sequence[str]) -> None:
        """Put lines in the place of `removed` lines from `line` on."""
        self._pace.touch()
        live = self._live.get(uri)
        if live is not None:
            live.splice(line, removed, lines)

    def close(self, uri: str) -> None:
        """Follow a file no more; what is on disk counts again."""
        self._live.pop(uri, None)

    def propose(self, uri: str, line: int, column: int, limit: int = 1) -> list[Proposal]:
        """How the line may go on behind a cursor, the most likely first."""
        self._pace.touch()
        query = self._query(uri, line, column)
        if query is None:
            return []
        proposals: list[Proposal] = []
        for confidence, candidate in self._gate.rank(candidates(query)):
            text = fit(candidate.text, query.after)
            if not text or any(text == proposal.text for proposal in proposals):
                continue
            if self._contains_secret(text) or self._contains_secret(query.before + text):
                continue
            proposals.append(Proposal(text, confidence, candidate.proposer))
            if len(proposals) == limit:
                break
        return proposals

    async def index(self, root: Path, allowed: Callable[[str], str | None]) -> None:
        """Index the files below a folder in the background; returns when it is done."""
        await asyncio.wrap_future(self._indexer.add_root(root, allowed))

    def forget(self, path: Path) -> None:
        """A file is gone, or may be read no more."""
        self._indexer.forget(path)

    def refresh(self, path: Path) -> None:
        """A file was saved or changed on disk."""
        self._indexer.read(path)

    def stop(self) -> None:
        """Index nothing more."""
        self._indexer.stop()

    def stats(self) -> RecallStats:
        """The state of the index."""
        index, busy = self._index, self._indexer.busy
        return RecallStats(
            files=len(index),
            tokens=index.tokens,
            bytes=index.nbytes,
            segments=len(index.segments),
            words=len(index.vocabulary),
            live=len(self._live),
            ready=self._indexer.asked and not busy,
            building=busy,
        )

    def _query(self, uri: str, line: int, column: int) -> Query | None:
        live = self._live.get(uri)
        if live is None or not 0 <= line < len(live.lines):
            return None
        text = live.lines[line]
        column = min(max(column, 0), len(text))
        before = text[: min(column, LONGEST_LINE + 1)]
        if len(before) > LONGEST_LINE or before.isspace() or not before:
            return None
        if self._generation != self._index.generation:
            self._generation = self._index.generation
            for some in self._live.values():
                some.rename_again()
        segments, hidden = self._index.view(live.path)
        after = text[column : column + LONGEST_LINE]
        return Query(live, line, before, after, segments, hidden, self._index.vocabulary)
