"""A conversation with a tool, for the tests that hold it with us and with an official SDK."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import Any, Final

from support.upstream_wire import Asked
from turnout_clients.client import Client
from turnout_clients.types import Call, Chunk, Message, Text, Thinking, Tool, ToolCall, ToolResult

SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"path": {"type": "string"}},
    "required": ["path"],
}
READ: Final = Tool("read_file", "Read a file.", SCHEMA)
ASKED: Final = (
    Asked("read_file", {"path": "über.py"}, "a00000001"),
    Asked("read_file", {"path": "b.py"}, "a00000002"),
)
RESULTS: Final = Message("user", parts=tuple(ToolResult(a.id, a.name, f"# {a.id}") for a in ASKED))
QUESTION: Final = (Message("system", "Be brief."), Message("user", "What is in it?"))


async def drink(client: Client, call: Call) -> list[Chunk]:
    """Hold it with us."""
    async with aclosing(client.stream(call)) as chunks:
        return [chunk async for chunk in chunks]


def text(chunks: list[Chunk]) -> str:
    """What was answered."""
    return "".join(chunk.text for chunk in chunks if isinstance(chunk, Text))


def thought(chunks: list[Chunk]) -> str:
    """What was thought."""
    return "".join(chunk.text for chunk in chunks if isinstance(chunk, Thinking))


def called(chunks: list[Chunk]) -> list[tuple[str, str, Any]]:
    """Which tools were asked for: id, name, arguments."""
    calls = (chunk for chunk in chunks if isinstance(chunk, ToolCall))
    return [(call.id, call.name, json.loads(call.arguments)) for call in calls]
