"""What real clients declare in `initialize`, written down from what they were seen to send."""

from __future__ import annotations

from typing import Any

_ACTION_KINDS = {"codeActionKind": {"valueSet": ["", "quickfix", "refactor", "source"]}}
_RESOURCES = ["create", "rename", "delete"]

VSCODE: dict[str, Any] = {
    "general": {
        "positionEncodings": ["utf-16"],
        "staleRequestSupport": {"cancel": True, "retryOnContentModified": []},
        "markdown": {"parser": "marked", "version": "1.1.0"},
    },
    "workspace": {
        "applyEdit": True,
        "configuration": True,
        "workspaceFolders": True,
        "workspaceEdit": {
            "documentChanges": True,
            "resourceOperations": _RESOURCES,
            "failureHandling": "textOnlyTransactional",
            "normalizesLineEndings": True,
        },
        "didChangeConfiguration": {"dynamicRegistration": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True, "relativePatternSupport": True},
        "executeCommand": {"dynamicRegistration": True},
        "fileOperations": {"dynamicRegistration": True, "didCreate": True, "didRename": True},
    },
    "textDocument": {
        "synchronization": {
            "dynamicRegistration": True,
            "willSave": True,
            "willSaveWaitUntil": True,
            "didSave": True,
        },
        "inlineCompletion": {"dynamicRegistration": True},
        "completion": {
            "contextSupport": True,
            "completionItem": {
                "snippetSupport": True,
                "insertReplaceSupport": True,
                "documentationFormat": ["markdown", "plaintext"],
                "resolveSupport": {"properties": ["documentation", "detail"]},
            },
        },
        "codeAction": {
            "dynamicRegistration": True,
            "isPreferredSupport": True,
            "disabledSupport": True,
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit", "command"]},
            "codeActionLiteralSupport": _ACTION_KINDS,
        },
        "rename": {"prepareSupport": True},
    },
    "window": {
        "workDoneProgress": True,
        "showMessage": {"messageActionItem": {"additionalPropertiesSupport": True}},
        "showDocument": {"support": True},
    },
    "notebookDocument": {"synchronization": {"dynamicRegistration": True}},
}

NEOVIM: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-8", "utf-16", "utf-32"]},
    "workspace": {
        "applyEdit": True,
        "configuration": True,
        "workspaceFolders": True,
        "workspaceEdit": {"resourceOperations": ["rename", "create", "delete"]},
        "didChangeConfiguration": {"dynamicRegistration": False},
        "didChangeWatchedFiles": {"dynamicRegistration": False, "relativePatternSupport": True},
    },
    "textDocument": {
        "synchronization": {
            "dynamicRegistration": False,
            "willSave": True,
            "willSaveWaitUntil": True,
            "didSave": True,
        },
        "inlineCompletion": {"dynamicRegistration": False},
        "completion": {
            "completionItem": {
                "snippetSupport": True,
                "documentationFormat": ["markdown", "plaintext"],
            }
        },
        "codeAction": {
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit", "command"]},
            "codeActionLiteralSupport": _ACTION_KINDS,
        },
    },
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
}

LSP4IJ: dict[str, Any] = {
    "general": {
        "positionEncodings": ["utf-16"],
        "staleRequestSupport": {"cancel": True, "retryOnContentModified": []},
    },
    "workspace": {
        "applyEdit": True,
        "configuration": True,
        "workspaceFolders": True,
        "executeCommand": {"dynamicRegistration": True},
        "workspaceEdit": {"documentChanges": True, "resourceOperations": _RESOURCES},
        "didChangeConfiguration": {"dynamicRegistration": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
        "codeLens": {"refreshSupport": True},
    },
    "textDocument": {
        "inlineCompletion": {"dynamicRegistration": True},
        "completion": {
            "dynamicRegistration": True,
            "completionList": {"itemDefaults": ["editRange"]},
            "completionItem": {
                "snippetSupport": True,
                "documentationFormat": ["markdown", "plaintext"],
                "resolveSupport": {"properties": ["documentation", "detail"]},
            },
        },
        "codeAction": {
            "dynamicRegistration": True,
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
            "codeActionLiteralSupport": _ACTION_KINDS,
        },
        "codeLens": {"dynamicRegistration": True},
        "publishDiagnostics": {"dataSupport": True, "relatedInformation": True},
    },
    "window": {
        "workDoneProgress": True,
        "showDocument": {"support": True},
        "showMessage": {"messageActionItem": {"additionalPropertiesSupport": False}},
    },
}

EGLOT: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-32", "utf-8", "utf-16"]},
    "workspace": {
        "applyEdit": True,
        "configuration": True,
        "workspaceFolders": True,
        "executeCommand": {"dynamicRegistration": False},
        "workspaceEdit": {"documentChanges": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
    },
    "textDocument": {
        "synchronization": {"willSave": True, "willSaveWaitUntil": True, "didSave": True},
        "completion": {"completionItem": {"snippetSupport": False}},
        "codeAction": {"codeActionLiteralSupport": _ACTION_KINDS, "isPreferredSupport": True},
    },
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
}

ALE: dict[str, Any] = {
    "workspace": {
        "applyEdit": False,
        "configuration": False,
        "workspaceFolders": False,
        "didChangeConfiguration": {"dynamicRegistration": False},
    },
    "textDocument": {
        "synchronization": {"willSave": False, "willSaveWaitUntil": False, "didSave": True},
        "completion": {
            "completionItem": {"snippetSupport": False, "documentationFormat": ["plaintext"]}
        },
        "publishDiagnostics": {"relatedInformation": True},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}},
    },
}

KATE: dict[str, Any] = {
    "textDocument": {
        "codeAction": {"codeActionLiteralSupport": _ACTION_KINDS},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "publishDiagnostics": {"relatedInformation": True},
        "synchronization": {"didSave": True},
    },
    "window": {"workDoneProgress": True},
}

BARE: dict[str, Any] = {}

PROFILES = {
    "vscode": VSCODE,
    "neovim": NEOVIM,
    "lsp4ij": LSP4IJ,
    "eglot": EGLOT,
    "ale": ALE,
    "kate": KATE,
    "bare": BARE,
}
