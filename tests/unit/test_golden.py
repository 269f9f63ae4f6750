"""What is sent is what was reviewed: `PYTHONPATH=tests python -m golden` writes the files anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden.asks import missing
from golden.every import FOLDER, requests

HOW = "review the difference and run: PYTHONPATH=tests python -m golden"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("golden")


@pytest.fixture(scope="module")
def written(folder: Path) -> dict[str, str]:
    return dict(requests(folder))


def test_every_request_is_as_reviewed(written: dict[str, str]) -> None:
    kept = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.txt")}
    assert sorted(written) == sorted(kept), HOW
    different = [name for name, text in written.items() if kept[name] != text]
    assert not different, HOW


def test_every_task_that_is_asked_for_has_a_request() -> None:
    assert not missing()


def test_nothing_of_this_machine_is_sent(written: dict[str, str], folder: Path) -> None:
    for name, text in written.items():
        assert str(folder) not in text, name
        assert "file://" not in text, name
