"""The text of a document as an editor keeps it."""

from __future__ import annotations

import re

_LINE_END = re.compile(r"\r\n|\n|\r")
_UNIT = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


class Text:
    """What an editor has of a document: one string, and positions in the client's units.

    Kept plain on purpose: it is what the server's documents are compared with.
    """

    def __init__(self, text: str, encoding: str, version: int = 1) -> None:
        self.value = text
        self.version = version
        self._codec, self._width = _UNIT[encoding]

    def units(self, text: str) -> int:
        return len(text.encode(self._codec, "surrogatepass")) // self._width

    def offset(self, line: int, character: int) -> int:
        start = 0
        for _ in range(line):
            end = _LINE_END.search(self.value, start)
            if end is None:
                return len(self.value)
            start = end.end()
        end = _LINE_END.search(self.value, start)
        content = self.value[start : end.start() if end else None]
        if content.isascii():
            return start + min(character, len(content))
        data = content.encode(self._codec, "surrogatepass")[: character * self._width]
        return start + len(data.decode(self._codec, "surrogatepass"))

    def position(self, offset: int) -> dict[str, int]:
        ends = [end.end() for end in _LINE_END.finditer(self.value) if end.end() <= offset]
        start = ends[-1] if ends else 0
        return {"line": len(ends), "character": self.units(self.value[start:offset])}

    def replace(self, start: int, end: int, text: str) -> None:
        self.value = self.value[:start] + text + self.value[end:]
        self.version += 1
