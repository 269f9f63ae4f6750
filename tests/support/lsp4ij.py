"""LSP4IJ as its source says it behaves (0.20, June 2026), over the fake editor: no IDE is run.

What it does with ghost text, actions, edits and questions is written down here in few lines each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.profiles import LSP4IJ

if TYPE_CHECKING:
    from support.editor import Editor

START: dict[str, Any] = {
    "capabilities": LSP4IJ,
    "clientInfo": {"name": "IntelliJ IDEA 2026.2 (build IU-262.1)", "version": "0.20.1"},
}
"""How it begins; the rest of `Editor.start` is the test's."""

AUTOMATIC = 2
QUICKFIX = "quickfix"


@dataclass(frozen=True, slots=True)
class Variant:
    """One suggestion as the IDE draws it: text behind the caret that is skipped, then the grey."""

    skip: str
    grey: str


class Ide:
    """One file in the IDE, with a caret. All texts here are within the basic plane."""

    def __init__(self, editor: Editor, uri: str, caret: int) -> None:
        self.editor = editor
        self.uri = uri
        self.caret = caret

    @property
    def text(self) -> str:
        """The text of the file."""
        return self.editor.text(self.uri)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and character of an offset."""
        before = self.text[:offset]
        return before.count("\n"), len(before.rpartition("\n")[2])

    async def type(self, text: str) -> None:
        """Type; the caret goes along."""
        await self.editor.change(self.uri, (*self.place(self.caret),) * 2, text)
        self.caret += len(text)

    async def items(self) -> list[dict[str, Any]]:
        """What the server suggests. The trigger is automatic, whoever asked."""
        return await self.editor.inline(self.uri, *self.place(self.caret), AUTOMATIC)

    async def variants(self) -> list[Variant]:
        """What is drawn of it."""
        return [found for item in await self.items() if (found := self.variant(item))]

    def variant(self, item: dict[str, Any]) -> Variant | None:
        """Draw an item: snippets as they stand, `filterText` and the command unused."""
        text = item["insertText"]
        text = text["value"] if isinstance(text, dict) else text
        if not text.strip():
            return None
        skip, grey = "", text
        if span := item.get("range"):
            document = self.editor.texts[self.uri]
            start = document.offset(span["start"]["line"], span["start"]["character"])
            end = document.offset(span["end"]["line"], span["end"]["character"])
            typed = self.caret - start
            if start < self.caret <= end and typed < len(text):
                grey = text[typed:]
            skip = self.text[self.caret : end] if end > self.caret else ""
        return Variant(skip, grey)

    async def accept(self, variant: Variant) -> None:
        """Insert the grey text behind what is skipped; the server hears of it as of any typing."""
        self.caret += len(variant.skip)
        await self.type(variant.grey)

    async def intentions(self) -> list[Any]:
        """What Alt+Enter offers at the caret beside quick fixes; no diagnostics are sent."""
        found = await self._actions({"start": self._position(), "end": self._position()}, [])
        return [one for one in found if one.get("kind") != QUICKFIX]

    async def quick_fixes(self, diagnostic: dict[str, Any]) -> list[Any]:
        """What it offers on a diagnostic."""
        found = await self._actions(diagnostic["range"], [diagnostic], only=[QUICKFIX])
        return [one for one in found if one.get("kind", "").startswith(QUICKFIX) or not one["kind"]]

    async def run(self, action: dict[str, Any]) -> Any:
        """Carry an action out; the edit first, then the command, if the server has named it."""
        if "edit" not in action and "command" not in action:
            action = await self.editor.request("codeAction/resolve", action)
        if edit := action.get("edit"):
            self.editor._apply(edit)
        if (command := action.get("command")) is None:
            return None
        assert command["command"] in self.editor.capabilities["executeCommandProvider"]["commands"]
        return await self.editor.request("workspace/executeCommand", command)

    def click(self, button: str | None) -> None:
        """Press this button of every balloon that asks; None closes it, unanswered."""
        gone = {"error": {"code": -32800, "message": "The request was cancelled"}}
        answer = gone if button is None else {"result": {"title": button}}
        self.editor.answers["window/showMessageRequest"] = answer

    def _position(self) -> dict[str, int]:
        line, character = self.place(self.caret)
        return {"line": line, "character": character}

    async def _actions(self, where: Any, diagnostics: list[Any], **context: Any) -> list[Any]:
        return list(
            await self.editor.request(
                "textDocument/codeAction",
                {
                    "textDocument": {"uri": self.uri},
                    "range": where,
                    "context": {"diagnostics": diagnostics, "triggerKind": 2, **context},
                },
            )
        )
