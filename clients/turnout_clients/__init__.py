"""Clients of model providers: wire dialects, transport, errors. Knows nothing of editors.

    async with aclosing(Client().stream(call)) as chunks:
        async for chunk in chunks: ...

The names are fetched when first used: whoever needs a type does not wait for asyncio.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from turnout_clients.client import Client
    from turnout_clients.errors import (
        BadGrammar,
        BadRequest,
        BadSchema,
        BadThought,
        BrokenStream,
        ContextOverflow,
        DeadlineExceeded,
        EmptyAnswer,
        Forbidden,
        MalformedStream,
        ModelNotFound,
        Overloaded,
        ProviderError,
        QuotaExhausted,
        RateLimited,
        Refused,
        SpendLimit,
        StreamCut,
        Suspended,
        TooLarge,
        Unauthorized,
        Unreachable,
    )
    from turnout_clients.fim import can_fill
    from turnout_clients.types import (
        CacheTime,
        Call,
        Calling,
        Chat,
        Chunk,
        Deadlines,
        Done,
        Edit,
        Effort,
        Endpoint,
        Fill,
        Limits,
        Message,
        Meter,
        Model,
        Opaque,
        Part,
        Price,
        Prompt,
        Role,
        Secret,
        Snippet,
        StopReason,
        Text,
        Thinking,
        Tool,
        ToolCall,
        ToolChoice,
        ToolResult,
        Usage,
        answered,
    )

__all__ = [
    "BadGrammar",
    "BadRequest",
    "BadSchema",
    "BadThought",
    "BrokenStream",
    "CacheTime",
    "Call",
    "Calling",
    "Chat",
    "Chunk",
    "Client",
    "ContextOverflow",
    "DeadlineExceeded",
    "Deadlines",
    "Done",
    "Edit",
    "Effort",
    "EmptyAnswer",
    "Endpoint",
    "Fill",
    "Forbidden",
    "Limits",
    "MalformedStream",
    "Message",
    "Meter",
    "Model",
    "ModelNotFound",
    "Opaque",
    "Overloaded",
    "Part",
    "Price",
    "Prompt",
    "ProviderError",
    "QuotaExhausted",
    "RateLimited",
    "Refused",
    "Role",
    "Secret",
    "Snippet",
    "SpendLimit",
    "StopReason",
    "StreamCut",
    "Suspended",
    "Text",
    "Thinking",
    "TooLarge",
    "Tool",
    "ToolCall",
    "ToolChoice",
    "ToolResult",
    "Unauthorized",
    "Unreachable",
    "Usage",
    "answered",
    "can_fill",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        for home in ("types", "errors", "fim", "client"):
            module = import_module(f"{__name__}.{home}")
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
