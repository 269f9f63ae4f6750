"""What tests of the wire share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.patience import patient, patient_inline, patient_server
from support.talk import upstream

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.upstream import Upstream
    from turnout.app import App

__all__ = ["completing", "patient", "patient_inline", "patient_server", "upstream"]


@pytest.fixture(autouse=True)
def patience(patient: None, patient_inline: None, patient_server: None) -> None:
    """Nothing is given up but where a test says when."""


@pytest.fixture
def completing(upstream: Upstream, home: Path) -> Callable[..., App]:
    """An app whose user has enabled the fake upstream; recall is asked first, as by default."""
    from turnout.app import App

    def make(inline: str = "debounce_ms = 0", routes: str = "", model: str = 'fim = "qwen"') -> App:
        config = home / "turnout.toml"
        config.write_text(
            f'[providers.fake]\ndialect = "openai-completions"\nbase_url = "{upstream.url}/v1"\n'
            f'key = "none"\n[models."fake/small"]\nprovider = "fake"\nid = "small"\n{model}\n'
            f"[inline]\n{inline}\n[routes]\n{routes}\n"
        )
        return App(config, {})

    return make
