"""Edits that wait for the user's word, and how they are carried out once it is given.

The text may move on while they wait: then they are placed anew in the text as it is, all of them
or none. What has no certain place any more is said, never guessed.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from turnout.document import Document, split_lines
from turnout.edits.anew import placed_anew
from turnout.edits.outcome import EditSet, FileEdit
from turnout.edits.plain import plain
from turnout.lsp.client import path_of
from turnout.lsp.workspace_edits import Placed, can_apply, workspace_edit

if TYPE_CHECKING:
    from turnout.lsp.server import TurnoutServer

_MOST: Final = 16
_LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class Proposal:
    """An edit that was shown."""

    edits: EditSet
    model: str
    call: str = ""  # its line in the ledger
    uri: str = ""  # of the document that was asked about
    folder: Path | None = None  # of the workspace, in which new files are made
    mends: frozenset[str] = frozenset()  # the messages of findings that it was asked to mend
    id: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class Applied:
    """Whether the client carried an edit out, and if not, why."""

    applied: bool
    why: str = ""


class Pending:
    """The last proposals of a session that were neither applied nor discarded."""

    def __init__(self) -> None:
        self._proposals: OrderedDict[str, Proposal] = OrderedDict()

    def add(self, proposal: Proposal) -> None:
        """Keep a proposal until it is decided about."""
        self._proposals[proposal.id] = proposal
        while len(self._proposals) > _MOST:
            self._proposals.popitem(last=False)

    def of(self, uri: str) -> list[Proposal]:
        """Return those that were made for a file or change it, the latest first."""
        return [
            proposal
            for proposal in reversed(self._proposals.values())
            if uri in (proposal.uri, *(file.subject.uri for file in proposal.edits.files))
        ]

    def get(self, proposal_id: object) -> Proposal | None:
        """Return a proposal; None where there is none any more."""
        return self._proposals.get(proposal_id) if isinstance(proposal_id, str) else None

    def settle(self, proposal_id: str) -> None:
        """Forget a proposal that was decided about."""
        self._proposals.pop(proposal_id, None)


def pending_of(server: TurnoutServer) -> Pending:
    """Return the proposals of a session."""
    return server.part(Pending, Pending)


async def apply(server: TurnoutServer, proposal: Proposal, *, confirm: bool = False) -> Applied:
    """Have the client carry a proposal out, as one step to undo."""
    outcome = Applied(False)
    for _ in range(2):  # an edit may cross a change of the text that is on its way
        files, refusals = await _placed(server, proposal)
        if refusals or not files:
            return Applied(False, " ".join(refusals) or "There is nothing to apply.")
        outcome = await apply_files(server, files, proposal.edits.label, confirm=confirm)
        if outcome.applied or not _moved_on(server, files):
            break
    return outcome


async def apply_files(
    server: TurnoutServer, files: Sequence[Placed], label: str, *, confirm: bool = False
) -> Applied:
    """Have the client change files that are as they are now."""
    if not can_apply(server.client, files):
        return Applied(False, _unable([file.document for file in files if file.new]))
    edit = workspace_edit(server.client, server.positions, files, label if confirm else "")
    try:
        result = await server.workspace_apply_edit_async(
            types.ApplyWorkspaceEditParams(label=label, edit=edit)
        )
    except JsonRpcException:
        return Applied(False, "Your editor refused the edit.")
    return Applied(result.applied, plain(result.failure_reason or "", _LONGEST_REASON))


def _unable(new: Sequence[Document]) -> str:
    if not new:
        return "Your editor cannot carry this edit out."
    return (
        f"Your editor makes no files for a server. Make {', '.join(str(one.path) for one in new)}, "
        'empty, then choose "Apply" among the actions of the file that was asked about.'
    )


def placed_now(server: TurnoutServer, proposal: Proposal) -> list[Placed]:
    """Place a proposal without reading a file; empty where that cannot be done, or not any more."""
    found = [_present(server, file, {}, proposal.folder) for file in proposal.edits.files]
    placed = [one for one in found if not isinstance(one, str)]
    return placed if len(placed) == len(found) and not any(one.new for one in placed) else []


def _moved_on(server: TurnoutServer, files: Sequence[Placed]) -> bool:
    return any(
        server.documents.version(file.document.uri) != file.document.version
        for file in files
        if file.open
    )


async def _placed(server: TurnoutServer, proposal: Proposal) -> tuple[list[Placed], list[str]]:
    """Place a proposal in the texts as they are now; return it, and what has no place."""
    closed = [file for file in proposal.edits.files if not _is_open(server, file)]
    texts = await asyncio.to_thread(_read, closed, proposal.folder)
    placed: list[Placed] = []
    refusals: list[str] = []
    # From here on nothing is awaited until the edit has left: the texts are those of now.
    for file in proposal.edits.files:
        found = _present(server, file, texts, proposal.folder)
        if isinstance(found, str):
            refusals.append(found)
        else:
            placed.append(found)
    return placed, refusals


def _present(
    server: TurnoutServer, file: FileEdit, texts: dict[str, str | None], folder: Path | None
) -> Placed | str:
    path, text = file.subject.path, texts.get(file.subject.path)
    if file.new:
        if folder is None:
            return f"{path}: there is no workspace folder to make it in."
        uri = (folder / path).as_uri()
        made = server.documents.snapshot(uri) or Document(uri, 0, "", ("",))
        if text or made.text or (text == "" and server.client.creates_files):
            return f"{path}: exists already."
        is_open = server.documents.is_open(uri)
        return Placed(made, file.changes, open=is_open, new=text is None)
    is_open = _is_open(server, file)
    document = server.documents.snapshot(file.subject.uri)
    if not is_open and text is not None:
        document = Document(file.subject.uri, 0, file.subject.language, tuple(split_lines(text)))
    if document is None:
        return f"{path}: its text is not known any more."
    found = placed_anew(file, document.text)
    if found.refusals:
        return f"It has moved on since: {found.refusals[0].sentence}"
    return Placed(document, found.changes, open=is_open)


def _is_open(server: TurnoutServer, file: FileEdit) -> bool:
    return not file.new and server.documents.is_open(file.subject.uri)


def _read(files: Sequence[FileEdit], folder: Path | None) -> dict[str, str | None]:
    """Read files that are not open; None for one that is not there, or is no text.

    What stands in the place of a new file, and is no text, is not empty.
    """
    texts: dict[str, str | None] = {}
    for file in files:
        path = path_of(file.subject.uri)
        if file.new:
            path = folder / file.subject.path if folder else None
        texts[file.subject.path] = _text(path, file.new) if path else None
    return texts


def _text(path: Path, new: bool) -> str | None:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return "?" if new and path.is_symlink() else None
    except (OSError, UnicodeDecodeError):
        return "?" if new else None
