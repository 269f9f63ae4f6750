"""The thoughts that some models tell in tags before they answer."""

from __future__ import annotations

import re
from typing import Final

_BEGIN: Final = re.compile(r"\s*<think(?:ing)?>", re.IGNORECASE)
_END: Final = re.compile(r"</think(?:ing)?>\s*", re.IGNORECASE)
_TAG: Final = 11  # characters of the longest one
_BLANK: Final = 1_000  # characters that may stand before it


class Thoughts:
    """Lets through what is no thought. Only what an answer begins with is taken for one."""

    def __init__(self) -> None:
        self._held = ""
        self._begun = False
        self._over = False

    def feed(self, text: str) -> str:
        """Take streamed text; return what of it belongs to the answer."""
        if self._over:
            return text
        self._held += text
        if not self._begun and not self._begins():
            return self.rest() if self._over else ""
        end = _END.search(self._held)
        # A tag may have come in halves; nothing else of a thought is kept.
        self._held = self._held[end.end() :] if end else self._held[-_TAG:]
        if end is None:
            return ""
        self._begun, self._over = False, True
        return self.rest()

    def rest(self) -> str:
        """Return what was held back, when nothing more comes; nothing of a thought."""
        held, self._held = self._held, ""
        return "" if self._begun else held

    def _begins(self) -> bool:
        self._begun = _BEGIN.match(self._held) is not None
        told = self._held.lstrip()
        self._over = not self._begun and (len(told) >= _TAG or not "<thinking>".startswith(told))
        return self._begun
