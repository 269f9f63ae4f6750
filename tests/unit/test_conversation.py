"""Turns of a conversation: put together from chunks, rewritten, and sent at the right effort."""

from __future__ import annotations

import pytest

from turnout_clients.dialects.conversation import effort
from turnout_clients.types import (
    Call,
    Calling,
    Chat,
    Chunk,
    Deadlines,
    Done,
    Effort,
    Endpoint,
    Fill,
    Message,
    Model,
    Opaque,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    answered,
)

KEPT = Opaque("mine", '{"signature": "a secret of theirs"}')


def test_chunks_become_a_turn() -> None:
    call = ToolCall("1", "read", "{}")
    chunks: list[Chunk] = [
        Thinking(""), Thinking("Let "), Thinking("me."), Thinking("", KEPT), Thinking("", KEPT),
        Text("I "), Text("look."), Calling("read", ""), call, Text("Done."), Done("tool_use"),
    ]  # fmt: skip
    assert answered(chunks) == Message(
        "assistant",
        parts=(Thinking("Let me.", KEPT), Thinking("", KEPT), Text("I look."), call, Text("Done.")),
    )


def test_every_text_of_a_turn_is_rewritten_and_nothing_opaque() -> None:
    parts = (
        Text("secret"),
        Thinking("a secret", KEPT),
        ToolCall("secret", "read", '{"a":"secret", "b":[1, "\\u0073ecret"]}', KEPT),
        ToolCall("2", "read", '{"a":1}'),
        ToolResult("1", "read", "the secret", failed=True),
    )
    turn = Message("user", "my secret", parts, cache=True)
    assert turn.rewritten(lambda text: text.replace("secret", "***")) == Message(
        "user",
        "my ***",
        (
            Text("***"),
            Thinking("a ***", KEPT),
            ToolCall("secret", "read", '{"a": "***", "b": [1, "***"]}', KEPT),
            ToolCall("2", "read", '{"a":1}'),
            ToolResult("1", "read", "the ***", failed=True),
        ),
        cache=True,
    )
    assert "theirs" not in repr(turn)


@pytest.mark.parametrize(
    ("has", "asked", "sent"),
    [
        ((), "high", None),
        (("low", "high"), None, None),
        (("low", "high"), "high", "high"),
        (("low", "high"), "medium", "low"),
        (("low", "high"), "max", "high"),
        (("low", "high"), "none", "low"),
        (("none", "max"), "xhigh", "max"),
    ],
)
def test_effort(has: tuple[Effort, ...], asked: Effort | None, sent: Effort | None) -> None:
    chat = Chat((), 64, effort=asked)
    assert effort(_call(chat, has)) == sent


def test_a_hole_is_filled_with_the_least_effort() -> None:
    assert effort(_call(Fill("a", "b", 64), ("none", "high"))) == "none"


def _call(prompt: Chat | Fill, efforts: tuple[Effort, ...]) -> Call:
    model = Model("mine/deep", "mine", "deep", efforts=efforts)
    return Call(Endpoint("mine", "openai-chat", "http://x"), model, prompt, Deadlines(1, 1, 1))
