"""Which wire format is spoken at which path of the fake upstream."""

from __future__ import annotations

from typing import Final

from support import (
    upstream_anthropic,
    upstream_gemini,
    upstream_inception,
    upstream_mistral,
    upstream_ollama,
    upstream_responses,
)
from support.upstream_wire import CHAT, COMPLETION, INFILL, Shape

SHAPES: Final[dict[str, Shape]] = {
    "/v1/chat/completions": CHAT,
    "/v1/completions": COMPLETION,
    "/beta/completions": COMPLETION,
    "/infill": INFILL,
    "/completion": INFILL,
    **upstream_anthropic.SHAPES,
    **upstream_responses.SHAPES,
    **upstream_gemini.SHAPES,
    **upstream_inception.SHAPES,
    **upstream_mistral.SHAPES,
    **upstream_ollama.SHAPES,
}


def shape_of(path: str) -> Shape:
    """The wire format of a path; OpenAI chat where there is none."""
    return SHAPES.get(path, CHAT)
