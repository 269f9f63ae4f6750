"""What tests of ghost text share: how it is asked for, and what the editor makes of it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from support.editor import Editor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from turnout.app import App

METHOD = "textDocument/inlineCompletion"
URI = "file:///ws/x.py"


def params(line: int, character: int, kind: int = 2, uri: str = URI, **context: Any) -> Any:
    return {
        "textDocument": {"uri": uri},
        "position": {"line": line, "character": character},
        "context": {"triggerKind": kind, **context},
    }


async def items(editor: Editor, *where: Any, **more: Any) -> list[dict[str, Any]]:
    result = await editor.request(METHOD, params(*where, **more))
    return list(result["items"])


def accepted(editor: Editor, item: dict[str, Any], uri: str = URI) -> str:
    """The text after the editor applied the item."""
    text, span = editor.texts[uri], item["range"]
    start = text.offset(span["start"]["line"], span["start"]["character"])
    end = text.offset(span["end"]["line"], span["end"]["character"])
    assert span["start"]["line"] == span["end"]["line"]
    return text.value[:start] + item["insertText"] + text.value[end:]


@asynccontextmanager
async def opened(app: App, text: str = "x = \n") -> AsyncIterator[Editor]:
    """An editor with one document, where a value is to be completed."""
    async with Editor.in_process(app) as editor:
        await editor.open(URI, text)
        yield editor
