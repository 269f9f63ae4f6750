"""Inception's wire format: chat as OpenAI's, holes as its text completions."""

from __future__ import annotations

from typing import Final

from support.upstream_wire import CHAT, COMPLETION, Shape

ROOT: Final = "/inception/v1"
SHAPES: Final[dict[str, Shape]] = {
    f"{ROOT}/chat/completions": CHAT,
    f"{ROOT}/fim/completions": COMPLETION,
}
