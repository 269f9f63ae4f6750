"""One edit in texts from hell: our document store against the one of pygls, in one process."""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import perf_counter
from typing import Final

from lsprotocol import types
from pygls.workspace import TextDocument

from bench.figures import Figures
from turnout.lsp.documents import DocumentStore
from turnout.lsp.positions import Positions

URI: Final = "file:///bench.py"
TEXTS: Final = {
    "5 MB line": ("x = ['é', " + "12345, " * 715_000 + "]\n", types.Position(0, 2_500_000)),
    "50,000 lines": ("    total = total + amount * rate\n" * 50_000, types.Position(25_000, 20)),
}
Edit = Callable[[types.TextDocumentContentChangePartial], object]


def run(figures: Figures, count: int) -> None:
    """Type a character and look at the text at the place where it went."""
    for name, (text, at) in TEXTS.items():
        typed = types.TextDocumentContentChangePartial(text="y", range=types.Range(at, at))
        edits = {"turnout": _ours(text, at), "pygls": _theirs(text, at)}
        for round_ in range(count):
            for contestant, edit in edits.items():
                # pygls needs more than a second for one of these; one of them says enough.
                if contestant == "pygls" and round_ >= max(1, count // 10):
                    continue
                gc.collect()
                started = perf_counter()
                edit(typed)
                figures.add(contestant, f"one edit: {name}", perf_counter() - started)


def _ours(text: str, at: types.Position) -> Edit:
    store = DocumentStore(Positions())
    store.open(types.TextDocumentItem(URI, "python", 1, text))

    def edit(change: types.TextDocumentContentChangePartial) -> object:
        version = store.version(URI)
        assert version is not None
        store.change(URI, version + 1, [change])
        document = store.snapshot(URI)
        assert document is not None
        return document.lines[at.line]

    return edit


def _theirs(text: str, at: types.Position) -> Edit:
    document = TextDocument(URI, text, version=1, language_id="python")

    def edit(change: types.TextDocumentContentChangePartial) -> object:
        document.apply_change(change)
        return document.lines[at.line]

    return edit
