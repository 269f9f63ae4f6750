"""The run itself: a skipped test that nothing allows makes it fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]

SUITE = """
import pytest

def test_passes():
    pass

@pytest.mark.skip(reason="no such machine: toaster")
def test_skipped():
    pass
"""


def run(folder: Path, allowed: str, suite: str = SUITE) -> subprocess.CompletedProcess[str]:
    (folder / "tests").mkdir()
    (folder / "tests" / "skips.txt").write_text(allowed)
    (folder / "tests" / "test_suite.py").write_text(suite)
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "support.skips", "-p", "no:cacheprovider"]
    environ = {**os.environ, "PYTHONPATH": str(TESTS)}
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=120, check=False
    )


def test_an_unlisted_skip_fails_the_run(tmp_path: Path) -> None:
    done = run(tmp_path, "")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    assert "test_suite.py::test_skipped: no such machine: toaster" in done.stdout
    assert "1 passed, 1 skipped" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "line",
    ["tests/test_suite.py::test_skipped -- it is a toaster", "no such machine: * -- not ours"],
    ids=["by node id", "by reason"],
)
def test_a_listed_skip_is_fine(tmp_path: Path, line: str) -> None:
    done = run(tmp_path, f"# why\n\n{line}\n")
    assert done.returncode == pytest.ExitCode.OK, done.stdout + done.stderr


def test_a_whole_module_that_is_skipped_counts(tmp_path: Path) -> None:
    done = run(tmp_path, "", suite="import pytest\npytest.importorskip('no_such_module')\n")
    assert done.returncode != pytest.ExitCode.OK
    assert "could not import 'no_such_module'" in done.stdout


def test_a_line_without_a_justification_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, "tests/test_suite.py::test_skipped\n")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "no justification" in done.stdout + done.stderr
