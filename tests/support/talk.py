"""What the tests share that hold conversations with the fake upstream, by us or an official SDK.

The fixtures come to every unit test by way of its ``conftest.py``.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

import pytest

from support.upstream import Upstream
from support.upstream_wire import Asked
from turnout_clients.client import Client
from turnout_clients.types import (
    Call,
    Chat,
    Chunk,
    Deadlines,
    Done,
    Endpoint,
    Fill,
    Message,
    Model,
    Prompt,
    Secret,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)

KEY: Final = "sk-canary-0123456789"
SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"path": {"type": "string"}},
    "required": ["path"],
}
READ: Final = Tool("read_file", "Read a file.", SCHEMA)
READ_JSON: Final[dict[str, Any]] = {
    "type": "function",
    "function": {"name": "read_file", "description": "Read a file.", "parameters": SCHEMA},
}
ASKED: Final = (
    Asked("read_file", {"path": "über 😀.py"}, "a00000001"),
    Asked("read_file", {"path": "b.py"}, "a00000002"),
)
RESULTS: Final = Message("user", parts=tuple(ToolResult(a.id, a.name, f"# {a.id}") for a in ASKED))
QUESTION: Final = (Message("system", "Be brief."), Message("user", "What is in it?"))
QUESTION_JSON: Final = [{"role": turn.role, "content": turn.text} for turn in QUESTION]
CHAT: Final = Chat(QUESTION, 64)
FILL: Final = Fill("def add(a, b):\n    return ", "\n\nadd(1, 2)\n", 32, stop=("\n\n",))

_BASES: Final = {
    "anthropic-messages": "", "inception": "/inception/v1", "mistral": "/mistral/v1", "ollama": "",
}  # fmt: skip


@dataclass
class Clock:
    """Time that a test sets, in seconds."""

    now: float = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """A fake upstream of the test's own."""
    async with Upstream() as upstream:
        yield upstream


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """Our client."""
    client = Client()
    yield client
    await client.aclose()


def call(
    upstream: Upstream,
    prompt: Prompt = CHAT,
    dialect: str = "openai-chat",
    *,
    base: str | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    quirks: Any = None,
    id: str = "fake-small",  # noqa: A002
    **facts: Any,
) -> Call:
    """A call of the provider "mine"; ``facts`` are those of the model."""
    url = upstream.url + (_BASES.get(dialect, "/v1") if base is None else base)
    endpoint = Endpoint("mine", dialect, url, Secret(KEY), headers, quirks=quirks or {})
    return Call(endpoint, Model("mine/fast", "mine", id, **facts), prompt, Deadlines(30, 60, 90))


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


def end(chunks: list[Chunk]) -> Done:
    """How it ended."""
    assert isinstance(chunks[-1], Done)
    return chunks[-1]


def spent(chunks: list[Chunk]) -> Usage:
    """What it took."""
    usage = end(chunks).usage
    assert usage is not None
    return usage
