"""What tests of faults share."""

from __future__ import annotations

import pytest

from support.patience import patient, patient_inline

__all__ = ["patient", "patient_inline"]


@pytest.fixture(autouse=True)
def patience(patient: None, patient_inline: None) -> None:
    """Nothing is given up but where a test says when."""
