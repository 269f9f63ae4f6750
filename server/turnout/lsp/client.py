"""What the server has to know of the client at the other end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from turnout.document import Document
from turnout.lsp.early import position_encoding


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """Read once from `initialize`; a client that declares nothing gets the plainest answers."""

    name: str = ""
    version: str = ""
    encoding: str = "utf-16"
    process_id: int | None = None
    folders: tuple[Path, ...] = ()
    options: Any = None  # initializationOptions
    literal_actions: bool = False
    disabled_actions: bool = False
    document_changes: bool = False
    change_annotations: bool = False  # shows changes that need to be confirmed
    creates_files: bool = False
    apply_edit: bool = False
    asks: bool = False  # answers window/showMessageRequest, as far as one can tell
    progress: bool = False
    insert_replace: bool = False
    markdown: bool = False  # in the documentation of completion items
    configuration: bool = False  # answers workspace/configuration
    watch_configuration: bool = False
    watch_files: bool = False
    refreshes_lenses: bool = False  # asks for them again when it is told to
    shows_documents: bool = False  # has a place for what turnout/document streams
    shows_status: bool = False  # wants to know when it has changed
    shows_problems: bool = False  # offers what mends a problem

    @classmethod
    def of(cls, params: dict[str, Any]) -> ClientFacts:
        """Read the parameters of `initialize`, whatever they hold."""

        def declared(path: str) -> Any:
            return _dig(params, f"capabilities.{path}")

        def supports(path: str) -> bool:
            return declared(path) is True

        action, item = "textDocument.codeAction", "textDocument.completion.completionItem"
        edit = "workspace.workspaceEdit"
        process_id = params.get("processId")
        return cls(
            name=_text(_dig(params, "clientInfo.name")),
            version=_text(_dig(params, "clientInfo.version")),
            encoding=position_encoding(params),
            process_id=process_id if type(process_id) is int else None,
            folders=_folders(params),
            options=params.get("initializationOptions"),
            literal_actions=declared(f"{action}.codeActionLiteralSupport") is not None,
            disabled_actions=supports(f"{action}.disabledSupport"),
            document_changes=supports(f"{edit}.documentChanges"),
            change_annotations=declared(f"{edit}.changeAnnotationSupport") is not None,
            creates_files="create" in _items(declared(f"{edit}.resourceOperations")),
            apply_edit=supports("workspace.applyEdit"),
            asks=supports("workspace.applyEdit") or declared("window.showMessage") is not None,
            progress=supports("window.workDoneProgress"),
            insert_replace=supports(f"{item}.insertReplaceSupport"),
            markdown="markdown" in _items(declared(f"{item}.documentationFormat")),
            configuration=supports("workspace.configuration"),
            watch_configuration=supports("workspace.didChangeConfiguration.dynamicRegistration"),
            watch_files=supports("workspace.didChangeWatchedFiles.dynamicRegistration"),
            refreshes_lenses=supports("workspace.codeLens.refreshSupport"),
            shows_documents=supports("experimental.turnout.document"),
            shows_status=supports("experimental.turnout.status"),
            shows_problems=supports("experimental.turnout.problem"),
        )


def path_of(uri: str) -> Path | None:
    """Return the local path that a URI names, else None."""
    path = Document(uri, 0, "", ("",)).path
    return Path(path) if path else None


def _folders(params: dict[str, Any]) -> tuple[Path, ...]:
    uris = [_text(_dig(folder, "uri")) for folder in _items(params.get("workspaceFolders"))]
    if not uris:
        uris = [_text(params.get("rootUri"))]
    folders = [path for uri in uris if uri and (path := path_of(uri))]
    if not folders and (root := _text(params.get("rootPath"))):
        folders = [Path(root)]
    return tuple(path for path in folders if path.is_absolute())


def _dig(value: Any, path: str) -> Any:
    for name in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
