"""Findings that the user does not want to see again, by what they say of which code.

Kept for each workspace, across restarts, as digests: the file tells nothing of the code.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from turnout.edits.anchor import squeeze
from turnout.edits.findings import Finding

if TYPE_CHECKING:
    from pathlib import Path

    from turnout.session.rows import Rows

_CAP_BYTES: Final = 8 * 2**20  # some 50,000


class Dismissals:
    """What was dismissed in one workspace."""

    def __init__(self, folder: Path, workspace: str) -> None:
        self._folder = folder
        self._workspace = workspace
        self._known: frozenset[str] = frozenset()

    async def load(self) -> None:
        """Learn what was dismissed so far, in other windows too."""
        self._known |= await asyncio.to_thread(lambda: self._rows().keys())

    async def add(self, finding: Finding) -> None:
        """Dismiss a finding for good, even if nobody waits for it."""
        key = self._key(finding)
        self._known |= {key}
        await asyncio.shield(asyncio.to_thread(lambda: self._rows().write({key: b""})))

    def without(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return the findings that were not dismissed, as far as it is loaded."""
        return tuple(finding for finding in findings if self._key(finding) not in self._known)

    def _key(self, finding: Finding) -> str:
        said = (self._workspace, squeeze(finding.quote), finding.category, finding.symbol)
        digest = blake2b(digest_size=16)
        for text in said:
            digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
        return digest.hexdigest()

    def _rows(self) -> Rows:
        from turnout.session.rows import Rows  # diskcache takes its time

        return Rows(self._folder, _CAP_BYTES)
