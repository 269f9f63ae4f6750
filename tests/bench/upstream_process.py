"""A fake upstream in a process of its own, so that its work is on nobody else's account."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

TESTS = Path(__file__).parents[1]


class UpstreamProcess:
    """Starts it, tells it how to answer, ends it."""

    def __init__(self, module: str = "support.upstream", *arguments: str) -> None:
        paths = [str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().decode().strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(5)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def script(self, **how: Any) -> None:
        """Answer every call like this from now on; what was seen before is forgotten."""
        self._ask("/__reset", {})
        self._ask("/__script", how)

    def _ask(self, path: str, body: Any) -> None:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc)
        try:
            connection.request("POST", path, json.dumps(body))
            connection.getresponse().read()
        finally:
            connection.close()
