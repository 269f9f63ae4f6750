"""What tests of security share."""

from __future__ import annotations

import pytest

from support.patience import patient

__all__ = ["patient"]


@pytest.fixture(autouse=True)
def patience(patient: None) -> None:
    """Nothing is given up but where a test says when."""
