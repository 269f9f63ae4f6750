"""Secrets leave in no part of a prompt: not in text, results of tools or what a tool was asked."""

from __future__ import annotations

from turnout.context.redact import Redactor
from turnout.engine.outbound import outbound
from turnout_clients.types import Chat, Message, Text, Thinking, ToolCall, ToolResult

SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


def test_every_part_of_a_turn_is_redacted() -> None:
    said = f"token {SECRET}"
    parts = (
        Text(said),
        Thinking(said),
        ToolCall("1", "run", f'{{"line": "{said}"}}'),
        ToolResult("1", "run", f"hidden\u200b {said}"),
    )
    chat = Chat((Message("user", said, parts), Message("user", "plain")), 64)
    sent = outbound(chat, Redactor())
    assert SECRET not in repr(sent)
    assert "\u200b" not in repr(sent) + sent.messages[0].parts[3].text  # type: ignore[union-attr]
    assert isinstance(sent, Chat)
    assert sent.messages[1] == Message("user", "plain")
    assert [type(part) for part in sent.messages[0].parts] == [type(part) for part in parts]
