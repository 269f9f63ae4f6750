"""What context is gathered for. Nothing of the protocol is in here, nor of any task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from turnout.document import Document, Span

if TYPE_CHECKING:
    from turnout.context.exclude import Exclusion
    from turnout.context.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What another tool reports on the document: a compiler, a linter, another language server."""

    span: Span
    severity: str
    message: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class RecentEdit:
    """Text that was put in the place of other text a moment ago."""

    uri: str
    line: int  # the first is 0
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is about."""

    document: Document
    span: Span  # the selection or the symbol; for a cursor, start == end
    diagnostics: Sequence[Diagnostic] = ()
    edits: Sequence[RecentEdit] = ()  # of any document, the newest last
    package: str = ""  # whose uses in other files belong to it
    trace: str = ""  # stack traces and output of failing tests: what they name is gathered


@dataclass(frozen=True, slots=True)
class Sources:
    """Where context may come from."""

    exclusion: Exclusion
    workspace: Workspace
    documents: Mapping[str, Document] = field(default_factory=dict)  # the open ones, by their uri
    trusted: bool = True  # the user trusts what the folders say to models
