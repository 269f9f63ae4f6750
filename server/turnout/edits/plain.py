"""A model's words are data: nothing in them steers a terminal, hides, or can be clicked."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

# Zero-width and direction controls, invisible operators, fillers, variation selectors that carry
# bytes, and the tag characters U+E0000.. that spell hidden instructions.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0e\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e01ef]"
)
_ESCAPES: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]?"  # CSI: colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\|\x9c)?"  # OSC...
    r"|\x1b[ -/]{0,8}[0-~]?"
)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
# Behind a name, ")" or "]" it is code, f[x](y.z): there parting "](" is enough.
_MARKDOWN_LINK: Final = re.compile(
    r"(?:!|(?<![\w)\]]))\[([^\[\]\n]{0,500}+)\]\([^)\n:/.#]{0,2000}+[:/.#][^)\n]{0,2000}+\)"
)
_REFERENCE: Final = re.compile(r"^[ \t]*\[[^\]\n]{1,200}\]:[ \t]*\S.*$", re.MULTILINE)
_COMMAND_LINK: Final = re.compile(
    r"(?:\]\(\s{0,40}<?|href\s{0,40}=\s{0,40}[\"']?\s{0,40}|\]:\s{0,40}<?|<)"
    r"((?:command|javascript|vbscript|vscode(?:-insiders)?|file|ms-[a-z-]{1,40}+):\S{0,200})",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://|\bwww\.", re.IGNORECASE)
_SCHEME: Final = re.compile(
    r"\b(command|javascript|vbscript|vscode(?:-insiders)?|data|file|mailto|ms-[a-z-]{1,40}+):(?=\S)",
    re.IGNORECASE,
)


def without_invisible(text: str) -> str:
    """Take out what a reader cannot see: zero-width, direction and tag characters."""
    return _INVISIBLE.sub("", text)


def has_hidden(text: str) -> bool:
    """Whether there is anything in a text that a reader cannot see, or that steers a terminal."""
    return any(pattern.search(text) for pattern in (_INVISIBLE, _CONTROLS, _SURROGATES))


def hidden(text: str) -> Counter[str]:
    """Return how often each character is there that a reader cannot see."""
    found: Counter[str] = Counter()
    for pattern in (_INVISIBLE, _CONTROLS, _SURROGATES):
        found.update(pattern.findall(text))
    found.pop("\f", None)  # ends a page in some old sources, and is seen there
    return found


def commands(text: str) -> Counter[str]:
    """Return the links in a text that an editor would carry out rather than open."""
    return Counter(match.casefold() for match in _COMMAND_LINK.findall(text))


def visible(text: str) -> str:
    """Take out escape sequences, controls and what cannot be seen; links stay."""
    text = _CONTROLS.sub("", _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n"))
    return _SURROGATES.sub("\ufffd", without_invisible(text))


def plain(text: str, limit: int) -> str:
    """Return readable text only: no escape sequence, control, hidden character or link."""
    text = _unlinked(visible(text[: 4 * limit]))
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _unlinked(text: str) -> str:
    """Leave the words of links and take what would make them clickable.

    Taking one link out can put another together, hence again until nothing changes.
    """
    for _ in range(8):
        before = text
        text = _MARKDOWN_LINK.sub(r"\1", text)
        text = _REFERENCE.sub("", text)
        text = _SCHEME.sub(r"\1: ", _ADDRESS.sub("", text)).replace("](", "] (")
        if text == before:
            return text
    return text.replace("://", ": ")
