"""Edits of several files as one `WorkspaceEdit`, in the form that the client declares.

One edit is one step to undo. It carries the versions it is for, so that a client whose text has
moved on applies nothing; where the client can, it is shown and confirmed before anything changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lsprotocol import types

from turnout.edits.change import TextChange

if TYPE_CHECKING:
    from turnout.document import Document
    from turnout.lsp.client import ClientFacts
    from turnout.lsp.positions import Positions

_ANNOTATION: Final = "turnout"

Operation = types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile


@dataclass(frozen=True, slots=True)
class Placed:
    """The changes of one file, in its text as it is now. A new file's text is empty."""

    document: Document
    changes: Sequence[TextChange]
    open: bool = True  # the client has a version of it
    new: bool = False


def can_apply(client: ClientFacts, files: Sequence[Placed]) -> bool:
    """Whether the client can be asked to carry this out."""
    return client.apply_edit and (client.creates_files or not any(file.new for file in files))


def workspace_edit(
    client: ClientFacts, positions: Positions, files: Sequence[Placed], label: str = ""
) -> types.WorkspaceEdit:
    """Make the edit; with a label it has to be confirmed, where the client asks for that."""
    if not client.document_changes and not any(file.new for file in files):
        changes: dict[str, Sequence[types.TextEdit]] = {
            file.document.uri: _edits(positions, file) for file in files
        }
        return types.WorkspaceEdit(changes=changes)
    annotated = bool(label) and client.change_annotations
    operations = [
        operation for file in files for operation in _operations(positions, file, annotated)
    ]
    edit = types.WorkspaceEdit(document_changes=operations)
    if annotated:
        annotation = types.ChangeAnnotation(label=label, needs_confirmation=True)
        edit.change_annotations = {_ANNOTATION: annotation}
    return edit


def _operations(positions: Positions, file: Placed, annotated: bool) -> Iterator[Operation]:
    uri = file.document.uri
    if file.new:
        options = types.CreateFileOptions(overwrite=False, ignore_if_exists=False)
        annotation = _ANNOTATION if annotated else None
        yield types.CreateFile(uri=uri, options=options, annotation_id=annotation)
    version = file.document.version if file.open else None
    edits: list[types.TextEdit | types.AnnotatedTextEdit] = [*_edits(positions, file)]
    if annotated:
        edits = [
            types.AnnotatedTextEdit(
                range=edit.range, new_text=edit.new_text, annotation_id=_ANNOTATION
            )
            for edit in edits
        ]
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=version)
    yield types.TextDocumentEdit(text_document=identifier, edits=edits)


def _edits(positions: Positions, file: Placed) -> list[types.TextEdit]:
    return [
        types.TextEdit(
            range=positions.range(file.document, change.start, change.end), new_text=change.text
        )
        for change in file.changes
    ]
