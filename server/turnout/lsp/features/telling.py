"""Answers in words: streamed where the client shows documents, else by the plainest means.

An explanation is a note then, an information diagnostic at the code: every client shows those,
where it belongs, without blocking anything. Any other text is the result of its command, and a
message says the beginning of it. Nothing is written into the workspace, and nothing is opened.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types

from turnout.edits.anchor import anchor, squeeze
from turnout.edits.findings import Finding, Mark
from turnout.edits.plain import plain
from turnout.engine.ask import Answer
from turnout.lsp.features.findings import NOTE
from turnout.lsp.features.remedies import say
from turnout.lsp.features.running import Running
from turnout.tasks.review import MESSAGE_CHARACTERS
from turnout.tasks.suggest import Suggestion, surroundings

if TYPE_CHECKING:
    from turnout.lsp.features.slots import Result

_CUT: Final = "Cut at the answer's limit."


class Telling(Running):
    """Shows a text."""

    async def prepare(self) -> bool:
        """Tell what a command is to run in, which no document says."""
        if self.ask.task == "suggest":
            around = surroundings(self.server.app.environ, sys.platform)
            self.ask = replace(self.ask, materials=(*self.ask.materials, around))
        return await super().prepare()

    def show(self, value: Any, model: str) -> None:
        """Stream it, where the client shows that."""
        words = len(value.text.split())
        self.progress.report(f"{model}: {words} word{'s' * (words != 1)}")
        if self.server.client.shows_documents:
            self.stream(value.text, model)

    async def conclude(self, answer: Answer) -> Result:
        """Show the whole of it."""
        text, complete = answer.value.text, answer.value.complete
        self.closing = f"{answer.model}: {'done' if complete else 'cut at its limit'}"
        failures = list(answer.verdict.failures) if answer.verdict else []
        remarks = failures if complete else [_CUT, *failures]
        shown = "\n\n".join((text, *(f"({remark})" for remark in remarks)))
        if self.server.client.shows_documents:
            self.stream(shown, answer.model, done=True)
        elif self.ask.task == "explain":
            self._note(shown, answer.model)
        else:
            say(self.server, types.MessageType.Info, " ".join(shown.split()))
        result = {"text": text, "complete": complete, "failures": failures}
        if isinstance(answer.value, Suggestion):
            result |= {"command": answer.value.command, "warning": answer.value.warning}
        return result

    def _note(self, text: str, model: str) -> None:
        document = self.current()
        place = _headline(document.text, self.mark) if document else None
        if document is None or place is None:
            return
        store = self.findings.store
        old = [f.id for f in store.of(self.uri) if f.category == NOTE and self.mark.covers(f)]
        store.remove(self.uri, old)
        quote = document.text[slice(*place)]
        message = plain(text, MESSAGE_CHARACTERS)
        store.add(self.uri, [Finding(*place, quote, "info", NOTE, message, model)])
        self.findings.publish(self.uri)


def _headline(text: str, mark: Mark) -> tuple[int, int] | None:
    """Return the first line of a range that is enough to be found again."""
    start = end = mark.start
    while end < mark.end:
        newline = text.find("\n", end, mark.end)
        end = mark.end if newline < 0 else newline + 1
        if not squeeze(text[start:end]):
            start = end
        elif anchor(text, text[start:end], start, end):
            return start + _leading(text[start:end]), start + len(text[start:end].rstrip())
    return None


def _leading(text: str) -> int:
    return len(text) - len(text.lstrip())
