"""Lines by which a model leaves code out: ``...`` and ``# rest of the function unchanged``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_DOTS: Final = r"(?:\.{3,}|…)"
_COMMENT: Final = r"\s*(?:\#|//|--|/\*+|\*|<!--|;+|%|\{/\*)\s*[(\[]?\s*"
_CODE: Final = (
    r"(?:code|functions?|methods?|class|file|body|implementation|lines|logic|imports|fields|tests"
    r"|definitions|content)"
)
_STAYS: Final = (
    r"(?:here|below|above|goes|is|are|as|it|was|before|remains?|stays?|the|same|unchanged"
    r"|unmodified|omitted|for|brevity|continues?|follows|not|shown)"
)
_END: Final = r"[\s.…)\]]*(?:\*/\}?|-->)?\s*"
_BARE: Final = re.compile(rf"\s*{_DOTS}\s*[,;]?\s*")
_WORDED: Final = re.compile(
    rf"{_COMMENT}{_DOTS}.*"
    rf"|{_COMMENT}(?:the\s+)?(?:rest|remainder|remaining|existing|unchanged|previous)(?:\s+of)?"
    rf"(?:\s+(?:the|this|your|its))?(?:\s+(?:existing|original))?\s+{_CODE}(?:\s+{_STAYS})*{_END}"
    rf"|{_COMMENT}(?:(?:{_CODE}\s+)?(?:unchanged|omitted)(?:\s+{_STAYS})*|(?:same\s+)?as\s+before"
    rf"|no\s+changes?(?:\s+here)?){_END}",
    re.IGNORECASE,
)
_LONGEST: Final = 300


def leaves_out(line: str) -> bool:
    """Whether a line stands for lines that are not written."""
    if len(line) > _LONGEST:
        return False
    return _BARE.fullmatch(line) is not None or _WORDED.fullmatch(line) is not None


def new_elision(before: Sequence[str], after: Sequence[str]) -> str | None:
    """Return a line of the new text that leaves out what the old one has, if there is one.

    A bare ``...`` is a body in Python: it may stand below a line that is new too.
    """
    known = {line.strip() for line in before}
    above = ""
    for line in after:
        if leaves_out(line) and line.strip() not in known:
            stub = _BARE.fullmatch(line) and above.endswith(":") and above not in known
            if not stub:
                return line.strip()
        above = line.strip() or above
    return None
