"""`initialize`: the early answer, what pygls computes, and what is read of the client."""

from __future__ import annotations

import json
import os
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from support.editor import Editor, ResponseError, frame
from support.profiles import BARE, EGLOT, LSP4IJ, NEOVIM, PROFILES, VSCODE
from turnout.app import App
from turnout.lsp.client import ClientFacts
from turnout.lsp.early import EarlyReply, initialize_result
from turnout.lsp.framing import FrameDecoder
from turnout.lsp.generate_capabilities import computed
from turnout.lsp.server import create_server

ENCODINGS = [None, [], ["utf-8"], ["utf-16"], ["utf-32", "utf-8"], ["ebcdic", "utf-8"], ["ebcdic"]]


def early_answer(message: Any) -> Any:
    """What the reader's thread writes for a first message."""
    read, write = os.pipe()
    try:
        early = EarlyReply(write)
        early.answer(json.dumps(message).encode())
    finally:
        os.close(write)
    with os.fdopen(read, "rb") as pipe:
        frames = FrameDecoder().feed(pipe.read())
    assert early.answered == bool(frames)
    return json.loads(frames[0]) if frames else None


def initialize(params: Any, **fields: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 7, "method": "initialize", "params": params, **fields}


@pytest.mark.parametrize("encodings", ENCODINGS, ids=str)
@pytest.mark.parametrize("profile", PROFILES)
def test_the_early_answer_is_what_pygls_computes(profile: str, encodings: list[str] | None) -> None:
    capabilities = deepcopy(PROFILES[profile])
    if encodings is not None:
        capabilities.setdefault("general", {})["positionEncodings"] = encodings
    answer = early_answer(initialize({"processId": None, "capabilities": capabilities}))
    assert answer["result"]["capabilities"] == computed(create_server(App()), capabilities)
    assert answer["id"] == 7


@pytest.mark.parametrize("profile", PROFILES)
async def test_the_server_without_an_early_answer_says_the_same(profile: str) -> None:
    capabilities = {"general": {"positionEncodings": ["utf-16"]}} | PROFILES[profile]
    async with Editor.in_process(capabilities=capabilities) as editor:
        expected = initialize_result({"capabilities": capabilities})["capabilities"]
        assert editor.capabilities == expected == computed(create_server(App()), capabilities)


@pytest.mark.parametrize(
    "message",
    [
        initialize(None),
        initialize([]),
        initialize({}, id=None),
        initialize({}, id=True),
        initialize({}, jsonrpc="1.0"),
        initialize({}, method="shutdown"),
        [initialize({})],
        "initialize",
    ],
    ids=str,
)
def test_anything_unusual_is_left_to_the_server(message: Any) -> None:
    assert early_answer(message) is None


@pytest.mark.parametrize("value", [None, 7, "?", [], {}, [{}], True])
async def test_capabilities_of_any_shape_are_survived(value: Any) -> None:
    names = ["general", "workspace", "textDocument", "window"]
    broken: dict[str, Any] = dict.fromkeys(names, value)
    broken["textDocument"] = {"codeAction": value, "completion": {"completionItem": value}}
    params = {"workspaceFolders": value, "rootUri": value, "rootPath": value, "clientInfo": value}
    async with Editor.in_process(capabilities=broken, options=value, **params) as editor:
        with pytest.raises(ResponseError, match="Method not found"):
            await editor.request("no/such", {})
    assert editor.exit_code == 0


def test_what_is_read_of_a_client() -> None:
    def facts(capabilities: dict[str, Any]) -> ClientFacts:
        return ClientFacts.of({"capabilities": capabilities})

    assert facts(BARE) == ClientFacts()
    vscode, neovim, lsp4ij, eglot = map(facts, (VSCODE, NEOVIM, LSP4IJ, EGLOT))
    assert (vscode.encoding, neovim.encoding, eglot.encoding) == ("utf-16", "utf-8", "utf-32")
    assert vscode.document_changes
    assert not neovim.document_changes
    assert vscode.disabled_actions
    assert not lsp4ij.disabled_actions
    assert vscode.watch_files
    assert not neovim.watch_files
    assert vscode.insert_replace
    assert vscode.markdown
    assert not eglot.markdown


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ()),
        ({"rootUri": "file:///a%20b"}, (Path("/a b"),)),
        ({"rootPath": "/old"}, (Path("/old"),)),
        ({"rootPath": "relative"}, ()),
        ({"rootUri": "untitled:x", "rootPath": None}, ()),
        (
            {"rootUri": "file:///a", "workspaceFolders": [{"uri": "file:///b"}, {"uri": "x:y"}]},
            (Path("/b"),),
        ),
    ],
    ids=str,
)
def test_folders(params: dict[str, Any], expected: tuple[Path, ...]) -> None:
    assert ClientFacts.of(params).folders == expected


async def test_one_answer_when_the_process_answered_early() -> None:
    command = [sys.executable, "-m", "turnout", "--stdio"]
    async with Editor.spawn(command, initialize=False) as editor:
        editor.send_bytes(
            frame(initialize({"capabilities": NEOVIM}, id="a"))
            + frame({"jsonrpc": "2.0", "id": "b", "method": "no/such"})
            + frame(initialize({"capabilities": NEOVIM}, id="c"))
        )
        with pytest.raises(ResponseError, match="Method not found"):
            await editor.request("no/such", {})
    answers = [m for m in editor.received if "method" not in m]
    assert [m["id"] for m in answers[:3]] == ["a", "b", "c"]
    assert answers[0]["result"] == initialize_result({"capabilities": NEOVIM})
    assert [m["error"]["code"] for m in answers[1:3]] == [-32601, -32600]
    assert editor.exit_code == 0
