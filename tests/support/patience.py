"""Fixtures that give what is looked at all the time it needs, on a machine that may stall.

The product gives up soon, so that its user need not wait. A test that is about something else must
not be about that; one that is about giving up says when.
"""

from __future__ import annotations

import pytest

from turnout.tasks.inline import InlineTask
from turnout_clients.types import Deadlines

_LONG = 30.0  # seconds
_LIMITS = (
    "turnout.context.gather.TIME",
    "turnout.context.gather.TIME_FOR_ALL",
    "turnout.context.git._SECONDS",
    "turnout.onboarding.command._PROBE_SECONDS",
    "turnout.onboarding.enable._SECONDS",
)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for what is gathered, for git, and for servers on this machine."""
    for limit in _LIMITS:
        monkeypatch.setattr(limit, _LONG)


@pytest.fixture
def patient_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a server of this process end what it has begun."""
    monkeypatch.setattr("turnout.lsp.server._GRACE", _LONG)


@pytest.fixture
def patient_inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for models while somebody types."""
    monkeypatch.setattr(InlineTask, "deadlines", Deadlines(_LONG, 2 * _LONG, 3 * _LONG))
