"""The fixtures that most unit tests need."""

from __future__ import annotations

import pytest

from support.patience import patient, patient_inline
from support.talk import client, upstream

__all__ = ["client", "patient", "patient_inline", "upstream"]


@pytest.fixture(autouse=True)
def patience(patient: None) -> None:
    """Nothing is given up but where a test says when."""
