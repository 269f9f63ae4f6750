"""The wire protocols by their names in settings. Adding one is adding a file and its line."""

from __future__ import annotations

from typing import Final

from turnout_clients.dialects import (
    anthropic_messages,
    gemini,
    inception,
    llamacpp,
    mistral,
    ollama,
    openai_chat,
    openai_completions,
    openai_responses,
)
from turnout_clients.dialects.wire import Dialect
from turnout_clients.failures import Failures
from turnout_clients.types import Endpoint

DIALECTS: Final[dict[str, Dialect]] = {
    "anthropic-messages": anthropic_messages,
    "gemini": gemini,
    "inception": inception,
    "llamacpp": llamacpp,
    "mistral": mistral,
    "ollama": ollama,
    "openai-chat": openai_chat,
    "openai-completions": openai_completions,
    "openai-responses": openai_responses,
}


def dialect_of(endpoint: Endpoint) -> Dialect:
    """The dialect of an endpoint; a name that is not known raises `BadRequest`."""
    if dialect := DIALECTS.get(endpoint.dialect):
        return dialect
    raise Failures(endpoint).misconfigured(
        f'there is no dialect "{endpoint.dialect}"',
        f"set dialect in [providers.{endpoint.name}] to one of {', '.join(sorted(DIALECTS))}",
    )
