"""Someone who types into the 2,000-line file of a session and asks for suggestions."""

from __future__ import annotations

import random
from time import perf_counter
from typing import Any, Final, NamedTuple

import psutil

from bench.peers import CAPABILITIES, Contestant
from bench.rawclient import RawClient, RequestFailed
from bench.workspace import Workspace

Notification = tuple[str, Any]
CANCELLED: Final = -32800
_SOON: Final = 1.5  # seconds after the start in which a server may rest before it reads more


class Shown(NamedTuple):
    """What one request gave: how long it took, and the text that would stand after the cursor."""

    seconds: float
    text: str


class Typist:
    """One server with the workspace open and the main file in the editor."""

    def __init__(self, contestant: Contestant, workspace: Workspace, seed: int) -> None:
        self.contestant = contestant
        self.workspace = workspace
        self.uri = workspace.main.as_uri()
        self.rng = random.Random(seed)
        self.version = 1
        self.lines = workspace.main_text.split("\n")
        self.line = self.column = 0
        self.serial = 0
        self.answered = 0.0  # when the last answer came
        self.unwritten = list(workspace.unwritten)
        self.client = RawClient(contestant.command, contestant.env, workspace.root)
        try:
            self.initialize_seconds = self.client.initialize(workspace.root, CAPABILITIES)
        except BaseException:
            self.client.close()
            raise
        self.client.notify("textDocument/didOpen", {"textDocument": self._opened()})

    def __enter__(self) -> Typist:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def settle(self, timeout: float = 30) -> None:
        """Wait until the server has nothing to do: it has read what it wants to read."""
        self.client.pause(_SOON)
        process = psutil.Process(self.client.process.pid)
        before, deadline = -1.0, perf_counter() + timeout
        while perf_counter() < deadline:
            used = sum(process.cpu_times()[:2])
            if used - before < 0.02:
                return
            before = used
            self.client.pause(0.5)

    def new_line(self, text: str) -> Notification:
        """Open a line with `text` within some function; the cursor stands at its end."""
        inside = [
            number
            for number in range(100, len(self.lines) - 100)
            if self.lines[number].startswith("        ")
            and self.lines[number + 1].startswith("        ")
        ]
        self.line = self.rng.choice(inside)
        return self._insert(self.line, len(self.lines[self.line]), "\n        " + text)

    def append_line(self, text: str) -> Notification:
        """Open a line with `text` at the end of the file."""
        self.line = len(self.lines) - 1
        return self._insert(self.line, len(self.lines[self.line]), "\n" + text)

    def type(self, text: str) -> Notification:
        return self._insert(self.line, self.column, text)

    def go_back(self) -> Notification:
        """Take back the last character of the line: what was asked for cannot fit any more."""
        self.column -= 1
        at, end = _at(self.line, self.column), _at(self.line, self.column + 1)
        text = self.lines[self.line]
        self.lines[self.line] = text[: self.column] + text[self.column + 1 :]
        return self._changed({"range": {"start": at, "end": end}, "text": ""})

    def remove_line(self) -> Notification:
        """Take the cursor's line away again, so that the file keeps its size."""
        before, end = len(self.lines[self.line - 1]), len(self.lines[self.line])
        start, stop = _at(self.line - 1, before), _at(self.line, end)
        del self.lines[self.line]
        return self._changed({"range": {"start": start, "end": stop}, "text": ""})

    def novel(self, stem: str) -> str:
        """The start of a statement that stands nowhere in the workspace."""
        self.serial += 1
        return f"{stem}_{self.serial:03d}_{self.rng.randrange(16**6):06x} = "

    def unwritten_line(self) -> tuple[str, str]:
        """A line that fits here and is not written yet, cut where the user pauses: (head, rest)."""
        line = self.unwritten.pop(0)
        while len(line.strip()) < 16:
            line = self.unwritten.pop(0)
        indent = len(line) - len(line.lstrip())
        cut = indent + round(len(line.strip()) * self.rng.uniform(0.4, 0.7))
        return line[:cut], line[cut:]

    def ask(self, *before: Notification, menu: bool = False) -> tuple[int, float]:
        """Request at the cursor, right behind the edits `before`: (id, time written)."""
        at = {
            "textDocument": {"uri": self.uri},
            "position": _at(self.line, self.column),
        }
        if menu or not self.contestant.inline:
            params = {**at, "context": {"triggerKind": 1}}
            return self.client.send("textDocument/completion", params, *before)
        params = {**at, "context": {"triggerKind": self.contestant.trigger}}
        return self.client.send("textDocument/inlineCompletion", params, *before)

    def shown(self, request: int, written: float) -> Shown:
        """Wait for the answer of `ask`."""
        answer = self.client.wait(request)
        self.answered = answer.at
        if answer.error and answer.error["code"] != CANCELLED:
            raise RequestFailed(f"{self.contestant.name}: {answer.error}")
        return Shown(answer.at - written, self._after_cursor(answer.result))

    def suggest(self, *before: Notification, menu: bool = False) -> Shown:
        return self.shown(*self.ask(*before, menu=menu))

    def key_pause(self, seconds: float, written: float) -> None:
        """Wait for the next key as a person does: listening to the server, not to the clock."""
        self.client.pause(max(0.0, written + seconds - perf_counter()))

    def _after_cursor(self, result: Any) -> str:
        items = result.get("items", []) if isinstance(result, dict) else result
        if not items:
            return ""
        item = items[0]
        edit = item.get("textEdit") or {"newText": item.get("insertText", ""), **item}
        span = edit.get("range") or edit.get("insert")
        text: str = edit["newText"]
        return text[self.column - span["start"]["character"] :] if span else text

    def _insert(self, line: int, column: int, text: str) -> Notification:
        """Insert into our own copy; return the notification that tells the server."""
        at = _at(line, column)
        head, tail = self.lines[line][:column], self.lines[line][column:]
        new = (head + text).split("\n")
        self.line, self.column = line + len(new) - 1, len(new[-1])
        new[-1] += tail
        self.lines[line : line + 1] = new
        return self._changed({"range": {"start": at, "end": at}, "text": text})

    def _changed(self, change: dict[str, Any]) -> Notification:
        self.version += 1
        document = {"uri": self.uri, "version": self.version}
        return "textDocument/didChange", {"textDocument": document, "contentChanges": [change]}

    def _opened(self) -> dict[str, Any]:
        return {
            "uri": self.uri,
            "languageId": "python",
            "version": self.version,
            "text": self.workspace.main_text,
        }


def _at(line: int, column: int) -> dict[str, int]:
    return {"line": line, "character": column}
