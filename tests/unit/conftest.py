"""The fixtures that most unit tests need."""

from __future__ import annotations

from support.talk import client, upstream

__all__ = ["client", "upstream"]
