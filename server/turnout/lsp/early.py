"""Answers `initialize` while pygls is still being imported. Standard library only.

`CAPABILITIES` is generated from the registered features (`generate_capabilities.py`); a test
compares it with what pygls computes. The server answers from the same function when there was no
early answer, so the two can not differ.
"""

from __future__ import annotations

import json
import os
from typing import Any, Final

from turnout import __version__
from turnout.lsp._capabilities import CAPABILITIES
from turnout.lsp.framing import encode_frame

SERVER_INFO: Final = {"name": "turnout", "version": __version__}
ENCODINGS: Final = ("utf-8", "utf-16", "utf-32")


def position_encoding(params: dict[str, Any]) -> str:
    """Return the first encoding of the client's list that we know; UTF-16 where it has none."""
    capabilities = params.get("capabilities")
    general = capabilities.get("general") if isinstance(capabilities, dict) else None
    offered = general.get("positionEncodings") if isinstance(general, dict) else None
    if not isinstance(offered, list):
        return "utf-16"
    return next((name for name in offered if name in ENCODINGS), "utf-16")


def initialize_result(params: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to `initialize`. Only the position encoding depends on the client."""
    capabilities = {**CAPABILITIES, "positionEncoding": position_encoding(params)}
    return {"capabilities": capabilities, "serverInfo": SERVER_INFO}


def initialize_params(message: object) -> tuple[int | str, dict[str, Any]] | None:
    """Return id and params of a well-formed `initialize` request, else None."""
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        return None
    if message.get("method") != "initialize" or not is_id(message.get("id")):
        return None
    params = message.get("params")
    return (message["id"], params) if isinstance(params, dict) else None


def is_id(value: object) -> bool:
    """Whether JSON-RPC takes this as the id of a request (`True` is an int to Python only)."""
    return isinstance(value, int | str) and not isinstance(value, bool)


class EarlyReply:
    """Answers the first message if it is `initialize`; runs in the reader's thread."""

    def __init__(self, out_fd: int) -> None:
        self._out_fd = out_fd
        self.answered = False

    def answer(self, body: bytes) -> None:
        """Answer, or leave anything unusual to the server."""
        try:
            request = initialize_params(json.loads(body))
        except (ValueError, RecursionError):
            return
        if request is None:
            return
        message_id, params = request
        reply = {"jsonrpc": "2.0", "id": message_id, "result": initialize_result(params)}
        data = memoryview(encode_frame(json.dumps(reply).encode()))
        try:
            while data:
                data = data[os.write(self._out_fd, data) :]
        except OSError:
            return  # the client is gone; the reader sees the end of input next
        self.answered = True
