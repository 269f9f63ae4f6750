"""What holds for every test: loopback only, a home of its own, a seed that is printed."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from support.guard import sitecustomize  # noqa: F401 - guards this process too

pytest_plugins = ["support.skips"]

GUARD = Path(__file__).parent / "support" / "guard"


def pytest_report_header(config: pytest.Config) -> str:
    return f"seed: {_base_seed()} (set TURNOUT_TEST_SEED to repeat a run)"


def _base_seed() -> int:
    if "TURNOUT_TEST_SEED" not in os.environ:
        os.environ["TURNOUT_TEST_SEED"] = str(random.SystemRandom().randrange(10**6))
    return int(os.environ["TURNOUT_TEST_SEED"])


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The seed of this test: shown with a failure, the same for the same run seed."""
    value = random.Random(f"{_base_seed()}{request.node.nodeid}").randrange(10**9)
    print(f"seed {value}")
    return value


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A HOME and XDG directories of its own; nothing of the user's keys or settings is seen."""
    home = tmp_path_factory.mktemp("home")
    for name in os.environ:
        outside = name.startswith(("TURNOUT_", "XDG_"))
        outside = outside or name.endswith(("_API_KEY", "_PROXY", "_proxy"))
        if outside and name != "TURNOUT_TEST_SEED":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    for name, folder in {
        "XDG_CONFIG_HOME": ".config",
        "XDG_CACHE_HOME": ".cache",
        "XDG_DATA_HOME": ".local/share",
        "XDG_STATE_HOME": ".local/state",
        "XDG_RUNTIME_DIR": ".run",
    }.items():
        path = home / folder
        path.mkdir(parents=True, mode=0o700)
        monkeypatch.setenv(name, str(path))
    # No D-Bus and no desktop keyring from a test: keys go to the file.
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setenv("PYTHONPATH", str(GUARD))  # for the processes that tests start
    return home
