"""What an editor does with a workspace edit: all of it or nothing, as one step to undo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from support.text import Text

if TYPE_CHECKING:
    from support.editor import Editor


def apply(editor: Editor, edit: dict[str, Any]) -> bool:
    """Apply an edit; false where a version is not the editor's own, or the user says no."""
    annotations = (edit.get("changeAnnotations") or {}).values()
    if not editor.confirms and any(one.get("needsConfirmation") for one in annotations):
        return False
    changes: dict[str, list[Any]] = dict(edit.get("changes") or {})
    made: set[str] = set()
    for change in edit.get("documentChanges") or []:
        if change.get("kind") == "create":
            if change["uri"] in editor.texts or on_disk(editor, change["uri"]) is not None:
                return False
            made.add(change["uri"])
            continue
        uri, version = change["textDocument"]["uri"], change["textDocument"].get("version")
        is_open = uri in editor.texts
        if version is not None and not (is_open and version == editor.texts[uri].version):
            return False
        changes.setdefault(uri, []).extend(change["edits"])
    known = {uri: on_disk(editor, uri) for uri in changes if uri not in editor.texts}
    if any(text is None and uri not in made for uri, text in known.items()):
        return False
    for uri, edits in changes.items():
        if uri in editor.texts:
            editor.put(uri, edited(editor.texts[uri], edits))
        else:
            editor.files[uri] = edited(Text(known[uri] or "", editor.encoding, 0), edits)
    return True


def on_disk(editor: Editor, uri: str) -> str | None:
    """What a file holds that is not open, as far as the editor knows."""
    path = Path(unquote(urlsplit(uri).path))
    if uri in editor.files:
        return editor.files[uri]
    return path.read_bytes().decode() if path.is_file() else None


def edited(document: Text, edits: list[Any]) -> str:
    """As editors do: all edits speak of the text before any of them."""
    spans = [
        (document.offset(*_pair(e["range"]["start"])), document.offset(*_pair(e["range"]["end"])))
        for e in edits
    ]
    value = document.value
    for (start, end), edit in sorted(zip(spans, edits, strict=True), key=_start, reverse=True):
        value = value[:start] + edit["newText"] + value[end:]
    return value


def _pair(position: dict[str, int]) -> tuple[int, int]:
    return position["line"], position["character"]


def _start(item: tuple[tuple[int, int], Any]) -> int:
    return item[0][0]
