"""What tests of faults share."""

from __future__ import annotations

import pytest

from turnout.tasks.inline import InlineTask
from turnout_clients.types import Deadlines


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is given up but where a test says when: a machine may stall for seconds."""
    monkeypatch.setattr(InlineTask, "deadlines", Deadlines(connect=30, first_token=60, total=90))
